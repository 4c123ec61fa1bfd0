"""Kits: recipes and pools read for a slice, orders handed on to parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, literal_column, select, true, union
from sqlalchemy.sql import Executable

from storage.codecs import from_json, to_json
from storage.dialect import Drawing, Link, claiming, upserting
from storage.tables.facts import RECORDED, facts, fresh, seen
from storage.tables.kits import kit_parts, pools, recipes
from sync.model.facts import Revision
from sync.model.ids import SkuId, SystemId
from sync.model.kits import EXPLODED
from sync.model.picture import CommittedPool
from sync.model.stock import Recipe

RECIPE = ("sku", "system", "since", "sequence", "stamp", "tie", "parts")
RECIPE_KEY = RECIPE[:3]
DEEPEST = 8
"""Levels of kits within kits that are read."""

_EXPLODED: list[ColumnElement[str]] = [literal_column(f"'{kind}'") for kind in sorted(EXPLODED)]
Pools = tuple[tuple[SystemId, CommittedPool], ...]


class SqlKits:
    """Implements ``sync.ports.Kits``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def recipes(self, skus: Iterable[SkuId]) -> Mapping[SkuId, tuple[Recipe, ...]]:
        """All versions of the recipes of these SKUs, and of the kits inside them: one query per level."""
        return await recipes_of(self._link, skus)

    async def save_pools(self, given: Sequence[tuple[SkuId, SystemId, CommittedPool]]) -> None:
        """Insert or replace what parts leave for kits."""
        if given:
            rows: list[tuple[Any, ...]] = sorted((sku, channel, to_json(one)) for sku, channel, one in given)
            await self._link.run(upserting(pools, ("sku", "channel", "body"), ("sku", "channel")), rows=rows)

    async def feed(self, pairs: Sequence[tuple[SkuId, SkuId]]) -> None:
        """(kit, part): from now on the part gets the kit's order facts; those recorded so far are fresh for it now."""
        if pairs:
            rows = sorted(set(pairs))
            await self._link.run(claiming(kit_parts, ("kit", "part"), ("kit", "part")), rows=rows)
            await self._link.run(_feeding, rows=rows)

    async def hand_on(self, given: Sequence[tuple[SkuId, SystemId, str]]) -> None:
        """(part, system, key): single facts of kits that are fresh for a part."""
        if given:
            await self._link.run(_handing_on, rows=sorted(set(given)))


def _feeding(draw: Drawing) -> Executable:
    given = draw.rows({"kit": Text(), "part": Text()})
    past = select(given.c.part, facts.c.id).join(given, facts.c.sku == given.c.kit)
    past = past.where(RECORDED, facts.c.kind.in_(_EXPLODED))
    return draw.insert(fresh).from_select(["sku", "fact"], past).on_conflict_do_nothing(index_elements=["sku", "fact"])


def _handing_on(draw: Drawing) -> Executable:
    given = draw.rows({"part": Text(), "system": Text(), "key": Text()})
    named = select(given.c.part, seen.c.fact).join(
        given, (seen.c.system == given.c.system) & (seen.c.key == given.c.key)
    )
    return (
        draw.insert(fresh)
        .from_select(["sku", "fact"], named.where(true()))
        .on_conflict_do_nothing(index_elements=["sku", "fact"])
    )


async def recipes_of(link: Link, skus: Iterable[SkuId]) -> dict[SkuId, tuple[Recipe, ...]]:
    """All versions of these SKUs' recipes and of those inside them, down to what is counted."""
    found: dict[SkuId, tuple[Recipe, ...]] = {}
    asked: set[SkuId] = set()
    wanted = set(skus)
    for _ in range(DEEPEST):
        if not wanted:
            break
        asked |= wanted
        told = recipes_in((await link.run(draw_recipes, skus=sorted(wanted))).all())
        found |= told
        wanted = {part for versions in told.values() for one in versions for part, _ in one.parts} - asked
    return found


def recipes_in(rows: Sequence[Any]) -> dict[SkuId, tuple[Recipe, ...]]:
    """The recipes of rows, by SKU."""
    told: dict[SkuId, list[Recipe]] = defaultdict(list)
    for row in rows:
        told[SkuId(row.sku)].append(recipe_of(row))
    return {sku: tuple(versions) for sku, versions in told.items()}


def draw_recipes(draw: Drawing) -> Select[Any]:
    """All versions of recipes."""
    held = recipes.c
    return select(recipes).where(draw.among(held.sku, "skus")).order_by(held.sku, held.since, held.system)


def recipe_of(row: Row[Any]) -> Recipe:
    """The recipe of a row."""
    parts = tuple((SkuId(sku), int(units)) for sku, units in row.parts)
    return Recipe(SystemId(row.system), row.since, Revision(row.sequence, row.stamp, row.tie), parts)


def recipe_row(sku: SkuId, recipe: Recipe) -> tuple[Any, ...]:
    """Its columns in the order of RECIPE."""
    revision = recipe.revision
    parts = [[part, units] for part, units in recipe.parts]
    return (sku, recipe.system, recipe.since, revision.sequence, revision.stamp, revision.tie, parts)


async def ties_of(link: Link, skus: Sequence[SkuId]) -> list[tuple[SkuId, SkuId]]:
    """(kit, part) of all kits and parts among these SKUs, sorted."""
    return ties_in((await link.run(draw_ties, skus=skus)).all())


def ties_in(rows: Sequence[Any]) -> list[tuple[SkuId, SkuId]]:
    """(kit, part) of rows, sorted."""
    return sorted((SkuId(row.kit), SkuId(row.part)) for row in rows)


def draw_ties(draw: Drawing) -> Select[Any]:
    """(kit, part) of all kits and parts among SKUs."""
    mine = select(kit_parts.c.kit, kit_parts.c.part).where(draw.among(kit_parts.c.kit, "skus"))
    theirs = select(kit_parts.c.kit, kit_parts.c.part).where(draw.among(kit_parts.c.part, "skus"))
    both = union(mine, theirs).subquery()
    return select(both.c.kit, both.c.part)


def pools_in(rows: Sequence[Any]) -> dict[SkuId, Pools]:
    """What SKUs committed for kits, by channel."""
    found: dict[SkuId, list[tuple[SystemId, CommittedPool]]] = defaultdict(list)
    for row in rows:
        found[SkuId(row.sku)].append((SystemId(row.channel), from_json(CommittedPool, row.body)))
    return {sku: tuple(held) for sku, held in found.items()}


def draw_pools(draw: Drawing) -> Select[Any]:
    """Committed pools by channel."""
    return select(pools).where(draw.among(pools.c.sku, "skus")).order_by(pools.c.sku, pools.c.channel)
