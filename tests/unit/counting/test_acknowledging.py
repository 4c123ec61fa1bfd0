"""Vendors stand behind their numbers for a while; what they do not stand behind is promised only as policy says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sync.ledger import closed_lines
from sync.model.facts import Fact
from sync.path.judge import without_raise_by_unacknowledged
from sync.policy.schema import Policy
from sync.promise import Promise, next_change, promise
from tests.builders import (
    ACME,
    RENO,
    VENDOR,
    a_listing,
    a_policy,
    a_source,
    at,
    cancelled,
    counted,
    folded,
    line,
    supplies,
)


def dropship(**source: Any) -> Policy:
    """The shop sells from Reno and from Acme, whose word holds for six hours."""
    vendor = a_source(**{"trust": "vendor", "acknowledged_for": "6 h"} | source)
    return a_policy(
        channel={"locations": ["reno", "acme"]},
        systems={"acme-dropship": vendor},
        deciders={"acme": ["acme-dropship"]},
    )


def vendor_counts(units: int, when: str) -> Fact:
    return counted(units, when, system=VENDOR, location=ACME)


def promised(policy: Policy, *facts: Fact, now: str = "12:00") -> Promise:
    return promise(folded(policy, counted(3, "09:00"), *facts), a_listing(), policy, at(now))


def test_a_vendor_that_never_gave_its_word_counts_as_nothing() -> None:
    found = promised(dropship(), vendor_counts(8, "11:00"))
    assert found.units == 3
    assert found.arithmetic[-1] == "\u2212 Acme never acknowledged its stock 8"


def test_its_word_lets_its_number_count_until_it_is_too_old() -> None:
    facts = (vendor_counts(8, "11:00"), supplies(None, "10:00"))
    assert promised(dropship(), *facts, now="16:00").units == 11
    found = promised(dropship(), *facts, now="16:01")
    assert (found.units, found.arithmetic[-1]) == (3, "\u2212 Acme's acknowledgement ended 16:00 UTC 8")


def test_its_word_ends_when_it_says_so_if_that_is_sooner() -> None:
    facts = (vendor_counts(8, "11:00"), supplies(None, "10:00", until="12:30"))
    assert [promised(dropship(), *facts, now=clock).units for clock in ("12:30", "12:31")] == [11, 3]


def test_the_newest_word_counts_whatever_came_first() -> None:
    words = (supplies(None, "10:00"), supplies(0, "11:00"))
    for arriving in (words, words[::-1]):
        assert promised(dropship(), vendor_counts(8, "09:00"), *arriving).units == 3


def test_policy_may_take_its_counts_as_its_word() -> None:
    policy = dropship(counts_acknowledge="true")
    assert [promised(policy, vendor_counts(8, "09:00"), now=clock).units for clock in ("15:00", "15:01")] == [11, 3]


def test_policy_may_let_a_share_count_less_a_buffer() -> None:
    policy = dropship(unacknowledged_counts_as="0.5", unacknowledged_buffer=1)
    found = promised(policy, vendor_counts(9, "11:00"))
    assert (found.units, found.pool.unacknowledged) == (6, 3)


def test_units_it_named_run_out_with_the_orders_since_shipped_or_not() -> None:
    policy = dropship()
    before = line("1", 2, "08:00", location=ACME)
    since = line("2", 3, "10:30", location=ACME)
    facts = (vendor_counts(20, "11:00"), supplies(10, "10:00"), before)
    assert promised(policy, *facts).units == 3 + 10
    found = promised(policy, *facts, since)
    assert (found.units, found.arithmetic[-1]) == (3 + 7, "\u2212 beyond what Acme acknowledged 8")
    assert promised(policy, *facts, since, cancelled("2", 3, "10:40")).units == 3 + 10


def test_an_order_it_may_not_have_heard_of_comes_out_of_its_word() -> None:
    facts = (vendor_counts(20, "11:00"), supplies(10, "10:00"))
    assert promised(dropship(), *facts, line("1", 2, "09:50", location=ACME)).units == 3 + 8
    assert promised(dropship(), *facts, line("1", 2, "09:50", location=RENO)).units == 3 + 10 - 2


def test_orders_that_came_out_of_a_word_are_not_put_aside() -> None:
    policy = dropship(acknowledged_for="30 days")
    sold = line("1", 2, "10:30", location=ACME)
    late = at("10:30") + timedelta(days=5)
    known = (vendor_counts(20, "09:00"), counted(18, late, system=VENDOR, location=ACME), sold)
    basis = dropship(acknowledged_for="30 days", basis="available")
    for rules in (policy, basis):
        assert closed_lines(folded(rules, *known, supplies(10, "10:00")), rules, late) == frozenset()


def test_the_end_of_its_word_is_an_instant_to_look_again() -> None:
    policy = dropship()
    state = folded(policy, vendor_counts(8, "11:00"), supplies(None, "10:00"))
    assert next_change(state, policy, at("12:00")) == at("16:00") + timedelta(microseconds=1)


def test_stock_without_its_word_raises_nothing_that_customers_see() -> None:
    policy = dropship(unacknowledged_counts_as="1")
    found = promised(policy, vendor_counts(8, "11:00"))
    assert (found.units, found.pool.unacknowledged) == (11, 8)
    assert without_raise_by_unacknowledged(11, found, offered=0) == 3
    assert without_raise_by_unacknowledged(11, found, offered=5) == 5
    assert without_raise_by_unacknowledged(11, found, offered=20) == 11
    assert without_raise_by_unacknowledged(11, found, offered=None) == 3


def test_nothing_is_asked_of_sources_without_the_setting() -> None:
    policy = dropship(acknowledged_for=None)
    assert promised(policy, vendor_counts(8, "11:00")).units == 11
