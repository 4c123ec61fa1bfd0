"""Facts become positions, lines and listings, whatever order they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.ledger import closed_lines, cover, fold
from sync.model.stock import Position, SkuState
from sync.promise import number_of, pool
from tests.builders import (
    RENO,
    SHOP,
    SKU,
    WMS,
    a_policy,
    acknowledged,
    as_of,
    at,
    cancelled,
    changed,
    counted,
    folded,
    level,
    line,
    listed,
    received,
    returned,
    shipped,
    snapshot,
)

POLICY = a_policy()


def position(state: SkuState, system: str = WMS) -> Position:
    return next(one for one in state.positions if one.system == system)


def units(state: SkuState, system: str = WMS) -> int:
    number = number_of(position(state, system), POLICY, at("23:00"))
    assert number is not None
    return number.units


def left(state: SkuState, now: str = "23:00") -> int:
    return pool(state, SHOP, POLICY, at(now)).units


def test_f02_paid_before_created_is_the_same_order() -> None:
    created, paid = line("1001", 2, "10:00", pending=True), line("1001", 2, "10:01", placed="10:00")
    assert folded(POLICY, paid, created) == folded(POLICY, created, paid)
    assert left(folded(POLICY, counted(10, "09:00"), paid, created)) == 8


def test_f02_a_step_before_its_order_waits_for_nothing() -> None:
    early = folded(POLICY, counted(10, "09:00"), shipped("1001", 2, "11:00"))
    assert left(early) == 8
    assert folded(POLICY, line("1001", 5, "10:00"), onto=early) == folded(
        POLICY, line("1001", 5, "10:00"), shipped("1001", 2, "11:00"), counted(10, "09:00")
    )


def test_f03_a_second_delivery_changes_nothing() -> None:
    facts = (
        counted(10, "09:00"),
        line("1001", 2, "10:00"),
        cancelled("1001", 1, "10:30"),
        shipped("1001", 1, "11:00"),
        acknowledged("1001", 2, "10:05"),
        returned(1, "12:00"),
        listed("09:00", buyable=True, tracked=True),
    )
    once = folded(POLICY, *facts)
    assert folded(POLICY, *facts, onto=once) == once
    assert folded(POLICY, *facts, *facts) == once


def test_f08_an_old_statement_replayed_moves_nothing() -> None:
    now = folded(POLICY, counted(10, "09:00"), counted(4, "10:00"))
    assert folded(POLICY, counted(10, "09:00"), onto=now) == now


def test_f18_a_snapshot_older_than_orders_neither_loses_nor_doubles_them() -> None:
    """As of 02:00, arriving at 02:20, with orders at 02:10 and one shipped long before."""
    orders = (line("1001", 2, "02:10"), line("1000", 3, "-1 20:00"), shipped("1000", 3, "-1 22:00"))
    assert left(folded(POLICY, counted(10, "02:00", "02:05"), onto=folded(POLICY, *orders))) == 8


def test_f60_of_two_levels_within_one_second_the_lower_counts_and_a_read_is_wanted() -> None:
    both = folded(POLICY, level(7, "10:00", "10:00:01"), level(9, "10:00", "10:00:01"))
    assert (position(both, SHOP).statement.count.available, position(both, SHOP).conflicting) == (7, True)  # type: ignore[union-attr]
    assert both == folded(POLICY, level(9, "10:00", "10:00:01"), level(7, "10:00", "10:00:01"))


def test_f60_a_newer_level_settles_the_conflict() -> None:
    both = folded(POLICY, level(7, "10:00", "10:00:01"), level(9, "10:00", "10:00:01"))
    assert not position(folded(POLICY, level(8, "10:05"), onto=both), SHOP).conflicting


def test_a_second_telling_that_adds_a_bucket_is_no_conflict() -> None:
    seen = position(folded(POLICY, level(7, "10:00"), level(7, "10:00", on_hand=9)), SHOP)
    assert seen.statement is not None
    assert (seen.statement.count.on_hand, seen.statement.count.available, seen.conflicting) == (9, 7, False)


def test_a_source_that_numbers_its_statements_is_believed_over_its_stamps() -> None:
    state = folded(POLICY, counted(4, "10:00", sequence=8), counted(10, "10:05", sequence=7))
    assert units(state) == 4


def test_unknown_is_never_zero() -> None:
    state = folded(POLICY, counted(None, "10:00", available=3))
    assert number_of(position(state), POLICY, at("11:00")) is None


def test_f61_an_unchanged_number_is_a_new_count() -> None:
    """10 at two, +5 at three, 10 at four: 10, not 15."""
    before = folded(POLICY, counted(10, "02:00"), received(5, "03:00"))
    assert units(before) == 15
    assert units(folded(POLICY, counted(10, "04:00"), onto=before)) == 10
    assert units(cover(before, WMS, RENO, as_of("04:00"), POLICY)) == 10
    assert units(folded(POLICY, snapshot("03:55", "04:00"), onto=before)) == 10


def test_an_older_coverage_does_not_take_a_newer_one_back() -> None:
    covered = cover(folded(POLICY, counted(10, "02:00")), WMS, RENO, as_of("04:00"), POLICY)
    assert cover(covered, WMS, RENO, as_of("03:00"), POLICY) == covered


def test_coverage_of_another_place_or_system_is_not_ours() -> None:
    before = folded(POLICY, counted(10, "02:00"))
    assert cover(before, SHOP, RENO, as_of("04:00"), POLICY) == before


def test_a_movement_long_before_the_number_is_dropped() -> None:
    assert position(folded(POLICY, counted(10, "10:00"), received(5, "09:00"))).movements == ()


def test_f64_a_refund_by_webhook_and_by_the_catch_up_poll_is_one_restock() -> None:
    webhook = returned(1, "12:00", system=SHOP, key="refund:509562969:1")
    state = folded(POLICY, level(4, "11:00"), webhook)
    again = folded(POLICY, returned(1, "12:00", system=SHOP, key="refund:509562969:1"), onto=state)
    assert again == state
    assert [one.change.on_hand for one in position(state, SHOP).movements] == [1]


def test_f01_the_same_fact_twice_in_one_batch_counts_once() -> None:
    assert units(folded(POLICY, counted(10, "09:00"), received(5, "10:00"), received(5, "10:00"))) == 15


def test_the_same_key_from_two_systems_is_two_facts() -> None:
    state = folded(POLICY, shipped("1", 1, "10:00", key="7"), shipped("1", 1, "10:00", key="7", system=WMS))
    assert len(state.lines[0].shipped) == 2


def test_a_pick_that_names_its_order_is_on_the_line_also_when_the_order_is_not_known_yet() -> None:
    pick = changed(-2, "10:30", order="1001")
    early = folded(POLICY, counted(10, "10:00"), pick)
    assert early.lines[0].key == (SHOP, "1001", "1", SKU)
    assert left(folded(POLICY, line("1001", 2, "10:10"), onto=early)) == 8


def test_putting_a_picked_unit_back_takes_the_naming_back() -> None:
    facts = (counted(10, "10:00"), line("1001", 2, "10:10"), changed(-2, "10:30", order="1001"))
    assert left(folded(POLICY, *facts, changed(2, "10:40", order="1001"))) == 8


def test_the_newest_statement_that_names_a_place_assigns_the_line() -> None:
    state = folded(POLICY, line("1", 1, "10:00", location=RENO), line("1", 1, "10:05", placed="10:00"))
    assert state.lines[0].location == RENO


def test_nothing_new_leaves_the_state_as_it_is() -> None:
    state = folded(POLICY, counted(10, "10:00"), line("1", 1, "10:00"), listed("09:00", buyable=True))
    assert fold(state, (), POLICY) == state


def test_order_lines_keep_the_earliest_arrival() -> None:
    late = replace(line("1", 1, "10:00"), received_at=at("12:00"))
    early = replace(line("1", 1, "10:00"), received_at=at("10:01"))
    assert folded(POLICY, late, early).lines == folded(POLICY, early, late).lines


# -- listings ----------------------------------------------------------------------------------------------------------


def test_a_fact_that_tells_only_the_cost_does_not_forget_the_doors() -> None:
    doors, item = listed("10:00", doors={"1": True}, buyable=True), listed("11:00", variant=None, tracked=True)
    for order in ((doors, item), (item, doors)):
        [listing] = folded(POLICY, *order).listings
        assert (listing.id, listing.live, listing.tracked) == ("shop:39", True, True)


def test_an_older_full_statement_fills_what_a_newer_partial_one_left_open() -> None:
    newer, older = listed("11:00", sells_below_zero=False), listed("10:00", sells_below_zero=True, doors={"1": False})
    [listing] = folded(POLICY, newer, older).listings
    assert (listing.sells_below_zero, listing.live) == (False, False)


def test_two_variants_are_two_listings() -> None:
    state = folded(POLICY, listed("10:00", variant="39", item="71"), listed("10:00", variant="40", item="72"))
    assert [one.id for one in state.listings] == ["shop:39", "shop:40"]


def test_a_reading_of_the_doors_moves_when_the_listing_was_seen_and_a_cost_does_not() -> None:
    [listing] = folded(POLICY, listed("10:00", buyable=True), listed("11:00", tracked=True)).listings
    assert listing.seen == as_of("10:00")


def test_what_we_know_of_our_own_stop_survives_what_the_channel_tells() -> None:
    state = folded(POLICY, listed("10:00", buyable=True))
    stopped = replace(state, listings=tuple(replace(one, stopped=True, saved_doors=("1",)) for one in state.listings))
    [listing] = folded(POLICY, listed("11:00", buyable=False), onto=stopped).listings
    assert (listing.stopped, listing.saved_doors, listing.live) == (True, ("1",), False)


# -- putting lines aside -----------------------------------------------------------------------------------------------

LATER = at("10:00") + timedelta(days=5)


def closed(*facts: object, now: object = LATER) -> bool:
    return bool(closed_lines(folded(POLICY, *facts), POLICY, now))  # type: ignore[arg-type]


def test_a_line_shipped_and_booked_long_ago_is_put_aside() -> None:
    assert closed(line("1", 1, "10:00"), shipped("1", 1, "11:00"), counted(4, LATER))


def test_a_cancelled_line_is_put_aside_after_two_days() -> None:
    facts = (line("1", 1, "10:00"), cancelled("1", 1, "11:00"))
    assert closed(*facts)
    assert not closed(*facts, now=at("12:00"))


@pytest.mark.parametrize(
    "facts",
    [
        (line("1", 2, "10:00"), shipped("1", 1, "11:00"), counted(4, LATER)),
        (line("1", 1, "10:00"), shipped("1", 1, "11:00"), counted(4, "11:10")),
        (line("1", 1, "10:00"), shipped("1", 1, "11:00"), counted(4, LATER), level(4, "10:30")),
    ],
    ids=["one unit is still to be shipped", "the number may not have it off", "the channel's level is older"],
)
def test_a_line_that_could_weigh_again_stays(facts: tuple[object, ...]) -> None:
    assert not closed(*facts)


def test_lines_that_share_steps_of_their_order_are_put_aside_together() -> None:
    """Three shipped of an order of 3 and 2: with the first line gone, its parcel would be taken for the second's."""
    order = (line("1", 3, "10:00", order_line="7"), line("1", 2, "10:00", order_line="8"))
    parcel = shipped("1", 3, "10:30", order_line="")
    assert not closed(*order, parcel, counted(10, LATER))
    assert closed(*order, parcel, shipped("1", 2, "10:40", order_line="8"), counted(8, LATER))


def test_order_steps_without_a_line_reach_the_order() -> None:
    early = folded(POLICY, shipped("1", 3, "10:30", order_line=""), counted(10, "12:00"))
    state = folded(POLICY, line("1", 3, "10:00", order_line="7"), line("1", 2, "10:00", order_line="8"), onto=early)
    assert left(state) == 8
