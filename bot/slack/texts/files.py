"""Heads of the files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final

from sync.measures.told import COUNTERFACTUAL as _COUNTERFACTUAL

FILE_COLUMNS: Final = (
    "orders",
    "opened",
    "resolved by people",
    "cleared by themselves",
    "open at the end",
    "late at the end",
    "nobody has",
    "most at once",
    "repeats",
    "false alarms",
    "oversells",
    "oversells per 10,000 orders",
    "variances",
    "stale feeds",
    "failed updates",
    "manual overrides",
    "prevented units",
    "prevented value",
    "minutes to be seen, median",
    "minutes to an owner, median",
    "minutes to an owner, 9 in 10",
    "minutes to a fix, median",
    "minutes to a fix, 9 in 10",
    "taken in time",
    "taken, judged",
    "fixed in time",
    "fixed, judged",
    "risk opened",
    "risk cleared",
    "risk at the end",
    "updates done",
    "updates given up",
    "updates refused",
    "updates tried again",
)
"""One row of figures."""
FILE_TITLE: Final = "Countersign, {days}"
FILE_WEEK: Final = "week"
FILE_SHEETS: Final[dict[str, str]] = {
    "week": "Week",
    "family": "By family",
    "class": "By class",
    "channel": "By channel",
    "vendor": "By vendor",
    "queue": "By queue",
    "days": "Days",
    "people": "People",
    "answers": "Answers",
    "method": "How it is counted",
}
FILE_GROUPS: Final[dict[str, str]] = {
    "family": "family",
    "class": "class",
    "channel": "channel",
    "vendor": "vendor",
    "queue": "queue",
}
FILE_DAYS: Final = ("day", "risk at the end ({currency})", "the week before")
FILE_PEOPLE: Final = ("person", "taken", "ended", "open", "late")
FILE_ANSWERS: Final = ("question", "answer")
FILE_HOW: Final = ("what", "how")
FILE_METHOD: Final[dict[str, str]] = {
    "period": (
        "What opens in the week counts as opened, what ends in it as ended; a span belongs to the week in which it ends."
    ),
    "limits": "A limit is judged once: when it was kept, or at the moment it passed.",
    "prevented": _COUNTERFACTUAL,
    "percentiles": "Nearest rank; the median of an even number is the mean of the two in the middle.",
    "risk": "Estimates as on the cards; opened and cleared by what was at risk when the exception opened.",
}
