"""Texts of storms: one card for many exceptions of one cause."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

STORM_MARK: Final = ":lightning:"
STORM_TITLE: Final = "{cause}: {count}"
STORM_GROWING: Final = "{mark} *Storm, growing* ({joined} in 5 min{gone}). {owner}"
STORM_SHRINKING: Final = "{mark} *Storm, shrinking*: {left} left of {all} ({gone} in 5 min){about}. {owner}"
STORM_DONE_ABOUT: Final = ", done about {at}"
STORM_STEADY: Final = "{mark} *Storm*, steady for 5 min. {owner}"
STORM_NOBODY: Final = "Nobody has it"
STORM_OWNED: Final = "{owner} has it since {at}"
STORM_RISK: Final = "*{risk} at risk* in {exposed} of {members}"
STORM_NO_RISK: Final = "*Nothing at risk now* in these {members}"
STORM_SAFE: Final = "{safe} put no money at risk now"
STORM_CHANGED: Final = "{cause}. Since {at} {joined} joined{ended}{left}."
STORM_ENDED_SO_FAR: Final = ", {count} of them ended by now"
STORM_LEFT_SO_FAR: Final = ", {count} left it and have cards of their own"
STORM_NEXT_ANYONE: Final = (
    "Anyone in {queue}: act on them, or take all. New ones of this cause join here without a card."
)
STORM_NEXT_OWNER: Final = "{owner}: act on them. New ones of this cause join here without a card."
STORM_CLOSES: Final = {
    "silent": "New content from {system} with counts that agree. Each exception ends by itself.",
    "refused": "{system} takes our updates again, and each is read back. Each exception ends by itself.",
    "happened": "Each exception ends by itself once its numbers agree, or when a person closes it.",
}
STORM_WORST: Final = "*Worst {shown} of {count}*"
STORM_WORST_LINE: Final = "{name} {what}: {delta}{risk} · {owner}"
STORM_TABLE_HEAD: Final = ("Exception", "What", "Units", "At risk", "Owner")
STORM_CAPTION: Final = "The {shown} worst of {count}, by money at risk"
STORM_TAKE: Final = "Take all {count}"
STORM_TAKE_LABEL: Final = "Take all exceptions of storm {name}"
STORM_ASK: Final = "Ask {whom}"
STORM_ASK_LABEL: Final = "Ask {whom} for a feed: storm {name}"
STORM_LIST: Final = "All {count}"
STORM_LEFT: Final = "See what is left"
STORM_OUT: Final = "Take one out"
STORM_FOOT: Final = "{name} · since {since} ({span}) · figures of {now}"
STORM_CLEARED: Final = (
    "{mark} *Cleared by itself* after {span}: {cause}. {joined} in all, {most} at once; {exposed}, {risk} at most."
)
STORM_HAD_RISK: Final = Plural("{n} had been at risk", "{n} had been at risk")
STORM_OVERSOLD: Final = " {skus} oversold."
STORM_HEARD: Final = "{system} is heard again"
STORM_CLEARED_LEFT: Final = " {left} left it{open}."
STORM_STILL_OPEN: Final = "; open still: {names}"
STORM_NONE_OPEN: Final = "; none of them is open any more"
STORM_TEXT: Final = "{state}. {title}. {numbers}. {worst}. {name}."

GATHERED: Final = "{mark} *Part of {storm}*: {cause}{link}. Still watched."
GATHERED_LINK: Final = " (<{link}|storm card>)"

STORM_FILE: Final = "{name}: all {count} as of {at}"
STORM_FILE_TITLE: Final = "{name}: all {count}"
STORM_CSV_HEAD: Final = (
    "exception",
    "sku",
    "systems",
    "units",
    "at_risk",
    "currency",
    "owner",
    "since",
    "what_changed",
)

STORM_WHICH: Final = "Which storm? Try `storm ST-31`."
STORM_GONE: Final = "There is no {name}."
STORM_OVER: Final = "{name} is over: its last exception ended {at}."
STORM_HEAD: Final = "*{name}* {cause} · {count} · {risk} at risk"
STORM_LINE: Final = "{mark} *{name}* {cause} · {count} · {risk} · {owner}"

TAKE_ALL_TITLE: Final = "Take all"
TAKE_ALL_PREVIEW: Final = "You become the owner of {count} of storm {name} ({cause}), with {risk} at risk."
TAKE_ALL_APART: Final = "{count} have an owner already and stay with them."
TAKE_ALL_LATER: Final = "Those that join after this list was made are not in it."
TAKE_ALL_SUBMIT: Final = "Take {count}"
TAKE_ALL_NONE: Final = "Nothing to take: each exception of {name} has an owner, or has ended."
TAKE_ALL_BEGUN: Final = "Taking {count} of {name}. I tell you here when it is done."
TAKE_ALL_DONE: Final = "{name}: {taken} are yours.{apart}"
TAKE_ALL_APART_DONE: Final = " {count} changed meanwhile and were left alone."

OUT_TITLE: Final = "Take one out"
OUT_FIELD: Final = "Exception or SKU"
OUT_HINT: Final = "It gets a card of its own and does not come back into this storm."
OUT_SUBMIT: Final = "Take it out"
OUT_DONE: Final = "{case} is out of {name} and gets a card of its own."
