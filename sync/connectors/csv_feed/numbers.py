"""Counts as feeds write them. A number that could be read in two ways is a fault, never a guess."""

from __future__ import annotations

import re

LIMIT = 10**9
"""Largest count either way, in units, as in the events API."""

_BLANKS = " \u00a0\u202f\u2009"
_PLAIN = re.compile(r"[+-]?[0-9]+$")


class NotACount(ValueError):
    """The text is no whole number under the feed's rules. The message says why, in words for the sender."""


def read_count(text: str, decimal: str | None = None, thousands: str | None = None) -> int | None:
    """Units as an integer: optional sign, digits, optional fraction of zeros. Blank is None (unknown), never zero.

    ``decimal`` and ``thousands`` are the feed's marks by policy; without them any mark is a fault, because ``1.234`` may
    mean 1 or 1234. Raises NotACount.
    """
    wanted = text.strip().strip(_BLANKS)
    if not wanted:
        return None
    whole, fraction = _split(wanted, decimal)
    if fraction.strip("0"):
        raise NotACount(f"{wanted!r} is not a whole number of units")
    digits = _ungrouped(whole, thousands, wanted)
    if not _PLAIN.match(digits):
        raise NotACount(_why(wanted, decimal, thousands))
    units = int(digits)
    if abs(units) > LIMIT:
        raise NotACount(f"{wanted!r} is beyond a thousand million units")
    return units


def _split(text: str, decimal: str | None) -> tuple[str, str]:
    if decimal is None or decimal not in text:
        return text, ""
    whole, _, fraction = text.partition(decimal)
    if not (fraction.isascii() and fraction.isdigit()):
        raise NotACount(f"{text!r} is not a number: digits are missing after {decimal!r}")
    return whole, fraction


def _ungrouped(whole: str, thousands: str | None, text: str) -> str:
    """The digits without thousands marks, which must stand between groups of three."""
    if thousands is None:
        return whole
    marks = _BLANKS if thousands in _BLANKS else thousands
    if not any(mark in whole for mark in marks):
        return whole
    if not re.match(rf"[+-]?[0-9]{{1,3}}(?:[{re.escape(marks)}][0-9]{{3}})+$", whole):
        raise NotACount(f"{text!r} is not grouped by thousands")
    return re.sub(f"[{re.escape(marks)}]", "", whole)


def _why(text: str, decimal: str | None, thousands: str | None) -> str:
    if re.match(r"[+-]?[0-9][0-9., '\u00a0\u202f]*$", text):
        marks = "no marks" if decimal is None and thousands is None else "other marks"
        return f"{text!r} can be read in two ways: policy names {marks} for this feed (`decimal:`, `thousands:`)"
    return f"{text!r} is not a number"
