"""Transfers that are on their way, until they come, and when somebody must ask for them."""

from __future__ import annotations

from itertools import permutations

from sync.counting.transit import Transit, in_transit, overdue_at
from sync.model.facts import Change, Fact, FactKind
from sync.model.stock import Position
from sync.policy.schema import Policy
from sync.promise import next_change
from tests.builders import RENO, WMS, a_fact, a_policy, as_of, at, counted, folded, received

POLICY = a_policy(wms={"transit_within": "2 h"})


def sent(transfer: str, units: int, when: str) -> Fact:
    """Units left another place for Reno."""
    body = Change(incoming=units, transfer=transfer)
    return a_fact(WMS, FactKind.CHANGED, f"event-in:{transfer}", as_of(when), body, location=RENO)


def came(units: int, when: str, transfer: str = "", incoming: int = 0) -> Fact:
    """Units were received at Reno."""
    return received(units, when, transfer=transfer, incoming=incoming)


def position(*facts: Fact, policy: Policy = POLICY) -> Position:
    [found] = folded(policy, *facts).positions
    return found


def on_the_way(*facts: Fact) -> dict[str, int]:
    return {one.transfer: one.units for one in in_transit(position(*facts))}


def test_what_left_and_did_not_come_is_on_its_way_oldest_first() -> None:
    found = in_transit(position(sent("T2", 3, "09:00"), sent("T1", 4, "08:00")))
    assert found == [Transit("T1", 4, as_of("08:00")), Transit("T2", 3, as_of("09:00"))]


def test_an_arrival_that_names_its_transfer_brings_in_that_one() -> None:
    both = (sent("T1", 4, "08:00"), sent("T2", 3, "09:00"))
    assert on_the_way(*both, came(3, "10:00", "T2")) == {"T1": 4}
    assert on_the_way(*both, came(2, "10:00", "T1", incoming=-2)) == {"T1": 2, "T2": 3}


def test_an_arrival_without_a_name_brings_in_the_oldest_that_had_left() -> None:
    both = (sent("T1", 4, "08:00"), sent("T2", 3, "09:00"))
    assert on_the_way(*both, came(5, "10:00", incoming=-5)) == {"T2": 2}
    assert on_the_way(*both, came(2, "07:00", incoming=-2)) == {"T1": 4, "T2": 3}


def test_a_receipt_that_is_no_announced_one_brings_in_nothing() -> None:
    assert on_the_way(sent("T1", 4, "08:00"), came(4, "10:00")) == {"T1": 4}


def test_it_stays_on_its_way_although_a_newer_number_is_known_whatever_came_first() -> None:
    facts = (sent("T1", 4, "08:00"), sent("T2", 3, "09:00"), counted(9, "10:00"), came(3, "09:30", "T2"))
    for arriving in permutations(facts):
        assert on_the_way(*arriving) == {"T1": 4}


def test_a_number_that_says_what_is_on_its_way_knows_better() -> None:
    both = (sent("T1", 4, "08:00"), sent("T2", 3, "09:00"))
    assert on_the_way(*both, counted(9, "10:00", incoming=3)) == {"T2": 3}
    assert on_the_way(*both, counted(9, "08:30", incoming=0)) == {"T2": 3}


def test_it_is_overdue_when_policy_s_time_has_passed_which_is_an_instant_to_look_again() -> None:
    facts = (sent("T1", 4, "08:00"), counted(9, "10:00"))
    [due] = overdue_at(position(*facts), POLICY)
    assert at("10:00") < due < at("10:00:01")
    assert next_change(folded(POLICY, *facts), POLICY, at("09:00")) == due
    assert next_change(folded(POLICY, *facts), POLICY, at("10:01")) is None
