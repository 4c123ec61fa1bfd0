"""What a name of a system should mean, and what correcting that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.model.facts import ItemRef
from sync.model.ids import SkuId, SystemId


@dataclass(frozen=True, slots=True)
class Wish:
    """What a name should mean: ``ref`` of ``system`` is ``sku``, from ``since`` on (None: it always was)."""

    system: SystemId
    ref: ItemRef
    sku: SkuId
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Remapped:
    """What a correction did or would do: how many facts move from which SKU (None: the name meant nothing), and what is known
    of each SKU before and after, as sentences."""

    old: SkuId | None
    facts: int
    before: tuple[str, ...]
    after: tuple[str, ...]
