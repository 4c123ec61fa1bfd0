"""Texts of the weekly digest."""

from __future__ import annotations

from typing import Final

# -- the digest ----------------------------------------------------------------------------------------------------------

DIGEST_BETTER: Final = "better"
DIGEST_WORSE: Final = "worse"
DIGEST_SAME: Final = "same"
DIGEST_W_OVERSELLS: Final = "oversells"
DIGEST_W_EXCEPTIONS: Final = "exceptions"
DIGEST_W_RISK: Final = "risk"
DIGEST_W_OWNER: Final = "owner"
DIGEST_W_FIX: Final = "fix"
DIGEST_W_FAILED: Final = "failed"
DIGEST_W_STALE: Final = "stale"
DIGEST_W_OVERRIDE: Final = "override"
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
DIGEST_T_EXCEPTIONS: Final = "Exceptions"
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
DIGEST_CLASS: Final = "{cls}: {opened} opened, {resolved} resolved, {cleared} cleared by themselves"
DIGEST_MOST: Final = " Most by class: {classes}."
DIGEST_CAUSES: Final = "*What kept coming back*"
DIGEST_CAUSE: Final = "{nth}. {cause}: {count}, {share} of all"
DIGEST_LIMITS: Final = "*Not automated*"
DIGEST_SHADOW: Final = "In shadow, nothing is sent: {systems}"
DIGEST_FOOT: Final = "From {facts} recorded; {repeats} dropped"
DIGEST_TEXT: Final = "Week {days}: {headline}. {sentence}{classes}"
