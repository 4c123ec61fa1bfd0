"""Slack messages as desired state, stored intents, and jobs that one process wins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

from storage.store import SqlStore
from sync.model.exceptions import Case, Life, Risk
from sync.model.ids import ExceptionId, QueueId
from sync.model.money import Money
from sync.model.outbox import Post, PostKind
from sync.ports import Intent
from tests.storage.given import DANA, NOW, a_case, later, sku


def a_post(key: str = "card:EX-1", wanted: int = 1, **changed: Any) -> Post:
    values: dict[str, Any] = {"kind": PostKind.CARD, "channel": "marketplaces", "case": ExceptionId(1), "next_at": NOW}
    return Post(key=key, wanted=wanted, **(values | changed))


async def wanted(store: SqlStore, *posts: Post) -> None:
    async with store.unit_of_work() as uow:
        await uow.posts.want(posts)


async def due(store: SqlStore, limit: int = 10) -> list[str]:
    async with store.reading() as uow:
        return [post.key for post in await uow.posts.due(NOW, limit)]


async def held(store: SqlStore, key: str = "card:EX-1") -> Post:
    async with store.reading() as uow:
        post = await uow.posts.get(key)
    assert post is not None
    return post


async def test_a_post_comes_back_exactly_as_it_was_wanted(store: SqlStore) -> None:
    given = a_post(action=3, user="U0DANA", body="only you see this", priority=0)
    await wanted(store, given)
    assert await held(store) == given


async def test_only_a_higher_version_changes_what_is_wanted(store: SqlStore) -> None:
    await wanted(store, a_post(wanted=5, body="five"), a_post(wanted=4, body="four"))
    await wanted(store, a_post(wanted=5, body="again"), a_post("card:EX-2"))
    assert (await held(store)).body == "five"
    await wanted(store, a_post(wanted=6, body="six", next_at=later(seconds=1)))
    now = await held(store)
    assert (now.wanted, now.body, now.next_at) == (6, "six", later(seconds=1))


async def test_what_is_unsent_and_due_comes_most_urgent_first(store: SqlStore) -> None:
    await wanted(
        store,
        a_post("a", priority=2),
        a_post("b", priority=0),
        a_post("c", priority=1, next_at=later(minutes=-1)),
        a_post("d", priority=1),
        a_post("not yet", priority=0, next_at=later(seconds=1)),
    )
    async with store.unit_of_work() as uow:
        await uow.posts.save(replace(a_post("d"), sent=1, ts="1.1", slack_channel="C1"))
    assert await due(store) == ["b", "c", "a"]
    assert await due(store, limit=1) == ["b"]


async def test_delivery_saves_its_part_and_what_is_wanted_meanwhile_stays(store: SqlStore) -> None:
    await wanted(store, a_post())
    sending = await held(store)
    await wanted(store, a_post(wanted=2))
    delivered = replace(sending, sent=1, ts="17.1", slack_channel="C1", attempts=1, attempted_at=NOW, next_at=None)
    async with store.unit_of_work() as uow:
        await uow.posts.save(delivered)
        found = await uow.posts.by_message("C1", "17.1")
        assert await uow.posts.by_message("C1", "17.2") is None
        assert await uow.posts.by_message("", "") is None
    assert found is not None
    assert (found.wanted, found.sent, found.attempts) == (2, 1, 1)
    assert await due(store) == ["card:EX-1"]


async def test_an_urgent_answer_stays_urgent_while_it_is_unsent(store: SqlStore) -> None:
    await wanted(store, a_post(priority=0))
    await wanted(store, a_post(wanted=2, priority=2))
    assert (await held(store)).priority == 0


async def test_one_process_delivers_at_a_time(store: SqlStore, other_store: SqlStore) -> None:
    async def lease(one: SqlStore, holder: str, at: float = 0) -> bool:
        async with one.unit_of_work() as uow:
            return await uow.posts.lease("slack", holder, later(seconds=at), later(seconds=at + 10))

    both = await asyncio.gather(lease(store, "one"), lease(other_store, "two"))
    assert sorted(both) == [False, True]
    winner, loser = ("one", "two") if both[0] else ("two", "one")
    assert await lease(store, winner, 5)
    assert not await lease(store, loser, 12)
    assert await lease(store, loser, 15)


# -- intents and jobs --------------------------------------------------------------------------------------------------


async def test_an_intent_is_stored_replaced_and_used_once(store: SqlStore) -> None:
    data = (("listing", "shop:1"), ("units", "4"))
    given = Intent("i1", DANA, "pause", ExceptionId(1), 3, "hash", 2, later(minutes=10), data)
    async with store.unit_of_work() as uow:
        await uow.intents.save(given)
        assert await uow.intents.get("i1") == given
        assert await uow.intents.get("i2") is None
        used = replace(given, used_at=NOW, answer="done", view="V1")
        await uow.intents.save(used)
        assert await uow.intents.get("i1", lock=True) == used


async def test_one_process_wins_a_job_and_a_lost_one_is_won_again(store: SqlStore, other_store: SqlStore) -> None:
    async def win(one: SqlStore, holder: str) -> bool:
        async with one.unit_of_work() as uow:
            return await uow.jobs.win("digest", "2026-W10", holder, NOW)

    assert sorted(await asyncio.gather(win(store, "one"), win(other_store, "two"))) == [False, True]
    async with store.unit_of_work() as uow:
        assert await uow.jobs.lost("digest", NOW) == [], "won before, not at"
        assert await uow.jobs.lost("digest", later(minutes=1)) == ["2026-W10"]
    assert await win(store, "one")
    async with store.unit_of_work() as uow:
        await uow.jobs.finish("digest", "2026-W10", later(minutes=2))
        assert await uow.jobs.lost("digest", later(hours=9)) == []
    assert not await win(store, "two")


# -- crowds: more new cards than a channel can show --------------------------------------------------------------------


def a_risk(amount: int) -> Risk:
    return Risk(Money(Decimal(amount), "USD"), per_hour=Decimal(amount))


async def crowd(store: SqlStore, count: int, queue: str = "marketplaces") -> list[Case]:
    """So many exceptions with rising risk, each with a card and a thread that are wanted."""
    cases = [
        replace(a_case(sku(nth)), id=ExceptionId(0), queue=QueueId(queue), risk=a_risk(nth), opened_at=NOW)
        for nth in range(1, count + 1)
    ]
    async with store.unit_of_work() as uow:
        opened = list(await uow.cases.open(cases))
        await uow.posts.want(
            [
                a_post(f"{kind}:{case.name}", kind=PostKind(kind), case=case.id, channel=queue, priority=priority)
                for case in opened
                for kind, priority in (("card", 1), ("thread", 3))
            ]
        )
    return opened


async def test_channels_take_turns_and_each_shows_most_money_first(store: SqlStore) -> None:
    many, few = await crowd(store, 4), await crowd_elsewhere(store)
    assert (await due(store, 4)) == [
        f"card:{few.name}",
        f"card:{many[3].name}",
        f"card:{many[2].name}",
        f"card:{many[1].name}",
    ]


async def crowd_elsewhere(store: SqlStore) -> Case:
    case = replace(a_case(sku(99)), id=ExceptionId(0), queue=QueueId("catalog"), risk=a_risk(500), opened_at=NOW)
    async with store.unit_of_work() as uow:
        (opened,) = await uow.cases.open([case])
        await uow.posts.want([a_post(f"card:{opened.name}", case=opened.id, channel="catalog")])
    return opened


async def test_no_channel_takes_more_than_its_share_of_what_is_looked_at(store: SqlStore) -> None:
    await crowd(store, 5)
    async with store.reading() as uow:
        keys = [post.key for post in await uow.posts.due(NOW, 100, share=2)]
    assert [key.partition(":")[0] for key in keys] == ["card", "card", "thread", "thread"]


async def test_all_but_the_worst_of_a_crowd_are_held_and_let_go(store: SqlStore) -> None:
    cases = await crowd(store, 6)
    worst = [cases[5].id, cases[4].id]
    async with store.unit_of_work() as uow:
        (seen,) = await uow.posts.crowds(5)
        assert (seen.channel, seen.waiting, seen.since) == ("marketplaces", 6, NOW)
        assert list(await uow.posts.crowds(6)) == []
        count, late, risk, ids = await uow.posts.uncarded("marketplaces", 2)
        assert (count, late, risk, list(ids)) == (6, 0, Decimal(21), worst)
        assert await uow.posts.hold("marketplaces", worst, NOW, later(hours=1)) == 8
    assert await due(store) == [f"{kind}:{case.name}" for kind in ("card", "thread") for case in cases[:3:-1]]
    async with store.unit_of_work() as uow:
        every = [case.id for case in cases]
        assert await uow.posts.hold("marketplaces", every, NOW, later(hours=1)) == 8
    assert len(await due(store, 20)) == 12


async def test_a_card_that_answers_a_click_is_never_held(store: SqlStore) -> None:
    (case,) = await crowd(store, 1)
    async with store.unit_of_work() as uow:
        await uow.posts.want([a_post(f"card:{case.name}", case=case.id, wanted=2, priority=0)])
        assert await uow.posts.hold("marketplaces", [], NOW, later(hours=1)) == 0


async def test_what_cleared_before_it_had_a_card_gets_none(store: SqlStore) -> None:
    first, second = await crowd(store, 2)
    async with store.unit_of_work() as uow:
        await uow.cases.save([replace(first, life=Life.CLEARED, version=first.version + 1, ended_at=NOW)])
        assert await uow.posts.drop_cleared() == 2
    assert await due(store) == [f"card:{second.name}", f"thread:{second.name}"]
