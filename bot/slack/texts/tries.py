"""Texts of the one line that tells how often an update was tried."""

from typing import Final

from bot.slack.plural import Plural

TRIES: Final = Plural("{n} try", "{n} tries")
TRIES_AGAIN: Final = "{system} did not take our update, {tries} since {since}: {why}. Next try {next}."
TRIES_OVER: Final = (
    "{system} did not take our update, {tries} from {since} to {until}: {why}. Not tried again by itself."
)
TRIES_DONE: Final = "{system} took our update at the {nth} try, {span} after the first."
