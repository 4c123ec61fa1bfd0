"""Texts of `/inventory`, its picture of a SKU, and Home."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

# -- /inventory and Home -------------------------------------------------------------------------------------------------

HELP: Final = (
    "Try: `sku ABC` what we can sell and why · `mine` your work · `queue` a queue's list · `exceptions late` filters ·"
    " `show EX-1042` one · `oncall` who is on duty · `digest` this week so far. All {count}: `help all`. `share` as the last"
    " word posts the answer for all."
)
HELP_ALL: Final[dict[str, str]] = {
    "sku ABC": "one SKU, by code, GTIN, listing id or part of the title",
    "queue [name]": "a queue's list",
    "storm ST-31": "what is in a storm, the worst first",
    "mine": "what you own",
    "exceptions [late] [nobody] [mine] [class] [system] [queue] [>500]": "exceptions that match",
    "show EX-1042": "one exception, with its buttons",
    "pause ABC": "take a listing of its exception off sale",
    "resume ABC": "put it back on sale",
    "count ABC": "ask for a count",
    "freeze [channel]": "nothing is raised there until a second person thaws it (ops lead and queue leads)",
    "unfreeze [channel]": "thaw it",
    "override ABC [40]": "fix what one listing shows, with owner and end",
    "feed [name]": "what a source sent last, and when the next is due",
    "systems": "all systems: heard, waiting, refusing",
    "rules [word]": "the policy in plain English",
    "metrics [period] [by …]": "how it went: `metrics month by queue`",
    "digest": "the weekly digest so far",
    "oncall [queue]": "who is on duty",
    "proof EX-1042": "whether its record fits, and the record as a file",
    "help": "this",
}
HELP_EVERY: Final = "All commands"
HELP_MINE: Final = "My work"
GUEST_ANSWER: Final = (
    "I answer people of this workspace only; guests read cards in their channels. If you are no guest, ask again in a"
    " moment."
)
RECORDS_AWAY: Final = "I cannot read the records now (since {at}). Nothing was changed. Try again in a minute."
TRY_AGAIN: Final = "Try again"
SHARE: Final = "Share"
ANSWER_TITLE: Final = "Answer"
HELP_LINE: Final = "`{command}` {about}"
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
SKU_KNOWN_FROM: Final = "{sku} is known from {systems} only. "
SKU_TITLED: Final = "{count} have {text} in the title."
SKUS_COUNTED: Final = Plural("{n} SKU", "{n} SKUs")
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
SKU_SEEN: Final = "customers see {shows} ({at})"
SKU_SHOWS_CAN: Final = "{system} shows {shows}, can sell {can}"
SKU_FAILING: Final = "did not take it: {why}"
SKU_HELD: Final = "*Held by name* {orders}"
SKU_HELD_ONE: Final = "{order} {units}{age}"
SKU_BUCKETS: Final = "*Beside that* {buckets}"
SKU_BUCKETS_ONE: Final = "{place}: {buckets}"
SKU_BUCKET: Final[dict[str, str]] = {
    "reserved": "{units} reserved",
    "quarantined": "{units} quarantined",
    "held": "{units} held",
    "incoming": "{units} on their way",
}
SKU_CAUTION: Final = "{units} kept back only for what is not yet known"
SKU_RECENT: Final = "*Lately* {facts}"
SKU_SELLS: Final = "{pace} sold in 7 days{price}{cost}"
SKU_PRICE: Final = " · {price}"
SKU_COST: Final = " · cost {cost}"
SKU_CONVERTED: Final = "{shown} ({own}, rates of {day})"
SKU_OPEN: Final = "*Open* {cases}"
SHOW: Final = "Show {name}"
SHOW_ORIGINAL: Final = "<{link}|The card in its channel>"
SHOW_WHICH: Final = "Which exception? Write `show EX-1042`."
QUEUE_WHICH: Final = "Which queue?"
QUEUE_HEAD: Final = "*{queue}: {open}{late}* · {risk} at risk"
QUEUE_LATE: Final = ", {late} late"
QUEUE_LINE: Final = "{nth}. *{name}* {what} · {figures} · {owner} · {due}"
QUEUE_MORE: Final = "and {count} more"
QUEUE_EMPTY: Final = "Nothing open in {queue}. {calm}"
QUEUE_NONE: Final = "There is no queue {word}. Queues: {queues}."
QUEUE_MEANT: Final = "There is no queue {word}. Did you mean {queue}?"
NOBODY: Final = "nobody"
BY: Final = "by {at}"
LATE: Final = "late by {span}"
MINE_HEAD: Final = "*{count}, {risk} at risk*"
MINE_NONE: Final = "Nothing is yours. {whose}: {open}."
MINE_WHOSE: Final = "Your queues"
MINE_ALL: Final = "All queues"
DIGEST_NONE: Final = "There are no figures to show yet."

HOME_TITLE: Final = "{count}{late}"
HOME_NONE: Final = "Nothing is yours"
HOME_LATE: Final = ", {late} late"
HOME_ASOF: Final = "{risk} at risk in your hands · figures of {at}"
HOME_MINE: Final = "*Yours, most urgent first*"
HOME_QUEUES: Final = "*Your queues*"
HOME_ALL_QUEUES: Final = "*All queues*"
HOME_QUEUE: Final = "*{queue}* · {open}{late}{unowned}\n{risk} at risk · oldest {oldest} ({name}){busiest}"
HOME_QUEUE_CALM: Final = "*{queue}* · nothing open"
HOME_UNOWNED: Final = ", {count} without owner"
HOME_BUSIEST: Final = " · busiest: {who} with {count}"
HOME_ON_DUTY: Final = " · on duty until {at}"
HOME_ALL_DONE: Final = "Your queues: {queues}."
NOTHING_OPEN: Final = "nothing open"
OPEN_UNOWNED: Final = "{count} open, {free} without owner"
OPEN_OWNED: Final = "{count} open, all owned"
OPEN_BOTH: Final = "{count} open, both owned"
HOME_STATES: Final[dict[str, str]] = {
    "open": "Open",
    "owned": "Yours",
    "snoozed": "Snoozed",
    "sending": "Sending",
    "paused": "Paused",
    "capped": "Shows less",
    "held": "Held",
    "fixed": "Fixed",
    "ready": "Ready to resume",
    "counting": "Count",
    "approval": "Waits for approval",
    "writing": "Being written",
    "failed": "Failed",
    "resolved": "Resolved",
    "cleared": "Cleared",
}
HOME_APPROVE: Final = "Approve"
HOME_ITEM_LATE: Final = "Late"
HOME_ITEM_ASKED: Final = "{who} asked {at} · "
HOME_NOBODYS: Final = "*Nobody's: {count}*"
HOME_GIVE_OUT: Final = "Give out"
HOME_SLOW: Final = "*Slow to decide* {count} over 30\u00a0min"
APPROVALS: Final = Plural("{n} approval waits", "{n} approvals wait")
HOME_SYSTEM_COUNTS: Final = "*Systems* {counts}"
HOME_FINE: Final = "{count} fine"
HOME_SILENT: Final = "{count} silent"
HOME_FROZEN: Final = "{count} frozen"
HOME_UNLED: Final = "*Nobody leads* {queues}"
HOME_DIGEST: Final = "Digest"
HOME_RULES: Final = "Policy in words"
HOME_FREEZE: Final = "Freeze"
HOME_DUTY: Final = "On duty: {duty}"
HOME_SHOW: Final = "Show"
HOME_OPEN: Final = "Open"
HOME_ITEM: Final = "*{state}* · {name} · {title}\n{figures} · {asked}{due}"
HOME_MORE: Final = "and {count} more; `/inventory mine` lists them all"
HOME_GUEST: Final = "Guests can read cards in their channels."
HOME_EMPTY: Final = "There is no open exception in any queue. Looked at {at}."
OPEN_ONE: Final = "{count} open"
HOME_QUEUE_TITLE: Final = "Queue"
DONE_TITLE: Final = "Done"

# -- acts by command -----------------------------------------------------------------------------------------------------

OVERRIDE_WHICH: Final = "Which SKU, and how many? Write `override KTL-17-BLK 40`."
ACT_WHICH: Final = "What shall I {act}? Write `{act}` and a SKU or an exception: `{act} KTL-17-BLK`."
ACT_NOTHING_OPEN: Final = (
    "No exception is open for {sku}, and acts belong to one, so that each has its owner and its proof. Its picture:"
    " `/inventory sku`."
)
ACT_NOT_PAUSED: Final = "Nothing of {sku} is paused by us."
ACT_SEVERAL: Final = "{count} exceptions are open for {sku}. Which one?"
ACT_WORDS: Final[dict[str, str]] = {"pause": "Pause", "resume": "Resume", "count": "Count"}
ACT_ON: Final = "{act} {name}"
ACT_NO_MODAL: Final = "I can open that from `/inventory` or from a button only."

# -- lists ---------------------------------------------------------------------------------------------------------------

FILTER_UNKNOWN: Final = (
    "I do not know {words}. Filters: `late`, `nobody`, `mine`, a class (`oversell`, `feed`, `override` …), a system, a"
    " queue, `>500` for money at risk.{meant}"
)
FILTER_HEAD: Final = "*{found} of {total} match*{words} · {risk} at risk"
FILTER_HEAD_MOST: Final = "*{found} match of the {most} most urgent* ({total} in all){words} · {risk} at risk"
EXCEPTIONS_NONE: Final = "Nothing open in any queue. {calm}"
CALM: Final = "Last check {at}; {heard} of {all} sources heard within their time."
CALM_SILENT: Final = "But {silent}, so I do not know."
FILTER_ABOVE: Final = "above {amount}"
FILTER_MEANT: Final = " Did you mean {words}?"
PROOF_WHICH: Final = "Whose proof? Write `proof EX-1042`."
PROOF_FITS: Final = "*{name}: every hash fits.* {entries}, last `{hash}`.{problem}"
PROOF_BROKEN: Final = "*{name}: the record does not fit.* {entries}, last `{hash}`. {problem}"
PROOF_HEADS: Final[dict[str, str]] = {
    "What changed": "What changed",
    "Count event": "Count event",
    "Counted": "Counted",
    "Approved": "Approved",
    "Channel update": "Channel update",
    "Cause": "Cause",
    "Customers see": "Customers see",
    "End": "End",
}
"""By the headings of a proof's story (`sync/recovery.py`)."""
PROOF_STORY: Final = "*{head}* {text}"
PROOF_FILE: Final = "Send me the file"
PROOF_SENT: Final = "The proof of {name} is in your messages with me, as JSON."
PROOF_TITLE_FILE: Final = "Proof of {name}"
PROOF_MODAL_CHECK_FILE: Final = "Check it yourself: `countersign proof verify --file <this file>`"

# -- systems, rules, figures, people -------------------------------------------------------------------------------------

SYSTEMS_HEAD: Final = "*{count}*"
SYSTEM_LINE: Final = "• {parts}"
SYSTEM_SOURCE: Final = "source only, we publish nothing there"
SYSTEM_NEVER: Final = "nothing heard yet"
SYSTEM_HEARD: Final = "newest content {at}"
SYSTEM_SILENT: Final = "*silent since {at}*"
SYSTEM_DUE: Final = "due by {at}"
SYSTEM_WAITING: Final = "{waiting}, oldest {since}"
SYSTEM_REFUSES: Final = "*refuses us*: {why}"
SYSTEM_UNMAPPED: Final = "{codes} unmapped"
SYSTEM_HELD: Final = "{count} held as implausible"
SYSTEM_READ: Final = "read whole {at}"
SYSTEM_BEHIND: Final = "*only lowered until read again*: {systems}"
FEED_HEAD: Final = "*Sources*"
FEED_NONE: Final = "No source {word}. Sources: {feeds}."
FEED_PROBLEM: Final = "   {at} {where}: {why}"
RULES_HEAD: Final = "*The rules in force* (policy {version})"
RULES_NONE: Final = "No rule speaks of {word}."
METRICS_WHICH: Final = "By what? I know {periods}; not {word}."
ONCALL_HEAD: Final = "*Who is told first*"
ONCALL_LINE: Final = "• *{queue}*: {duty}"
ONCALL_OPS: Final = "• Last resort everywhere: {ops} (ops lead)"

# -- shortcuts, mentions, links ------------------------------------------------------------------------------------------

MENTION_HELP: Final = (
    "Write `@countersign` and a SKU or an exception: `@countersign KTL-17-BLK`. Everything else: `/inventory`."
)
SHORTCUT_NO_CARD: Final = "This message stands in no exception's thread, so there is nothing to add it to."

HOME_RISK: Final = "*Standing* {open} open in all queues, {late} late, {risk} at risk"
HOME_SYSTEMS: Final = "*Not normal right now*"
HOME_FIND: Final = "Find a SKU"
HOME_FIND_FIELD: Final = "Code, GTIN, listing id or part of the title"
HOME_FIND_SUBMIT: Final = "Find"
HOME_FIND_EMPTY: Final = "Type a code or a part of the title."
HOME_MINE_ALL: Final = "Show my list"
HOME_ONCALL: Final = "Who is on duty"
HOME_WORST: Final = "Open the worst"
HOME_LATE_LIST: Final = "*Late in your queues*"
HOME_NO_QUEUE: Final = (
    "You are in no queue, so nothing is asked of you. You can look up any SKU. To work on exceptions ask {leads}."
)
