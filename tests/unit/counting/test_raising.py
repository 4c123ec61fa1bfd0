"""Raise slowly, lower at once."""

from __future__ import annotations

from sync.ledger import fold
from sync.model.facts import Fact
from sync.model.ids import SystemId
from sync.model.picture import RaiseMemo
from sync.model.stock import SkuState
from sync.policy.schema import Policy
from sync.promise import may_raise, promise
from tests.builders import (
    ACME,
    SKU,
    When,
    a_listing,
    a_policy,
    a_source,
    at,
    cancelled,
    changed,
    counted,
    counted_by_hand,
    line,
    received,
    shipped,
    snapshot,
)


class Listing:
    """One listing whose promise is judged again and again, as a slice does it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.state = SkuState(SKU)
        self.memo: RaiseMemo | None = None
        self.why = ""

    def hears(self, now: When, *facts: Fact) -> int:
        """Units that may be shown after these facts."""
        self.state = fold(self.state, facts, self.policy)
        found = promise(self.state, a_listing(), self.policy, at(now))
        allowed, self.memo, self.why = may_raise(self.memo, found, self.state, facts, self.policy, at(now))
        return found.units if allowed or self.memo is None else min(self.memo.allowed, found.units)


def test_f46_the_number_that_does_not_know_the_newest_order_does_not_undo_the_sale() -> None:
    """5, a sale of two: 3. The source, blind to it, says 5 again where it should say 3, with the parcel gone: it waits."""
    shop = Listing(a_policy(wms={"books_within": "10 min"}))
    assert shop.hears("10:00", counted(5, "10:00")) == 5
    assert shop.hears("10:05", line("1", 2, "10:05")) == 3
    assert shop.hears("10:10", shipped("1", 2, "10:10")) == 3
    assert shop.hears("10:30", counted(4, "10:30")) == 3
    assert shop.why == "4 waits for a second number of wms"
    assert shop.hears("10:35", counted(3, "10:35")) == 3
    assert shop.memo is not None
    assert shop.memo.candidate is None


def test_f46_five_three_four() -> None:
    shop = Listing(a_policy(wms={"basis": "available", "learns_within": "5 min"}))
    steps = [
        ("10:00", (counted(None, "10:00", available=5),), 5),
        ("10:01", (line("1", 2, "10:01"),), 3),
        ("10:10", (counted(None, "10:10", available=4),), 3),
        ("10:12", (counted(None, "10:12", available=3),), 3),
        ("10:20", (counted(None, "10:20", available=3),), 3),
    ]
    assert [shop.hears(now, *facts) for now, facts, _ in steps] == [allowed for _, _, allowed in steps]


def test_a_decrease_never_waits() -> None:
    shop = Listing(a_policy())
    assert [shop.hears("10:00", counted(9, "10:00")), shop.hears("10:01", counted(2, "10:01"))] == [9, 2]


def test_two_numbers_with_different_content_times_raise() -> None:
    shop = Listing(a_policy(wms={"learns_within": "15 min"}))
    assert shop.hears("10:00", counted(3, "10:00")) == 3
    assert shop.hears("10:20", counted(8, "10:20")) == 3
    assert shop.hears("10:30", counted(8, "10:30")) == 3
    assert shop.hears("10:35", counted(8, "10:35")) == 8
    assert shop.why == "two numbers agree"


def test_the_same_number_again_is_no_second_number() -> None:
    shop = Listing(a_policy(wms={"learns_within": "15 min"}))
    shop.hears("10:00", counted(3, "10:00"))
    shop.hears("10:20", counted(8, "10:20"))
    assert shop.hears("12:00") == 3
    assert shop.hears("12:00", counted(8, "10:20")) == 3


def test_a_snapshot_that_confirms_the_number_is_the_second() -> None:
    shop = Listing(a_policy(wms={"learns_within": "15 min"}))
    shop.hears("10:00", counted(3, "10:00"))
    shop.hears("10:20", counted(8, "10:20"))
    assert shop.hears("10:41", snapshot("10:40", "10:41")) == 8


def test_of_two_higher_numbers_only_what_both_show_is_raised() -> None:
    shop = Listing(a_policy(wms={"learns_within": "15 min"}))
    shop.hears("10:00", counted(3, "10:00"))
    assert shop.hears("10:20", counted(6, "10:20")) == 3
    assert shop.hears("10:40", counted(9, "10:40")) == 6
    assert shop.hears("11:00", counted(9, "11:00")) == 9


def test_a_receipt_explains_as_much_as_it_brought() -> None:
    shop = Listing(a_policy())
    shop.hears("10:00", counted(3, "10:00"))
    assert shop.hears("10:20", received(5, "10:20")) == 8
    assert shop.why == "5 received"
    assert shop.hears("10:40", counted(12, "10:40"), received(1, "10:30")) == 9


def test_a_cancellation_explains_its_units() -> None:
    shop = Listing(a_policy())
    shop.hears("10:00", counted(5, "10:00"), line("1", 2, "10:05"))
    assert shop.hears("11:00", cancelled("1", 2, "11:00")) == 5


def test_an_adjustment_explains_nothing() -> None:
    shop = Listing(a_policy())
    shop.hears("10:00", counted(3, "10:00"))
    assert shop.hears("10:20", changed(5, "10:20")) == 3


def test_a_count_by_a_person_explains_any_number() -> None:
    shop = Listing(a_policy())
    shop.hears("10:00", counted(3, "10:00"))
    assert shop.hears("10:20", counted_by_hand(30, "10:15")) == 30


def test_a_changed_policy_explains_what_it_frees() -> None:
    before = a_policy(channel={"safety_stock": 4}).model_copy(update={"version": 1})
    after = a_policy().model_copy(update={"version": 2})
    shop = Listing(before)
    assert shop.hears("10:00", counted(9, "10:00")) == 5
    shop.policy = after
    assert shop.hears("10:05") == 9


def test_a_change_of_decider_waits_like_any_other_increase() -> None:
    policy = a_policy(
        wms={"fresh_for": "1 h"},
        systems={"erp": a_source(trust="financial", learns_within="15 min")},
        deciders={"reno": ["wms", "erp"]},
    )
    erp = SystemId("erp")
    shop = Listing(policy)
    assert shop.hears("10:00", counted(3, "10:00"), counted(8, "10:00", system=erp)) == 3
    assert shop.hears("11:30") == 3
    assert shop.hears("11:40", counted(8, "11:40", system=erp)) == 8


def test_a_slow_place_that_said_nothing_does_not_hold_back_a_quick_one() -> None:
    policy = a_policy(
        channel={"locations": ["reno", "acme"]},
        systems={"acme-dropship": a_source(trust="vendor")},
        deciders={"acme": ["acme-dropship"]},
    )
    shop = Listing(policy)
    shop.hears("10:00", counted(3, "10:00"), counted(38, "06:00", system=SystemId("acme-dropship"), location=ACME))
    assert shop.hears("10:20", counted(5, "10:20")) == 41
    assert shop.hears("10:40", counted(5, "10:40")) == 43


def test_an_unknown_promise_raises_nothing_and_forgets_nothing() -> None:
    policy = a_policy()
    empty = promise(SkuState(SKU), a_listing(), policy, at("10:00"))
    memo = RaiseMemo(allowed=3)
    assert may_raise(memo, empty, SkuState(SKU), (), policy, at("10:00")) == (False, memo, "no number is known")
