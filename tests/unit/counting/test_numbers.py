"""What a source's number means, and whose number decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync.model.facts import Fact
from sync.model.ids import SystemId
from sync.model.stock import SkuState
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.promise import Number, decider, is_fresh, next_change, number_of, pool
from tests.builders import (
    ACME,
    ERP,
    RENO,
    SHOP,
    WMS,
    When,
    a_policy,
    a_source,
    at,
    changed,
    counted,
    counted_by_hand,
    folded,
    level,
    line,
    received,
    shipped,
    snapshot,
)

TWO_SOURCES = a_policy(systems={"erp": a_source(trust="financial")}, deciders={"reno": ["wms", "erp"]})


def number(policy: Policy, *facts: Fact, system: SystemId = WMS) -> Number | None:
    state = folded(policy, *facts)
    return number_of(next(one for one in state.positions if one.system == system), policy, at("23:00"))


def units(policy: Policy, *facts: Fact) -> int:
    found = number(policy, *facts)
    assert found is not None
    return found.units


def decides(policy: Policy, *facts: Fact, now: When = "23:00", onto: SkuState | None = None) -> SystemId | None:
    found = decider(folded(policy, *facts, onto=onto), RENO, policy, at(now))
    return None if found is None else found.system


def source(**rules: Any) -> Policy:
    return a_policy(wms=rules)


def test_a_movement_certainly_after_the_number_moves_it() -> None:
    assert units(source(), counted(10, "02:00"), received(5, "03:00"), changed(-2, "04:00")) == 13


def test_f59_a_receipt_inside_a_slow_snapshot_is_never_counted_twice() -> None:
    slow = counted(10, "02:00", "02:19")
    found = number(source(), slow, received(5, "02:10"))
    assert found is not None
    assert (found.units, found.caution) == (10, 5)


def test_f59_what_was_taken_inside_a_slow_snapshot_is_off_for_sure() -> None:
    assert units(source(), counted(10, "02:00", "02:19"), changed(-4, "02:10")) == 6


def test_f59_the_next_snapshot_settles_it() -> None:
    assert units(source(), counted(10, "02:00", "02:19"), received(5, "02:10"), counted(15, "03:00", "03:19")) == 15


def test_a_number_that_contains_quarantined_units_has_them_taken_off_once() -> None:
    held = counted(10, "02:00", quarantined=3)
    assert units(source(contains=["quarantined"]), held) == 7
    assert units(source(), held) == 10


def test_how_many_quarantined_units_a_number_contains_must_be_known() -> None:
    assert number(source(contains=["quarantined"]), counted(10, "02:00")) is None


@pytest.mark.parametrize(
    ("rules", "change", "moved"),
    [
        ({"contains": ["quarantined"]}, {"on_hand": 0, "quarantined": 2}, -2),
        ({"contains": ["quarantined"]}, {"on_hand": -2, "quarantined": -2}, 0),
        ({"contains": ["quarantined"]}, {"on_hand": 0, "quarantined": -2}, 2),
        ({}, {"on_hand": 0, "quarantined": -2}, 0),
        ({"basis": "available"}, {"on_hand": -2, "reserved": -2}, 0),
        ({"basis": "available"}, {"on_hand": 0, "reserved": 2}, -2),
        ({"basis": "available"}, {"on_hand": 0, "reserved": -2}, 0),
        ({"basis": "available"}, {"on_hand": 2, "quarantined": -2}, 2),
    ],
    ids=[
        "into quarantine",
        "scrapped from quarantine",
        "out of quarantine",
        "quarantine is not in the number",
        "a pick of what was reserved",
        "a reservation",
        "releasing a reservation alone proves no unit",
        "booked both as on hand and out of quarantine",
    ],
)
def test_what_a_movement_does_to_the_sellable_number(rules: Any, change: Any, moved: int) -> None:
    first = counted(10, "02:00", available=10, quarantined=0)
    assert units(source(**rules), first, changed(change.pop("on_hand"), "03:00", **change)) == 10 + moved


def test_demand_that_only_the_source_knows_is_taken_off() -> None:
    policy = source(reserved="others")
    state = folded(policy, counted(10, "02:00", reserved=4), line("1", 1, "01:00"))
    assert pool(state, SHOP, policy, at("03:00")).units == 5


def test_of_mixed_demand_only_what_is_above_our_own_known_lines_is_taken_off() -> None:
    policy = source(reserved="both")
    ours = line("1", 3, "01:00", location=RENO)
    facts = (counted(10, "02:00", reserved=5), ours)
    assert pool(folded(policy, *facts), SHOP, policy, at("03:00")).units == 10 - 3 - 2
    late = replace(ours, as_of=replace(ours.as_of, start=at("01:55"), end=at("01:55")))
    assert pool(folded(policy, counted(10, "02:00", reserved=5), late), SHOP, policy, at("03:00")).units == 10 - 3 - 5


def test_a_source_that_streams_its_movements_is_as_of_its_newest() -> None:
    facts = (counted(10, "10:00"), line("1", 1, "10:05"), shipped("1", 1, "10:10"), received(1, "11:00"))
    for streams, left in ((False, 10), (True, 11)):
        policy = source(streams_movements=streams)
        assert pool(folded(policy, *facts), SHOP, policy, at("12:00")).units == left


# -- who decides -------------------------------------------------------------------------------------------------------


def test_f62_wms_and_erp_both_say_ten_for_one_place_and_it_is_ten() -> None:
    state = folded(TWO_SOURCES, counted(10, "09:00"), counted(10, "09:00", system=ERP))
    found = pool(state, SHOP, TWO_SOURCES, at("10:00"))
    assert (found.units, [one.system for one in found.decided_by]) == (10, [WMS])


def test_f17_a_wrong_sum_of_a_second_source_adds_nothing() -> None:
    state = folded(TWO_SOURCES, counted(10, "09:00"), counted(99, "09:30", system=ERP))
    assert pool(state, SHOP, TWO_SOURCES, at("10:00")).units == 10


def test_when_the_first_is_stale_the_next_fresh_one_decides() -> None:
    policy = a_policy(
        wms={"fresh_for": "1 h"}, systems={"erp": a_source(trust="financial")}, deciders={"reno": ["wms", "erp"]}
    )
    facts = (counted(10, "09:00"), counted(7, "08:00", system=ERP))
    assert decides(policy, *facts, now="10:00") == WMS
    assert decides(policy, *facts, now="10:01") == ERP


def test_a_decider_that_does_not_state_its_number_decides_nothing() -> None:
    assert decides(TWO_SOURCES, counted(None, "09:00", available=4), counted(7, "08:00", system=ERP)) == ERP


def test_content_time_decides_what_is_fresh_and_coverage_renews_it() -> None:
    policy = source(fresh_for="1 h")
    state = folded(policy, counted(10, "09:00"))
    assert is_fresh(state.positions[0], policy, at("10:00"))
    assert not is_fresh(state.positions[0], policy, at("10:01"))
    covered = folded(policy, snapshot("10:00", "10:01"), onto=state)
    assert is_fresh(covered.positions[0], policy, at("11:00"))


def test_a_stale_source_counts_as_the_share_that_policy_gives_it() -> None:
    for share, left in ((0, 0), ("0.5", 4)):
        policy = source(fresh_for="1 h", stale_counts_as=share)
        assert pool(folded(policy, counted(9, "09:00")), SHOP, policy, at("12:00")).units == left


def test_growing_old_takes_off_free_units_only_and_oversells_nothing() -> None:
    policy = source(fresh_for="1 h")
    state = folded(policy, counted(9, "09:00"), line("1", 3, "09:30"))
    assert pool(state, SHOP, policy, at("12:00")).units == 0
    short = folded(policy, counted(2, "09:00"), line("1", 3, "09:30"))
    assert pool(short, SHOP, policy, at("12:00")).units == -1


def test_a_stale_place_takes_nothing_from_a_fresh_one() -> None:
    policy = a_policy(
        channel={"locations": ["reno", "acme"]},
        systems={"acme-dropship": a_source(trust="vendor", fresh_for="1 h")},
        deciders={"acme": ["acme-dropship"]},
    )
    vendor = counted(38, "09:00", system=SystemId("acme-dropship"), location=ACME)
    state = folded(policy, counted(5, "09:00"), vendor, line("1", 3, "09:30", location=ACME))
    found = pool(state, SHOP, policy, at("12:00"))
    assert (found.units, sum(term.units for term in found.terms)) == (5, 5)


def test_nobody_states_a_number() -> None:
    found = pool(folded(source(), line("1", 3, "09:30")), SHOP, source(), at("12:00"))
    assert found.unknown
    assert decides(source(), level(4, "09:00")) is None


# -- a count by a person -----------------------------------------------------------------------------------------------


def test_a_count_by_a_person_decides_until_the_masters_newer_number_agrees() -> None:
    counts = (counted(12, "10:00"), counted_by_hand(9, "11:00"))
    assert decides(source(), *counts) == COUNT_SYSTEM
    assert decides(source(), *counts, counted(12, "11:30")) == COUNT_SYSTEM
    assert decides(source(), *counts, counted(9, "11:30")) == WMS


def test_once_released_a_count_stays_released_when_the_master_moves_on() -> None:
    agreed = folded(source(), counted(12, "10:00"), counted_by_hand(9, "11:00"), counted(9, "11:30"))
    assert decides(source(), counted(14, "12:00"), onto=agreed) == WMS
    assert decides(source(), counted_by_hand(9, "11:00"), onto=agreed) == WMS


def test_an_older_number_that_happens_to_agree_releases_nothing() -> None:
    assert decides(source(), counted(9, "10:00"), counted_by_hand(9, "11:00")) == COUNT_SYSTEM


def test_the_master_agrees_also_less_what_was_shipped_since_the_count() -> None:
    facts = (counted_by_hand(9, "11:00"), line("1", 2, "10:50"), shipped("1", 2, "11:10"), counted(7, "11:30"))
    assert decides(source(), *facts) == WMS


def test_a_count_told_late_is_released_by_what_the_master_says_by_then() -> None:
    said = folded(source(), counted(9, "11:30"))
    assert decides(source(), counted_by_hand(9, "11:00"), onto=said) == WMS


def test_a_person_releases_a_count_by_one_without_a_number() -> None:
    assert decides(source(), counted(12, "10:00"), counted_by_hand(9, "11:00"), counted_by_hand(None, "12:00")) == WMS


def test_a_new_count_stands_again() -> None:
    agreed = folded(source(), counted_by_hand(9, "11:00"), counted(9, "11:30"))
    assert decides(source(), counted_by_hand(8, "13:00"), onto=agreed) == COUNT_SYSTEM


# -- time as a trigger -------------------------------------------------------------------------------------------------


def test_the_next_change_is_when_a_number_turns_stale_or_a_pending_order_expires() -> None:
    policy = a_policy(wms={"fresh_for": "1 h"}, channel={"pending_orders_weigh_for": "30 min"})
    state = folded(policy, counted(9, "09:00"), line("1", 1, "09:15", pending=True))
    first = next_change(state, policy, at("09:20"))
    assert first is not None
    assert first > at("09:45")
    before, after = (pool(state, SHOP, policy, moment).units for moment in (at("09:45"), first))
    assert (before, after) == (8, 9)
    second = next_change(state, policy, first)
    assert second is not None
    assert second > at("10:00")
    assert pool(state, SHOP, policy, second).units == 0
    assert next_change(state, policy, second) is None


def listing_source(**rules: Any) -> Policy:
    """A source whose full files name all that it has."""
    return source(**{"absent": "zero", "contains": ["quarantined"]} | rules)


def test_a_sku_absent_from_a_later_full_list_counts_zero_from_that_list_on() -> None:
    said, later = counted(9, "02:00", quarantined=1), snapshot("03:00", "03:00")
    for facts in ((said, later), (later, said)):
        found = number(listing_source(), *facts)
        assert found is not None
        assert (found.units, found.absent, found.as_of.end) == (0, True, at("03:00"))
    state = folded(listing_source(), said, later)
    assert (
        pool(state, SHOP, listing_source(), at("04:00")).terms[0].text == "Reno 0 (wms, not in its list of 03:00 UTC)"
    )


def test_a_sku_in_the_list_is_not_absent() -> None:
    facts = (counted(9, "02:00", quarantined=0), counted(7, "03:00", quarantined=0), snapshot("03:00", "03:00"))
    assert units(listing_source(), *facts) == 7


def test_where_absent_is_unknown_the_last_number_stands() -> None:
    assert units(source(), counted(9, "02:00"), snapshot("03:00", "03:00")) == 9


def test_a_list_that_may_be_older_than_the_number_says_nothing_of_it() -> None:
    assert units(listing_source(), counted(9, "02:30", quarantined=0), snapshot("02:00", "03:00")) == 9


def test_what_came_after_a_list_that_did_not_name_it_is_there() -> None:
    facts = (counted(9, "02:00", quarantined=0), snapshot("03:00", "03:00"), received(4, "04:00"))
    assert units(listing_source(), *facts) == 4


def test_a_number_after_the_list_counts_again() -> None:
    facts = (counted(9, "02:00", quarantined=0), snapshot("03:00", "03:00"), counted(3, "04:00", quarantined=0))
    assert units(listing_source(), *facts) == 3


def test_only_files_can_say_that_what_they_do_not_name_is_gone() -> None:
    shop = {"kind": "events_api", "name": "Till", "source": {"trust": "physical", "absent": "zero"}}
    with pytest.raises(ValueError, match="only a file names all that it has"):
        a_policy(systems={"till": shop})
