"""Ways to write many rows at once: one statement per row, sets as parameters, and COPY where there is one; on the real ledger."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Column, MetaData, Table, Text, insert, text

from bench.snapshot.world import BEGAN, WMS, code
from storage.bulk import copy_rows
from storage.dialect import Link
from storage.store import SqlStore
from storage.tables.columns import Instant
from storage.tables.facts import facts

SLICE = 2_000
TIMES = 10
NAMES = (
    *("system", "kind", "key", "sku", "location", "namespace", "value", "place", "as_of_start", "as_of_end"),
    *("received_at", "sequence", "stamp", "tie", "body", "fingerprint", "state", "delivery"),
)
Rows = Sequence[tuple[Any, ...]]
staged = Table("staged", MetaData(), Column("sku", Text), Column("location", Text), Column("as_of", Instant))


def _facts(turn: int) -> Rows:
    return [
        (
            *(WMS, "stock.counted", f"row:{code(number)}@{turn}", code(number), "reno", "sku", code(number), "reno"),
            *(BEGAN, BEGAN, BEGAN, 0, BEGAN, "", {"on_hand": number}, "0" * 64, "recorded", 1),
        )
        for number in range(SLICE)
    ]


def _staged(_turn: int) -> Rows:
    return [(code(number), "reno", BEGAN) for number in range(SLICE)]


async def _by_statement(link: Link, table: Table, names: Sequence[str], rows: Rows) -> None:
    await link.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


async def _by_set(link: Link, table: Table, names: Sequence[str], rows: Rows) -> None:
    await link.execute(link.insert_rows(table, names, rows))


async def measured(store: SqlStore) -> list[dict[str, Any]]:
    """Rows a second of each way, of slices of SLICE rows in a transaction each: into the ledger, and into a bare table for
    staging."""
    ways: dict[str, Callable[[Link, Table, Sequence[str], Rows], Awaitable[None]]] = {
        "executemany": _by_statement,
        "sets": _by_set,
    }
    if store.postgres:
        ways["copy"] = copy_rows
    async with store.unit_of_work() as uow:
        await uow.link.execute(text("CREATE TABLE staged (sku TEXT, location TEXT, as_of BIGINT)"))
    found = []
    for table, names, made in ((facts, NAMES, _facts), (staged, ("sku", "location", "as_of"), _staged)):
        for way, write in ways.items():
            seconds = []
            for turn in range(TIMES):
                rows = made(turn)
                began = time.perf_counter()
                async with store.unit_of_work() as uow:
                    await write(uow.link, table, names, rows)
                seconds.append(time.perf_counter() - began)
            found.append({"into": table.name, "way": way, "rows_per_second": round(SLICE / min(seconds))})
    return found
