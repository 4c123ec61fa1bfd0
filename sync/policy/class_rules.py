"""What policy says of one class of exception: its limits, its times, and where it goes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sync.model.exceptions import ExceptionClass
from sync.model.ids import LocationId, QueueId, SkuId, SystemId
from sync.policy.fields import Amount, Grade, Rules, Span


class Limit(Rules):
    """Within it nothing is opened: no more than the larger of ``units`` and ``percent`` (of the smaller number), and worth no
    more than ``money``. What is open clears only below ``clears_at`` of it, so that nothing flaps at the limit."""

    units: Annotated[int, Field(ge=0)] = 0
    percent: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    money: Amount | None = None
    clears_at: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")


class LimitFor(Limit):
    """A limit for some only: everything named must fit (``channel`` is any system, ``grade`` A, B or C)."""

    sku: SkuId | None = None
    family: str | None = None
    channel: SystemId | None = None
    grade: Grade | None = None

    @model_validator(mode="after")
    def _names_something(self) -> LimitFor:
        if (self.sku, self.family, self.channel, self.grade) == (None, None, None, None):
            raise ValueError("it is for nothing; name a sku, family, channel or grade, or write it as `limit:`")
        return self


class ClassRules(Rules):
    """How one exception class is owned, limited and ended. ``limits``: the first that fits goes before ``limit``;
    ``stop``: what waits while it is open and nobody owns it; ``held_for``: how long an order may hold units; ``critical``: its
    limits run at all times, and people are told outside their hours; ``escalate_every``: after a missed limit the next one is
    told; ``copies``: people, or channels with #, that are told once when it opens; ``asks_owner_after``: an owner of whom
    nothing was heard for so long is asked whether they are still on it (none: never), and without an answer within
    ``gives_back_after`` it goes back to the queue; ``runbook``: an https address of your instructions, on its cards."""

    queue: QueueId | None = None
    assign_within: Span = timedelta(minutes=30)
    resolve_within: Span = timedelta(hours=2)
    reopens_within: Span = timedelta(hours=24)
    limit: Limit = Limit()
    limits: tuple[LimitFor, ...] = ()
    note_required: bool = True
    fallback: Literal["none", "pause"] = "none"
    stop: Literal["none", "raises"] = "none"
    ended_by: Literal["itself", "person", "orders"] = "itself"
    held_for: Span = timedelta(days=14)
    critical: bool = False
    escalate_every: Span = timedelta(minutes=15)
    copies: tuple[str, ...] = ()
    asks_owner_after: Span | None = timedelta(hours=3)
    gives_back_after: Span = timedelta(minutes=30)
    runbook: Annotated[str, Field(pattern=r"^https://[^\s<>|]+$", max_length=500)] | None = None


class Route(Rules):
    """Sends some exceptions to a queue: everything named must fit, and the first route that fits wins. ``system`` is any
    channel, source or vendor that the exception is about."""

    queue: QueueId
    class_name: ExceptionClass | None = None
    system: SystemId | None = None
    location: LocationId | None = None
    family: str | None = None
    tag: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Route:
        if (self.class_name, self.system, self.location, self.family, self.tag) == (None,) * 5:
            raise ValueError(
                "it is for everything; name a class, system, location, family or tag, or set `default_queue:`"
            )
        return self


def _class(assign: timedelta, resolve: timedelta, **rest: Any) -> ClassRules:
    return ClassRules(assign_within=assign, resolve_within=resolve, **rest)


_MINUTES, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)

CLASS_DEFAULTS: dict[ExceptionClass, ClassRules] = {
    ExceptionClass.EXPOSURE_MISMATCH: _class(2 * _MINUTES, 2 * _HOUR),
    ExceptionClass.OVERSELL: _class(_MINUTES, 2 * _HOUR, ended_by="orders", critical=True),
    ExceptionClass.FAILED_UPDATE: _class(2 * _MINUTES, 2 * _HOUR),
    ExceptionClass.MANUAL_OVERRIDE: _class(2 * _MINUTES, 4 * _HOUR),
    ExceptionClass.FEED_SUPPRESSION: _class(_HOUR, 8 * _HOUR),
    ExceptionClass.STALE_FEED: _class(_HOUR, 8 * _HOUR, note_required=False),
    ExceptionClass.NEGATIVE_STOCK: _class(_HOUR, 8 * _HOUR, stop="raises"),
    ExceptionClass.WMS_ERP_VARIANCE: _class(
        4 * _HOUR,
        2 * _DAY,
        stop="raises",
        limit=Limit(units=1, percent=Decimal(2), money=Decimal(100)),
        asks_owner_after=_DAY,
    ),
    ExceptionClass.CATALOG_FAULT: _class(4 * _HOUR, 3 * _DAY, note_required=False, asks_owner_after=_DAY),
    ExceptionClass.STUCK_RESERVATION: _class(_DAY, 7 * _DAY, asks_owner_after=2 * _DAY),
    ExceptionClass.REPORTED: _class(_HOUR, _DAY),
}
"""What holds for a class where policy says nothing; what it says of a class is laid over these."""
