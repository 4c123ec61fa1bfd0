"""Texts of a queue's own messages: the pinned summary, the overflow card, what comes after an outage."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

# -- the pinned summary --------------------------------------------------------------------------------------------------

PIN_TITLE: Final = "{queue}: {open} open{late}"
PIN_CALM: Final = "{queue}: nothing needs you"
PIN_LATE: Final = ", {late} late"
PIN_FIGURES: Final = "*{risk} at risk* · {unowned} without owner · oldest {oldest} ({name})"
PIN_EMPTY: Final = "Nothing needs you. Last check {at}; {heard} of {all} sources heard within their time."
PIN_EMPTY_SILENT: Final = "Nothing open, but {silent}, so I do not know."
PIN_URGENT: Final = "*Most urgent*"
PIN_SILENT: Final = "{system} is silent since {at}"
PIN_SHADOW: Final = "Shadow: {systems} (says, does not publish)"
PIN_MINE: Final = "Show my list"
PIN_ALL: Final = "All {open}"
PIN_ONCALL: Final = "Who is on duty"
PIN_FOOT: Final = "Figures of {at}"
PIN_TEXT: Final = "{title}. {risk} at risk, {unowned} without owner."

# -- the overflow card ---------------------------------------------------------------------------------------------------

OVERFLOW_MARK: Final = ":inbox_tray:"
OVERFLOW_TITLE: Final = "{queue}: {count} more wait for a card"
OVERFLOW_STATE: Final = "{mark} *More than this channel can show one by one*: the worst {shown} are cards of their own"
OVERFLOW_NUMBERS: Final = "*{risk} at risk* in these {count}{late}"
OVERFLOW_LATE: Final = " · {late} late"
OVERFLOW_WORST: Final = "*The worst of them*"
OVERFLOW_HEAD: Final = ("Exception", "What", "Units", "At risk")
OVERFLOW_NEXT: Final = (
    "*Who is next* Anyone in {queue}: act on a card, or on the list. As cards end, the next worst get one."
)
OVERFLOW_OVER: Final = (
    "{mark} *All shown*: every open exception of {queue} has a card again. {most} had waited at most."
)
OVERFLOW_LIST: Final = "All {count}"
OVERFLOW_MINE: Final = "Show my list"
OVERFLOW_FOOT: Final = "Figures of {at}"

# -- after an outage -----------------------------------------------------------------------------------------------------

BACK: Final = (
    "Slack was away {since} to {until} ({span}). The stock work went on. In {queue}:\n{lines}\nClicks made then may not have"
    " reached me: if a card looks untouched, click again."
)
BACK_OPENED: Final = "• {opened} opened, {cleared} of them cleared by themselves (no cards for these)"
BACK_PAUSED: Final = "• {paused} paused by policy, {seen}"
BACK_SEEN_ALL: Final = "read back as stopped"
BACK_SEEN: Final = "{seen} of them read back as stopped so far"
BACK_SHOW: Final = "Show the {count}"
BACK_NEED: Final = "• {need} a person, {risk} at risk{late}; cards follow, the worst first"
LIMITS_COUNTED: Final = Plural("{n} limit", "{n} limits")
BACK_PASSED: Final = "• {limits} to fix passed meanwhile: clocks of people were stopped, clocks of money were not"
BACK_IN_TIME: Final = "• no limit to fix passed meanwhile: clocks of people were stopped, clocks of money were not"
BACK_NONE: Final = "• nothing needs a person"
