"""What the product worked out, read through its own storage and counting, held against the independent recount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.replay.lines import folded
from bench.replay.recount import Expected
from bench.replay.rules import RETAIL, STORE, WMS
from bench.replay.story import Good, Story
from bot.wiring import Product
from sync.counting.numbers import number_of
from sync.counting.pool import pool
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.picture import Whole
from sync.model.stock import Position

AT_ONCE = 500
"""SKUs read in one transaction."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One SKU for which product and recount do not agree; ``loose`` are facts recorded and not folded."""

    sku: str
    expected: Expected | None
    found: Expected | None
    loose: int = 0

    def __str__(self) -> str:
        loose = f", {self.loose} facts not folded" if self.loose else ""
        return f"{self.sku}: recounted {self.expected}, the product has {self.found}{loose}"


async def differences(product: Product, story: Story, expected: Mapping[str, Expected]) -> list[Difference]:
    """Every SKU that does not agree, those that only one side knows included. Empty when all do."""
    found: list[Difference] = []
    goods = {folded(good.spelt): good for good in story.goods}
    for begin in range(0, len(story.goods), AT_ONCE):
        part = story.goods[begin : begin + AT_ONCE]
        found.extend(await _of_part(product, part, expected))
    found.extend(Difference(code, one, None) for code, one in expected.items() if code not in goods)
    return found


async def _of_part(product: Product, part: Sequence[Good], expected: Mapping[str, Expected]) -> list[Difference]:
    now = product.clock.now()
    async with product.store.reading() as uow:
        wholes = await uow.stock.load([SkuId(good.sku) for good in part], now)
    return list(_judged(product, part, wholes, expected))


def _judged(
    product: Product, part: Sequence[Good], wholes: Mapping[SkuId, Whole], expected: Mapping[str, Expected]
) -> Iterator[Difference]:
    for good in part:
        whole, wanted = wholes.get(SkuId(good.sku)), expected.get(folded(good.spelt))
        has = figures(product, whole) if whole is not None else None
        loose = len(whole.fresh) if whole is not None else 0
        if has != wanted or loose:
            yield Difference(good.sku, wanted, has, loose)


def figures(product: Product, whole: Whole) -> Expected:
    """A SKU as the product has it: the deciding number, the storefront's own position, weight and pool, in units."""
    policy, now, state = product.policy.current, product.clock.now(), whole.state
    places = {(one.system, one.location): one for one in state.positions}
    warehouse = places.get((SystemId(WMS), LocationId(STORE)))
    storefront = places.get((SystemId(RETAIL), LocationId(STORE)))
    number = number_of(warehouse, policy, now) if warehouse is not None else None
    left = pool(state, SystemId(RETAIL), policy, now)
    return Expected(
        warehouse=number.units if number is not None else None,
        storefront=_stated(storefront) if storefront is not None else None,
        weight=None if left.unknown else sum(units for _, units in left.held),
        pool=None if left.unknown else left.units,
    )


def _stated(position: Position) -> int | None:
    """The storefront's level and the returns it told of since: it is no source, so policy gives its number no meaning."""
    if position.statement is None or position.statement.count.available is None:
        return None
    as_of = position.as_of or position.statement.as_of
    since = (one.change.on_hand for one in position.movements if not one.at.certainly_before(as_of))
    return position.statement.count.available + sum(since)
