"""Each life of an exception as a row of its own, written whenever the exception is: nothing that happened is lost when it
opens again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, literal_column, select
from sqlalchemy.sql import Executable

from storage.dialect import Drawing, Link
from storage.repositories.case_rows import systems_of
from storage.tables.columns import Instant, Millionths
from storage.tables.measured import episodes, risk_steps
from sync.model.exceptions import Case

EPISODE = [
    "exception",
    "number",
    "cls",
    "sku",
    "systems",
    "direction",
    "queue",
    "owner",
    "cause",
    "recurrences",
    "since",
    "opened_at",
    "owned_at",
    "assign_by",
    "resolve_by",
    "snoozed_until",
    "snoozes",
    "escalated",
    "ended_at",
    "outcome",
    "opening_risk",
    "risk",
    "shows",
    "can_sell",
]
_RISK = EPISODE.index("risk")
_FOLLOWS = ("queue", "owner", "assign_by", "resolve_by", "snoozed_until", "ended_at", "outcome", "risk")


def record_episodes(link: Link, cases: Sequence[Case], now: datetime) -> None:
    """Begin or continue the life that each case is in. In the transaction that writes the cases, after they have ids."""
    if not cases:
        return
    ordered = sorted(cases, key=lambda one: one.id)
    rows = [_row(one) for one in ordered]
    steps = [
        (one.id, one.reopenings, one.version, one.opened_at, one.ended_at, now, row[_RISK])
        for one, row in zip(ordered, rows, strict=True)
    ]
    link.later(_draw_steps, rows=steps)
    link.later(_draw_episodes, rows=rows)


def _risk(one: Case) -> Decimal:
    return Decimal(0) if one.life.ended else one.risk_now.amount


def _row(one: Case) -> tuple[Any, ...]:
    """Its columns in the order of EPISODE."""
    fingerprint = one.fingerprint
    return (
        one.id,
        one.reopenings,
        fingerprint.cls.value,
        fingerprint.sku,
        systems_of(fingerprint),
        fingerprint.direction.value,
        one.queue,
        one.owner,
        one.evidence.cause,
        one.recurrences,
        one.since,
        one.opened_at,
        one.owned_at,
        one.assign_by,
        one.resolve_by,
        one.snoozed_until,
        int(one.snoozed_until is not None),
        one.escalated,
        one.ended_at,
        one.outcome,
        one.opening_risk,
        _risk(one),
        one.evidence.shows,
        one.evidence.can_sell,
    )


def _draw_steps(draw: Drawing) -> Executable:
    """A change of the money at risk since the life's row was written last (nothing, if it has none yet)."""
    held, zero = episodes.c, literal_column("0", Millionths())
    columns = {
        "exception": held.exception.type,
        "number": held.number.type,
        "version": risk_steps.c.version.type,
        "opened_at": held.opened_at.type,
        "ended_at": held.ended_at.type,
        "now": Instant(),
        "risk": held.risk.type,
    }
    given = draw.rows(columns)
    known = func.coalesce(held.risk, zero)
    at = case(
        (held.exception.is_(None), given.c.opened_at),
        (given.c.ended_at.is_not(None), given.c.ended_at),
        else_=given.c.now,
    )
    changed = (
        select(given.c.exception, given.c.version, given.c.number, at, given.c.risk - known)
        .select_from(
            given.outerjoin(episodes, and_(held.exception == given.c.exception, held.number == given.c.number))
        )
        .where(given.c.risk != known)
    )
    adding = draw.insert(risk_steps).from_select(["exception", "version", "number", "at", "change"], changed)
    return adding.on_conflict_do_nothing(index_elements=["exception", "version"])


def _draw_episodes(draw: Drawing) -> Executable:
    """What the life began with stays, and when it was first taken outlives a giving back."""
    held = episodes.c
    saving = draw.insert_rows(episodes, EPISODE)
    given = saving.excluded
    values: dict[str, Any] = {name: given[name] for name in _FOLLOWS}
    values["owned_at"] = func.coalesce(held.owned_at, given.owned_at)
    values["escalated"] = case((given.escalated > held.escalated, given.escalated), else_=held.escalated)
    again = and_(
        given.snoozed_until.is_not(None),
        func.coalesce(held.snoozed_until, literal_column("-1", Instant())) != given.snoozed_until,
    )
    values["snoozes"] = held.snoozes + case((again, 1), else_=0)
    return saving.on_conflict_do_update(index_elements=["exception", "number"], set_=values)
