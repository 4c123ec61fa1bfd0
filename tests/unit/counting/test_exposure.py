"""What customers are offered, and whether we know why."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sync.counting.subsets import reaches
from sync.exposure import Exposure, explained_by_us, exposure, unexplained_level
from sync.model.facts import DoorState, Fact
from sync.model.stock import Listing, SkuState
from tests.builders import (
    ACME,
    RENO,
    SHOP,
    When,
    a_listing,
    a_policy,
    at,
    cancelled,
    folded,
    level,
    line,
    returned,
)

POLICY = a_policy()


def shown(*facts: Fact, listing: Listing | None = None) -> Exposure:
    return exposure(folded(POLICY, *facts), listing or a_listing(), POLICY, at("23:00"))


def both(*facts: Fact, listing: Listing | None = None) -> tuple[int | None, int | None]:
    found = shown(*facts, listing=listing)
    return found.units_low, found.units_high


def unexplained(*facts: Fact, published: tuple[int, When, When] | None = (9, "10:00", "10:00:01")) -> int | None:
    listing = a_listing(published=published)
    return unexplained_level(folded(POLICY, *facts), listing, POLICY, at("23:00"))


def test_a_level_is_what_customers_see() -> None:
    found = shown(level(9, "10:00"))
    assert (found.kind, found.units_low, found.units_high, found.sentence) == (
        "number",
        9,
        9,
        "Customers see 9\u00a0units.",
    )
    assert found.raw_at(RENO) == 9
    assert not found.unsure


def test_the_channels_own_orders_after_the_level_are_off() -> None:
    assert both(level(9, "10:00"), line("1", 2, "10:30")) == (7, 7)


def test_orders_long_before_the_level_are_in_it() -> None:
    assert both(level(9, "10:00"), line("1", 2, "09:30")) == (9, 9)


def test_an_order_told_late_may_have_been_in_the_level_all_along() -> None:
    """First heard of at 14:00 by an update, placed at 09:00; the level is of 10:00."""
    found = shown(level(9, "10:00"), line("1", 2, "14:00", placed="09:00"))
    assert (found.units_low, found.units_high, found.unsure) == (7, 9, True)


def test_what_is_unsure_stays_in_for_oversell_risk_and_out_for_hidden_stock() -> None:
    same_second = (level(9, "10:00", "10:00:01"), line("1", 2, "10:00:01"))
    assert both(*same_second) == (7, 9)
    assert both(level(9, "10:00", "10:00:01"), line("1", 2, "09:00"), cancelled("1", 2, "10:00")) == (9, 11)


def test_a_cancellation_and_a_restock_after_the_level_are_back_in() -> None:
    facts = (level(9, "10:00"), line("1", 2, "09:30"), cancelled("1", 2, "10:30"), returned(1, "10:40", system=SHOP))
    assert both(*facts) == (12, 12)


def test_an_edit_moves_the_level_by_its_difference() -> None:
    facts = (level(9, "10:00"), line("1", 2, "09:30"), line("1", 5, "11:00", placed="09:30"))
    assert both(*facts) == (6, 9)


def test_orders_of_other_channels_do_not_move_this_ones_level() -> None:
    from sync.model.ids import SystemId

    assert both(level(9, "10:00"), line("1", 2, "10:30", channel=SystemId("amazon-us"))) == (9, 9)


def test_an_order_that_our_publish_explains_is_not_taken_off_a_second_time() -> None:
    """We published 10, one was bought, and the level of that very second is 9: the order is in it."""
    listing = a_listing(published=(10, "09:00", "09:00:01"))
    assert both(level(9, "10:00", "10:00:01"), line("1", 1, "10:00"), listing=listing) == (9, 9)


def test_a_confirmed_publish_after_the_level_is_what_customers_see() -> None:
    listing = a_listing(published=(4, "10:05", "10:05:01"))
    assert both(level(9, "10:00"), listing=listing) == (4, 4)
    assert both(level(9, "10:00"), line("1", 1, "10:30"), listing=listing) == (3, 3)
    assert both(level(9, "10:00"), listing=a_listing(published=(4, "10:05", "10:05:01"), confirmed=False)) == (9, 9)


def test_a_level_read_while_we_were_writing_may_be_either() -> None:
    assert both(level(9, "10:05", "10:06"), listing=a_listing(published=(4, "10:05:30", "10:05:40"))) == (4, 9)


def test_a_level_below_zero_offers_nothing() -> None:
    found = shown(level(-1, "10:00"))
    assert (found.units_high, found.raw_at(RENO)) == (0, -1)


def test_two_levels_that_differ_ask_for_a_read() -> None:
    found = shown(level(7, "10:00"), level(9, "10:00"))
    assert (found.units_high, found.unsure) == (7, True)


def test_closed_doors_offer_nothing_and_hide_no_stock() -> None:
    doors = (DoorState("1", open=False), DoorState("2", open=False))
    found = shown(level(9, "10:00"), listing=a_listing(doors=doors, stopped=True))
    assert (found.units_high, found.units_low, found.offered_if_resumed, found.live) == (0, None, 9, False)
    assert found.sentence == "Customers cannot buy it: paused by us."


def test_one_open_door_of_two_is_one_exposure() -> None:
    doors = (DoorState("1", open=False), DoorState("2", open=True))
    assert both(level(9, "10:00"), listing=a_listing(doors=doors)) == (9, 9)


def test_what_is_not_counted_or_sold_below_zero_is_without_limit() -> None:
    for listing in (a_listing(tracked=False), a_listing(sells_below_zero=True)):
        found = shown(level(9, "10:00"), listing=listing)
        assert (found.kind, found.units_high) == ("unlimited", None)


def test_a_level_never_read_is_unknown() -> None:
    assert shown().kind == "unknown"


@pytest.mark.parametrize(("live", "kind"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_a_channel_without_numbers_says_yes_or_no(live: bool | None, kind: str) -> None:
    guarded = a_policy(channel={"mode": "guard"})
    assert exposure(SkuState(a_listing().sku), a_listing(live=live), guarded, at("23:00")).kind == kind


# -- echoes and overrides ----------------------------------------------------------------------------------------------


def test_f20_our_own_number_coming_back_is_explained() -> None:
    assert unexplained(level(9, "10:00", "10:00:01")) is None


def test_f20_an_echo_of_an_older_publish_says_nothing_of_the_newer() -> None:
    assert unexplained(level(12, "09:30")) is None


def test_f20_our_number_less_some_of_the_channels_own_sales_is_explained() -> None:
    orders = (line("1", 2, "10:10"), line("2", 3, "10:20"), line("3", 1, "10:30"))
    for units in (9, 7, 6, 8, 4, 5, 3):
        assert unexplained(level(units, "10:40"), *orders) is None
    assert unexplained(level(2, "10:40"), *orders) == 2


def test_f20_a_sale_before_our_publish_explains_nothing_after_it() -> None:
    assert unexplained(level(7, "10:40"), line("1", 2, "09:30")) == 7


def test_f20_a_sale_after_the_level_cannot_be_in_it() -> None:
    assert unexplained(level(7, "10:40"), line("1", 2, "10:50")) == 7


def test_f21_a_level_set_by_hand_is_explained_by_nothing() -> None:
    assert unexplained(level(50, "10:40"), line("1", 2, "10:10")) == 50


def test_f21_a_restock_by_the_shop_explains_a_higher_level() -> None:
    assert unexplained(level(10, "10:40"), returned(1, "10:39:59", system=SHOP), line("1", 1, "10:10")) is None


def test_without_a_confirmed_publish_nothing_is_an_override() -> None:
    assert unexplained(level(50, "10:40"), published=None) is None
    listing = a_listing(published=(9, "10:00", "10:00:01"), confirmed=False)
    assert unexplained_level(folded(POLICY, level(50, "10:40")), listing, POLICY, at("23:00")) is None


def test_a_level_is_explained_by_our_publish_at_its_own_place_only() -> None:
    state = folded(POLICY, level(9, "10:40"))
    elsewhere = replace(a_listing(), published=())
    assert not explained_by_us(elsewhere, state.positions[0], state.lines, POLICY)


def test_three_hundred_orders_are_searched_in_no_time() -> None:
    changes = [-(1 + number % 7) for number in range(300)]
    begin = time.perf_counter()
    assert reaches(2_000, changes, 2_000 - 613)
    assert not reaches(2_000, changes, 2_001)
    assert time.perf_counter() - begin < 0.5


def test_one_number_for_all_places_is_lowered_by_an_order_wherever_it_leaves_from() -> None:
    elsewhere = line("1", 2, "10:20", location=ACME)
    assert unexplained(level(7, "10:30"), elsewhere) is None
    assert unexplained(level(8, "10:30"), elsewhere) == 8
    assert shown(level(9, "10:00"), elsewhere).units_high == 7


def test_a_place_that_has_a_level_of_its_own_keeps_its_orders() -> None:
    elsewhere = line("1", 2, "10:20", location=ACME)
    assert unexplained(level(7, "10:30"), level(3, "10:30", location=ACME), elsewhere) == 7
