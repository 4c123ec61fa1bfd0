"""Modals: each form builds its view from a prepared intent and parses what was typed into an act."""

from bot.slack.modals.answers import already_done, broken, loading, not_known, refused, told
from bot.slack.modals.asking import ASK_FEED
from bot.slack.modals.by_hand import ASK_REASON, GIVE_REASON, PUBLISH
from bot.slack.modals.capping import CAP, UNCAP
from bot.slack.modals.closing import CAUSE, CLOSE, NOTE, REOPEN
from bot.slack.modals.correcting import DECIDE, PROPOSE
from bot.slack.modals.counting import COUNT, ENTER, again_field
from bot.slack.modals.counting_anyway import COUNT_FILE
from bot.slack.modals.doors import PAUSE, RESUME
from bot.slack.modals.form import (
    FORMS,
    Form,
    Meta,
    build,
    field_errors,
    kept,
    parse,
    read_meta,
    rebuilt,
    with_field,
)
from bot.slack.modals.freeing import FREE
from bot.slack.modals.handing import HAND_OVER, SNOOZE
from bot.slack.modals.holding import HOLD, RELEASE
from bot.slack.modals.looking import card_modal, picture_modal, proof_modal, verify_modal, why_modal
from bot.slack.modals.more import more_modal
from bot.slack.modals.overriding import END_OVERRIDE, OVERRIDE
from bot.slack.modals.reporting import REPORT
from bot.slack.modals.resending import SEND_DATA
from bot.slack.modals.routes import ROUTES
from bot.slack.modals.speaking import BYPOLICY, NOTHING, VOUCH

__all__ = [
    "ASK_FEED",
    "ASK_REASON",
    "BYPOLICY",
    "CAP",
    "CAUSE",
    "CLOSE",
    "COUNT",
    "COUNT_FILE",
    "DECIDE",
    "END_OVERRIDE",
    "ENTER",
    "FORMS",
    "FREE",
    "GIVE_REASON",
    "HAND_OVER",
    "HOLD",
    "NOTE",
    "NOTHING",
    "OVERRIDE",
    "PAUSE",
    "PROPOSE",
    "PUBLISH",
    "RELEASE",
    "REOPEN",
    "REPORT",
    "RESUME",
    "ROUTES",
    "SEND_DATA",
    "SNOOZE",
    "UNCAP",
    "VOUCH",
    "Form",
    "Meta",
    "again_field",
    "already_done",
    "broken",
    "build",
    "card_modal",
    "field_errors",
    "kept",
    "loading",
    "more_modal",
    "not_known",
    "parse",
    "picture_modal",
    "proof_modal",
    "read_meta",
    "rebuilt",
    "refused",
    "told",
    "verify_modal",
    "why_modal",
    "with_field",
]
