"""Real deadlocks (SQLSTATE 40P01) on PostgreSQL, amid the running product: whoever the server breaks off does it again, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from storage import store as storage_store
from sync.model.exceptions import ActionKind, ActionState, ExceptionClass
from sync.model.ids import SystemId
from sync.model.outbox import Target, TargetState
from tests.stage import Stage, open_stage, until

MUG = "MUG-03-BLU"
EU = SystemId("shopify-eu")
STOCK_ROW = f"SELECT 1 FROM stock WHERE sku = '{MUG}' FOR UPDATE"

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


class Broken:
    """What the server broke off, counted where it is decided to do it again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.states = Counter[str]()
        decide = storage_store._broken_off

        def noted(error: DBAPIError) -> bool:
            self.states[str(getattr(error.orig, "sqlstate", ""))] += 1
            return decide(error)

        monkeypatch.setattr(storage_store, "_broken_off", noted)


@pytest.fixture
async def stage(tmp_path: Path, pg_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await open_stage(stack, tmp_path, database_url=pg_url)


class Crossing:
    """Another transaction, which holds something and then wants what the product holds that waits for it. The server breaks off
    the product's, since this one looks for a deadlock much later."""

    def __init__(self, mine: asyncpg.Connection, looking: asyncpg.Connection) -> None:
        self._mine = mine
        self._looking = looking

    async def hold(self, statement: str) -> None:
        """Begin, and take this."""
        await self._mine.execute("SET deadlock_timeout = '60s'")
        await self._mine.execute("BEGIN")
        await self._mine.execute(statement)

    async def cross(self, statement: str, at_once: str) -> None:
        """Take that as soon as the product holds it and waits for us, and commit once the server has decided. ``at_once`` is the
        same asked for without waiting: it fails while somebody else holds it."""

        async def crossed() -> bool:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
            if not await self._looking.fetchval(waiting, self._mine.get_server_pid()):
                return False
            try:
                async with self._looking.transaction():
                    await self._looking.execute(at_once)
            except asyncpg.LockNotAvailableError:
                return True
            return False

        await until(crossed, "the product to hold what is wanted, and to wait")
        await asyncio.wait_for(self._mine.execute(statement), 20)
        await self._mine.execute("COMMIT")


@pytest.fixture
async def crossing(stage: Stage, pg_url: str) -> AsyncIterator[Crossing]:
    async with _connected(pg_url) as mine, _connected(pg_url) as looking:
        yield Crossing(mine, looking)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_slice_and_what_is_sold_come_to_the_same_number(
    stage: Stage, crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, before = Broken(monkeypatch), stage.seen(MUG, EU).quantity or 0
    await crossing.hold(f"SELECT 1 FROM targets WHERE sku = '{MUG}' FOR UPDATE")
    stage.world.storefronts["shopify-us"].checkout([(MUG, 3)])
    await crossing.cross(STOCK_ROW, f"{STOCK_ROW} NOWAIT")

    await stage.shows(MUG, before - 3, EU)
    await stage.idle()
    assert broken.states["40P01"] == 1
    assert [units for _, units in await stage.lines(MUG)] == [3]


async def test_a_lane_writes_its_result_and_the_channel_is_written_once(
    stage: Stage, crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, before = Broken(monkeypatch), stage.seen(MUG, EU).quantity or 0
    eu = stage.world.storefronts[EU]
    eu.faults.slow(0.5)
    calls = len(eu.calls)
    stage.world.storefronts["shopify-us"].checkout([(MUG, 2)])

    async def under_way() -> bool:
        targets = (await stage.whole(MUG)).targets
        return any(target.lane == EU and target.state is TargetState.IN_FLIGHT for target in targets)

    await until(under_way, "the update to be under way")
    await crossing.hold(f"SELECT 1 FROM lanes WHERE system = '{EU}' FOR UPDATE")
    rows = f"SELECT 1 FROM targets WHERE sku = '{MUG}' AND lane = '{EU}' FOR UPDATE"
    await crossing.cross(rows, f"{rows} NOWAIT")
    eu.faults.slow(0)

    async def settled() -> Target | None:
        targets = (await stage.whole(MUG)).targets
        return next((one for one in targets if (one.lane, one.sent) == (EU, before - 2)), None)

    target = await until(settled, "the result to be written")
    assert (target.confirmed, target.attempts) == (True, 0)
    assert broken.states["40P01"] == 1
    await stage.shows(MUG, before - 2, EU)
    await stage.idle()
    assert Counter(call.operation for call in list(eu.calls)[calls:])["SetQuantity"] == 1


async def test_a_click_is_done_and_its_person_hears_yes(
    stage: Stage, crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.trouble("hand")
    case = await stage.case(ExceptionClass.MANUAL_OVERRIDE, MUG)
    dana = await stage.press("dana", case, "card.pause.open")
    await stage.idle()
    broken = Broken(monkeypatch)
    await crossing.hold(f"SELECT 1 FROM posts WHERE exception = {case.id} FOR UPDATE")
    sending = asyncio.create_task(dana.submit_view({"pause.reason": "count", "pause.note": "a recount is needed"}))
    await crossing.cross(STOCK_ROW, f"{STOCK_ROW} NOWAIT")

    assert (await sending).errors == {}
    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
    assert broken.states["40P01"] == 1
    paused = [text for text in await stage.verified(case) if text.startswith("Dana") and "pause" in text]
    assert len(paused) == 1, "it stands in the proof once"


async def test_a_webhook_is_recorded_whole_and_answered_yes(
    stage: Stage, crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, us = Broken(monkeypatch), stage.world.storefronts["shopify-us"]
    refused = us.deliveries.counters.refused
    await crossing.hold("LOCK TABLE counters IN EXCLUSIVE MODE")
    us.checkout([(MUG, 1)])
    await crossing.cross("LOCK TABLE seen IN EXCLUSIVE MODE", "LOCK TABLE seen IN EXCLUSIVE MODE NOWAIT")

    await stage.idle()
    assert broken.states["40P01"] >= 1
    assert [units for _, units in await stage.lines(MUG)] == [1]
    assert us.deliveries.counters.refused == refused
