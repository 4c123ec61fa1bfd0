"""Rows of exceptions, their acts and suspicions, there and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from storage.codecs import from_json, to_json
from storage.dialect import Drawing, Link
from storage.tables.cases import exception_actions, exceptions, suspicions
from sync.model.exceptions import Action, ActionKind, Case, Fingerprint
from sync.model.made import replaced
from sync.model.picture import Suspicion

CASE = [
    "fingerprint",
    "cls",
    "sku",
    "systems",
    "detail",
    "life",
    "version",
    "queue",
    "owner",
    "cause",
    "opened_at",
    "owned_at",
    "assign_by",
    "resolve_by",
    "ended_at",
    "opening_risk",
    "risk",
    "risk_per_hour",
    "storm",
    "lacks",
    "body",
]
VALUED = (ActionKind.CORRECTION, ActionKind.OVERRIDE)
"""Acts that have a value in money."""

ACTION = ["exception", "kind", "state", "at", "sku", "location", "value", "body"]


def systems_of(fingerprint: Fingerprint) -> str:
    """The systems of a fingerprint as one text."""
    return "+".join(fingerprint.systems)


def case_row(case: Case) -> tuple[Any, ...]:
    """Its columns in the order of CASE."""
    fingerprint, risk = case.fingerprint, case.risk_now
    return (
        fingerprint.text,
        fingerprint.cls.value,
        fingerprint.sku,
        systems_of(fingerprint),
        fingerprint.detail,
        case.life.value,
        case.version,
        case.queue,
        case.owner,
        case.evidence.cause,
        case.opened_at,
        case.owned_at,
        case.assign_by,
        case.resolve_by,
        case.ended_at,
        case.opening_risk,
        risk.amount,
        case.risk.per_hour if risk == case.risk.total else Decimal(0),
        case.storm,
        case.lacks or None,
        to_json(replaced(case, actions=()) if case.actions else case),
    )


def action_row(case: Case, action: Action) -> tuple[Any, ...]:
    """Its columns in the order of ACTION."""
    return (
        case.id,
        action.kind.value,
        action.state.value,
        action.at,
        case.fingerprint.sku,
        action.location,
        Decimal(action.figure("value") or 0) if action.kind in VALUED else None,
        to_json(action),
    )


async def cases_where(link: Link, *where: ColumnElement[bool], query: Select[Any] | None = None) -> list[Case]:
    """Cases with their acts, in two queries: by id, or in the order and within the limit of ``query`` (ids and bodies)."""
    chosen = query if query is not None else select(exceptions.c.id, exceptions.c.body).order_by(exceptions.c.id)
    return await cases_of(link, (await link.execute(chosen.where(*where))).all())


async def cases_of(link: Link, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Case]:
    """The cases behind rows of id and body, with their acts."""
    if not rows:
        return []
    return with_acts(rows, (await link.run(_draw_acts, cases=[row.id for row in rows])).all())


def with_acts(rows: Sequence[Any], acted: Sequence[Any]) -> list[Case]:
    """The cases behind rows of id and body, with their acts behind rows of id, exception and body."""
    acts: dict[int, list[Action]] = defaultdict(list)
    for act in acted:
        acts[act.exception].append(replaced(from_json(Action, act.body), id=act.id))
    cases = [from_json(Case, {**row.body, "id": row.id}) for row in rows]
    return [replaced(case, actions=tuple(acts[case.id])) if case.id in acts else case for case in cases]


def _draw_acts(draw: Drawing) -> Select[Any]:
    held = exception_actions.c
    return select(held.id, held.exception, held.body).where(draw.among(held.exception, "cases")).order_by(held.id)


async def suspicions_where(link: Link, *where: ColumnElement[bool]) -> list[Suspicion]:
    """Suspicions by fingerprint."""
    query = select(suspicions.c.body).where(*where).order_by(suspicions.c.fingerprint)
    return [from_json(Suspicion, row.body) for row in await link.execute(query)]
