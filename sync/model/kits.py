"""Kits and packs: what they are made of, at any time. A pack is a kit of one part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sync.model.facts import FactKind
from sync.model.ids import SkuId
from sync.model.stock import Recipe

EXPLODED = frozenset(
    {FactKind.ORDER_LINE, FactKind.ORDER_CANCELLED, FactKind.ORDER_SHIPPED, FactKind.ORDER_ACKNOWLEDGED}
)
"""Kinds of facts that, told of a kit, are facts of each of its parts, too. What moves or counts stock is not among them: a kit
has none, and a movement moves only what its teller counts."""


@dataclass(frozen=True, slots=True)
class Recipes:
    """Recipes of some SKUs with all their versions. A SKU that is not here, or had no recipe yet, is counted itself."""

    versions: Mapping[SkuId, tuple[Recipe, ...]] = field(default_factory=dict)

    def valid(self, sku: SkuId, at: datetime) -> Recipe | None:
        """The version that held at a time: the one that began last; of two that began at once that of the later name."""
        if sku not in self.versions:
            return None
        begun = [one for one in self.versions.get(sku, ()) if one.since <= at]
        return max(begun, key=lambda one: (one.since, one.system), default=None)

    def counted(self, sku: SkuId, at: datetime) -> dict[SkuId, int]:
        """Units of each counted SKU in one unit of a kit at a time, kits of packs down to their last parts; nothing for a SKU
        that is no kit then. A kit inside itself is taken for a product that nobody counts, so that nothing is promised of it."""
        found: dict[SkuId, int] = {}
        recipe = self.valid(sku, at)
        if recipe is not None:
            self._explode(recipe, 1, at, frozenset({sku}), found)
        return found

    def _explode(
        self, recipe: Recipe, units: int, at: datetime, above: frozenset[SkuId], found: dict[SkuId, int]
    ) -> None:
        for part, each in recipe.parts:
            inner = self.valid(part, at) if part not in above else None
            if inner is not None and inner.parts:
                self._explode(inner, units * each, at, above | {part}, found)
            else:
                found[part] = found.get(part, 0) + units * each

    def ever(self, sku: SkuId) -> frozenset[SkuId]:
        """Every SKU that was a part of a kit at any time, or a part of one: each may be counted for it at some time."""
        found, below = set[SkuId](), {sku}
        while below:
            below = {part for one in below for recipe in self.versions.get(one, ()) for part, _ in recipe.parts} - found
            found |= below
        return frozenset(found - {sku})

    def units(self, kit: SkuId, counted: SkuId, at: datetime) -> int:
        """Units of a counted SKU in one unit of a kit at a time; 0 when it was no part of it."""
        return self.counted(kit, at).get(counted, 0)

    def having(self, sku: SkuId, versions: tuple[Recipe, ...]) -> Recipes:
        """These recipes with those of one SKU replaced."""
        if not versions and sku not in self.versions:
            return self
        return Recipes({**self.versions, sku: versions})


NO_RECIPES = Recipes()
