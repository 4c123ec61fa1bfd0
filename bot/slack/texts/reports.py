"""Texts of reporting a wrong number: the form behind the message shortcut, its card, and the steps of workflows."""

from __future__ import annotations

from typing import Final

REPORT_TITLE: Final = "Open an exception"
REPORT_OPEN: Final = "*Open already for {sku}:* {cases}"
REPORT_WHERE: Final = "Which number"
REPORT_WHOLE: Final = "The SKU as a whole"
REPORT_OPTION: Final = "{system} (shows {shows})"
REPORT_WORDS: Final = "What is wrong"
REPORT_WORDS_HINT: Final = "It stands on the card and in the proof."
REPORT_COUNT: Final = "Ask for a count"
REPORT_NO_COUNT: Final = "No count yet"
REPORT_COUNT_AT: Final = "Count at {place}"
REPORT_NOBODYS: Final = (
    "Opening it does not make it yours. It ends by a person, or once a count and the channels agree."
)
REPORT_SUBMIT: Final = "Open it"
REPORT_NO_WORDS: Final = "Say what is wrong; whoever takes it reads only that."
REPORT_WHICH: Final = "Which SKU does this message speak of?"
REPORT_BUTTON: Final = "{sku} {title}"
REPORT_FIND: Final = "Code, GTIN, listing id or part of the title"
REPORT_FIND_SUBMIT: Final = "Go on"
REPORT_FIND_NONE: Final = "No SKU is found by that. Write its code, a GTIN or a listing id."
REPORT_FIND_MANY: Final = "More than one: {skus}. Write the code of one."

TITLE_REPORTED: Final = "{sku}: somebody reports a wrong number"
TITLE_REPORTED_AT: Final = "{sku}: somebody says {system} is wrong"
REPORTED_SHOWS: Final = "*{delta}* · {shown}"
REPORTED_AGREES: Final = "*No difference known* · {shown}"
REPORTED_LINE: Final = "{system} shows {shows}, can sell {can}"
CLOSES_REPORTED: Final = (
    "A count that agrees with what customers see, read back, and a note; or a person says why it is right."
)

# -- workflow steps ------------------------------------------------------------------------------------------------------

STEP_NO_SKU: Final = "No SKU {text}.{near}"
STEP_NEAR: Final = " The nearest are {skus}."
STEP_NOBODY: Final = "The step needs the person in whose name it asks; choose “Person who started this workflow”."
STEP_NO_PLACE: Final = "No place {text}. Places: {places}."
STEP_NOTHING_OPEN: Final = (
    "No exception is open for {sku}, and a count belongs to one. Use the step “Open inventory exception”."
)
STEP_REFUSED: Final = "{why} Nothing was changed."
STEP_DONE: Final = "Opened."
STEP_COUNT_THERE: Final = "{who} asked for a count already."
