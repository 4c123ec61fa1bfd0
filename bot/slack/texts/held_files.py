"""Texts of files that are held whole and can be counted anyway: form, states, approval."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

ROWS_COUNTED: Final = Plural("{n} row", "{n} rows")
COUNTFILE_TITLE: Final = "Count it anyway"
COUNTFILE_SUBMIT: Final = "Count it anyway"
COUNTFILE_WHAT: Final = "*{file}* of {system} came {came} and is as of {content}. It is held: {why}"
COUNTFILE_LAST: Final = "last good"
COUNTFILE_THIS: Final = "this file"
COUNTFILE_ROWS: Final = "rows"
COUNTFILE_ZEROS: Final = "say zero"
COUNTFILE_UNITS: Final = "units"
COUNTFILE_NONE: Final = "none"
COUNTFILE_CHANGE: Final = (
    "It lowers {zero} to 0, lowers {lowered} and raises {raised}: {less} less and {more} more, worth {value} at cost."
)
COUNTFILE_NO_CHANGE: Final = "It changes no number that is known."
COUNTFILE_ABOUT: Final = "Only {reckoned} of {rows} could be reckoned in time, so a second person decides."
COUNTFILE_UNVALUED: Final = "What {skus} cost is not known, so a second person decides."
COUNTFILE_UNKNOWN: Final = "{rows} of it map to nothing we know; they count once mapped."
COUNTFILE_UNNAMED: Final = "It does not name {skus}: those keep their last number, which grows old."
COUNTFILE_LIMIT: Final = (
    "Above {limit} at cost a second person decides, and nobody who asked. Its bytes are read again; what rises waits as with any"
    " file, and a later file goes before it."
)
COUNTFILE_REASON: Final = "How do you know that it is true?"
COUNTFILE_REASON_HINT: Final = "Goes into the proof."
COUNTFILE_NO_REASON: Final = "Say how you know that it is true; it goes into the proof."
COUNTFILE_GONE: Final = "No file that is held here can be counted any more: a later one came."

DECIDE_FILE_WHAT: Final = "*{file}* of {system}\nAsked by {by} at {at}: {reason}"
DECIDE_FILE_ABOUT: Final = "Its rows count, as any file's"
DECIDE_FILE_NOTHING: Final = "It is held as before"
DECIDE_FILE_UNSURE: Final = "You are asked because not all of it has a worth that is known. Nobody who asked decides."
ASK_FILE_TITLE: Final = "Approve counting a held file of {system}"
CHANGE_FILE: Final = "count {file} anyway: {zero} to 0, {lowered} lower, {raised} higher, {value} at cost"

MARK_READING: Final = ":inbox_tray:"
STATE_READING: Final = "{mark} *Read again* since {at}: {by} lets {file} count. {fix}"
ALSO_READING: Final = "read again since {at}"
NEXT_READING: Final = "I read the kept bytes of the file again; this card says when it counts."
NEXT_NOT_READ: Final = "{owner}: ask the sender for the file again, or look why it could not be read."
