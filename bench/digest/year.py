"""A year of exceptions, updates and orders, written as the product keeps them for its measures."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table

from storage.store import SqlStore
from storage.tables.measured import episodes, risk_steps, update_outcomes
from storage.tables.stock import order_lines
from sync.model.exceptions import ExceptionClass

PAGE = 5_000
YEAR = timedelta(days=365)
CAUSES = ("vendor-late", "count-wrong", "mapping", "api-refused", "by-hand", "")
QUEUES = ("marketplaces", "dropship", "corrections")
OWNERS = ("U0DANA", "U0KIM", None)


def _when(drawn: random.Random, now: datetime) -> datetime:
    return now - YEAR * drawn.random()


def lives(count: int, now: datetime) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """Episodes, each with the steps of its money at risk; the newest 2 % still stand."""
    drawn = random.Random(5)
    classes = list(ExceptionClass)
    for number in range(1, count + 1):
        opened = now - YEAR * ((count - number) / count) - timedelta(minutes=1)
        risk = Decimal(drawn.randrange(0, 200_000)) / 100
        stands = number > count * 0.98
        ended = None if stands else opened + timedelta(minutes=drawn.expovariate(1 / 240))
        owned = opened + timedelta(minutes=drawn.expovariate(1 / 30)) if drawn.random() < 0.8 else None
        row = (
            number,
            0,
            drawn.choice(classes).value,
            f"SKU-{drawn.randrange(20_000):05}",
            "shop",
            "over",
            drawn.choice(QUEUES),
            drawn.choice(OWNERS) if owned else None,
            drawn.choice(CAUSES),
            drawn.randrange(3),
            opened,
            opened,
            owned,
            opened + timedelta(minutes=30),
            opened + timedelta(hours=4),
            None,
            0,
            0,
            ended,
            "" if stands else "fixed",
            risk,
            risk if stands else Decimal(0),
            8,
            1,
        )
        steps = [(number, 1, 0, opened, risk)]
        if ended is not None:
            steps.append((number, 2, 0, ended, -risk))
        yield row, steps


def _updates(count: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    drawn = random.Random(6)
    for nth in range(count):
        at, sku = _when(drawn, now), f"SKU-{drawn.randrange(20_000):05}"
        outcome = "done" if drawn.random() < 0.98 else "failed"
        fault = "" if outcome == "done" else "intermittent"
        wanted = drawn.randrange(40)
        yield (
            nth + 1,
            at,
            "shop",
            "quantity",
            f"quantity:shop:{sku}",
            sku,
            f"shop:{sku}",
            None,
            wanted,
            9,
            outcome,
            fault,
            at,
        )


def _orders(count: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    drawn = random.Random(7)
    for nth in range(count):
        at, sku = _when(drawn, now), f"SKU-{drawn.randrange(20_000):05}"
        yield sku, "shop", f"#{nth}", "1", "reno", at, 1, Decimal(20), "USD", at, [], True


async def fill(store: SqlStore, now: datetime, exceptions: int) -> None:
    """So many exceptions over the last year, five updates and ten orders for each."""
    rows, steps = [], []
    for row, own in lives(exceptions, now):
        rows.append(row)
        steps += own
    await _write(store, episodes, rows)
    await _write(store, risk_steps, steps)
    await _write(store, update_outcomes, list(_updates(exceptions * 5, now)))
    await _write(store, order_lines, list(_orders(exceptions * 10, now)))


async def _write(store: SqlStore, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    names = [column.name for column in table.columns]
    for first in range(0, len(rows), PAGE):
        async with store.unit_of_work() as uow:
            await uow.link.execute(uow.link.insert_rows(table, names, rows[first : first + PAGE]))
