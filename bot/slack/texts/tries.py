"""Texts of updates on their way: how often one was tried, and how long a channel takes for all that wait."""

from typing import Final

from bot.slack.plural import Plural

TRIES: Final = Plural("{n} try", "{n} tries")
TRIES_AGAIN: Final = "{system} did not take our update, {tries} since {since}: {why}. Next try {next}."
TRIES_OVER: Final = (
    "{system} did not take our update, {tries} from {since} to {until}: {why}. Not tried again by itself."
)
TRIES_DONE: Final = "{system} took our update at the {nth} try, {span} after the first."

UPDATES_PACE: Final = Plural("{n} update", "{n} updates")
DRAINS_SECOND: Final = " {system} takes about {pace} a second: {waiting} wait, the last is sent about {at}."
DRAINS_MINUTE: Final = " {system} takes about {pace} a minute: {waiting} wait, the last is sent about {at}."
