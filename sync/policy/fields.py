"""The kinds of values that every section of ``policy.yml`` is made of: spans, money, zones, names."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h|d|days?|hours?|minutes?|seconds?)\s*$")

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_LONGEST = timedelta(days=3653)


def parse_span(value: object) -> object:
    """``"15 min"``, ``"2 h"``, ``"7 days"``, ``"30 s"`` to a timedelta; a timedelta stays."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a span of time; write a number with its unit, for example 15 min, 2 h or 7 days"
        )
    seconds = Decimal(match[1]) * _SECONDS[match[2][0]]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{value!r} is longer than anything lasts here; write ten years at most")
    return timedelta(seconds=float(seconds))


def _pace(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("less than a second is too often to read a system; write 1 s or more")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one like Europe/London or UTC") from error
    return value


Span = Annotated[timedelta, BeforeValidator(parse_span)]

Pace = Annotated[Span, AfterValidator(_pace)]

Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000)]

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

Factor = Annotated[Decimal, Field(gt=0, le=1_000_000_000)]
"""What one of another currency is in policy's."""

Zone = Annotated[str, AfterValidator(_zone)]

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]

Grade = Literal["A", "B", "C"]


class Rules(BaseModel):
    """Base of every section: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
