"""Scheduled posts: at the policy's day, hour and zone, over changes of clocks; caught up once; never twice over processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from bot.jobs import Jobs, digest_period, week_name
from bot.slack.digest.reading import Asked
from bot.slack.digest.standup import standup_day
from storage.store import SqlStore
from storage.tables.outbox import posts
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Digest, Policy
from tests.builders import a_policy
from tests.databases import MovableClock

LONDON = Digest(channel="C1", timezone="Europe/London")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "start", "end", "due"),
    [
        # Clocks go back on 25 Oct 2026: the week has 169 hours, and 08:00 is an hour later in UTC.
        ("2026-10-26T07:59", "2026-10-11T23:00", "2026-10-18T23:00", "2026-10-19T07:00"),
        ("2026-10-26T08:00", "2026-10-18T23:00", "2026-10-26T00:00", "2026-10-26T08:00"),
        # Clocks go forward on 29 Mar 2026: 167 hours.
        ("2026-03-30T06:59", "2026-03-16T00:00", "2026-03-23T00:00", "2026-03-23T08:00"),
        ("2026-03-30T07:00", "2026-03-23T00:00", "2026-03-29T23:00", "2026-03-30T07:00"),
    ],
)
def test_the_hour_is_the_zone_s_over_a_change_of_clocks(now: str, start: str, end: str, due: str) -> None:
    found = tuple(one.astimezone(UTC) for one in digest_period(LONDON, utc(now)))
    assert found == (utc(start), utc(end), utc(due))


@pytest.mark.parametrize("at", ["01:30", "02:30"])
def test_an_hour_that_comes_twice_or_never_is_due_once(at: str) -> None:
    """01:30 comes twice in London on 25 Oct, 02:30 never in Berlin on 29 Mar."""
    zone, day = ("Europe/London", "2026-10-25") if at == "01:30" else ("Europe/Berlin", "2026-03-29")
    digest = Digest(channel="C1", timezone=zone, day="sun", at=at)
    begin = utc(f"{day}T00:00") - timedelta(hours=3)
    starts = [digest_period(digest, begin + timedelta(minutes=10 * n))[0] for n in range(6 * 9)]
    assert len(set(starts)) == 2
    assert starts == sorted(starts), "once due, it stays due"


def test_a_week_is_named_by_iso() -> None:
    assert week_name(utc("2026-12-28T00:00")) == "2026-W53"


def jobs(store: SqlStore, policy: Policy, clock: MovableClock, holder: str) -> Jobs:
    return Jobs(store, PolicyInForce(policy), clock, holder)


async def wanted(store: SqlStore) -> dict[str, str]:
    async with store.reading() as uow:
        return {row.key: row.body for row in await uow.link.execute(select(posts).order_by(posts.c.key))}


async def test_of_two_processes_one_wants_the_digest_and_all_its_parts_once(
    store: SqlStore, other_store: SqlStore, store_clock: MovableClock
) -> None:
    store_clock.at = utc("2026-03-02T08:00")
    policy = a_policy()
    first, second = jobs(store, policy, store_clock, "a"), jobs(other_store, policy, store_clock, "b")
    won = await asyncio.gather(first.tick(), second.tick())
    assert sorted(won) == [False, True]
    store_clock.move(timedelta(days=1))
    assert not await first.tick()
    found = await wanted(store)
    root = "digest:2026-W09"
    parts = {f"{root}:queue:{queue}" for queue in policy.queues} | {f"{root}:queues", f"{root}:xlsx", f"{root}:csv"}
    assert set(found) == {root} | parts
    assert set(found.values()) == {Asked(utc("2026-02-23T00:00")).body}


async def test_a_missed_digest_is_caught_up_once_and_says_that_it_is_late(
    store: SqlStore, store_clock: MovableClock
) -> None:
    store_clock.at = utc("2026-03-04T09:00")
    ticking = jobs(store, a_policy(), store_clock, "a")
    assert await ticking.tick()
    assert not await ticking.tick()
    assert Asked.of((await wanted(store))["digest:2026-W09"]) == Asked(utc("2026-02-23T00:00"), late=True)


async def test_a_digest_long_missed_is_left_out(store: SqlStore, store_clock: MovableClock) -> None:
    store_clock.at = utc("2026-03-06T09:00")
    assert not await jobs(store, a_policy(), store_clock, "a").tick()
    assert await wanted(store) == {}


async def test_a_tick_writes_nothing_once_everything_of_the_day_is_won(
    store: SqlStore, store_clock: MovableClock
) -> None:
    store_clock.at = utc("2026-03-06T09:00")
    ticking = jobs(store, with_standup(), store_clock, "a")
    await ticking.tick()
    writes: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def seen(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        writes.extend([statement] if not statement.startswith(("SELECT", "BEGIN", "PRAGMA")) else [])

    try:
        store_clock.move(timedelta(minutes=1))
        await ticking.tick()
    finally:
        event.remove(Engine, "before_cursor_execute", seen)
    assert writes == []


async def test_a_run_that_never_finished_is_free_again_after_a_while(store: SqlStore) -> None:
    won = utc("2026-03-06T09:00")
    async with store.unit_of_work() as uow:
        assert await uow.jobs.free("work", "today")
        assert await uow.jobs.win("work", "today", "a", won)
        assert not await uow.jobs.free("work", "today")
        assert not await uow.jobs.free("work", "today", won)
        assert await uow.jobs.free("work", "today", won + timedelta(seconds=1))
        await uow.jobs.finish("work", "today", won)
        assert not await uow.jobs.free("work", "today", won + timedelta(seconds=1))


def with_standup(**queue: Any) -> Policy:
    policy = a_policy()
    name, known = next(iter(policy.queues.items()))
    changed = type(known).model_validate(known.model_dump(exclude_unset=True) | {"standup": "09:00"} | queue)
    return policy.model_copy(update={"queues": {**policy.queues, name: changed}})


async def test_a_note_of_the_day_is_wanted_once_and_only_where_policy_asks(
    store: SqlStore, other_store: SqlStore, store_clock: MovableClock
) -> None:
    policy = with_standup()
    name = next(iter(policy.queues))
    store_clock.at = utc("2026-03-06T08:59")
    first, second = jobs(store, policy, store_clock, "a"), jobs(other_store, policy, store_clock, "b")
    await first.tick()
    assert await wanted(store) == {}
    store_clock.move(timedelta(minutes=1))
    await asyncio.gather(first.tick(), second.tick())
    await first.tick()
    assert set(await wanted(store)) == {f"standup:{name}:2026-03-06"}
    await jobs(store, a_policy(), store_clock, "c").tick()
    assert len(await wanted(store)) == 1


@pytest.mark.parametrize(
    ("now", "hours", "day"),
    [
        ("2026-03-06T09:00", None, 6),
        ("2026-03-07T09:00", None, 7),
        ("2026-03-06T11:59", None, 6),
        ("2026-03-06T12:00", None, None),
        ("2026-03-07T09:00", {}, None),
        ("2026-03-06T14:00", {"timezone": "America/New_York"}, 6),
        ("2026-03-06T09:00", {"timezone": "America/New_York"}, None),
        ("2026-03-06T09:00", {"closed": ["2026-03-06"]}, None),
        ("2026-03-06T09:00", {"begins": "22:00", "ends": "06:00"}, 6),
    ],
)
def test_the_note_comes_on_working_days_in_the_queue_s_zone(
    now: str, hours: dict[str, Any] | None, day: int | None
) -> None:
    policy = with_standup(**({} if hours is None else {"hours": hours}))
    found = standup_day(policy, next(iter(policy.queues.values())), utc(now))
    assert (None if found is None else found.day) == day
