"""A bulk act from its frozen list to the last exception, on both databases: each once, by its own compare-and-set."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from storage.store import SqlStore
from sync.bulk.bulk import Asked, BulkState, Deed, ItemState, LeftCount, Why
from sync.bulk.carrying import Carrier
from sync.bulk.service import Chosen
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired, Stale
from sync.inbox.acts import RequestCount
from sync.model.exceptions import ActionKind, Life
from sync.model.outbox import PostKind, TargetKind
from sync.model.proof import exception_chain
from sync.proof import verify_chain
from tests.builders import RENO
from tests.bulk.bulk_world import (
    ABILITIES,
    DANA,
    FEW,
    GUS,
    KIM,
    LEE,
    OUTLET,
    SAM,
    SHOP,
    BulkWorld,
    a_person,
    bulk_world,
)
from tests.databases import MovableClock
from tests.storage.plans import listening, read_whole


@pytest.fixture
def world(store: SqlStore, store_clock: MovableClock) -> BulkWorld:
    return bulk_world(store, store_clock, **FEW)


@pytest.fixture
def many(store: SqlStore, store_clock: MovableClock) -> BulkWorld:
    """More than three need a second person."""
    return bulk_world(store, store_clock, bulk={"second_person_above": 3}, **FEW)


# -- done --------------------------------------------------------------------------------------------------------------


async def test_each_is_done_once_owned_proven_and_told_with_the_bulk_act_and_the_digest_of_its_list(
    world: BulkWorld,
) -> None:
    cases = [*await world.too_many(SHOP, 5), *await world.too_many(OUTLET, 2)]
    bulk = await world.done(DANA, Deed.PAUSE, cases)
    assert (bulk.state, bulk.done, bulk.apart) == (BulkState.DONE, 7, 0)
    for case in cases:
        now = await world.again(case)
        kind = ActionKind.PAUSE if case.fingerprint.systems == (SHOP,) else ActionKind.CAP
        assert [act.kind for act in now.actions] == [kind]
        assert now.actions[0].figure("bulk") == bulk.name
        assert now.owner == DANA
        assert now.version == case.version + 1
    async with world.store.reading() as uow:
        chain = await uow.proofs.chain(exception_chain(cases[0].id))
        story = await uow.proofs.chain(f"bulk:{bulk.name}")
    assert [verify_chain(chain), verify_chain(story)] == [[], []]
    said = chain[-1].entry
    assert (said.kind, said.sentence) == ("paused", f"Dana paused Shop: a recount is needed ({bulk.name}).")
    assert dict(said.figures)["list"] == bulk.digest
    assert [one.entry.kind for one in story] == ["bulk_begun", "bulk_done"]
    assert len(await world.targets(TargetKind.DOORS)) == 5
    progress = await world.post(f"bulk:{bulk.name}")
    assert progress is not None
    assert (progress.kind, progress.channel, progress.wanted) == (PostKind.BULK, DANA, bulk.version)


async def test_what_changed_meanwhile_is_left_out_and_named_and_the_rest_is_done(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 6)
    frozen = await world.freeze(DANA, Deed.PAUSE, cases)
    await world.bulk.send(a_person(DANA), frozen.id)
    await world.changed(cases[1], delta=99)
    await world.changed(cases[2], life=Life.CLEARED, ended_at=world.clock.now())
    await world.carrier.run_due()
    bulk = await world.now(frozen)
    assert (bulk.done, bulk.left) == (4, (LeftCount(Why.CHANGED, "", 1), LeftCount(Why.ENDED, "", 1)))
    apart = await world.items(bulk, ItemState.APART)
    assert [one.case for one in apart] == [cases[1].id, cases[2].id]
    assert (await world.again(cases[1])).actions == ()


async def test_a_list_that_changed_before_it_is_sent_is_shown_once_more_and_then_goes(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 4)
    frozen = await world.freeze(DANA, Deed.TAKE, cases)
    await world.changed(cases[0], life=Life.CLEARED, ended_at=world.clock.now())
    with pytest.raises(Stale, match=r"The list changed: 3 now\. Look again\."):
        await world.bulk.send(a_person(DANA), frozen.id)
    again = await world.bulk.again(a_person(DANA), frozen.id)
    assert (again.figures.items, again.told_again) == (3, True)
    await world.changed(cases[1], delta=99)
    await world.bulk.send(a_person(DANA), again.id)
    await world.carrier.run_due()
    assert (await world.now(again)).done == 2


async def test_two_exceptions_of_one_sku_pause_its_listing_once(world: BulkWorld) -> None:
    (case,) = await world.too_many(SHOP, 1)
    other = await world.beside(case)
    bulk = await world.done(DANA, Deed.PAUSE, [case, other])
    assert (bulk.figures.items, bulk.figures.listings, bulk.done) == (1, 1, 1)
    assert bulk.figures.left == (LeftCount(Why.ALREADY, "", 1),)


async def test_every_act_and_its_undo(world: BulkWorld) -> None:
    cases = await world.too_many(OUTLET, 2)
    told = [
        await world.done(DANA, Deed.COUNT, cases),
        await world.done(DANA, Deed.CAP, await world.all_again(cases), units=3),
        await world.done(KIM, Deed.SNOOZE, await world.all_again(cases), owned=True),
    ]
    assert [one.done for one in told] == [2, 2, 2]
    assert told[1].figures.units_then == 6
    alone = await world.freeze(DANA, Deed.RESUME, await world.all_again(cases))
    assert alone.figures.left == (LeftCount(Why.REFUSED, "", 2),), "counts still differ: an approver decides"
    assert (await world.done(LEE, Deed.RESUME, await world.all_again(cases), owned=True)).done == 2


async def test_open_orders_of_many_are_held_and_released(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 3)
    await world.ordered(cases[:2], 2)
    cases = await world.all_again(cases)
    held = await world.done(DANA, Deed.HOLD, cases)
    assert (held.figures.items, held.figures.orders, held.done) == (2, 4, 2)
    assert held.figures.left == (LeftCount(Why.NOTHING, "", 1),)
    wanted = await world.targets(TargetKind.HOLD)
    assert [one.wanted for one in wanted] == [1] * 4
    released = await world.done(DANA, Deed.RELEASE, await world.all_again(cases))
    assert (released.figures.orders, released.done) == (4, 2)
    assert [one.wanted for one in await world.targets(TargetKind.HOLD)] == [0] * 4


async def test_a_cap_that_would_lower_nothing_is_left_out(world: BulkWorld) -> None:
    cases = await world.too_many(OUTLET, 2)
    frozen = await world.freeze(DANA, Deed.CAP, cases, units=20)
    assert (frozen.id, frozen.figures.items, frozen.figures.left) == (0, 0, (LeftCount(Why.ALREADY, "", 2),))


async def test_closing_many_ends_them_with_their_reason(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 3)
    bulk = await world.done(DANA, Deed.CLOSE, cases, outcome="expected", note="a sale is on")
    assert bulk.done == 3
    assert {(await world.again(case)).outcome for case in cases} == {"expected"}


# -- whose it is -------------------------------------------------------------------------------------------------------


async def test_what_somebody_has_is_left_out_unless_it_is_asked_for(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 3)
    await world.changed(cases[0], owner=LEE, owner_name="Lee", life=Life.OWNED)
    cases = await world.all_again(cases)
    without = await world.freeze(DANA, Deed.PAUSE, cases)
    assert (without.figures.items, without.figures.left) == (2, (LeftCount(Why.OWNED, "Lee", 1),))
    assert (await world.freeze(DANA, Deed.PAUSE, cases, owned=True)).figures.items == 3


async def test_who_may_not_act_in_the_queue_gets_nothing_of_it(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 2)
    found = await world.freeze(SAM, Deed.PAUSE, cases)
    assert (found.id, found.figures.left) == (0, (LeftCount(Why.RIGHTS, "", 2),))
    with pytest.raises(NotPermitted, match="Guests and apps cannot act here"):
        await world.bulk.freeze(a_person(GUS, restricted=True), found.asked, world.chosen(cases))


async def test_a_form_of_somebody_else_an_old_one_and_one_sent_before_do_nothing(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 2)
    frozen = await world.freeze(DANA, Deed.TAKE, cases)
    with pytest.raises(NotPermitted, match="not yours"):
        await world.bulk.send(a_person(LEE), frozen.id)
    await world.bulk.send(a_person(DANA), frozen.id)
    with pytest.raises(AlreadyHandled, match="sent already"):
        await world.bulk.send(a_person(DANA), frozen.id)
    old = await world.freeze(DANA, Deed.SNOOZE, await world.all_again(cases))
    world.clock.move(timedelta(minutes=11))
    with pytest.raises(NotPermitted, match="more than 10 min old"):
        await world.bulk.send(a_person(DANA), old.id)


async def test_lists_that_were_only_looked_at_are_dropped(world: BulkWorld) -> None:
    cases = await world.too_many(SHOP, 2)
    looked, sent = await world.freeze(DANA, Deed.PAUSE, cases), await world.done(DANA, Deed.TAKE, cases)
    world.clock.move(timedelta(hours=2))
    await world.carrier.run_due()
    async with world.store.reading() as uow:
        assert await uow.bulks.get(looked.id) is None
        assert await uow.bulks.get(sent.id) is not None


# -- the second person -------------------------------------------------------------------------------------------------


async def test_above_the_number_of_policy_a_second_person_decides_and_never_who_asked(many: BulkWorld) -> None:
    cases = await many.too_many(SHOP, 4)
    frozen = await many.freeze(DANA, Deed.PAUSE, cases)
    asked = await many.bulk.send(a_person(DANA), frozen.id)
    assert (asked.state, asked.directly) == (BulkState.ASKED, (LEE, KIM))
    await many.carrier.run_due()
    assert (await many.now(asked)).done == 0
    for to in ("marketplaces", LEE, KIM):
        assert (await many.post(f"bulk_ask:{asked.name}:{to}")) is not None
    with pytest.raises(NotPermitted, match="You cannot approve your own request"):
        await many.bulk.decide(a_person(DANA), asked.id, True, "")
    with pytest.raises(NotPermitted, match="Only Marketplaces acts here"):
        await many.bulk.decide(a_person(SAM), asked.id, True, "")
    async with many.store.reading() as uow:
        story = [one.entry for one in await uow.proofs.chain(f"bulk:{asked.name}")]
    assert [(one.kind, one.actor) for one in story] == [("bulk_asked", DANA), ("refused", DANA), ("refused", SAM)]
    with pytest.raises(ReasonRequired):
        await many.bulk.decide(a_person(LEE), asked.id, False, " ")
    await many.bulk.decide(a_person(LEE), asked.id, True, "")
    with pytest.raises(AlreadyHandled, match="Lee decided on"):
        await many.bulk.decide(a_person(KIM), asked.id, False, "no")
    shown = await many.post(f"bulk_ask:{asked.name}:marketplaces")
    await many.carrier.run_due()
    assert (await many.now(asked)).done == 4
    assert await many.post(f"bulk_ask:{asked.name}:marketplaces") == shown, "the request tells no progress"
    async with many.store.reading() as uow:
        chain = await uow.proofs.chain(exception_chain(cases[0].id))
    assert chain[-1].entry.actor == DANA
    assert dict(chain[-1].entry.figures)["approved_by"] == LEE


async def test_it_is_done_with_the_rights_that_who_asked_has_when_it_is_approved(many: BulkWorld) -> None:
    cases = await many.too_many(SHOP, 4)
    sam = a_person(SAM, member_of=frozenset({"marketplaces"}))
    asked = Asked(Deed.PAUSE, "a recount is needed", "count")
    frozen = await many.bulk.freeze(sam, asked, many.chosen(cases))
    assert frozen.figures.items == 4, "a member of the private channel acts"
    await many.bulk.send(sam, frozen.id)
    await many.bulk.decide(a_person(LEE), frozen.id, True, "", asker=a_person(SAM))
    await many.carrier.run_due()
    assert (await many.now(frozen)).left == (LeftCount(Why.RIGHTS, "", 4),), "Sam left that channel meanwhile"


async def test_few_of_them_or_what_no_customer_sees_need_nobody_else(many: BulkWorld) -> None:
    cases = await many.too_many(SHOP, 4)
    assert (await many.done(DANA, Deed.PAUSE, cases[:3])).done == 3
    assert (await many.done(DANA, Deed.SNOOZE, await many.all_again(cases))).done == 4


async def test_a_refusal_ends_it_with_its_reason_and_so_does_time(many: BulkWorld) -> None:
    cases = await many.too_many(SHOP, 4)
    first, second = await many.freeze(DANA, Deed.PAUSE, cases), await many.freeze(DANA, Deed.PAUSE, cases)
    await many.bulk.send(a_person(DANA), first.id)
    await many.bulk.send(a_person(DANA), second.id)
    refused = await many.bulk.decide(a_person(LEE), first.id, False, "the sale is on purpose")
    many.clock.move(timedelta(hours=1, minutes=1))
    with pytest.raises(AlreadyHandled, match="waited too long"):
        await many.bulk.decide(a_person(LEE), second.id, True, "")
    await many.carrier.run_due()
    assert (refused.state, refused.reason) == (BulkState.REFUSED, "the sale is on purpose")
    assert (await many.now(second)).state is BulkState.EXPIRED
    assert [one.actions for one in await many.all_again(cases)] == [()] * 4


# -- killed in between -------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone in the middle of a slice."""


async def test_killed_in_the_middle_it_goes_on_where_it_was_and_does_none_twice(
    world: BulkWorld, other_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = await world.too_many(SHOP, 10)
    frozen = await world.freeze(DANA, Deed.PAUSE, cases)
    await world.bulk.send(a_person(DANA), frozen.id)
    assert await world.carrier.run_slice(4) == 4

    async def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(world.carrier, "_came_on", killed)
        with pytest.raises(Killed):
            await world.carrier.run_slice(4)
    assert len(await world.items(frozen, ItemState.DONE)) == 4, "nothing of the second slice stands"
    another = Carrier(other_store, world.policy, world.clock, ABILITIES)
    await another.run_due()
    bulk = await world.now(frozen)
    assert (bulk.state, bulk.done, bulk.apart) == (BulkState.DONE, 10, 0)
    for case in cases:
        sentences = Counter(await world.told(case))
        assert [count for sentence, count in sentences.items() if bulk.name in sentence] == [1, 1]


async def test_a_process_that_is_killed_leaves_whole_slices_and_the_next_does_the_rest(
    world: BulkWorld, database_url: str
) -> None:
    cases = await world.too_many(SHOP, 12)
    frozen = await world.freeze(DANA, Deed.PAUSE, cases)
    await world.bulk.send(a_person(DANA), frozen.id)
    command = (sys.executable, "-m", "tests.bulk.killed_carrier", database_url, world.clock.now().isoformat())
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    assert len(await world.items(frozen, ItemState.DONE)) == 6, "two slices stand, nothing of the third"
    await world.carrier.run_due()
    assert (await world.now(frozen)).done == 12
    assert [len(one.actions) for one in await world.all_again(cases)] == [1] * 12
    assert len(await world.targets(TargetKind.DOORS)) == 12


async def test_several_processes_carry_out_at_once_and_none_twice(world: BulkWorld, other_store: SqlStore) -> None:
    cases = await world.too_many(SHOP, 12)
    halves = [await world.freeze(DANA, Deed.PAUSE, half) for half in (cases[:6], cases[6:])]
    for half in halves:
        await world.bulk.send(a_person(DANA), half.id)
    another = Carrier(other_store, world.policy, world.clock, ABILITIES)

    async def carry(carrier: Carrier) -> None:
        while await carrier.run_slice(2) is not None:
            pass

    await asyncio.gather(carry(world.carrier), carry(another))
    await world.carrier.run_due()
    assert [(await world.now(half)).done for half in halves] == [6, 6]
    for case in cases:
        assert len((await world.again(case)).actions) == 1


# -- storms ------------------------------------------------------------------------------------------------------------


async def test_members_of_a_storm_stay_in_it_and_whoever_acts_first_owns_it(
    store: SqlStore, store_clock: MovableClock
) -> None:
    world = bulk_world(store, store_clock)
    cases = await world.too_many(SHOP, 12)
    (storm,) = await world.storms()
    chosen = Chosen(tuple(await world.bulk.members(storm.id, None)), "all", storm.id)
    frozen = await world.bulk.freeze(a_person(DANA), Asked(Deed.PAUSE, "", "count"), chosen)
    await world.bulk.send(a_person(DANA), frozen.id)
    await world.carrier.run_due()
    (after,) = await world.storms()
    assert (after.owner, after.members, after.left) == (DANA, 12, 0)
    assert {case.storm for case in await world.all_again(cases)} == {storm.id}
    alone = world.inbox.act(a_person(DANA), RequestCount(RENO, None, None, ""), case=cases[0].id, within=timedelta(10))
    assert (await alone).kind == "done"
    (after,) = await world.storms()
    assert (after.members, after.left) == (11, 1), "what somebody acts on alone has a card of its own"


# -- size --------------------------------------------------------------------------------------------------------------


async def test_no_statement_of_a_bulk_act_reads_a_large_table_whole(many: BulkWorld) -> None:
    cases = await many.too_many(SHOP, 8)
    with listening() as heard:
        frozen = await many.freeze(DANA, Deed.PAUSE, cases)
        await many.bulk.send(a_person(DANA), frozen.id)
        await many.bulk.to_decide(a_person(LEE), frozen.id)
        await many.bulk.decide(a_person(LEE), frozen.id, True, "")
        while await many.carrier.run_slice(3) is not None:
            pass
        many.clock.move(timedelta(hours=2))
        await many.carrier.run_due()
        await many.items(frozen)
    found = {}
    async with many.store.unit_of_work() as uow:
        for statement, parameters in list(heard.items()):
            if "bulk_" in statement and (tables := await read_whole(uow.link, statement, parameters)):
                found[" ".join(statement.split())] = sorted(tables)
    assert found == {}


async def test_more_counts_than_a_warehouse_can_take_are_refused(
    sqlite_store: SqlStore, store_clock: MovableClock
) -> None:
    world = bulk_world(sqlite_store, store_clock, **FEW)
    cases = await world.too_many(SHOP, 51)
    with pytest.raises(NotPermitted, match="More than 50 counts"):
        await world.freeze(DANA, Deed.COUNT, cases)
    assert (await world.freeze(DANA, Deed.COUNT, cases[:50])).figures.items == 50
