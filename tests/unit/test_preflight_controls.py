"""The seven controls, each seen to hold and to fail."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.preflight.controls import controls
from bot.preflight.found import Found, Level
from storage.standing import Kept, Seller
from sync.model.ids import SkuId, SystemId
from sync.policy.schema import Policy
from tests.shop_rules import rules

SHOP = SystemId("shopify-us")
MUG = SkuId("MUG")
KEPT = Kept(facts=9, deliveries=4, unstamped=0, skus=3, without={}, listed={SHOP: 3}, unmapped={})
COPIED = {"copies": ["#growth"]}
CAREFUL = {
    "classes": dict.fromkeys(("feed_suppression", "failed_update", "stale_feed"), COPIED),
    "skus": {"MUG": {"grade": "A", "safety_stock": 2}},
}


def found(number: int, policy: Policy, kept: Kept | None = KEPT, sellers: tuple[Seller, ...] = ()) -> Found:
    """The row of one control."""
    return next(one for one in controls(policy, kept, sellers) if one.about.startswith(f"{number} "))


@pytest.mark.parametrize("number", range(1, 8))
def test_all_seven_hold_in_a_careful_shop(number: int) -> None:
    assert found(number, rules(**CAREFUL)).level is Level.GOOD


def test_nothing_recorded_is_no_proof() -> None:
    assert [found(number, rules(), None).level for number in (1, 2)] == [Level.WARN, Level.WARN]


def test_f26_codes_that_were_never_linked_and_rows_without_a_time_fail() -> None:
    kept = Kept(9, 4, 2, 3, {}, {SHOP: 3}, {SystemId("wms"): 7})

    assert "2 of 4 deliveries" in found(1, rules(), kept).said
    assert (found(2, rules(), kept).level, found(2, rules(), kept).said) == (
        Level.FAIL,
        "codes that belong to no SKU: 7 of wms",
    )


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, Level.WARN),
        ({"skus": {"MUG": {"buffer": 1}}}, Level.GOOD),
        ({"families": {"mugs": {"safety_stock": 1}}}, Level.GOOD),
        ({"families": {"mugs": {"safety_stock": 1}}, "skus": {"MUG": {"safety_stock": 0}}}, Level.WARN),
    ],
)
def test_what_sells_much_should_keep_something_back(given: dict[str, object], level: Level) -> None:
    sold = Seller(MUG, 200, Decimal("19.90"), "mugs")
    assert found(4, rules(**given), KEPT, (sold,)).level is level


def test_nobody_told_of_failures_besides_their_queue_is_said() -> None:
    assert "stale_feed" in found(7, rules()).said
    assert found(6, rules(classes={"manual_override": {"note_required": False}})).level is Level.FAIL
