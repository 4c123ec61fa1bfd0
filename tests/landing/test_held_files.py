"""A file that is held whole can be counted all the same: once, by the ordinary path, and never after a later one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete

from storage.store import SqlStore
from storage.tables.deliveries import raw_keys
from sync.inbox.acts import Outcome, Withdraw
from sync.inbox.view import Prepared
from sync.landing.held_file import Change
from sync.model.exceptions import ActionKind, ActionState, Life
from tests.acting.desk import ANA, DANA, LEE, SAM, person
from tests.databases import MovableClock
from tests.landing.feed_shop import BEGAN, WMS, FeedShop
from tests.landing.held_world import HeldWorld, held_world

SOLD_OUT = [4, 9] + [0] * 8


@pytest.fixture
def clock(store_clock: MovableClock) -> MovableClock:
    store_clock.at = BEGAN
    return store_clock


@pytest.fixture(params=[None, 0], ids=["small", "large"])
async def world(store: SqlStore, tmp_path: Path, clock: MovableClock, request: pytest.FixtureRequest) -> HeldWorld:
    """Read row by row, and landed whole."""
    made = held_world(store, tmp_path, clock, request.param)
    await made.opened()
    return made


async def test_the_form_says_first_what_counting_it_would_change(world: HeldWorld) -> None:
    await world.good_then_empty()
    assert await world.states() == ["recorded", "held"]
    prepared = await world.open(DANA)
    assert isinstance(prepared, Prepared)
    held = prepared.view.held
    assert held is not None
    assert held.change == Change(10, 10, to_zero=8, raised=1, less=32, more=5, value=Decimal("37.00"))
    assert prepared.preview == (
        "two.csv, received 02 Mar 13:00 UTC, as of 02 Mar 13:00 UTC. 8 of 10 rows say zero (80 %, allowed are 50 %).",
        "10 rows, 8 of them say zero, 13 units in all; last good: 10 rows, 0 of them say zero, 40 units in all.",
        "To 0: 8, lowered: 0, raised: 1 SKUs; 32 units less and 5 more, 37.00 USD at cost. Reckoned: 10 of 10 rows.",
    )


async def test_it_counts_once_and_its_exception_ends_with_who_said_so(world: HeldWorld) -> None:
    await world.good_then_empty()
    done = await world.counts(DANA)
    assert (done.kind, done.text) == ("done", "two.csv is read again and counts; the card says when it does.")
    assert (await world.act())[0] is ActionState.WANTED
    assert await world.units() == [4] * 10, "a click reads nothing itself"
    await world.read()
    assert await world.units() == SOLD_OUT
    assert await world.states() == ["recorded", "recorded"]
    assert await world.act() == (ActionState.DONE, "Its rows count.")
    facts = await world.counted_facts()
    await world.read()
    assert await world.counted_facts() == facts
    await world.settled()
    case = await world.case()
    assert (case.life, case.ended_name, case.note) == (Life.RESOLVED, "Dana", "half the range is sold out")
    assert await world.told() == ["opened", "taken", "file_released", "file_counted", "resolved"]
    assert await world.shop.replayed_wrong() == []


async def test_the_file_moves_to_those_that_are_done_with_a_note(world: HeldWorld) -> None:
    await world.good_then_empty()
    assert world.aside("held") == ["two.csv", "two.csv.why.txt"]
    await world.counts(DANA)
    await world.read()
    assert world.aside("held") == []
    assert world.aside("done") == ["one.csv", "two.csv", "two.csv.why.txt"]
    note = (world.shop.folder / WMS / "done" / "two.csv.why.txt").read_text()
    assert note == "It was held, and counts since 2026-03-02 13:00 UTC: Dana let it count.\n"


async def test_the_next_file_is_measured_against_it(world: HeldWorld) -> None:
    await world.good_then_empty()
    await world.counts(DANA)
    await world.read()
    await world.sends("three.csv", [3, 8] + [0] * 8)
    assert await world.states() == ["recorded"] * 3
    assert await world.units() == [3, 8] + [0] * 8


async def test_the_first_file_of_a_system_can_be_counted(world: HeldWorld) -> None:
    await world.sends("first.csv", SOLD_OUT)
    held = await world.held()
    assert held is not None
    assert held.last is None
    assert held.change == Change(10, 10, raised=2, more=13, value=Decimal("13.00"))
    await world.counts(DANA)
    await world.read()
    assert await world.units() == SOLD_OUT


async def test_above_the_limit_a_second_person_decides_and_never_who_asked(
    store: SqlStore, tmp_path: Path, clock: MovableClock
) -> None:
    world = held_world(store, tmp_path, clock, None)
    await world.opened(cost="10.00")
    await world.good_then_empty()
    done = await world.counts(LEE)
    assert done.text == "Sent for approval: a second person decides."
    await world.read()
    assert await world.units() == [4] * 10
    own = await world.decided(LEE)
    assert own.kind == "refused"
    assert "cannot approve it" in own.text
    approved = await world.decided(ANA)
    assert approved.text == "Approved. two.csv is read again and counts; the card says when it does."
    await world.read()
    assert await world.units() == SOLD_OUT
    await world.settled()
    assert await world.told() == [
        "opened",
        "taken",
        "file_asked",
        "refused",
        "file_released",
        "file_counted",
        "resolved",
    ]


async def test_what_has_no_known_worth_is_decided_by_a_second_person_and_may_be_refused_or_withdrawn(
    store: SqlStore, tmp_path: Path, clock: MovableClock
) -> None:
    world = held_world(store, tmp_path, clock, None)
    await world.opened(cost=None)
    await world.good_then_empty()
    assert "second person" in (await world.counts(DANA)).text
    refused = await world.decided(ANA, "reject", "the export broke")
    assert refused.text == "Dana is told why. Nothing is written."
    assert "second person" in (await world.counts(DANA)).text, "it may be asked again"
    case = await world.case()
    taken_back = await world.inbox.act(person(DANA), Withdraw(), case=case.id, within=timedelta(seconds=10))
    assert taken_back.text == "Withdrawn. The file is held as before, and nobody is asked any more."
    await world.read()
    assert await world.units() == [4] * 10


async def test_nobody_of_another_queue_lets_it_count(world: HeldWorld) -> None:
    await world.good_then_empty()
    refused = await world.open(SAM)
    assert isinstance(refused, Outcome)
    assert refused.kind == "refused"


async def test_a_later_held_file_is_shown_before_it_counts(world: HeldWorld) -> None:
    await world.good_then_empty()
    old = await world.open(DANA)
    assert isinstance(old, Prepared)
    await world.sends("three.csv", [1, 2] + [0] * 8, minutes=5)
    changed = await world.submit(DANA, old)
    assert changed.kind == "changed"
    assert "three.csv" in changed.text
    await world.read()
    assert await world.units() == [4] * 10
    await world.counts(DANA)
    await world.read()
    assert await world.units() == [1, 2] + [0] * 8


async def test_after_a_later_good_file_nothing_older_counts(world: HeldWorld) -> None:
    await world.good_then_empty()
    old = await world.open(DANA)
    assert isinstance(old, Prepared)
    await world.sends("three.csv", [5] * 10, minutes=5)
    late = await world.submit(DANA, old)
    assert late.kind == "faster"
    assert "a later one was taken or held" in late.text
    await world.read()
    assert await world.units() == [5] * 10
    assert await world.held() is None


async def test_a_later_file_between_the_word_and_the_reading_wins(
    world: HeldWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later file is recorded by a process that does not look for what was let count first."""
    await world.good_then_empty()
    await world.counts(DANA)
    with monkeypatch.context() as patched:
        patched.setattr(world.shop.reader._released, "waiting", _nothing, raising=True)
        await world.sends("three.csv", [5] * 10)
    await world.read()
    assert await world.units() == [5] * 10
    state, why = await world.act()
    assert state is ActionState.FAILED
    assert "A later file was taken" in why


async def _nothing() -> tuple[()]:
    return ()


async def test_a_request_lapses_when_a_later_file_comes(store: SqlStore, tmp_path: Path, clock: MovableClock) -> None:
    world = held_world(store, tmp_path, clock, None)
    await world.opened(cost="10.00")
    await world.good_then_empty()
    await world.counts(LEE)
    await world.sends("three.csv", [1, 2] + [0] * 8)
    act = (await world.case()).newest(ActionKind.FILE)
    assert act is not None
    assert (act.state, act.result) == (ActionState.UNDONE, "A later file came.")
    assert "file_lapsed" in await world.told()


async def test_erased_bytes_are_told_and_nothing_is_lost(world: HeldWorld, store: SqlStore) -> None:
    await world.good_then_empty()
    open_form = await world.open(DANA)
    assert isinstance(open_form, Prepared)
    async with store.unit_of_work() as uow:
        await uow.link.execute(delete(raw_keys))
    late = await world.submit(DANA, open_form)
    assert late.kind == "faster"
    assert "kept no longer" in late.text
    refused = await world.open(DANA)
    assert isinstance(refused, Outcome)
    assert "Ask the sender" in refused.text
    assert await world.states() == ["recorded", "held"]


async def test_bytes_that_go_between_the_word_and_the_reading(world: HeldWorld, store: SqlStore) -> None:
    await world.good_then_empty()
    await world.counts(DANA)
    async with store.unit_of_work() as uow:
        await uow.link.execute(delete(raw_keys))
    await world.read()
    assert await world.act() == (
        ActionState.FAILED,
        "Its bytes are kept no longer. Ask the sender for the file again.",
    )
    assert await world.states() == ["recorded", "held"]
    assert await world.told() == ["opened", "taken", "file_released", "file_not_counted"]


async def test_a_connection_that_reads_it_otherwise_now_counts_nothing(
    world: HeldWorld, store: SqlStore, tmp_path: Path, clock: MovableClock
) -> None:
    await world.good_then_empty()
    await world.counts(DANA)
    other = held_world(store, tmp_path, clock, 0 if world.shop.lander is not None else None)
    connector = other.shop.connectors[WMS]
    connector._settings = connector._settings.model_copy(
        update={"columns": connector._settings.columns.model_copy(update={"on_hand": "stock"})}
    )
    await other.read()
    state, why = await world.act()
    assert state is ActionState.FAILED
    assert "stock" in why
    await world.counts(DANA, "the column is right again")
    await world.read()
    assert await world.units() == SOLD_OUT


async def test_of_two_clicks_and_two_people_one_counts(world: HeldWorld) -> None:
    await world.good_then_empty()
    first, second = await world.open(DANA), await world.open(LEE)
    assert isinstance(first, Prepared)
    assert isinstance(second, Prepared)
    twice = await asyncio.gather(world.submit(DANA, first), world.submit(DANA, first), world.submit(LEE, second))
    assert sorted(one.kind for one in twice) in (["done", "done", "faster"], ["done", "faster", "faster"])
    await world.read()
    assert await world.units() == SOLD_OUT
    assert (await world.told()).count("file_released") == 1


async def test_two_processes_read_it_once_whoever_was_clicked(
    world: HeldWorld, store: SqlStore, tmp_path: Path
) -> None:
    await world.good_then_empty()
    await world.counts(DANA)
    large = 0 if world.shop.lander is not None else None
    others = [FeedShop(store, tmp_path, world.shop.policy, world.shop.clock, large, f"other-{n}") for n in range(2)]
    await asyncio.gather(*(one.reader.poll_feeds() for one in others))
    await asyncio.gather(*(one.reader.poll_feeds() for one in others))
    await world.shop.decide()
    assert await world.units() == SOLD_OUT
    assert (await world.told()).count("file_counted") == 1
    assert await world.shop.replayed_wrong() == []


async def test_a_kill_while_it_lands_is_followed_to_its_end(
    store: SqlStore, tmp_path: Path, clock: MovableClock
) -> None:
    world = held_world(store, tmp_path, clock, 0)
    await world.opened()
    await world.good_then_empty()
    await world.counts(DANA)
    released = world.shop.reader._released

    async def killed(*_given: object) -> None:
        raise asyncio.CancelledError

    released._counted = killed  # type: ignore[method-assign,assignment]
    with pytest.raises(asyncio.CancelledError):
        await world.shop.reader.poll_feeds()
    assert await world.states() == ["recorded", "held"]
    again = FeedShop(store, tmp_path, world.shop.policy, clock, 0, "another")
    await again.reader.poll_feeds()
    await world.shop.decide()
    assert await world.units() == SOLD_OUT
    assert (await world.act())[0] is ActionState.DONE


@pytest.mark.parametrize("large", [None, 0])
async def test_absent_is_zero_is_reckoned_and_what_is_not_named_is_said(
    store: SqlStore, tmp_path: Path, clock: MovableClock, large: int | None
) -> None:
    world = held_world(store, tmp_path, clock, large, wms={"absent": "zero"})
    await world.opened()
    await world.sends("one.csv", [4] * 10)
    await world.sends("two.csv", [4, 0, 0])
    held = await world.held()
    assert held is not None
    assert held.change == Change(3, 3, to_zero=9, less=36, value=Decimal("36.00"))
    await world.counts(DANA)
    await world.read()


async def test_absent_is_unknown_leaves_what_is_not_named(world: HeldWorld) -> None:
    await world.sends("one.csv", [4] * 10)
    await world.sends("two.csv", [4, 0, 0])
    held = await world.held()
    assert held is not None
    assert held.change == Change(3, 3, to_zero=2, less=8, value=Decimal("8.00"), unnamed=7)


async def test_the_same_bytes_count_once_limits_allow_them(world: HeldWorld, tmp_path: Path) -> None:
    await world.good_then_empty()
    loose = held_world(world.shop.store, tmp_path, world.shop.clock, 0 if world.shop.lander is not None else None)
    systems = {
        name: rules.model_copy(update={"plausible": rules.plausible.model_copy(update={"zeros_at_most": Decimal(1)})})
        for name, rules in loose.shop.policy.systems.items()
    }
    loose.shop.in_force.current = loose.shop.policy.model_copy(update={"systems": systems})
    held = tmp_path / WMS / "held" / "two.csv"
    held.rename(tmp_path / WMS / "two.csv")
    (tmp_path / WMS / "two.csv.done").touch()
    await loose.read()
    await loose.read()
    assert await world.units() == SOLD_OUT
    assert await world.states() == ["recorded", "recorded"]
