"""Texts of ``/inventory metrics``."""

from __future__ import annotations

from typing import Final

MEASURES_HEAD: Final = "*{name}*: {start} to {end}"
MEASURES_BY: Final = "*By {by}*"
MEASURES_LINE: Final = "{name}: *{value}*"
MEASURES_GROUP: Final = (
    "• *{name}*: {opened} opened ({repeats} again), {standing} open, fixed in {fix}, {inside} in time, {risk} at risk"
)
MEASURES_GROUP_UPDATES: Final = ", {success} of updates taken"
MEASURES_NONE: Final[dict[str, str]] = {"family": "no family", "channel": "no channel", "vendor": "no vendor"}
MEASURES_FOOT: Final = (
    "Say `metrics 2026-W47 by queue` for another period, or by family, class, channel, vendor or queue."
)
