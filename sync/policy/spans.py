"""Spans of time as people write them."""

from __future__ import annotations

from datetime import timedelta


def span(length: timedelta) -> str:
    """``4 s``, ``15 min``, ``2 h``, ``3 days``: the largest unit that is exact."""
    seconds = length.total_seconds()
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if (seconds >= 2 * size and seconds % size == 0) or (seconds == size and size < 86400):
            return f"{seconds / size:.0f} {unit}"
    return "1 day" if seconds == 86400 else f"{seconds:g} s"
