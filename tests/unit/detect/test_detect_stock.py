"""Two systems that differ, numbers below zero, orders that hold stock for ever."""

from __future__ import annotations

from typing import Any

import pytest
from detect_world import SkuWorld, a_world

from sync.model.exceptions import Direction, ExceptionClass
from sync.model.picture import Pace, Whole
from sync.path.judge import paces_of
from sync.policy.schema import Policy
from tests.builders import (
    ERP,
    RENO,
    SHOP,
    WMS,
    a_policy,
    a_source,
    at,
    cancelled,
    changed,
    counted,
    counted_by_hand,
    level,
    line,
    listed,
    received,
    returned,
    shipped,
)

VARIANCE = ExceptionClass.WMS_ERP_VARIANCE


def two_systems(erp: dict[str, Any] | None = None, **sections: Any) -> Policy:
    """A WMS that decides at Reno and an ERP that is compared."""
    systems = {"erp": a_source(**({"trust": "financial"} | (erp or {})))}
    return a_policy(systems=systems, classes={"wms_erp_variance": {"limit": {}}} | sections)


def shop_open(world: SkuWorld, units: int = 10) -> SkuWorld:
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(units, "08:00"))
    return world


def test_f62_equal_numbers_of_one_place_are_one_number_and_no_trouble() -> None:
    world = shop_open(a_world(two_systems()))
    verdict = world.settle("09:00", counted(10, "09:00"), counted(10, "09:00", system=ERP))
    assert verdict.picture.listings[0].promise.units == 10
    assert world.open(VARIANCE) == []


def test_numbers_of_one_time_that_differ_open_one_exception_after_they_settled() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(9, "09:00"), counted(16, "09:01", system=ERP))
    assert world.open(VARIANCE) == []
    world.judge("09:06")
    case = world.one(VARIANCE)
    assert (case.delta, case.fingerprint.direction) == (7, Direction.OVER)
    assert case.fingerprint.systems == (WMS, ERP)
    assert dict(case.evidence.facts) == {"decides": "9", "other": "16", "value": "287.00"}


def test_a_number_known_only_before_the_other_proves_nothing() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(16, "09:00", system=ERP))
    world.settle("12:00", counted(9, "12:00"))
    assert world.open(VARIANCE) == []


def test_it_stands_when_the_other_differs_from_the_numbers_before_and_after_it() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(12, "09:00"))
    world.judge("09:30", counted(20, "09:30", system=ERP))
    assert world.suspicions == {}
    world.judge("10:00", counted(9, "10:00"))
    world.judge("10:06")
    assert world.one(VARIANCE).delta == 8, "the surer of the two"


def test_it_does_not_stand_when_it_lies_between_them() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(12, "09:00"))
    world.judge("09:30", counted(10, "09:30", system=ERP))
    world.settle("10:00", counted(9, "10:00"))
    assert world.open(VARIANCE) == []


def test_a_count_by_a_person_is_held_against_the_system_too() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(16, "09:00"), counted(16, "09:00", system=ERP))
    world.settle("09:02", counted_by_hand(9, "09:02"))
    assert {case.fingerprint.systems[1] for case in world.open(VARIANCE)} == {WMS, ERP}


def test_an_order_that_one_system_has_off_already_is_no_difference() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(10, "09:00"), counted(10, "09:00", system=ERP))
    world.judge("09:20", line("1001", 3, "09:10"), shipped("1001", 3, "09:20", location=RENO))
    world.settle("09:30", counted(7, "09:30"), counted(10, "09:30", system=ERP))
    assert world.open(VARIANCE) == []


def test_what_one_system_moved_after_the_other_stated_its_number_is_no_difference() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(10, "09:00"), counted(10, "09:01", system=ERP))
    world.settle("09:30", changed(-7, "09:30"))
    assert world.open(VARIANCE) == []


def test_a_pick_that_one_system_names_may_be_off_the_other_too() -> None:
    world = shop_open(a_world(two_systems()))
    world.judge("09:00", counted(10, "09:00"), counted(10, "09:00", system=ERP))
    world.judge("09:10", line("1001", 6, "09:10", location=RENO), changed(-6, "09:20", order="1001"))
    world.settle("10:30", counted(4, "10:30"), counted(4, "10:30", system=ERP))
    assert world.open(VARIANCE) == []


def test_an_available_number_is_compared_by_what_orders_leave_of_both() -> None:
    world = shop_open(a_world(two_systems({"basis": "available"})))
    world.judge("09:00", line("1001", 3, "09:00", location=RENO))
    world.settle("10:00", counted(10, "10:00"), counted(None, "10:00", system=ERP, available=7))
    assert world.open(VARIANCE) == []


def test_it_clears_once_both_agree_and_only_then() -> None:
    world = shop_open(a_world(two_systems()))
    world.settle("09:00", counted(9, "09:00"), counted(16, "09:00", system=ERP))
    world.settle("11:00", counted(9, "11:00"))
    assert world.open(VARIANCE), "silence of one side is no agreement"
    world.settle("11:30", counted(9, "11:30"), counted(9, "11:30", system=ERP))
    assert world.open(VARIANCE) == []


def test_what_a_person_called_expected_stays_closed_until_it_grows() -> None:
    world = shop_open(a_world(two_systems()))
    world.settle("09:00", counted(9, "09:00"), counted(16, "09:00", system=ERP))
    world.closed(world.one(VARIANCE), "09:10")
    world.settle("09:30", counted(9, "09:30"), counted(16, "09:30", system=ERP))
    assert world.open(VARIANCE) == []
    world.settle("10:00", counted(9, "10:00"), counted(18, "10:00", system=ERP))
    assert world.one(VARIANCE).delta == 9


def test_advice_is_not_compared() -> None:
    world = shop_open(a_world(two_systems({"trust": "advisory"})))
    world.settle("09:00", counted(9, "09:00"), counted(16, "09:00", system=ERP))
    assert world.open(VARIANCE) == []


def test_nothing_is_raised_while_nobody_owns_the_difference() -> None:
    world = shop_open(a_world(two_systems()), 5)
    world.judge("08:30", counted(5, "08:30"), counted(5, "08:30", system=ERP))
    world.settle("09:00", counted(5, "09:00"), counted(9, "09:00", system=ERP))
    case = world.one(VARIANCE)
    world.judge("09:10", received(4, "09:10"))
    assert 9 not in world.wanted()
    world.owned(case)
    world.judge("09:12")
    assert world.wanted() == [9]


def test_f15_more_salable_than_there_is_is_found_with_its_cause() -> None:
    world = shop_open(a_world(two_systems()))
    world.settle("09:00", counted(9, "09:00", available=12))
    case = world.one(VARIANCE, "salable")
    assert case.delta == 3
    assert "12\u00a0units are salable at Reno, and 9 are there" in case.evidence.changed


def test_f17_a_number_that_is_the_sum_of_two_places_says_so() -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial"), "depot": a_source()},
        deciders={"reno": ["wms"], "acme": ["depot"]},
        classes={"wms_erp_variance": {"limit": {}}},
    )
    world = a_world(policy)
    from tests.builders import ACME, SystemId

    world.settle(
        "09:00",
        counted(10, "09:00"),
        counted(6, "09:00", system=SystemId("depot"), location=ACME),
        counted(16, "09:00", system=ERP),
    )
    assert "16 is the sum of Acme and Reno" in world.one(VARIANCE).evidence.changed


# -- limits ------------------------------------------------------------------------------------------------------------


def limited(**limit: Any) -> Policy:
    return two_systems(wms_erp_variance={"limit": limit})


@pytest.mark.parametrize(
    ("wms", "erp", "opens"), [(4, 5, False), (200, 260, True), (1000, 1150, False), (1000, 1210, True)]
)
def test_f53_units_percent_and_money_join_in_one_limit(wms: int, erp: int, opens: bool) -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial")},
        classes={"wms_erp_variance": {"limit": {"units": 2, "percent": 20, "money": 8400}}},
    )
    world = a_world(policy)
    world.settle("09:00", counted(wms, "09:00"), counted(erp, "09:00", system=ERP))
    assert bool(world.open(VARIANCE)) is opens


def test_f53_a_small_percentage_of_a_large_sku_opens_by_its_money() -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial")},
        classes={"wms_erp_variance": {"limit": {"units": 2, "percent": 20, "money": 8400}}},
    )
    world = a_world(policy)
    world.settle("09:00", counted(2000, "09:00"), counted(2206, "09:00", system=ERP))
    assert world.one(VARIANCE).delta == 206


def test_what_is_open_clears_below_a_lower_bound_only() -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial")},
        classes={"wms_erp_variance": {"limit": {"units": 4, "clears_at": "0.5"}}},
    )
    world = a_world(policy)
    for clock, erp, opened in (("09:00", 14, False), ("10:00", 15, True), ("11:00", 13, True), ("12:00", 12, False)):
        world.settle(clock, counted(10, clock), counted(erp, clock, system=ERP))
        assert bool(world.open(VARIANCE)) is opened, clock


@pytest.mark.parametrize(
    ("limits", "opens"),
    [
        ([{"family": "kettles", "units": 9}], False),
        ([{"family": "lamps", "units": 9}], True),
        ([{"sku": "KTL-17-BLK", "units": 9}], False),
        ([{"channel": "erp", "units": 9}], False),
        ([{"channel": "shop", "units": 9}], True),
        ([{"grade": "C", "units": 9}], True),
        ([{"grade": "A", "units": 9}, {"grade": "C"}], False),
    ],
)
def test_the_first_limit_that_fits_goes_first(limits: list[dict[str, Any]], opens: bool) -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial")}, classes={"wms_erp_variance": {"limit": {}, "limits": limits}}
    )
    world = a_world(policy, pace=12)
    world.settle("09:00", counted(9, "09:00"), counted(16, "09:00", system=ERP))
    assert bool(world.open(VARIANCE)) is opens


def test_a_grade_that_policy_gives_goes_before_what_sales_say() -> None:
    policy = a_policy(
        systems={"erp": a_source(trust="financial")},
        classes={"wms_erp_variance": {"limit": {}, "limits": [{"grade": "C", "units": 9}]}},
        skus={"KTL-17-BLK": {"grade": "C"}},
    )
    world = a_world(policy, pace=500)
    world.settle("09:00", counted(9, "09:00"), counted(16, "09:00", system=ERP))
    assert world.open(VARIANCE) == []


# -- below zero, and held for ever ------------------------------------------------------------------------------------


def test_a_decider_below_zero_is_one_exception_that_ends_with_its_number() -> None:
    world = shop_open(a_world(a_policy()))
    world.settle("09:00", counted(-2, "09:00"))
    case = world.one(ExceptionClass.NEGATIVE_STOCK)
    assert (case.delta, case.fingerprint.location) == (-2, RENO)
    assert "has −2" in case.evidence.changed.replace("-", "−")
    world.settle("10:00", counted(4, "10:00"))
    assert world.open(ExceptionClass.NEGATIVE_STOCK) == []


def test_movements_that_lead_below_zero_are_found_and_quarantine_is_not() -> None:
    moved = shop_open(a_world(a_policy()))
    moved.settle("09:00", counted(2, "09:00"), returned(-3, "09:01"))
    assert moved.one(ExceptionClass.NEGATIVE_STOCK).delta == -1
    kept = shop_open(a_world(a_policy(wms={"contains": ["quarantined"]})))
    kept.settle("09:00", counted(2, "09:00", quarantined=3))
    assert kept.open(ExceptionClass.NEGATIVE_STOCK) == []


def test_f47_an_order_that_is_never_shipped_is_named_and_goes_on_holding() -> None:
    world = shop_open(a_world(a_policy()))
    old = [line(f"{n}", 1, f"-{20 - n} 10:00", location=RENO) for n in range(1, 6)]
    verdict = world.judge("09:00", counted(5, "09:00"), *old, line("99", 1, "08:30", location=RENO))
    case = world.one(ExceptionClass.STUCK_RESERVATION)
    assert case.delta == 5
    assert case.evidence.changed.startswith("Still open, oldest first: 1 on Shop (1\u00a0unit since Feb 11), 2 on Shop")
    assert "and 2 more" in case.evidence.changed
    assert verdict.picture.listings[0].promise.units == 0, "it weighs all the same"
    world.settle("10:00", *[cancelled(f"{n}", 1, "09:30") for n in range(1, 6)])
    assert world.open(ExceptionClass.STUCK_RESERVATION) == []


def test_a_reservation_within_the_limit_is_nobody_s_trouble() -> None:
    world = shop_open(a_world(a_policy(classes={"stuck_reservation": {"held_for": "30 days"}})))
    world.settle("09:00", counted(5, "09:00"), line("1", 1, "-20 10:00", location=RENO))
    assert world.open(ExceptionClass.STUCK_RESERVATION) == []


def test_a_transfer_that_never_came_is_one_exception_until_it_does() -> None:
    world = shop_open(a_world(a_policy(wms={"transit_within": "2 h"}, classes={"wms_erp_variance": {"limit": {}}})))
    sent = changed(0, "09:00", incoming=4, transfer="T-7", key="event-in:T-7")
    verdict = world.judge("09:00", counted(10, "09:00"), sent)
    assert at("11:00") <= verdict.next_due <= at("11:01")
    world.judge("10:59")
    assert world.open(VARIANCE) == []
    world.judge("11:01")
    case = world.one(VARIANCE, "in_transit")
    assert case.delta == -4
    assert "transfer T-7, on its way since Mar 02 09:00 UTC; 2 h are allowed" in case.evidence.changed
    world.settle("12:00", received(4, "12:00", transfer="T-7"))
    assert world.open(VARIANCE, "in_transit") == []


def test_a_storefront_s_order_told_again_under_a_warehouse_s_name_is_no_second_sale() -> None:
    world = a_world(a_policy())
    again = line("1001", 3, "09:05", channel=WMS)
    state = world.judge("09:00", line("1001", 3, "09:00"), again).state
    whole = Whole(world.sku, state, paces=(Pace(SHOP, 3), Pace(WMS, 3), Pace(ERP, 2)))
    assert paces_of(whole, world.policy) == (Pace(SHOP, 3), Pace(ERP, 2))
