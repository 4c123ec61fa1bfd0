"""What policy says of people's time: when they work, when they are away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal

import holidays
from pydantic import AfterValidator, Field, model_validator

from sync.policy.fields import Rules, Span, Zone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As ``date.weekday()`` counts them."""

TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


@cache
def _countries() -> Mapping[str, Sequence[str]]:
    return holidays.list_supported_countries(include_aliases=False)


def _country(value: str) -> str:
    """A country as ISO 3166 writes it, with its part after a hyphen where it has parts: ``US``, ``DE-BY``."""
    known = _countries()
    country, _, part = value.partition("-")
    if country not in known:
        raise ValueError(f"{value!r} is no country whose holidays are known; write two capital letters like GB or US")
    if part and part not in known[country]:
        some = ", ".join(f"{country}-{one}" for one in known[country][:4]) or f"{country} alone"
        raise ValueError(f"{value!r} is no part of {country} whose holidays are known; write one like {some}")
    return value


Country = Annotated[str, AfterValidator(_country)]


class Hours(Rules):
    """When somebody works, in local time. An end at or before the begin is the next day's (a night shift; the same time: round
    the clock). ``timezone`` none: the document's; ``holidays``: a country's days off; ``closed``: other days off."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = WEEKDAYS[:5]
    begins: TimeOfDay = "09:00"
    ends: TimeOfDay = "17:00"
    timezone: Zone | None = None
    holidays: Country | None = None
    closed: tuple[date, ...] = ()


class Away(Rules):
    """Days on which somebody is not there, the last one included, in their own time zone. ``delegate``: who is told in their
    place, where they may act; none: whoever comes next."""

    first: date
    last: date
    delegate: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Away:
        if self.last < self.first:
            raise ValueError(f"it ends on {self.last}, before it begins on {self.first}; write the earlier day first")
        return self


class Rotation(Rules):
    """People who are on call in turn, each for ``each`` (whole days), handing over ``at`` a local time; the first of ``people``
    begins on ``starts``. ``timezone`` none: that of the queue's hours, else the document's."""

    people: Annotated[tuple[str, ...], Field(min_length=1)]
    starts: date
    each: Span = timedelta(days=7)
    at: TimeOfDay = "09:00"
    timezone: Zone | None = None

    @model_validator(mode="after")
    def _of_whole_days(self) -> Rotation:
        if self.each < timedelta(days=1) or self.each % timedelta(days=1):
            raise ValueError(
                "a turn is made of whole days, so that it is handed over at one time of day; write 1 day or 7 days"
            )
        return self
