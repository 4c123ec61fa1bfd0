"""Second thoughts: for ten minutes whoever stopped something takes it back; a count or a request is taken back while it waits."""

from __future__ import annotations

import pytest

from sync.errors import AlreadyHandled, NotPermitted
from sync.inbox.acts import AskHelp, CancelCount, Cap, Pause, ProposeCorrection, Remind, RequestCount, Undo, Withdraw
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import ListingId, LocationId
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, KIM, LEE, SAM
from tests.builders import ERP, a_policy, a_source, counted, level, listed

RENO = LocationId("reno")


def differing() -> tuple[ActingWorld, Case, ListingId]:
    """Warehouse 20, books 28, while the shop sells 20."""
    policy = a_policy(systems={"erp": a_source(trust="financial")}, deciders={"reno": ["wms", "erp"]})
    world = an_acting_world(policy)
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(20, "08:00"), counted(20, "08:00"))
    world.settle("08:10", counted(20, "08:10"), counted(28, "08:10", system=ERP))
    return world, world.one(ExceptionClass.WMS_ERP_VARIANCE), world.state.listings[0].id


def test_a_pause_is_taken_back_by_who_made_it_though_counts_differ() -> None:
    world, case, listing = differing()
    world.act(DANA, Pause((listing,), "count"), case, "09:00")
    applied = world.act(DANA, Undo(), case, "09:09")
    assert applied.entries[-1].sentence == "Dana took back the pause of Shop."
    (doors,) = [target for target in applied.targets if target.listing == listing]
    assert doors.wanted == 1
    with pytest.raises(AlreadyHandled, match="Nothing of yours"):
        world.act(DANA, Undo(), case, "09:10")


def test_nobody_else_undoes_it_and_nobody_after_ten_minutes() -> None:
    world, case, listing = differing()
    world.act(DANA, Pause((listing,), "count"), case, "09:00")
    with pytest.raises(AlreadyHandled):
        world.act(LEE, Undo(), case, "09:01")
    with pytest.raises(AlreadyHandled):
        world.act(DANA, Undo(), case, "09:11")


def test_what_was_taken_back_mended_nothing_and_leaves_the_note_to_be_given() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    world.judge("09:01")
    world.confirm("09:01", "09:01")
    world.judge("09:02", level(5, "09:02"))
    world.act(DANA, Undo(), case, "09:05")
    world.judge("09:06")
    assert world.wanted() == [20]
    world.confirm("09:06", "09:06")
    world.judge("09:07", level(20, "09:07"))
    world.settle("10:00", counted(20, "10:00"), counted(20, "10:00", system=ERP))
    ended = world.newest(case)
    assert not ended.stopped
    assert (ended.life, ended.outcome) == (Life.CLEARED, "cleared by itself")


def test_an_older_cap_is_not_lifted_with_the_newer_one() -> None:
    world, case, listing = differing()
    world.act(LEE, Cap(listing, 9, "wet"), case, "09:00")
    world.act(DANA, Cap(listing, 5, "wetter"), case, "09:01")
    with pytest.raises(NotPermitted, match="An older cap stands there, too"):
        world.act(DANA, Undo(), case, "09:02")


def test_a_count_is_cancelled_and_its_counter_told() -> None:
    world, case, _ = differing()
    world.act(DANA, RequestCount(RENO, SAM, None, ""), case, "09:00")
    applied = world.act(LEE, CancelCount(), case, "09:05")
    assert [user for user, _ in applied.notices] == [SAM]
    act = world.newest(case).newest(ActionKind.COUNT)
    assert act is not None
    assert act.state is ActionState.UNDONE
    with pytest.raises(AlreadyHandled, match="No count is asked for"):
        world.act(DANA, CancelCount(), case, "09:06")


def test_a_counter_is_reminded_directly_and_not_twice_within_half_an_hour() -> None:
    world, case, _ = differing()
    world.act(DANA, RequestCount(RENO, SAM, None, ""), case, "09:00")
    applied = world.act(DANA, Remind(), case, "09:20")
    assert applied.notices == ((SAM, f"Dana reminds you to count KTL-17-BLK at Reno for {case.name}."),)
    with pytest.raises(AlreadyHandled, match="They were reminded 5\u00a0min ago"):
        world.act(LEE, Remind(), case, "09:25")
    assert world.act(LEE, Remind(), case, "09:51").notices


def test_a_request_is_withdrawn_by_who_asked_and_nothing_is_written() -> None:
    world, case, _ = differing()
    world.act(DANA, ProposeCorrection(ERP, RENO, 28, 5, "miscount", "a pallet twice"), case, "09:00")
    with pytest.raises(NotPermitted, match="Only Dana, who asked"):
        world.act(LEE, Withdraw(), case, "09:01")
    applied = world.act(DANA, Withdraw(), case, "09:02")
    assert not applied.targets
    act = world.newest(case).newest(ActionKind.CORRECTION)
    assert act is not None
    assert act.state is ActionState.UNDONE
    with pytest.raises(AlreadyHandled):
        world.act(DANA, Withdraw(), case, "09:03")


def test_the_ops_lead_is_asked_for_help_once() -> None:
    world, case, _ = differing()
    applied = world.act(LEE, AskHelp(), case, "09:00")
    assert [user for user, _ in applied.notices] == [KIM]
    with pytest.raises(AlreadyHandled, match="Kim was asked already"):
        world.act(DANA, AskHelp(), case, "09:01")
