"""Show less on one channel: wanted, read back, held while it stands, lifted by a person; never by itself."""

from __future__ import annotations

import pytest

from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Cap, Close, Uncap
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import ListingId
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import ANA, DANA, LEE
from tests.builders import ERP, SHOP, a_policy, a_source, counted, level, listed

VARIANCE = ExceptionClass.WMS_ERP_VARIANCE


def differing(mode: str = "full") -> tuple[ActingWorld, Case, ListingId]:
    """Warehouse 20, books 28: a difference that somebody looks into while the shop sells 20."""
    policy = a_policy(
        channel={"mode": mode}, systems={"erp": a_source(trust="financial")}, deciders={"reno": ["wms", "erp"]}
    )
    world = an_acting_world(policy)
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(20, "08:00"), counted(20, "08:00"))
    world.settle("08:10", counted(20, "08:10"), counted(28, "08:10", system=ERP))
    return world, world.one(VARIANCE), world.state.listings[0].id


def sent(world: ActingWorld, units: int, clock: str) -> None:
    """The shop took what was wanted, and shows it when it is read a minute later."""
    hour, minute = clock.split(":")
    world.confirm(clock, clock)
    world.judge(f"{hour}:{int(minute) + 1:02d}", level(units, f"{hour}:{int(minute) + 1:02d}"))


def test_at_most_so_many_are_wanted_and_the_act_is_done_once_it_was_read_back() -> None:
    world, case, listing = differing()
    applied = world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    assert [entry.kind for entry in applied.entries] == ["taken", "capped"]
    world.judge("09:01")
    assert world.wanted() == [5]
    sent(world, 5, "09:02")
    act = world.newest(case).newest(ActionKind.CAP)
    assert act is not None
    assert (act.state, act.result) == (ActionState.SEEN, "Shop shows 5. Read back, verified at Shop.")


def test_while_it_stands_nothing_hidden_is_found_and_the_exception_turns_ready_but_does_not_clear() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    world.judge("09:01")
    sent(world, 5, "09:02")
    world.settle("10:00", counted(20, "10:00"), counted(20, "10:00", system=ERP))
    now = world.newest(case)
    assert (now.life, now.ready) == (Life.OWNED, True)
    assert world.open(ExceptionClass.EXPOSURE_MISMATCH) == []
    with pytest.raises(NotPermitted, match="End it first"):
        world.act(DANA, Close("expected", "fine"), case, "10:10")


def test_lifting_it_shows_all_again_and_closes_in_the_name_of_who_lifted_it() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    world.judge("09:01")
    sent(world, 5, "09:02")
    world.settle("10:00", counted(20, "10:00"), counted(20, "10:00", system=ERP))
    world.act(LEE, Uncap("dried and counted"), case, "10:10")
    world.judge("10:11")
    assert world.wanted() == [20]
    assert world.newest(case).stopped
    sent(world, 20, "10:12")
    ended = world.newest(case)
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Lee", "dried and counted")
    assert not ended.stopped


def test_what_can_be_sold_may_fall_below_the_cap_and_rises_only_to_it() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    world.judge("09:01")
    sent(world, 5, "09:02")
    world.judge("09:10", counted(3, "09:10"))
    assert world.wanted() == [3]
    sent(world, 3, "09:11")
    world.judge("11:00", counted(30, "11:00"))
    world.judge("12:00", counted(30, "12:00"))
    assert world.wanted() == [5]


def test_lifting_it_while_counts_differ_needs_somebody_who_may_approve() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "two pallets are wet"), case, "09:00")
    with pytest.raises(NotPermitted, match="Lifting it anyway needs <@U0LEE> or <@U0ANA>"):
        world.act(DANA, Uncap("let us sell"), case, "09:10")
    assert ANA in world.view(case, "09:10").approvers


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (Cap(ListingId("shop:nothing"), 5, "wet"), BadInput),
        (Cap(ListingId("own"), 5, " "), ReasonRequired),
        (Cap(ListingId("own"), 20, "wet"), BadInput),
    ],
)
def test_what_cannot_be_is_said(act: Cap, error: type[Exception]) -> None:
    world, case, listing = differing()
    chosen = listing if act.listing == "own" else act.listing
    with pytest.raises(error):
        world.act(DANA, Cap(chosen, act.units, act.reason), case, "09:00")


def test_a_second_cap_only_goes_below_the_first() -> None:
    world, case, listing = differing()
    world.act(DANA, Cap(listing, 5, "wet"), case, "09:00")
    with pytest.raises(AlreadyHandled, match="capped at 5"):
        world.act(LEE, Cap(listing, 8, "wet"), case, "09:01")
    world.act(LEE, Cap(listing, 2, "wetter"), case, "09:02")
    world.judge("09:03")
    assert world.wanted() == [2]


@pytest.mark.parametrize(("mode", "says"), [("shadow", "is in shadow"), ("guard", "do not write quantities")])
def test_where_we_write_no_quantities_nothing_can_be_capped(mode: str, says: str) -> None:
    world, case, listing = differing(mode)
    with pytest.raises(NotPermitted, match=says):
        world.act(DANA, Cap(listing, 5, "wet"), case, "09:00")
    assert SHOP in world.policy.systems
