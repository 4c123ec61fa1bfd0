"""What order lines weigh: units that the deciding number certainly does not have off yet."""

from __future__ import annotations

from sync.model.facts import Fact
from sync.model.ids import SystemId
from sync.promise import Pool, pool, promise
from tests.builders import (
    ACME,
    CARRIER,
    ERP,
    RENO,
    SHOP,
    VENDOR,
    When,
    a_channel,
    a_listing,
    a_policy,
    a_source,
    acknowledged,
    at,
    cancelled,
    changed,
    counted,
    folded,
    line,
    returned,
    shipped,
)

ON_HAND = a_policy()
AVAILABLE = a_policy(wms={"basis": "available"})
TWO_PLACES = a_policy(
    channel={"locations": ["reno", "acme"]},
    systems={"acme-dropship": a_source(trust="vendor")},
    deciders={"acme": ["acme-dropship"]},
)


def drawn(*facts: Fact, policy: object = ON_HAND, now: When = "23:00") -> Pool:
    return pool(folded(policy, *facts), SHOP, policy, at(now))  # type: ignore[arg-type]


def left(*facts: Fact, policy: object = ON_HAND, now: When = "23:00") -> int:
    return drawn(*facts, policy=policy, now=now).units


def available(units: int, when: When, until: When | None = None) -> Fact:
    return counted(None, when, until, available=units)


def test_an_order_weighs_from_the_moment_it_is_known() -> None:
    assert left(counted(10, "09:00"), line("1", 3, "10:00")) == 7


def test_f09_two_checkouts_of_the_last_unit_are_an_oversell_that_names_both() -> None:
    found = drawn(counted(1, "09:00"), line("1001", 1, "10:00"), line("1002", 1, "10:00"))
    assert found.units == -1
    assert [one.order for one, _ in found.held] == ["1001", "1002"]
    state = folded(ON_HAND, counted(1, "09:00"), line("1001", 1, "10:00"), line("1002", 1, "10:00"))
    assert promise(state, a_listing(), ON_HAND, at("10:01")).units == 0


def test_f10_four_units_and_120_buyers() -> None:
    orders = [line(str(1000 + number), 1, "10:00") for number in range(120)]
    found = drawn(counted(4, "09:00"), *orders)
    assert found.units == 4 - 120
    assert len(found.held) == 120


def test_f11_cancelled_after_shipment_gives_nothing_back() -> None:
    facts = (line("1", 5, "10:00"), shipped("1", 5, "11:00"), cancelled("1", 5, "12:00"))
    assert left(counted(10, "09:00"), *facts) == 5
    assert left(counted(5, "13:00"), *facts) == 5


def test_f12_money_back_puts_no_unit_back_a_return_to_the_shelf_does_and_a_damaged_one_is_quarantined() -> None:
    policy = a_policy(wms={"contains": ["quarantined"]})
    sold = (counted(9, "12:00", quarantined=0), line("1", 1, "10:00"), shipped("1", 1, "11:00"))
    assert left(*sold, policy=policy) == 9
    assert left(*sold, returned(1, "13:00"), policy=policy) == 10
    assert left(*sold, returned(1, "13:00", quarantined=1), policy=policy) == 9


def test_f13_a_return_said_by_the_shop_moves_no_position_of_the_warehouse() -> None:
    assert left(counted(9, "12:00"), returned(1, "13:00", system=SHOP)) == 9


def test_f48_a_pending_order_weighs_until_it_expires_and_again_once_it_is_paid() -> None:
    policy = a_policy(channel={"pending_orders_weigh_for": "1 h"})
    seen = (counted(10, "09:00"), line("1", 2, "10:00", pending=True))
    assert left(*seen, policy=policy, now="11:00") == 8
    assert left(*seen, policy=policy, now="11:01") == 10
    assert left(*seen, line("1", 2, "15:00", placed="10:00"), policy=policy, now="16:00") == 8


def test_a_pending_order_that_was_shipped_all_the_same_does_not_expire() -> None:
    policy = a_policy(channel={"pending_orders_weigh_for": "1 h"})
    facts = (counted(10, "09:00"), line("1", 2, "10:00", pending=True), shipped("1", 1, "10:30"))
    assert left(*facts, policy=policy) == 9


def test_a_paid_order_never_ends_by_age() -> None:
    assert left(counted(10, "20:00"), line("1", 2, "-30 10:00")) == 8


def test_f56_of_a_partial_shipment_the_rest_goes_on_weighing() -> None:
    facts = (line("1", 5, "10:00"), shipped("1", 2, "11:00"))
    assert left(counted(8, "12:00"), *facts) == 5


def test_f57_of_an_edit_that_adds_units_only_what_the_source_knew_is_off() -> None:
    facts = (line("1", 1, "10:00"), line("1", 3, "12:00", placed="10:00"))
    assert left(available(9, "12:05"), *facts, policy=AVAILABLE) == 7
    assert left(available(7, "12:20"), *facts, policy=AVAILABLE) == 7


def test_f57_an_edit_down_that_the_source_may_have_heard_of_is_not_taken_for_known() -> None:
    """3, then 1, then 3 again: at 12:05 the source has off 3 or 1, so 2 may still come off."""
    facts = (line("1", 3, "10:00"), line("1", 1, "12:00", placed="10:00"), line("1", 3, "13:00", placed="10:00"))
    assert left(available(9, "12:05"), *facts, policy=AVAILABLE) == 7


def test_f57_units_added_after_a_cancellation_are_not_hidden_by_it() -> None:
    """5 ordered, 2 cancelled, 2 added: the source knew of the first two steps and has 3 off."""
    facts = (line("1", 5, "10:00"), cancelled("1", 2, "11:00"), line("1", 7, "13:00", placed="10:00"))
    assert left(available(7, "12:00"), *facts, policy=AVAILABLE) == 5


def test_f58_a_label_bought_at_noon_and_booked_at_four_does_not_sell_the_parcel_on_the_dock_again() -> None:
    policy = a_policy(wms={"books_within": "5 h"})
    facts = (line("1", 1, "10:00"), shipped("1", 1, "12:00"))
    assert left(counted(10, "14:00"), *facts, policy=policy) == 9
    assert left(counted(9, "17:01"), *facts, policy=policy) == 9


def test_f19_a_clock_that_may_be_seven_minutes_off_proves_nothing_within_seven_minutes() -> None:
    policy = a_policy(wms={"books_within": "0 min", "clock_margin": "7 min"})
    facts = (line("1", 1, "10:00"), shipped("1", 1, "12:00"))
    assert left(counted(10, "12:06"), *facts, policy=policy) == 9
    assert left(counted(9, "12:08"), *facts, policy=policy) == 9


def test_f63_one_shipment_told_by_three_systems_is_off_once() -> None:
    tellers = [shipped("1", 2, "11:00", system=system) for system in (SHOP, CARRIER, ERP)]
    assert left(counted(8, "12:00"), line("1", 5, "10:00"), *tellers) == 5


def test_a_shipment_that_its_warehouse_names_is_off_at_once() -> None:
    order, pick = line("1", 2, "10:00"), changed(-2, "10:30", order="1")
    assert left(counted(10, "10:10"), order, pick) == 8
    assert left(counted(8, "10:31"), order, pick) == 8


def test_a_pick_named_by_another_system_ends_no_weight() -> None:
    assert left(counted(10, "10:10"), line("1", 2, "10:00"), changed(-2, "10:30", order="1", system=ERP)) == 8


def test_f65_cancelling_an_unshipped_unit_frees_one() -> None:
    order = (counted(10, "09:00"), line("1", 1, "10:00"))
    assert left(*order) == 9
    assert left(*order, cancelled("1", 1, "11:00")) == 10
    assert left(*order, cancelled("1", 1, "11:00"), returned(1, "11:00", system=SHOP)) == 10


def test_f65_told_by_shop_and_middleware_it_is_still_one() -> None:
    order = (counted(10, "09:00"), line("1", 2, "10:00"))
    assert left(*order, cancelled("1", 1, "11:00"), cancelled("1", 1, "11:01", system=ERP)) == 9


def test_an_available_number_has_an_order_off_once_it_was_ordered_long_enough_before() -> None:
    assert left(available(10, "10:10"), line("1", 3, "10:00"), policy=AVAILABLE) == 7
    assert left(available(7, "10:16"), line("1", 3, "10:00"), policy=AVAILABLE) == 7


def test_an_available_number_has_an_acknowledged_order_off_at_once() -> None:
    facts = (line("1", 3, "10:00"), acknowledged("1", 3, "10:01"))
    assert left(available(7, "10:02"), *facts, policy=AVAILABLE) == 7
    assert left(available(10, "10:02"), *facts[:1], acknowledged("1", 3, "10:03"), policy=AVAILABLE) == 7


def test_an_available_number_has_off_what_was_shipped_though_it_never_learned_of_the_order() -> None:
    facts = (line("1", 3, "10:00"), shipped("1", 3, "10:00"))
    policy = a_policy(wms={"basis": "available", "learns_within": "5 h"})
    assert left(available(7, "11:00"), *facts, policy=policy) == 7


def test_a_shipment_without_a_known_order_weighs_until_it_is_booked() -> None:
    assert left(counted(10, "09:00"), shipped("1", 2, "10:00")) == 8
    assert left(counted(8, "11:00"), shipped("1", 2, "10:00")) == 8


def test_an_unassigned_order_is_off_only_when_all_its_places_have_it_off() -> None:
    facts = (line("1", 2, "10:00"), shipped("1", 2, "10:30"))
    reno, acme = counted(5, "12:00"), counted(9, "10:00", system=VENDOR, location=ACME)
    assert left(reno, acme, *facts, policy=TWO_PLACES) == 12
    assert left(reno, counted(9, "12:00", system=VENDOR, location=ACME), *facts, policy=TWO_PLACES) == 14


def test_an_assigned_order_weighs_at_its_place_only() -> None:
    both = (counted(5, "09:00"), counted(9, "09:00", system=VENDOR, location=ACME))
    policy = a_policy(
        systems={
            "acme-dropship": a_source(trust="vendor"),
            "shop-eu": a_channel(locations=["acme"]),
        },
        deciders={"acme": ["acme-dropship"]},
    )
    elsewhere = line("1", 2, "10:00", location=ACME, channel=SHOP)
    assert left(*both, elsewhere, policy=policy) == 5


def test_an_unassigned_order_does_not_weigh_where_its_channel_cannot_draw() -> None:
    policy = a_policy(
        systems={"acme-dropship": a_source(trust="vendor"), "shop-eu": a_channel(locations=["acme"])},
        deciders={"acme": ["acme-dropship"]},
    )
    assert left(counted(5, "09:00"), line("1", 2, "10:00", channel=SystemId("shop-eu")), policy=policy) == 5


def test_a_parcel_that_names_its_place_weighs_there_and_the_rest_anywhere() -> None:
    """5 ordered: 2 left Reno and 2 left Acme, neither booked yet, one is open: nothing is off anywhere."""
    facts = (
        line("1", 5, "10:00"),
        shipped("1", 2, "11:00", location=RENO, key="a"),
        shipped("1", 2, "11:00", location=ACME, key="b"),
    )
    numbers = (counted(10, "11:05"), counted(10, "11:05", system=VENDOR, location=ACME))
    assert left(*numbers, *facts, policy=TWO_PLACES) == 15
    booked = (counted(8, "12:00"), counted(8, "12:00", system=VENDOR, location=ACME))
    assert left(*booked, *facts, policy=TWO_PLACES) == 15


def test_the_same_parcel_picked_by_name_and_shipped_is_off_once() -> None:
    """5 ordered; 2 picked by name and shipped long ago, 2 more shipped without a pick that names them: 3 weigh, then 1."""
    facts = (line("1", 5, "10:00"), changed(-2, "10:30", order="1"), shipped("1", 2, "10:31"))
    assert left(counted(8, "11:30"), *facts) == 5
    assert left(counted(6, "11:45"), *facts, shipped("1", 2, "11:00", key="b")) == 5


def test_a_pick_by_name_is_not_taken_for_a_parcel_that_names_its_place() -> None:
    """4 ordered from Reno; Acme picked 3 by name, which left from a place not told, and 1 more is on its way: that one weighs."""
    facts = (
        line("1", 4, "10:00", location=RENO),
        changed(-3, "10:25", order="1", system=VENDOR, location=ACME),
        shipped("1", 3, "10:30"),
        shipped("1", 1, "11:55", location=ACME),
    )
    numbers = (counted(10, "12:00"), counted(10, "12:00", system=VENDOR, location=ACME))
    assert left(*numbers, *facts, policy=TWO_PLACES) == 19


AVAILABLE_IN_TWO = a_policy(
    wms={"basis": "available"},
    channel={"locations": ["reno", "acme"]},
    systems={"acme-dropship": a_source(trust="vendor", basis="available")},
    deciders={"acme": ["acme-dropship"]},
)


def test_a_place_learns_of_an_order_only_once_it_is_assigned_there() -> None:
    facts = (line("1", 2, "10:00"), line("1", 2, "12:00", placed="10:00", location=RENO))
    assert left(available(10, "12:05"), *facts, policy=AVAILABLE_IN_TWO) == 8
    assert left(available(8, "12:20"), *facts, policy=AVAILABLE_IN_TWO) == 8


def test_an_order_that_moved_is_owed_where_it_went() -> None:
    """At Reno by 10:00, at Acme by 12:00: Acme's number of 12:05 does not have it off, Reno's has no more to do with it."""
    facts = (line("1", 2, "10:00", location=RENO), line("1", 2, "12:00", placed="10:00", location=ACME))
    acme = counted(None, "12:05", available=10, system=VENDOR, location=ACME)
    assert left(available(5, "11:00"), acme, *facts, policy=AVAILABLE_IN_TWO) == 13


def test_an_acknowledgement_does_not_outlive_an_edit_down() -> None:
    """3 acknowledged, then 1, then 3 again: by 12:05 the source may have off 1 only."""
    facts = (
        line("1", 3, "11:50"),
        acknowledged("1", 3, "11:55"),
        line("1", 1, "12:00", placed="11:50"),
        line("1", 3, "12:30", placed="11:50"),
    )
    assert left(available(9, "12:05"), *facts, policy=AVAILABLE) == 7


def test_a_place_without_a_number_neither_adds_nor_holds() -> None:
    facts = (line("1", 2, "10:00"), shipped("1", 2, "10:30"))
    assert left(counted(5, "12:00"), *facts, policy=TWO_PLACES) == 5


def test_the_part_that_is_only_caution_is_told() -> None:
    shipped_lately = drawn(counted(10, "11:10"), line("1", 2, "10:00"), shipped("1", 2, "11:00"), line("2", 1, "11:05"))
    assert (shipped_lately.units, shipped_lately.caution) == (7, 2)


def test_the_terms_add_up_to_the_pool() -> None:
    found = drawn(counted(10, "11:10"), line("1", 2, "10:00"), changed(-1, "11:20"), changed(4, "11:30"))
    assert sum(term.units for term in found.terms) == found.units == 11
    assert [term.text for term in found.terms] == [
        "Reno 10 (wms, as of 11:10 UTC)",
        "+ arrived since 4",
        "\u2212 taken since 1",
        "\u2212 held 2",
    ]


def test_a_channel_that_policy_no_longer_lists_still_holds_what_it_sold() -> None:
    assert left(counted(10, "09:00"), line("1", 2, "10:00", channel=SystemId("gone"))) == 8


def test_an_order_that_may_leave_from_elsewhere_weighs_only_in_case() -> None:
    """Not assigned yet, and its channel has another place: the outlet's own shelf is kept free for it, but not sold beyond."""
    outlet = SystemId("outlet")
    policy = a_policy(
        channel={"locations": ["reno", "acme"]},
        systems={"acme-dropship": a_source(trust="vendor"), "outlet": a_channel(locations=["reno"])},
        deciders={"acme": ["acme-dropship"]},
    )
    numbers = (counted(1, "09:00"), counted(5, "09:00", system=VENDOR, location=ACME))
    found = pool(folded(policy, *numbers, line("1", 3, "10:00")), outlet, policy, at("23:00"))
    assert (found.units, found.caution) == (-2, 3)
    sure = pool(folded(policy, *numbers, line("1", 3, "10:00", location=RENO)), outlet, policy, at("23:00"))
    assert (sure.units, sure.caution) == (-2, 0)
