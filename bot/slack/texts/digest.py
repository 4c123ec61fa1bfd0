"""Texts of the weekly digest."""

from __future__ import annotations

from typing import Final

from sync.measures.review import Advice
from sync.model.exceptions import ExceptionClass

# -- the digest ----------------------------------------------------------------------------------------------------------

DIGEST_DAYS: Final = "{first} to {last} {year}"
DIGEST_BETTER: Final = "better"
DIGEST_WORSE: Final = "worse"
DIGEST_SAME: Final = "same"
DIGEST_IMPROVED: Final[dict[str, str]] = {
    "oversells": "Fewer oversells",
    "risk": "Less left at risk",
    "fix": "Quicker fixes",
}
DIGEST_WORSENED: Final[dict[str, str]] = {
    "oversells": "More oversells",
    "exceptions": "More exceptions",
    "risk": "More left at risk",
    "owner": "Slower to an owner",
    "fix": "Slower fixes",
    "failed": "More failed updates",
    "stale": "More stale feeds",
    "override": "More overrides by hand",
    "inside": "Fewer inside the limit",
}
DIGEST_HEAD_BOTH: Final = "{better}, but {worse}"
DIGEST_HEAD_SAME: Final = "Much as the week before"
DIGEST_HEAD_FIRST: Final = "The first week: {exceptions}"
DIGEST_STANDING: Final = "{risk} still at risk"
DIGEST_COMPARED: Final = "compared with the week before"
DIGEST_FIRST: Final = "not enough to compare yet; from next week on"
DIGEST_PERIOD: Final = "{days}, {zone} · {compared} · {orders}"
DIGEST_SENTENCE: Final = (
    "*{oversells}*{oversells_was} and *{exceptions}*{exceptions_was};"
    " *{risk}* still at risk at the end of the week{risk_change}."
)
DIGEST_WAS: Final = " (was {before})"
DIGEST_MEDIAN: Final = "median {span}"
DIGEST_NINE: Final = "9 in 10 within {span}"
DIGEST_INSIDE: Final = "{inside} of {ended}, {share}"
DIGEST_FLOW: Final = "{opened} and {ended}"
DIGEST_T_OVERSELLS: Final = "Oversells"
DIGEST_T_PREVENTED: Final = "Prevented"
DIGEST_T_RISK: Final = "At risk, end of week"
DIGEST_T_FLOW: Final = "Opened and cleared"
DIGEST_T_OWNER: Final = "Time to an owner"
DIGEST_T_FIX: Final = "Time to a fix"
DIGEST_T_INSIDE: Final = "Inside the limit"
DIGEST_T_FAILED: Final = "Failed updates"
DIGEST_T_STALE: Final = "Stale feeds"
DIGEST_T_OVERRIDE: Final = "Overrides by hand"
DIGEST_CHART: Final = "Exceptions opened, by class"
DIGEST_THIS_WEEK: Final = "This week"
DIGEST_WEEK_BEFORE: Final = "Week before"
DIGEST_AXIS_X: Final = "Class"
DIGEST_AXIS_Y: Final = "Exceptions"
DIGEST_REST: Final = "Rest"
DIGEST_MOST: Final = " Most by class: {classes}."
DIGEST_CAUSES: Final = "*What kept coming back*"
DIGEST_CAUSE: Final = "{nth}. *{cls}{where}*: {count} of {of}{again}{cleared} → {fix}"
DIGEST_CAUSE_ON: Final = " on {system}"
DIGEST_CAUSE_AGAIN: Final = ", {count} not for the first time"
DIGEST_CAUSE_CLEARED: Final = ", {count} cleared by themselves"
DIGEST_LIMITS: Final = "*Not automated*"
DIGEST_SHADOW: Final = "In shadow, nothing is sent: {systems}"
DIGEST_FOOT: Final = (
    "In the thread: each queue, two more charts, and the whole as XLSX and CSV"
    " · from {facts} recorded, {repeats} dropped"
)
DIGEST_FOOT_RATES: Final = " · other currencies at rates of {day}"
DIGEST_FOOT_SEEN: Final = " · median {span} from the event to its exception"
DIGEST_TEXT: Final = "Week {days}: {headline}. {sentence}{classes}"

DIGEST_PREVENTED: Final = "about {units}, {value}"
DIGEST_PREVENTED_NONE: Final = "none that we know of"
DIGEST_RATE: Final = "{rate} per 10,000 orders"
DIGEST_CHART_RISK: Final = "Revenue at risk, end of day ({currency})"
DIGEST_CHART_FIX: Final = "Time to a fix, median (minutes)"
DIGEST_CHART_LOAD: Final = "Open per queue, busiest moment"
DIGEST_AXIS_DAY: Final = "Day"
DIGEST_AXIS_QUEUE: Final = "Queue"
DIGEST_AXIS_MINUTES: Final = "Minutes"
DIGEST_AXIS_OPEN: Final = "Open exceptions"
CHART_LINE: Final = "Line chart"
CHART_BAR: Final = "Bar chart"
CHART_ALT: Final = "{kind}. {title}. {series}"
CHART_SERIES: Final = "{name}: {values}."

# -- the weekly questions ------------------------------------------------------------------------------------------------

DIGEST_FIXES: Final[dict[ExceptionClass, str]] = {
    ExceptionClass.EXPOSURE_MISMATCH: "Measure how long it takes to apply an update, and set its `settles_in` above that.",
    ExceptionClass.STALE_FEED: "Ask the sender for a file before its time runs out, or widen `fresh_within`.",
    ExceptionClass.FAILED_UPDATE: "Read the refusal on the newest card: mend the right or the listing once, not each update.",
    ExceptionClass.WMS_ERP_VARIANCE: "Find the movement that one of the two books late, and book it the same day.",
    ExceptionClass.MANUAL_OVERRIDE: "Ask who sets the number, and give them a safety stock or a limit in policy instead.",
    ExceptionClass.FEED_SUPPRESSION: "Mend the fields that the channel names on the card, at their source.",
    ExceptionClass.CATALOG_FAULT: "Map the codes in the catalogue system, or ignore in policy those that are no products.",
    ExceptionClass.OVERSELL: "Raise the safety stock of these SKUs, or reserve faster where they are sold.",
    ExceptionClass.NEGATIVE_STOCK: "Count the place, and book receipts before what is sold from them.",
    ExceptionClass.STUCK_RESERVATION: "Cancel or ship the orders that hold stock, and shorten how long a cart may hold it.",
    ExceptionClass.REPORTED: "Read what people report: what they see first, a check or a count should see before them.",
}
DIGEST_IMPROVED_HEAD: Final = "*Sync paths that improved*"
DIGEST_IMPROVED_LINE: Final = "• {system}: {opened} exceptions (was {before}){success}"
DIGEST_IMPROVED_SUCCESS: Final = ", {now} of updates taken (was {before})"
DIGEST_GREW_HEAD: Final = "*Classes that grew*"
DIGEST_GREW_LINE: Final = "• {cls}: {opened} (was {before})"
DIGEST_TIGHTEN_HEAD: Final = "*Rules to tighten*"
DIGEST_TIGHTEN: Final[dict[Advice, str]] = {
    Advice.WAIT: (
        "• {cls} on {system}: wait {wait} instead of {now}. {dropped} of {of} would not have opened; {delayed} others would have"
        " come later"
    ),
    Advice.RAISE_LIMIT: "• {cls} on {system}: {count} of {of} were false alarms. Raise its limit, or say what the rule misses",
    Advice.MEND_REFUSED: "• {system}: {count} of {of} updates refused ({detail}). Mend the cause; open at the first of them",
    Advice.NAME_STAND_IN: "• {queue}: {count} of {of} taken in time. Name a stand-in, or a second one",
    Advice.SHORTER_SNOOZE: "• Snooze for a shorter time: {count} of {of} snoozed ones came to be late",
}
FAULTS: Final[dict[str, str]] = {
    "value": "value",
    "missing": "missing",
    "connection": "connection",
    "intermittent": "intermittent",
    "rate_limit": "rate limit",
    "too_large": "too large",
    "parse": "parse",
    "duplicate": "duplicate",
    "permission": "permission",
    "stale_guard": "stale guard",
    "unknown_outcome": "unknown outcome",
}
"""Why updates were refused, by the kind of fault."""
DIGEST_DROP_HEAD: Final = "*Checks to drop*"
DIGEST_DROP_LINE: Final = "• {cls} at {place}, counted by hand: {done} counts, 0 differences in 8 weeks"
DIGEST_LOAD_HEAD: Final = "*Too much on one desk*"
DIGEST_LOAD_LINE: Final = "• {name}: took {taken} of {of}, has {standing}, {late} late"
DIGEST_FALSE_HEAD: Final = "*False alarms*"
DIGEST_FALSE_LINE: Final = "{count} of {of} ({share})"
DIGEST_ELSEWHERE: Final = "elsewhere"

# -- its thread ----------------------------------------------------------------------------------------------------------

DIGEST_QUEUES_TITLE: Final = "*Queues*, median time to a fix and who carried what"
DIGEST_QUEUES_CAPTION: Final = "Queues, {days}"
DIGEST_QUEUES_HEAD: Final = ("Queue", "Opened", "Late", "Open now", "Fix, min")
DIGEST_QUEUES_TEXT: Final = "Queues, {days}. {queues}. The XLSX and CSV follow."
DIGEST_QUEUE_TEXT: Final = "{name}: {opened} opened, {open} open, {late} late, {fix}"
DIGEST_QUEUE: Final = (
    "*{name}*: {opened} opened{change}, {open} open, {late} late, fixed in {fix}. {carried}.{longest}{asks}"
)
DIGEST_QUEUE_QUIET: Final = "*{name}*: nothing opened{change}, {open} open."
DIGEST_CARRIED: Final = "{name} {count}"
DIGEST_NOBODY: Final = "nobody {count}"
DIGEST_LONGEST: Final = " Longest: {name}, {span}."
DIGEST_ASK_STAND_IN: Final = " Ask: a stand-in? {count} of {of} were taken in time."
DIGEST_XLSX: Final = "The whole as a workbook: {days}"
DIGEST_CSV: Final = "The whole as CSV: {days}"


# -- the note of the day -------------------------------------------------------------------------------------------------

STANDUP_HEAD: Final = "*{name}, {day}*: {open} open, {late} late, {unowned} without an owner, {risk} at risk"
STANDUP_DAY: Final = "{weekday}, {day}"
STANDUP_CALM: Final = "*{name}, {day}*: nothing is open"
STANDUP_LATELY: Final = (
    "In the last 24 h {opened} opened ({repeats} not for the first time), {resolved} resolved,"
    " {cleared} cleared by themselves"
)
STANDUP_WORST: Final = "*First today*"
STANDUP_LINE: Final = "• {name}, {cls}{sku}: {risk} at risk, {owner}, open for {age}"
STANDUP_OWNER: Final = "{owner} has it"
STANDUP_FREE: Final = "nobody has it"

DIGEST_LATE: Final = "Late: nothing of ours ran when it was due."
