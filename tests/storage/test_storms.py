"""Storms on the database: what joins, what leaves, and figures that move with each slice and are never recounted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event

from storage.store import SqlStore
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case, Evidence, Life, Risk
from sync.model.ids import QueueId
from sync.model.money import Money
from sync.model.outbox import Post, PostKind
from sync.model.proof import Entry, exception_chain
from sync.path.written import write_steps
from sync.policy.schema import Policy
from sync.storms.gathering import gather, sweep
from sync.storms.membership import leaving
from sync.storms.storm import Key, Storm
from tests.builders import a_policy
from tests.databases import MovableClock
from tests.storage.given import DANA, MARKETPLACES, NOW, a_case, a_correction, given_skus, later, sku

SILENT = "wms:silent"
POLICY = a_policy()
KEY: Key = (SILENT, MARKETPLACES)


def of_cause(number: int, cause: str = SILENT, risk: int = 10, **changed: object) -> Case:
    evidence = Evidence("WMS is silent.", "wms:silence", NOW, shows=8, can_sell=1, cause=cause)
    money = Risk(Money(Decimal(risk), "USD"), per_hour=Decimal(risk))
    return replace(a_case(sku(number), evidence=evidence, risk=money, queue=MARKETPLACES), **changed)  # type: ignore[arg-type]


async def opened(store: SqlStore, cases: Sequence[Case], policy: Policy = POLICY, *, swept: bool = True) -> list[Case]:
    """What a slice does with what it found."""
    entry = Entry("opened", NOW, "countersign", "Opened: too many.")
    async with store.unit_of_work() as uow:
        gathered = await gather(uow, [Step(case, (entry,), opened=True) for case in cases], policy, NOW)
        written = list(await write_steps(uow, gathered.steps, NOW))
    if swept and gathered.sweep:
        await sweep(store, gathered.sweep, policy, NOW)
    return written


async def stepped(store: SqlStore, cases: Sequence[Case]) -> list[Case]:
    async with store.unit_of_work() as uow:
        steps = [Step(replace(case, version=case.version + 1)) for case in cases]
        gathered = await gather(uow, steps, POLICY, later(minutes=1))
        return list(await write_steps(uow, gathered.steps, later(minutes=1)))


async def the_storm(store: SqlStore) -> Storm:
    async with store.reading() as uow:
        (storm,) = await uow.storms.standing()
    return storm


async def posts_of(store: SqlStore) -> list[Post]:
    async with store.reading() as uow:
        return list(await uow.posts.due(later(minutes=1), 1_000, share=1_000))


async def test_few_of_a_cause_stay_cards_of_their_own(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(8)))
    cases = await opened(store, [of_cause(number) for number in range(8)])
    assert [case.storm for case in cases] == [None] * 8
    assert {post.kind for post in await posts_of(store)} == {PostKind.CARD, PostKind.THREAD}


async def test_one_more_makes_them_a_storm_and_takes_back_their_cards(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(9)))
    await opened(store, [of_cause(number) for number in range(8)])
    await opened(store, [of_cause(8, risk=30)])
    storm = await the_storm(store)
    assert (storm.members, storm.joined, storm.risk, storm.exposed) == (9, 9, Decimal(110), 9)
    assert [(post.kind, post.key) for post in await posts_of(store)] == [(PostKind.STORM, f"storm:{storm.name}")]
    async with store.reading() as uow:
        (worst, *_) = await uow.storms.worst(storm.id, 3)
        told = [entry.entry.sentence for entry in await uow.proofs.chain(exception_chain(worst.id))]
    assert worst.fingerprint.sku == sku(8)
    assert told == ["Opened: too many.", f"Joined storm {storm.name}: Source is silent."]


async def test_what_somebody_has_or_another_queue_or_cause_stays_out(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(30)))
    (owned,) = await opened(store, [of_cause(29, owner=DANA, life=Life.OWNED)])
    other = [of_cause(number, cause="amazon-us:permission") for number in range(20, 28)]
    cases = await opened(store, [*(of_cause(number) for number in range(9)), *other])
    assert {case.storm is not None for case in cases[:9]} == {True}
    assert {case.storm for case in [*cases[9:], owned]} == {None}
    (late,) = await opened(store, [of_cause(15)])
    assert late.storm == (await the_storm(store)).id


async def test_figures_move_by_what_changes_and_the_storm_ends_with_its_last_member(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(10)))
    cases = await opened(store, [of_cause(number) for number in range(10)])
    safe = replace(cases[0], risk=Risk(Money.zero("USD")))
    moved = replace(cases[1], evidence=replace(cases[1].evidence, cause="shop:exposure"))
    cleared = replace(cases[2], life=Life.CLEARED, ended_at=NOW)
    wrote = await stepped(store, [safe, moved, cleared])
    storm = await the_storm(store)
    assert (storm.members, storm.exposed, storm.risk) == (8, 7, Decimal(70))
    assert (storm.joined, storm.left, storm.ended, storm.most) == (10, 1, 1, 10)
    assert (wrote[1].storm, wrote[1].left_storm) == (None, storm.id)
    assert f"card:{wrote[1].name}" in {post.key for post in await posts_of(store)}
    rest = [replace(case, life=Life.CLEARED, ended_at=NOW) for case in [wrote[0], *cases[3:]]]
    await stepped(store, rest)
    async with store.reading() as uow:
        over = await uow.storms.get(storm.id)
        assert await uow.storms.standing() == []
    assert over is not None
    assert over.ended_at == later(minutes=1)
    assert (over.members, over.risk, over.exposed, over.ended) == (0, Decimal(0), 0, 9)


async def test_what_a_person_took_out_does_not_come_back_and_tells_its_whole_history(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(10)))
    cases = await opened(store, [of_cause(number) for number in range(10)])
    storm = await the_storm(store)
    async with store.unit_of_work() as uow:
        step = Step(replace(cases[0], version=2))
        await write_steps(uow, [leaving(step, "Dana took it out of the storm.", NOW, DANA)], NOW)
    async with store.reading() as uow:
        out = await uow.cases.get(cases[0].id)
        thread = await uow.posts.get(f"thread:{cases[0].name}")
    assert out is not None
    assert thread is not None
    assert (out.storm, out.left_storm, thread.sent, thread.wanted) == (None, storm.id, 0, 3)
    (again,) = await stepped(store, [out])
    assert again.storm is None
    assert await sweep(store, frozenset({KEY}), POLICY, NOW) == 0


async def test_who_is_acted_on_alone_or_handed_to_another_queue_leaves(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(10)))
    cases = await opened(store, [of_cause(number) for number in range(10)])
    acted = replace(cases[0], version=2, actions=(a_correction(),))
    handed = replace(cases[1], version=2, queue=QueueId("warehouse"), home=MARKETPLACES, moves=1)
    async with store.unit_of_work() as uow:
        written = await write_steps(uow, [Step(acted), Step(handed, moved=True)], NOW, clicked=True)
    assert [case.storm for case in written] == [None, None]
    assert (await the_storm(store)).members == 8
    due = {post.key for post in await posts_of(store)}
    assert {f"card:{written[0].name}", f"card:{written[1].name}:1"} <= due


async def test_a_card_that_was_shown_folds_and_is_kept_current(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(12)))
    (shown, *_) = await opened(store, [of_cause(number) for number in range(2)])
    async with store.unit_of_work() as uow:
        card = await uow.posts.get(f"card:{shown.name}")
        assert card is not None
        await uow.posts.save(replace(card, ts="17.1", sent=card.wanted))
    await opened(store, [of_cause(number) for number in range(2, 12)])
    due = {post.key for post in await posts_of(store)}
    assert due == {f"storm:{(await the_storm(store)).name}", f"card:{shown.name}", f"thread:{shown.name}"}


async def test_processes_that_each_see_too_few_still_make_one_storm(
    store: SqlStore, other_store: SqlStore, store_clock: MovableClock
) -> None:
    await given_skus(store, *(sku(number) for number in range(40)))
    halves = [[of_cause(number) for number in range(first, 36, 6)] for first in range(6)]
    homes = [store, other_store] * 3
    await asyncio.gather(*(opened(home, half) for home, half in zip(homes, halves, strict=True)))
    storm = await the_storm(store)
    assert (storm.members, storm.joined) == (36, 36)


async def test_a_slice_costs_the_same_number_of_statements_however_many_are_in_the_storm(store: SqlStore) -> None:
    async def cost(first: int) -> int:
        statements = 0

        def count(*_: object) -> None:
            nonlocal statements
            statements += 1

        engine = store._databases.writer.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            await opened(store, [of_cause(number) for number in range(first, first + 50)])
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return statements

    await given_skus(store, *(sku(number) for number in range(1_300)))
    await opened(store, [of_cause(number) for number in range(10)])
    small = await cost(100)
    await opened(store, [of_cause(number) for number in range(200, 1_200)])
    assert await cost(1_200) == small
    assert (await the_storm(store)).members == 1_110


async def test_old_ones_do_not_make_a_storm(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(9)))
    long_ago = NOW - POLICY.storms.within - timedelta(minutes=1)
    await opened(store, [of_cause(number, opened_at=long_ago) for number in range(8)])
    await opened(store, [of_cause(8)])
    async with store.reading() as uow:
        assert await uow.storms.standing() == []
