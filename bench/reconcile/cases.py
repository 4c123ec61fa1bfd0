"""P3b: what an exception costs that a full comparison opens or clears, beside an insert of four rows in groups of 500."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select, text, update

from bench import databases
from bench.snapshot.world import BEGAN, code
from bot.memory import settle
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables.cases import exceptions
from storage.tables.catalogue import skus
from storage.tables.stock import positions, stock
from sync.model.ids import SystemId
from sync.path.decider import Decider
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.reconciliation.reconciler import Reconciler

MANY = 4_000
GROUP = 500
GOAL = 10.0
SETTLES = timedelta(seconds=10)
WMS, ERP = SystemId("wms"), SystemId("erp")
plain = Table("plain", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text), Column("body", Text))


class Forward:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.at = BEGAN + timedelta(minutes=5)

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self.at


def rules() -> Policy:
    """Two sources that count the same place; no storms, since each exception is to be one."""
    settles = f"{SETTLES.seconds} s"
    source = {"kind": "csv_feed", "settles_in": settles}
    return Policy.model_validate(
        {
            "company": "Bench",
            "currency": "USD",
            "systems": {
                "wms": {**source, "name": "WMS", "source": {"trust": "physical"}},
                "erp": {**source, "name": "ERP", "source": {"trust": "financial"}},
            },
            "locations": {"reno": {"name": "Reno", "deciders": ["wms", "erp"]}},
            "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "lee": {"name": "Lee", "slack": "U0LEE"}},
            "queues": {"all": {"name": "All", "channel": "inv", "approvers": ["dana", "lee"]}},
            "ops_lead": "dana",
            "default_queue": "all",
            "digest": {"channel": "inv"},
            "not_automated": ["Kits"],
            "storms": {"above": 10 * MANY},
        }
    )


async def measured(store: SqlStore, clock: Forward) -> dict[str, Any]:
    """Seconds per exception opened and cleared, and per insert of four rows. AssertionError when another number opened."""
    policy = PolicyInForce(rules())
    decider = Decider(store, policy, clock)
    reader = Reader(store, {}, Recorder(store, policy, clock), policy, clock, "bench")
    reconciler = Reconciler(store, {}, reader, decider, policy, clock)

    async def compared() -> None:
        await reconciler.run("bench")
        clock.at += SETTLES + timedelta(seconds=1)
        await decider.run_due()

    await _fill(store, clock)
    await compared()
    idle = await _seconds(compared)
    await _drift(store, 5)
    opening = await _seconds(compared)
    opened = await _count(store, exceptions.c.ended_at.is_(None))
    await _drift(store, -5)
    clearing = await _seconds(compared)
    cleared = await _count(store, exceptions.c.ended_at.is_not(None))
    if (opened, cleared) != (MANY, MANY):
        raise AssertionError(f"{opened} of {MANY} opened, {cleared} cleared")
    floor = await _floor(store)
    each = {"opened": opening, "cleared": clearing}
    return {
        "exceptions": MANY,
        "floor_us": round(floor * 1e6),
        **{f"{name}_us": round((both[0] - idle[0]) / MANY * 1e6) for name, both in each.items()},
        **{f"{name}_cpu_us": round((both[1] - idle[1]) / MANY * 1e6) for name, both in each.items()},
        **{f"{name}_ratio": round((both[0] - idle[0]) / MANY / floor, 1) for name, both in each.items()},
    }


async def _seconds(work: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Wall and processor time of this process."""
    began, used = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - began, time.process_time() - used


async def _fill(store: SqlStore, clock: Forward) -> None:
    names = ("sku", "system", "location", "on_hand", "as_of_start", "as_of_end", "sequence", "stamp", "tie", "fact")
    names = (*names, "conflicting", "released")
    held = [
        (code(number), system, "reno", 100, BEGAN, BEGAN, 0, BEGAN, "", f"row:{number}", False, False)
        for number in range(MANY)
        for system in (WMS, ERP)
    ]
    codes = [code(number) for number in range(MANY)]
    catalogue = [(one, one.casefold(), "", "", "normal") for one in codes]
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS, ERP], clock.now())
        await uow.link.execute(uow.link.insert_rows(stock, ("sku",), [(one,) for one in codes]))
        columns = ("id", "folded", "title", "family", "criticality")
        await uow.link.execute(uow.link.insert_rows(skus, columns, catalogue))
        await uow.link.execute(uow.link.insert_rows(positions, names, held))


async def _drift(store: SqlStore, by: int) -> None:
    moved = update(positions).where(positions.c.system == ERP).values(on_hand=positions.c.on_hand + by)
    async with store.unit_of_work() as uow:
        await uow.link.execute(moved)


async def _count(store: SqlStore, where: Any) -> int:
    async with store.reading() as uow:
        found = await uow.link.execute(select(func.count()).select_from(exceptions).where(where))
        return int(found.scalar_one())


async def _floor(store: SqlStore) -> float:
    """Seconds per four rows, GROUP times four in a transaction: the median of the groups."""
    async with store.unit_of_work() as uow:
        await uow.link.execute(text("CREATE TABLE plain (id INTEGER PRIMARY KEY, name TEXT, body TEXT)"))
    seconds = []
    for turn in range(MANY // GROUP):
        first = turn * GROUP * 4
        began = time.perf_counter()
        rows = [(first + nth, f"row {first + nth}", "x" * 200) for nth in range(GROUP * 4)]
        async with store.unit_of_work() as uow:
            await uow.link.execute(uow.link.insert_rows(plain, ("id", "name", "body"), rows))
        seconds.append((time.perf_counter() - began) / GROUP)
    return sorted(seconds)[len(seconds) // 2]


def on_each(names: Sequence[str] = ("sqlite", "postgres")) -> list[dict[str, Any]]:
    """The figures of each database, with garbage looked for as the product does."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settle()
    return [asyncio.run(_on(name)) for name in names]


async def _on(name: str) -> dict[str, Any]:
    async with (databases.sqlite if name == "sqlite" else databases.postgres)() as url:
        clock = Forward()
        store = await open_store(url, clock=clock)
        await store.migrate()
        try:
            return {"database": name, **await measured(store, clock)}
        finally:
            await store.close()
