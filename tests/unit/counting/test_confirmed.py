"""Numbers that a snapshot confirmed, and those that it left out."""

from __future__ import annotations

from itertools import permutations

import pytest

from sync.counting.numbers import is_absent, number_of
from sync.ledger import confirm, cover, fold
from sync.model.facts import Fact, FactKind, LeftOut
from sync.model.ids import LocationId
from sync.model.stock import Position, SkuState
from sync.model.time import AsOf
from tests.builders import RENO, SKU, WMS, a_fact, a_policy, at, counted

POLICY = a_policy()
ZERO = a_policy(wms={"absent": "zero"})


def when(hour: str) -> AsOf:
    """A minute."""
    return AsOf.at(at(hour))


def left_out(hour: str, last: str | None = None) -> Fact:
    """The snapshot of that time does not name it."""
    body = LeftOut(None if last is None else when(last))
    return a_fact(WMS, FactKind.LEFT_OUT, f"left@{hour}", when(hour), body, location=RENO)


def the_position(state: SkuState) -> Position:
    [position] = state.positions
    return position


def confirmed(facts: list[Fact], hour: str) -> Position:
    """After these facts and a snapshot of that time."""
    return the_position(confirm(fold(SkuState(SKU), facts, POLICY), WMS, RENO, when(hour), POLICY))


def test_a_confirmed_number_is_as_of_the_snapshot() -> None:
    position = confirmed([counted(5, "09:00")], "12:00")
    assert position.as_of == when("12:00")
    number = number_of(position, POLICY, at("12:05"))
    assert number is not None
    assert (number.units, number.as_of) == (5, when("12:00"))


def test_an_older_confirmation_does_not_take_a_newer_number_back() -> None:
    assert confirmed([counted(5, "13:00")], "12:00").as_of == when("13:00")


def test_another_place_is_not_confirmed() -> None:
    state = fold(SkuState(SKU), [counted(5, "09:00")], POLICY)
    assert confirm(state, WMS, LocationId("dock"), when("12:00"), POLICY) == state


@pytest.mark.parametrize(("last", "as_of"), [(None, "09:00"), ("11:00", "11:00")])
def test_what_was_left_out_stays_as_of_when_it_was_named_last(last: str | None, as_of: str) -> None:
    assert confirmed([counted(5, "09:00"), left_out("12:00", last)], "12:00").as_of == when(as_of)
    assert confirmed([counted(5, "09:00"), left_out("12:00", last)], "15:00").as_of == when(as_of)


def test_stated_again_it_is_confirmed_again() -> None:
    facts = [counted(5, "09:00"), left_out("12:00"), counted(5, "13:00")]
    assert confirmed(facts, "15:00").as_of == when("15:00")


def test_the_order_of_arrival_does_not_matter() -> None:
    facts = [counted(5, "09:00"), left_out("12:00", "11:00"), left_out("10:00"), counted(6, "08:00")]
    states = {
        repr(confirm(fold(SkuState(SKU), order, POLICY), WMS, RENO, when("15:00"), POLICY))
        for order in permutations(facts)
    }
    one_by_one = SkuState(SKU)
    for fact in facts:
        one_by_one = fold(one_by_one, [fact], POLICY)
    assert states == {repr(confirm(one_by_one, WMS, RENO, when("15:00"), POLICY))}


def test_where_absent_is_zero_a_full_list_says_it_of_what_it_leaves_out_only() -> None:
    for facts, absent in (([counted(5, "09:00")], False), ([counted(5, "09:00"), left_out("12:00")], True)):
        state = confirm(fold(SkuState(SKU), facts, ZERO), WMS, RENO, when("12:00"), ZERO)
        position = the_position(cover(state, WMS, RENO, when("12:00"), ZERO))
        source = ZERO.systems["wms"].source
        assert source is not None
        assert is_absent(position, source) is absent
