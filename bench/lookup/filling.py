"""A large database, made of one real SKU: the core records and decides one whole, and the database multiplies its rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Column, Table, Text, text

from bench.storm.world import SHOP, WMS, World
from storage.replaying import differing, live_states, replayed_states
from storage.tables import metadata
from storage.tables.columns import Document
from sync.model.facts import Change, Count, FactKind
from sync.model.ids import SkuId
from sync.model.money import Money
from sync.model.stock import Sku

PATTERN = SkuId("ZZPATTERNZZ")
"""The SKU that is multiplied: its code stands nowhere else."""

MULTIPLIED = ("listings", "positions", "movements", "targets", "raise_memos", "facts")
_SEEN = text(
    "INSERT INTO seen (system, key, fingerprint, fact) SELECT system, key, fingerprint, id FROM facts "
    "WHERE sku >= :first AND sku <= :last ORDER BY system, key"
)
PAGE = 20_000
DAY = 86_400_000_000
"""Microseconds."""

_KINDS = (
    "Gooseneck kettle",
    "Pour-over dripper",
    "Cast iron pan",
    "Linen apron",
    "Oak lamp",
    "Travel mug",
    "Bread knife",
)
_COLOURS = ("black", "white", "sand", "graphite", "steel", "olive", "navy", "clay", "sage")


@dataclass(frozen=True, slots=True)
class Goods:
    """So many SKUs, by their number."""

    count: int

    def code(self, number: int) -> SkuId:
        """``KTL-0000042-BLA``."""
        return SkuId(f"KTL-{number:07}-{_COLOURS[number % len(_COLOURS)][:3].upper()}")

    def title(self, number: int) -> str:
        """A kind, a number and a colour."""
        return f"{_KINDS[number % len(_KINDS)]}, model {number // 63}, {_COLOURS[number % len(_COLOURS)]}"

    def gtin(self, number: int) -> str:
        """A GTIN-14 in shape."""
        return f"{10_000_000_000_000 + number}"

    def pages(self) -> Iterator[range]:
        """All numbers, so many at a time."""
        for first in range(0, self.count, PAGE):
            yield range(first, min(first + PAGE, self.count))


async def pattern(world: World, facts: int) -> None:
    """One SKU as the core keeps it: counted, shown, moved, with about ``facts`` facts, decided."""
    await world.stock([PATTERN], WMS, 40)
    for nth in range(max(0, facts - 3)):
        world.clock.forward(timedelta(minutes=3))
        kind, body = (FactKind.COUNTED, Count(on_hand=40)) if nth % 3 else (FactKind.CHANGED, Change(on_hand=0))
        await world.tell(WMS, [PATTERN], lambda _sku, body=body: body, kind, "reno")  # type: ignore[misc]
    await world.tell(SHOP, [PATTERN], lambda _sku: Count(available=40), FactKind.LEVEL_SEEN, "reno")
    await world.settled()


async def multiply(world: World, goods: Goods) -> dict[str, int]:
    """Write ``goods`` as if each had been told and decided like the pattern; returns rows by table."""
    store = world.store
    for page in goods.pages():
        async with store.unit_of_work() as uow:
            priced = [
                Sku(goods.code(n), goods.title(n), gtin=goods.gtin(n), price=Money(Decimal(20 + n % 80), "USD"))
                for n in page
            ]
            await uow.catalogue.add_skus(priced)
            for name in MULTIPLIED:
                statement = _multiplying(metadata.tables[name], store.postgres)
                await uow.link.execute(text(statement), _between(goods, page))
            await uow.link.execute(_SEEN, _between(goods, page))
    if store.postgres:
        async with store.unit_of_work() as uow:
            await uow.link.execute(text("ANALYZE"))
    async with store.reading() as uow:
        counted = {}
        for name in ("skus", "title_words", *MULTIPLIED, "seen"):
            counted[name] = int((await uow.link.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one())
        return counted


async def unlike(world: World, goods: Goods, many: int) -> list[str]:
    """Where the states of a sample of SKUs are not what their facts come to, as `countersign ledger verify` tells it."""
    sample = sorted(goods.code(number) for number in random.Random(3).sample(range(goods.count), many))
    async with world.store.reading() as uow:
        live = await live_states(uow.link, sample, world.clock.now())
        replayed = await replayed_states(uow.link, sample, world.policy.current)
    return [problem for sku in sample for problem in differing(live[sku], replayed[sku])]


def _multiplying(table: Table, postgres: bool) -> str:
    """``INSERT … SELECT`` of the pattern's rows for each SKU of a page, its code put in the place of the pattern's."""
    names = [column.name for column in table.columns if not _counts_itself(table, column)]
    put = ", ".join(_put(table.columns[name], postgres) for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    # Facts as they come in life: those of one SKU lie far apart.
    order = "t.id, s.id" if table.name == "facts" else "s.id"
    return (
        f'INSERT INTO "{table.name}" ({listed}) SELECT {put} FROM skus s CROSS JOIN "{table.name}" t '
        f"WHERE t.sku = '{PATTERN}' AND s.id >= :first AND s.id <= :last ORDER BY {order}"
    )


def _between(goods: Goods, page: range) -> dict[str, str]:
    return {"first": goods.code(page[0])[:11], "last": goods.code(page[-1])[:11] + "~"}


def _counts_itself(table: Table, column: Column[object]) -> bool:
    return table.name == "facts" and column.name == "id"


def _put(column: Column[object], postgres: bool) -> str:
    if column.name == "received_at":
        # Over four months, so that the ledger's partitions are asked, too.
        return f't."received_at" + CAST(substr(s.id, 5, 7) AS BIGINT) % 120 * {DAY}'
    if isinstance(column.type, Document):
        replaced = f"replace(CAST(t.\"{column.name}\" AS TEXT), '{PATTERN}', s.id)"
        return f"CAST({replaced} AS jsonb)" if postgres else replaced
    if isinstance(column.type, Text):
        return f"replace(t.\"{column.name}\", '{PATTERN}', s.id)"
    return f't."{column.name}"'


def questions(goods: Goods, many: int, seed: int = 7) -> Iterator[tuple[str, str]]:
    """(kind, what somebody types): codes as they are, in small letters, with a mistake; GTINs, listing ids, words of titles."""
    drawn = random.Random(seed)
    kinds = ("code", "small", "gtin", "listing", "title", "words", "mistyped", "unknown")
    for _ in range(many):
        kind = drawn.choices(kinds, weights=(10, 3, 2, 2, 2, 2, 2, 1))[0]
        number = drawn.randrange(goods.count)
        code = goods.code(number)
        yield (
            kind,
            {
                "code": code,
                "small": f" {code.lower()} ",
                "gtin": goods.gtin(number),
                "listing": f"shop:{code}",
                "title": "kettle",
                "words": f"{_COLOURS[number % len(_COLOURS)]} model {number // 63}",
                "mistyped": code[:-2] + "XX",
                "unknown": f"nothing{number}",
            }[kind],
        )
