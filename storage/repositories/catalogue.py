"""SKUs, and how each system names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.sql import Executable

from storage.codecs import from_json
from storage.dialect import Draw, Drawing, Link
from storage.repositories.adopting import ADOPTED_ROW, leave_out_adopted
from storage.repositories.titles import save_titles, titled_like
from storage.tables.catalogue import identities, turns
from storage.tables.catalogue import listings as listing_table
from storage.tables.catalogue import skus as sku_table
from storage.tables.columns import Instant
from storage.tables.facts import KEPT, facts, fresh
from storage.tables.kits import recipes
from storage.tables.stock import due, order_lines, stock
from sync.model.facts import ItemRef, OrderRef
from sync.model.gtins import gtin_forms
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.money import Money
from sync.model.stock import Criticality, Listing, Sku
from sync.path.identify import folded
from sync.ports import PLACED, Naming

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = [
    "id",
    "folded",
    "title",
    "family",
    "gtin",
    "price",
    "price_currency",
    "unit_cost",
    "unit_cost_currency",
    "criticality",
]
_REF = {"namespace": Text(), "value": Text()}


class SqlCatalogue:
    """Implements ``sync.ports.Catalogue``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def resolve(self, system: SystemId, refs: Iterable[ItemRef], *, fold: bool = True) -> Mapping[ItemRef, SkuId]:
        """Canonical SKUs of those that are mapped: by the system's own mapping, else (namespace ``sku``) by the code
        itself, else by the only SKU whose code is equal but for case and blanks. One query."""
        rows = _asked(refs, fold)
        return _mapped(await self._link.told(_resolving(False), system=system, rows=rows)) if rows else {}

    async def naming(self, system: SystemId, refs: Iterable[ItemRef], *, fold: bool = True) -> Naming:
        """The same with what changed its meaning once and what is a kit. One query."""
        rows = _asked(refs, fold)
        if not rows:
            return Naming({})
        told = await self._link.told(_resolving(True), system=system, rows=rows)
        turned = frozenset(ItemRef(namespace, value) for namespace, value, _, _, turned, _ in told if turned)
        kits = frozenset(SkuId(sku or code) for _, _, sku, code, _, kit in told if kit)
        return Naming(_mapped(row[:4] for row in told), turned, kits)

    async def add_skus(self, skus: Sequence[Sku], *, fold: bool = True) -> None:
        """Insert or complete SKUs. Rows that would not change are not written; facts kept for want of a new code are
        adopted, and it becomes due."""
        wanted: dict[SkuId, Sku] = {}
        for sku in skus:
            wanted[sku.id] = _completed(wanted[sku.id], sku) if sku.id in wanted else sku
        known = await self.skus(list(wanted))
        changed = []
        for id_, sku in sorted(wanted.items()):
            complete = _completed(known[id_], sku) if id_ in known else sku
            if complete != known.get(id_):
                changed.append(complete)
        if not changed:
            return
        writing = self._link.insert_rows(sku_table, _NAMES, [_sku_row(sku) for sku in changed])
        kept = {name: writing.excluded[name] for name in _NAMES if name != "id"}
        await self._link.execute(writing.on_conflict_do_update(index_elements=["id"], set_=kept))
        retitled = [sku for sku in changed if sku.id not in known or known[sku.id].title != sku.title]
        await save_titles(self._link, retitled)
        before = {sku.id: known[sku.id].gtin if sku.id in known else None for sku in changed}
        await self._tell_twins(before.keys(), [(before[sku.id], sku.gtin) for sku in changed])
        new = [sku.id for sku in changed if sku.id not in known]
        if new:
            rows = self._link.insert_rows(stock, ("sku",), [(sku,) for sku in new])
            await self._link.execute(rows.on_conflict_do_nothing(index_elements=["sku"]))
            await self._adopt_codes(new, fold)

    async def map_items(self, system: SystemId, pairs: Sequence[tuple[ItemRef, SkuId]]) -> int:
        """Add mappings (existing ones stay) and adopt facts kept for want of them; returns how many were adopted."""
        if not pairs:
            return 0
        first = dict(reversed(pairs))
        rows = sorted((system, ref.namespace, ref.value, sku) for ref, sku in first.items())
        adding = self._link.insert_rows(identities, ("system", "namespace", "value", "sku"), rows)
        await self._link.execute(adding.on_conflict_do_nothing(index_elements=["system", "namespace", "value"]))
        given = self._link.rows(_REF, [(ref.namespace, ref.value) for ref in first])
        named = (
            select(identities.c.namespace, identities.c.value, identities.c.sku)
            .join(given, (identities.c.namespace == given.c.namespace) & (identities.c.value == given.c.value))
            .where(identities.c.system == system)
            .subquery()
        )
        adopting = update(facts).where(
            KEPT,
            facts.c.sku.is_(None),
            facts.c.system == system,
            facts.c.namespace == named.c.namespace,
            facts.c.value == named.c.value,
        )
        return await self._adopt(adopting.values(sku=named.c.sku, state=_ADOPTED))

    async def turns(
        self, system: SystemId, refs: Iterable[ItemRef]
    ) -> Mapping[ItemRef, tuple[tuple[datetime, SkuId], ...]]:
        """What names meant from when on, oldest first; only names whose meaning changed at a time."""
        asked = sorted({(ref.namespace, ref.value) for ref in refs})
        found: dict[ItemRef, list[tuple[datetime, SkuId]]] = {}
        for row in await self._link.run(_draw_turns, system=system, rows=asked) if asked else ():
            found.setdefault(ItemRef(row.namespace, row.value), []).append((row.since, SkuId(row.sku)))
        return {ref: tuple(versions) for ref, versions in found.items()}

    async def holders(self, orders: Sequence[OrderRef], skus: Sequence[SkuId]) -> Mapping[OrderRef, SkuId]:
        """Which of these SKUs hold these order lines; the first by code where several do."""
        asked = sorted((sku, one.channel, one.order, one.line) for one in set(orders) for sku in set(skus))
        found: dict[OrderRef, SkuId] = {}
        for row in await self._link.run(_draw_holders, rows=asked) if asked else ():
            found.setdefault(OrderRef(SystemId(row.channel), row.order, row.line), SkuId(row.sku))
        return found

    async def _tell_twins(self, changed: Collection[SkuId], gtins: Iterable[tuple[str | None, str | None]]) -> None:
        """Other SKUs with a GTIN that appeared or went (before, now) are due: whether it stands on two is for both to tell."""
        codes = {gtin for pair in gtins if pair[0] != pair[1] for gtin in pair if gtin}
        forms = sorted({form for gtin in codes for form in gtin_forms(gtin)})
        if forms:
            rows = [(sku,) for sku in sorted(changed)]
            await self._link.run(_draw_twins, gtins=[(form,) for form in forms], skus=rows)

    async def _adopt_codes(self, new: Sequence[SkuId], fold: bool) -> int:
        """Facts of any system that named a code before the catalogue knew it."""
        other = sku_table.alias("other")
        ambiguous = exists().where(other.c.folded == sku_table.c.folded, other.c.id != sku_table.c.id)
        adopting = update(facts).where(
            KEPT,
            facts.c.sku.is_(None),
            facts.c.folded == sku_table.c.folded,
            self._link.among(sku_table.c.id, new),
            or_(facts.c.value == sku_table.c.id, ~ambiguous) if fold else facts.c.value == sku_table.c.id,
        )
        return await self._adopt(adopting.values(sku=sku_table.c.id, state=_ADOPTED))

    async def _adopt(self, adopting: Any) -> int:
        """Run an adoption: facts that lack nothing more go to the fold, and their SKUs become due."""
        told = [row for row in await self._link.execute(adopting.returning(*ADOPTED_ROW)) if row.state == "recorded"]
        adopted = [(row.sku, row.id, row.received_at) for row in told]
        if not adopted:
            return 0
        self._link.count("kept", -len(adopted))
        unfolded = self._link.insert_rows(fresh, ("sku", "fact"), [(sku, id_) for sku, id_, _ in sorted(adopted)])
        await self._link.execute(unfolded)
        since = {sku: received for sku, _, received in sorted(adopted, key=lambda one: one[2], reverse=True)}
        given = self._link.rows({"sku": Text(), "at": Instant()}, sorted(since.items()))
        marks = select(literal(0), given.c.sku, given.c.at, literal("mapped")).where(true())
        await self._link.execute(self._link.insert(due).from_select(["rank", "sku", "at", "cause"], marks))
        await leave_out_adopted(self._link, told)
        return len(adopted)

    async def skus(self, ids: Sequence[SkuId]) -> Mapping[SkuId, Sku]:
        """Catalogue entries by id."""
        if not ids:
            return {}
        result = await self._link.execute(select(sku_table).where(self._link.among(sku_table.c.id, ids)))
        return {SkuId(row.id): sku_of(row) for row in result}

    async def listings(self, ids: Sequence[ListingId]) -> Mapping[ListingId, Listing]:
        """Listings by id, with the channels' own ids."""
        if not ids:
            return {}
        result = await self._link.execute(
            select(listing_table.c.id, listing_table.c.body).where(self._link.among(listing_table.c.id, ids))
        )
        return {ListingId(id_): from_json(Listing, body) for id_, body in result}

    async def find(self, text: str, limit: int = 10) -> Sequence[Sku]:
        """SKUs by code (any case, or its beginning), GTIN, listing id or words of the title, best first. The titles are
        searched only when nothing is exactly what was asked for."""
        asked, code = text.strip(), folded(text)
        if not code:
            return ()
        held = sku_table.c
        listed = select(listing_table.c.sku).where(listing_table.c.id == asked)
        begins = (held.folded >= code) & (held.folded < code + _LAST)
        ways = (held.id == asked, held.folded == code, held.gtin == asked, held.id.in_(listed), begins)
        each = [
            select(sku_table, literal(rank).label("rank")).where(way).order_by(held.folded, held.id).limit(limit)
            for rank, way in enumerate(ways)
        ]
        hits = (await self._link.execute(union_all(*(select(one.subquery()) for one in each)))).all()
        hits = sorted(hits, key=lambda row: row.rank)
        if not hits or hits[0].rank == len(ways) - 1:
            titled = await titled_like(self._link, text, limit)
            by_title = select(sku_table).where(self._link.among(held.id, titled)).order_by(held.id)
            hits = [*hits, *(await self._link.execute(by_title))]
        return list({row.id: sku_of(row) for row in hits}.values())[:limit]

    async def nearest(self, text: str, limit: int = 10) -> Sequence[Sku]:
        """SKUs whose codes begin most like a mistyped one, in the order of codes: those that share its longest beginning of at
        least ``NEAR`` characters."""
        code, held = folded(text), sku_table.c
        after = select(held.folded).where(held.folded >= code).order_by(held.folded).limit(1)
        before = select(held.folded).where(held.folded < code).order_by(held.folded.desc()).limit(1)
        neighbours = [(await self._link.execute(one)).scalar_one_or_none() for one in (after, before)]
        shared = max((_shared(code, one) for one in neighbours if one is not None), default=0)
        if shared < NEAR:
            return ()
        begun = code[:shared]
        query = select(sku_table).where(held.folded >= begun, held.folded < begun + _LAST)
        return [sku_of(row) for row in await self._link.execute(query.order_by(held.folded, held.id).limit(limit))]


NEAR = 3
"""Characters of a mistyped code that still tell something."""

_LAST = "\U0010ffff"
"""Sorts behind every character."""

_ADOPTED = case(
    (facts.c.location.is_not(None) | facts.c.kind.not_in(sorted(kind.value for kind in PLACED)), "recorded"),
    else_="kept",
)


def _asked(refs: Iterable[ItemRef], fold: bool) -> list[tuple[str, str, str | None]]:
    return [(ref.namespace, ref.value, _folded(ref, fold)) for ref in dict.fromkeys(refs)]


def _mapped(rows: Iterable[Sequence[Any]]) -> dict[ItemRef, SkuId]:
    """By the system's own mapping, else by code."""
    return {ItemRef(namespace, value): SkuId(sku or code) for namespace, value, sku, code in rows if sku or code}


@cache
def _resolving(naming: bool) -> Draw:
    """Draws the look-up of items, a row for each. Every table is asked once for each item and by its index, whatever the planner
    knows of its size: it would read a new catalogue whole for one item, since it takes it for empty."""

    def draw(drawing: Drawing) -> Select[Any]:
        given, own = drawing.rows({**_REF, "folded": Text()}), identities
        system = bindparam("system", type_=Text())
        mapping = (own.c.namespace == given.c.namespace) & (own.c.value == given.c.value)
        same, alike = sku_table.alias("same"), sku_table.alias("alike")
        one_alone = case((func.count() == literal_column("1"), func.min(alike.c.id)))
        code = func.coalesce(
            select(same.c.id).where(same.c.id == given.c.value).scalar_subquery(),
            select(one_alone).where(alike.c.folded == given.c.folded).scalar_subquery(),
        )
        found = select(
            given.c.namespace,
            given.c.value,
            select(own.c.sku).where(own.c.system == system, mapping).scalar_subquery().label("sku"),
            case((given.c.namespace == literal_column("'sku'"), code)).label("code"),
        )
        if not naming:
            return found
        # For itself, or what it looks up were looked up anew where it is used.
        told = found.cte("told").prefix_with("MATERIALIZED")
        named = (turns.c.namespace == told.c.namespace) & (turns.c.value == told.c.value)
        turned = _is_there(turns.c.value, (turns.c.system == system) & named)
        return select(told, turned, _is_there(recipes.c.sku, recipes.c.sku == func.coalesce(told.c.sku, told.c.code)))

    return draw


def _is_there(column: ColumnElement[Any], where: ColumnElement[bool]) -> ColumnElement[bool]:
    """A row of the column's table is: looked up by its index, where EXISTS may be answered from the whole table."""
    return select(column).where(where).limit(literal_column("1")).scalar_subquery().is_not(None)


def _draw_turns(draw: Drawing) -> Select[Any]:
    given, held = draw.rows(_REF), turns.c
    named = (held.namespace == given.c.namespace) & (held.value == given.c.value)
    query = select(held.namespace, held.value, held.since, held.sku).join(given, named)
    return query.where(held.system == bindparam("system")).order_by(held.namespace, held.value, held.since)


def _draw_holders(draw: Drawing) -> Select[Any]:
    given, held = draw.rows({"sku": Text(), "channel": Text(), "order": Text(), "line": Text()}), order_lines.c
    same = (
        (held.sku == given.c.sku)
        & (held.channel == given.c.channel)
        & (held.order == given.c.order)
        & (held.line == given.c.line)
    )
    return select(held.sku, held.channel, held.order, held.line).join(given, same).order_by(held.sku)


def _shared(one: str, other: str) -> int:
    """How many characters two codes begin alike with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _folded(ref: ItemRef, fold: bool) -> str | None:
    return folded(ref.value) if fold and ref.namespace == "sku" else None


def sku_of(row: Row[Any]) -> Sku:
    """The catalogue entry of a row."""
    return Sku(
        id=SkuId(row.id),
        title=row.title,
        family=row.family,
        gtin=row.gtin,
        price=None if row.price is None else Money(row.price, row.price_currency),
        unit_cost=None if row.unit_cost is None else Money(row.unit_cost, row.unit_cost_currency),
        criticality=Criticality(row.criticality),
    )


def _sku_row(sku: Sku) -> tuple[Any, ...]:
    price, cost = sku.price, sku.unit_cost
    return (
        sku.id,
        folded(sku.id),
        sku.title,
        sku.family,
        sku.gtin,
        price.amount if price else None,
        price.currency if price else None,
        cost.amount if cost else None,
        cost.currency if cost else None,
        sku.criticality.value,
    )


def _completed(known: Sku, given: Sku) -> Sku:
    """What is known, with what is given in its place."""
    return replace(
        known,
        title=given.title or known.title,
        family=given.family or known.family,
        gtin=given.gtin or known.gtin,
        price=given.price or known.price,
        unit_cost=given.unit_cost or known.unit_cost,
        criticality=given.criticality if given.criticality is not Criticality.NORMAL else known.criticality,
    )


def _draw_twins(draw: Drawing) -> Executable:
    held, at = sku_table.c, literal(_AT_ONCE, Instant())
    # Queries and not arrays: PostgreSQL looks through an array once for every row.
    forms, changed = draw.rows({"gtin": Text()}, "gtins"), draw.rows({"sku": Text()}, "skus")
    twins = select(literal(0), held.id, at, literal("gtin")).where(
        held.gtin.in_(select(forms.c.gtin)), held.id.not_in(select(changed.c.sku))
    )
    return draw.insert(due).from_select(["rank", "sku", "at", "cause"], twins)
