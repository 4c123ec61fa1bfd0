"""Listings that others hide, codes on two things, barcodes, oversells by their orders, and another writer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from detect_world import SkuWorld, a_world

from sync.detect.gtin import gtin_trouble
from sync.model.exceptions import ExceptionClass
from sync.model.facts import Fact
from sync.model.outbox import TargetState
from tests.builders import RENO, SKU, a_policy, at, cancelled, counted, level, line, listed, received, shipped

SUPPRESSED = ExceptionClass.FEED_SUPPRESSION


def selling(units: int = 10) -> SkuWorld:
    world = a_world(a_policy(), pace=70)
    shown = listed("08:00", buyable=True, tracked=True, doors={"online": True, "feed": True})
    world.judge("08:00", shown, level(units, "08:00"), counted(units, "08:00"))
    return world


def test_a_listing_taken_off_sale_by_somebody_else_is_found_and_ends_when_it_is_back() -> None:
    world = selling()
    world.settle("09:00", listed("09:00", buyable=False))
    case = world.one(SUPPRESSED)
    assert case.delta == -10
    assert case.risk.total.amount > 0
    world.settle("10:00", listed("10:00", buyable=True))
    assert world.open(SUPPRESSED) == []


def test_a_listing_taken_off_while_sold_out_is_found_once_there_is_stock_again() -> None:
    world = selling(units=0)
    world.settle("09:00", listed("09:00", buyable=False))
    assert world.open(SUPPRESSED) == []
    world.settle("10:00", received(8, "10:00"))
    assert world.one(SUPPRESSED).delta == -8


def test_a_listing_back_on_sale_before_there_is_stock_again_is_nobody_s_loss() -> None:
    world = selling(units=0)
    world.settle("09:00", listed("09:00", buyable=False))
    world.settle("09:30", listed("09:30", buyable=True))
    world.settle("10:00", received(8, "10:00"))
    assert world.open(SUPPRESSED) == []


def test_a_number_below_zero_is_no_oversell_where_nobody_ordered() -> None:
    world = a_world(a_policy())
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(0, "08:00"), counted(-6, "08:00"))
    assert world.open(ExceptionClass.OVERSELL) == []
    world.judge("09:00", line("A", 2, "09:00", location=RENO))
    assert world.one(ExceptionClass.OVERSELL).delta == -2


def test_one_publication_that_went_is_named() -> None:
    world = selling()
    world.settle("09:00", listed("09:00", doors={"online": True, "feed": False}))
    assert "does not show it on feed any more" in world.one(SUPPRESSED).evidence.changed


def test_a_draft_that_was_never_on_sale_is_nobody_s_loss() -> None:
    world = a_world(a_policy())
    world.settle("08:00", listed("08:00", buyable=False, tracked=True), level(10, "08:00"), counted(10, "08:00"))
    assert world.open(SUPPRESSED) == []


def test_what_a_person_calls_expected_is_found_again_only_after_it_was_on_sale() -> None:
    world = selling()
    world.settle("09:00", listed("09:00", buyable=False))
    world.closed(world.one(SUPPRESSED), "09:10")
    world.settle("10:00", counted(9, "10:00"))
    assert world.open(SUPPRESSED) == []


def test_f22_one_code_on_two_things_publishes_to_neither_until_owned() -> None:
    world = a_world(a_policy())
    two = [listed("08:00", variant=name, item=name, buyable=True, tracked=True) for name in ("39", "40")]
    world.settle("08:00", *two, level(10, "08:00"), counted(7, "08:00"))
    case = world.one(ExceptionClass.CATALOG_FAULT, "collision")
    assert case.delta == 2
    assert world.wanted() == []
    world.owned(case)
    world.judge("08:20")
    assert world.wanted() == [7, 7]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("4006381333932", "check_digit"),
        ("5.01234E+12", "scientific"),
        ("12345678905", "lost_zeros"),
        ("KTL-17", "not_digits"),
        ("0000000000000", "placeholder"),
        ("123456", "length"),
    ],
)
def test_f25_a_barcode_that_is_no_gtin_is_explained_and_kept(written: str, kind: str) -> None:
    trouble = gtin_trouble(written)
    assert trouble is not None
    assert trouble.kind == kind
    world = a_world(a_policy(), gtin=written)
    world.judge("09:00")
    assert f"The barcode {written} is no GTIN" in world.one(ExceptionClass.CATALOG_FAULT, "gtin").evidence.changed


@pytest.mark.parametrize("written", ["4006381333931", "036000291452", "73513537", "04252614", "4006381333931.0"])
def test_a_right_gtin_is_no_trouble(written: str) -> None:
    assert gtin_trouble(written) is None


def test_f09_an_oversell_names_both_orders_and_ends_with_them_not_with_stock() -> None:
    world = selling(1)
    world.judge("09:00", line("A", 1, "09:00", location=RENO), line("B", 1, "09:00:30", location=RENO))
    case = world.one(ExceptionClass.OVERSELL)
    assert {order for _, order in case.evidence.facts} == {"A", "B"}
    world.settle("10:00", received(5, "10:00"))
    assert world.open(ExceptionClass.OVERSELL), "stock came, nobody has shipped"
    world.settle("11:00", shipped("A", 1, "11:00", location=RENO))
    assert world.open(ExceptionClass.OVERSELL)
    world.settle("12:00", cancelled("B", 1, "12:00"))
    assert world.open(ExceptionClass.OVERSELL) == []


def test_f10_all_orders_beyond_the_stock_are_one_exception() -> None:
    world = selling(4)
    for n in range(9):
        world.judge(f"09:{n:02d}", line(f"{n}", 1, f"09:{n:02d}", location=RENO))
    assert world.one(ExceptionClass.OVERSELL).delta == -5


def test_units_that_can_be_made_to_order_are_no_oversell_until_they_run_out() -> None:
    world = a_world(a_policy(skus={SKU: {"made_to_order": 3}}))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(4, "08:00"), counted(1, "08:00"))
    world.judge("09:00", line("A", 4, "09:00", location=RENO))
    assert world.open(ExceptionClass.OVERSELL) == []
    world.judge("09:30", line("B", 1, "09:30", location=RENO))
    assert world.one(ExceptionClass.OVERSELL).delta == -1


def test_f51_a_writer_with_numbers_of_its_own_is_recognised_once_and_not_fought() -> None:
    world = selling(10)
    world.judge("08:30", counted(6, "08:30"))
    world.confirm("08:31", "08:31:05")
    world.judge("08:32", level(6, "08:32"))
    for hour in (9, 10, 11):
        world.settle(f"{hour:02d}:00", level(400 + hour, f"{hour:02d}:00"))
        world.judge(f"{hour:02d}:10")
        world.confirm(f"{hour:02d}:11", f"{hour:02d}:11:05")
        if hour < 11:
            world.settle(f"{hour:02d}:12", level(6, f"{hour:02d}:12"))
    case = world.one(ExceptionClass.MANUAL_OVERRIDE)
    assert "undone 3 times" in case.evidence.changed
    assert "mode: guard" in case.evidence.changed
    assert world.wanted() == []


def lowered_to_6() -> SkuWorld:
    """Ten were shown, six are there: the six are wanted at the channel and not yet sent."""
    world = selling(10)
    world.judge("08:30", counted(6, "08:30"))
    assert world.wanted() == [6]
    return world


def test_f21_a_number_set_by_hand_is_lowered_the_moment_its_exception_is_open() -> None:
    world = lowered_to_6()
    world.confirm("08:31", "08:31:05")
    world.judge("08:32", level(6, "08:32"))
    opened = world.settle("09:00", level(400, "09:00"))
    assert world.one(ExceptionClass.MANUAL_OVERRIDE).delta == 394
    assert opened.next_due == at("09:06"), "nothing else may come that would have it judged again"
    world.judge(opened.next_due)
    assert world.wanted() == [6]


@pytest.mark.parametrize("out", [{"state": TargetState.IN_FLIGHT}, {"attempts": 1}])
def test_our_own_number_is_nobody_s_while_its_answer_is_outstanding(out: dict[str, Any]) -> None:
    def unexplained(*facts: Fact) -> bool:
        world = lowered_to_6()
        world.confirm("08:31", "08:31:05")
        before = next(iter(world.targets.values()))
        world.judge("08:40", counted(4, "08:40"))
        [key] = [key for key, target in world.targets.items() if target.wanted == 4]
        sent = {"sent": 6, "sent_at": before.sent_at, "confirmed": True}
        world.targets[key] = replace(world.targets[key], **sent, **out)
        return world.judge("08:41", *facts).picture.listings[0].unexplained

    assert not unexplained(level(4, "08:41"))
    assert not unexplained(line("A", 1, "08:40:30", location=RENO), level(3, "08:41"))
    assert unexplained(level(3, "08:41"))
    assert unexplained(level(300, "08:41"))
    assert unexplained(level(4, "08:39:50")), "a number from before it was wanted"
