"""Texts of `/inventory`, its picture of a SKU, and Home."""

from __future__ import annotations

from typing import Final

# -- /inventory and Home -------------------------------------------------------------------------------------------------

HELP: Final = (
    "Try: `sku ABC` what we can sell and why · `mine` your work · `queue` a queue's list · `show EX-1042` one exception ·"
    " `digest` this week so far. `share` as the last word posts the answer for all."
)
SHARED_BY: Final = "{who} shared this"
NO_COMMAND: Final = "There is no {word}.{meant}"
DID_YOU_MEAN: Final = " Did you mean `{word}`?"
RUN: Final = "Run {word}"
SKU_WHICH: Final = "Which SKU? Write `sku` and a code, a GTIN, a listing id or a part of the title."
SKU_NONE: Final = "No SKU {text}."
SKU_NEAR: Final = "No SKU {text}. Did you mean one of these?"
SKU_HEAD: Final = "*{sku}* · {title}"
SKU_NO_TITLE: Final = "no title known"
SKU_CAN_SELL: Final = "{system}: {lines}"
SKU_NO_LISTING: Final = "It is listed nowhere."
SKU_NO_COUNT: Final = "No count from a warehouse yet, so nothing is promised."
SKU_STATES: Final[dict[str, str]] = {
    "agrees": "agrees",
    "shadow": "shadow",
    "paused": "paused by us",
    "off": "off sale",
    "unknown": "not known",
}
SKU_TABLE: Final = ("Channel", "Shows", "Should", "State")
SKU_PLACES: Final = ("Counts", "Units", "Age")
SKU_CHAIN: Final = "{system}: {steps}"
SKU_WANTED: Final = "wanted {units} {at}"
SKU_SENT: Final = "sent {at}"
SKU_RESUMES: Final = "paused, would show {units} on resuming"
SKU_ACCEPTED: Final = "accepted"
SKU_FAILING: Final = "did not take it: {why}"
SKU_HELD: Final = "*Held by name* {orders}"
SKU_HELD_ONE: Final = "{order} {units}{age}"
SKU_CAUTION: Final = "{units} kept back only for what is not yet known"
SKU_RECENT: Final = "*Lately* {facts}"
SKU_SELLS: Final = "{pace} sold in 7 days{price}{cost}"
SKU_PRICE: Final = " · {price}"
SKU_COST: Final = " · cost {cost}"
SKU_OPEN: Final = "*Open* {cases}"
SHOW: Final = "Show {name}"
SHOW_WHICH: Final = "Which exception? Write `show EX-1042`."
QUEUE_WHICH: Final = "Which queue?"
QUEUE_HEAD: Final = "*{queue}: {open}{late}* · {risk} at risk"
QUEUE_LATE: Final = ", {late} late"
QUEUE_LINE: Final = "{nth}. *{name}* {what} · {delta}{risk} · {owner} · {due}"
QUEUE_MORE: Final = "and {count} more"
QUEUE_EMPTY: Final = "Nothing open in {queue}. Looked at {at}."
QUEUE_NONE: Final = "There is no queue {word}. Queues: {queues}."
NOBODY: Final = "nobody"
BY: Final = "by {at}"
LATE: Final = "late by {span}"
MINE_HEAD: Final = "*{count} are yours, {risk} at risk*"
MINE_ONE: Final = "*1 is yours, {risk} at risk*"
MINE_NONE: Final = "Nothing is yours. The queues have {open}."
DIGEST_NONE: Final = "There are no figures to show yet."

HOME_TITLE: Final = "{count} are yours{late}"
HOME_TITLE_ONE: Final = "1 is yours{late}"
HOME_NONE: Final = "Nothing is yours"
HOME_LATE: Final = ", {late} late"
HOME_ASOF: Final = "{risk} at risk in your hands · figures of {at}"
HOME_MINE: Final = "*Yours, most urgent first*"
HOME_QUEUES: Final = "*Queues*"
HOME_QUEUE: Final = "*{queue}* · {open}{late}\n{risk} at risk"
HOME_SHOW: Final = "Show"
HOME_OPEN: Final = "Open"
HOME_ITEM: Final = "*{name}* {what} · {delta}\n{risk}{due}"
HOME_MORE: Final = "and {count} more; `/inventory mine` lists them all"
HOME_GUEST: Final = "Guests can read cards in their channels."
HOME_EMPTY: Final = "There is no open exception in any queue. Looked at {at}."
OPEN_ONE: Final = "{count} open"
HOME_QUEUE_TITLE: Final = "Queue"
DONE_TITLE: Final = "Done"
