"""Recording facts exactly once: keys are claimed first, in sorted order, and who claims a key inserts its fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.sql import Executable

from storage.codecs import from_json, to_json
from storage.dialect import Draw, Drawing, Link, claiming, inserting
from storage.tables.columns import Document, Instant
from storage.tables.facts import confirmations, coverage, disputes, facts, fresh, seen
from storage.tables.stock import due, positions, stock
from storage.talk import MANY, Ask, Put, Talk, talk
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    Fact,
    FactBody,
    FactKind,
    LeftOut,
    LineStated,
    LineStep,
    ListingStated,
    RecipeStated,
    Revision,
    SnapshotConfirmed,
    SnapshotRead,
)
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.time import AsOf
from sync.path.identify import folded
from sync.ports import FactOutcome, NewFact

_Key = tuple[str, str]
BODIES: Mapping[FactKind, type[FactBody]] = {
    kind: body
    for body in (
        Count,
        Change,
        LineStated,
        LineStep,
        Acknowledged,
        ListingStated,
        SnapshotRead,
        SnapshotConfirmed,
        LeftOut,
        RecipeStated,
    )
    for kind in body.kinds
}
"""Which body each kind of fact has."""

BULK = 1
"""Rank of marks that a whole reading makes; marks of single facts have rank 0 and go first."""

CONFIRMED = "confirmed:"
"""Before ``location:system``, as the cause of marks: a snapshot confirmed its numbers there."""

BY_WORD = "word:"
"""Before a system, as the cause of marks: a person said that more of its numbers counts."""

_NAMES = (
    "id",
    "system",
    "kind",
    "key",
    "sku",
    "location",
    "namespace",
    "value",
    "place",
    "folded",
    "as_of_start",
    "as_of_end",
    "received_at",
    "sequence",
    "stamp",
    "tie",
    "body",
    "fingerprint",
    "state",
    "delivery",
)
_SEEN = ("system", "key", "fingerprint", "fact")


async def record_facts(link: Link, given: Sequence[NewFact], due_at: datetime | None = None) -> list[FactOutcome]:
    """Claim the keys and insert the facts that are new; one outcome each in the order given. What follows a fact that conflicts
    with what is known conflicts with it and is not inserted. SKUs with something new to fold are marked due ``due_at``."""
    if not any(fact.draft.follows for fact in given):
        return await _record(link, given, due_at)
    leading = iter(await _record(link, [fact for fact in given if not fact.draft.follows], due_at))
    outcomes: list[FactOutcome | None] = [None if fact.draft.follows else next(leading) for fact in given]
    falls, standing = False, []
    for place, outcome in enumerate(outcomes):
        if outcome is not None:
            falls = outcome is FactOutcome.CONFLICT
        elif not falls:
            standing.append(place)
    following = await _record(link, [given[place] for place in standing], due_at) if standing else []
    told = dict(zip(standing, following, strict=True))
    return [outcome or told.get(place, FactOutcome.CONFLICT) for place, outcome in enumerate(outcomes)]


async def _record(link: Link, given: Sequence[NewFact], due_at: datetime | None) -> list[FactOutcome]:
    first: dict[_Key, NewFact] = {}
    for fact in given:
        first.setdefault(_key(fact), fact)
    if link.postgres and len(first) < MANY:
        claimed, held = await _at_once(link, first, due_at)
    else:
        claimed, held = await talk(link, _in_turn(link.postgres, first, due_at))
    outcomes: list[FactOutcome] = []
    conflicts: dict[tuple[str, str, str], NewFact] = {}
    for fact in given:
        key = _key(fact)
        if fact is first[key] and key in claimed:
            outcomes.append(_state(fact))
        elif fact.fingerprint == (first[key].fingerprint if key in claimed else held[key]):
            outcomes.append(FactOutcome.DUPLICATE)
        else:
            outcomes.append(FactOutcome.CONFLICT)
            conflicts.setdefault((*key, fact.fingerprint), fact)
    if conflicts:
        await _keep_beside(link, [conflicts[key] for key in sorted(conflicts)])
    link.count("facts", len(claimed))
    link.count("kept", outcomes.count(FactOutcome.KEPT))
    link.count("duplicates", outcomes.count(FactOutcome.DUPLICATE))
    link.count("conflicts", outcomes.count(FactOutcome.CONFLICT))
    return outcomes


def _key(fact: NewFact) -> _Key:
    return (fact.system, fact.draft.key)


def _state(fact: NewFact) -> FactOutcome:
    return FactOutcome.RECORDED if fact.mapped else FactOutcome.KEPT


def _unfolded(fact: NewFact) -> tuple[SkuId, ...]:
    """The SKUs in whose fold a new fact is waited for."""
    return (fact.sku, *fact.parts) if fact.sku is not None and _state(fact) is FactOutcome.RECORDED else ()


_Claims = tuple[Set[_Key], Mapping[_Key, str]]
"""The keys that are claimed now, and the fingerprints under which the others were claimed before."""


async def _at_once(link: Link, first: Mapping[_Key, NewFact], due_at: datetime | None) -> _Claims:
    """Everything in one statement. What another transaction claims meanwhile is not seen by it, so it is asked for."""
    rows = [(*_row(fact, _state(fact)), [*_unfolded(fact)]) for fact in first.values()]
    claimed, held = set[_Key](), dict[_Key, str]()
    unseen = []
    for system, key, new, fingerprint in await link.told(_recording(due_at is not None), rows=rows, at=due_at):
        if new:
            claimed.add((system, key))
        elif fingerprint is not None:
            held[system, key] = fingerprint
        else:
            unseen.append((system, key))
    if unseen:
        held |= _fingerprints(await link.told(_draw_held, rows=sorted(unseen)))
    return claimed, held


@cache
def _recording(marks: bool) -> Draw:
    """Draws the claim of keys in sorted order, the facts behind the new ones, which fold waits for them and, where it ``marks``,
    that it is due; of each fact whether it is new, else the fingerprint that was there. PostgreSQL only."""

    def draw(drawing: Drawing) -> Executable:
        folds = {"folds": Document()}
        rows = drawing.rows({name: facts.c[name].type for name in _NAMES[1:]} | folds)
        given = select(literal_column("nextval('facts_id_seq')", BigInteger()).label("id"), rows).cte("given")
        sorted_ = select(given.c.system, given.c.key, given.c.fingerprint, given.c.id).order_by(
            given.c.system.collate("C"), given.c.key.collate("C")
        )
        claiming_ = drawing.insert(seen).from_select(list(_SEEN), sorted_)
        claimed = (
            claiming_.on_conflict_do_nothing(index_elements=["system", "key"]).returning(seen.c.fact).cte("claimed")
        )
        new = given.join(claimed, claimed.c.fact == given.c.id)
        written = insert(facts).from_select(list(_NAMES), select(*(given.c[name] for name in _NAMES)).select_from(new))
        waited = (
            select(func.jsonb_array_elements_text(given.c.folds).label("sku"), given.c.id)
            .select_from(new)
            .cte("waited")
        )
        adding = [
            written.cte("written"),
            insert(fresh).from_select(["sku", "fact"], select(waited.c.sku, waited.c.id)).cte("unfolded"),
        ]
        if marks:
            skus = select(waited.c.sku).distinct().subquery()
            mark = select(literal_column("0"), skus.c.sku, bindparam("at", type_=Instant()), literal_column("''"))
            adding.append(insert(due).from_select(["rank", "sku", "at", "cause"], mark).cte("marked"))
        before = (seen.c.system == given.c.system) & (seen.c.key == given.c.key)
        told = (
            select(given.c.system, given.c.key, claimed.c.fact.is_not(None), seen.c.fingerprint)
            .select_from(given)
            .outerjoin(claimed, claimed.c.fact == given.c.id)
            .outerjoin(seen, before)
        )
        return told.add_cte(*adding)

    return draw


def _in_turn(postgres: bool, first: Mapping[_Key, NewFact], due_at: datetime | None) -> Talk[_Claims]:
    """Numbers for new facts, so that claims can name them (from the sequence, or counted on under SQLite's write lock); then
    keys in sorted order, what is known of the others, and the facts behind the new ones."""
    if postgres:
        numbers = sorted(number for (number,) in (yield Ask(_numbers, {"count": len(first)})))
    else:
        [(newest,)] = yield Ask(_newest)
        numbers = list(range(newest + 1, newest + 1 + len(first)))
    ids = dict(zip(first, numbers, strict=True))
    claims = [(*key, first[key].fingerprint, ids[key]) for key in sorted(ids)]
    told = yield Ask(claiming(seen, _SEEN, ("system", "key"), "system", "key"), {"rows": claims})
    claimed = {(system, key) for system, key in told}
    others = sorted(first.keys() - claimed)
    held = _fingerprints((yield Ask(_draw_held, {"rows": others}))) if others else {}
    new = [(ids[key], fact) for key, fact in first.items() if key in claimed]
    if new:
        yield Put(facts, _NAMES, [(id_, *_row(fact, _state(fact))) for id_, fact in new])
    unfolded = [(sku, id_) for id_, fact in new for sku in _unfolded(fact)]
    if unfolded:
        yield Put(fresh, ("sku", "fact"), unfolded)
    if unfolded and due_at is not None:
        skus = sorted({sku for sku, _ in unfolded})
        yield Put(due, ("rank", "sku", "at", "cause"), [(0, sku, due_at, "") for sku in skus])
    return claimed, held


def _numbers(draw: Drawing) -> Executable:
    return text("SELECT nextval('facts_id_seq') FROM generate_series(1, :count)")


def _newest(draw: Drawing) -> Select[Any]:
    return select(func.coalesce(func.max(facts.c.id), 0))


def _fingerprints(rows: Iterable[Sequence[Any]]) -> dict[_Key, str]:
    return {(system, key): fingerprint for system, key, fingerprint in rows}


def _draw_held(draw: Drawing) -> Select[Any]:
    wanted = draw.rows({"system": seen.c.system.type, "key": seen.c.key.type})
    same = (seen.c.system == wanted.c.system) & (seen.c.key == wanted.c.key)
    return select(seen.c.system, seen.c.key, seen.c.fingerprint).join(wanted, same)


async def _keep_beside(link: Link, conflicts: Sequence[NewFact]) -> None:
    """Facts whose key was there with other content: kept once each, out of the fold."""
    told = {(*_key(fact), fact.fingerprint): fact for fact in conflicts}
    names = ("system", "key", "fingerprint")
    new = [tuple(row) for row in await link.run(claiming(disputes, names, names, *names), rows=sorted(told))]
    rows = [_row(told[key], FactOutcome.CONFLICT) for key in sorted(new)]
    if rows:
        await link.run(inserting(facts, _NAMES[1:]), rows=rows)


def _row(fact: NewFact, state: FactOutcome) -> tuple[Any, ...]:
    draft = fact.draft
    code = draft.item.value if draft.item is not None and draft.item.namespace == "sku" else None
    return (
        fact.system,
        draft.kind.value,
        draft.key,
        fact.sku,
        fact.location,
        draft.item.namespace if draft.item else None,
        draft.item.value if draft.item else None,
        draft.place,
        folded(code) if code is not None and state is FactOutcome.KEPT else None,
        draft.as_of.start,
        draft.as_of.end,
        fact.received_at,
        draft.sequence,
        draft.as_of.start,
        draft.tie,
        to_json(draft.body),
        fact.fingerprint,
        state.value,
        fact.delivery,
    )


def fact_of(row: Row[Any]) -> Fact:
    """The fact of a ledger row."""
    kind = FactKind(row.kind)
    return Fact(
        system=SystemId(row.system),
        kind=kind,
        key=row.key,
        as_of=AsOf(row.as_of_start, row.as_of_end),
        received_at=row.received_at,
        revision=Revision(row.sequence, row.stamp, row.tie),
        sku=SkuId(row.sku),
        location=None if row.location is None else LocationId(row.location),
        body=from_json(BODIES[kind], row.body),
        delivery=str(row.delivery),
    )


async def record_coverage(link: Link, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
    """Keep the newest full reading of each (system, location)."""
    await _keep_newest(link, coverage, rows, {})


async def record_confirmations(link: Link, rows: Sequence[tuple[SystemId, LocationId, AsOf]]) -> None:
    """Keep the newest snapshot of each (system, location) that was compared whole, and the one before it."""
    held = confirmations.c
    await _keep_newest(link, confirmations, rows, {"before_start": held.as_of_start, "before_end": held.as_of_end})


async def _keep_newest(
    link: Link,
    table: Table,
    rows: Sequence[tuple[SystemId, LocationId, AsOf]],
    also: Mapping[str, ColumnElement[Any]],
) -> None:
    newest: dict[tuple[str, str], AsOf] = {}
    for system, location, as_of in rows:
        newest[system, location] = max(as_of, newest.get((system, location), as_of))
    names = ("system", "location", "as_of_start", "as_of_end")
    adding = link.insert_rows(table, names, [(*key, as_of.start, as_of.end) for key, as_of in sorted(newest.items())])
    given, held = adding.excluded, table.c
    newer = or_(
        given.as_of_start > held.as_of_start,
        (given.as_of_start == held.as_of_start) & (given.as_of_end > held.as_of_end),
    )
    await link.execute(
        adding.on_conflict_do_update(
            index_elements=["system", "location"],
            set_={"as_of_start": given.as_of_start, "as_of_end": given.as_of_end, **also},
            where=newer,
        )
    )


async def mark_positions_due(
    link: Link, system: SystemId, location: LocationId | None, now: datetime, *, by_word: bool = False
) -> int:
    """Mark due every SKU with a position of a system (at a location), in one statement; returns how many. ``by_word``: because a
    person said that more of its numbers counts."""
    held = positions.c
    where = (held.system == system) & (held.location == location if location is not None else true())
    cause = f"covered:{system}" if location is not None else f"{BY_WORD if by_word else 'system:'}{system}"
    return await mark_in_bulk(link, held.sku, now, cause, where)


async def mark_every_sku_due(link: Link, at: datetime, cause: str) -> int:
    """Mark every SKU due at an instant, in one statement; returns how many."""
    return await mark_in_bulk(link, stock.c.sku, at, cause, true())


async def mark_in_bulk(
    link: Link, sku: ColumnElement[Any], at: datetime, cause: str, where: ColumnElement[bool]
) -> int:
    """Mark due every SKU of a selection, behind those that single facts marked; returns how many."""
    marks = select(literal(BULK), sku, literal(at, due.c.at.type), literal(cause)).where(where).group_by(sku)
    return await link.changed(link.insert(due).from_select(["rank", "sku", "at", "cause"], marks))
