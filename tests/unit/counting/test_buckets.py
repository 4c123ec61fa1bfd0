"""Buckets: what a number contains and nobody can buy is taken off once; what is on its way is shown, promised only by policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.slack.picture import picture_blocks
from sync.connectors.csv_feed.rows import RowRules, read_rows
from sync.connectors.csv_feed.stamps import Stamp
from sync.connectors.csv_feed.table import Row
from sync.inbox.looking import sku_view
from sync.model.facts import Change, Count, Fact, FactDraft, FactKind, ItemRef
from sync.model.picture import Whole
from sync.model.stock import Sku, SkuState
from sync.path.identify import fingerprint
from sync.path.judge import look
from sync.policy.schema import Policy
from sync.promise import promise
from tests.builders import RENO, SKU, a_listing, a_policy, as_of, at, changed, counted, folded, line, received

NOW = at("12:00")


def source(**rules: Any) -> Policy:
    return a_policy(wms=rules)


def promised(policy: Policy, *facts: Fact) -> int:
    return promise(folded(policy, *facts), a_listing(), policy, NOW).units


@pytest.mark.parametrize(("bucket", "others"), [("held", "quarantined"), ("quarantined", "held")])
def test_each_bucket_that_a_number_contains_is_taken_off_once(bucket: str, others: str) -> None:
    blocked: dict[str, Any] = {bucket: 3, others: 2}
    said = counted(10, "10:00", **blocked)
    assert promised(source(contains=[bucket]), said) == 7
    assert promised(source(contains=[bucket, others]), said) == 5
    assert promised(source(), said) == 10


@pytest.mark.parametrize("bucket", ["held", "quarantined"])
def test_a_number_that_does_not_say_how_much_of_it_is_blocked_is_unknown(bucket: str) -> None:
    assert promise(folded(source(), counted(10, "10:00")), a_listing(), source(), NOW).units == 10
    policy = source(contains=[bucket])
    assert promise(folded(policy, counted(10, "10:00")), a_listing(), policy, NOW).unknown


@pytest.mark.parametrize(
    ("rules", "change", "moved"),
    [
        ({"contains": ["held"]}, {"held": 2}, -2),
        ({"contains": ["held"]}, {"held": -2}, 2),
        ({}, {"held": -2}, 0),
        ({"basis": "available"}, {"held": 2}, -2),
        ({"basis": "available"}, {"held": -2}, 2),
        ({"contains": ["held", "quarantined"]}, {"held": -2, "quarantined": 2}, 0),
    ],
    ids=["hold", "release", "not in the number", "hold, available", "release, available", "from hold to quarantine"],
)
def test_what_a_hold_does_to_the_sellable_number(rules: Any, change: Any, moved: int) -> None:
    first = counted(10, "10:00", available=10, held=4, quarantined=0)
    before = promised(source(**rules), first)
    assert promised(source(**rules), first, changed(0, "11:00", **change)) == before + moved


@pytest.mark.parametrize("whose", ["ours", "others", "both"])
def test_an_available_number_that_still_contains_what_is_reserved_has_all_of_it_taken_off(whose: str) -> None:
    policy = source(basis="available", contains=["reserved"], reserved=whose)
    known = line("1", 3, "09:00", location=RENO)
    assert promised(policy, counted(None, "10:00", available=10, reserved=5), known) == 5
    late = line("2", 1, "09:55", location=RENO)
    assert promised(policy, counted(None, "10:00", available=10, reserved=5), known, late) == 4


def test_what_is_on_its_way_is_not_promised() -> None:
    assert promised(source(), counted(4, "10:00", incoming=6), changed(0, "11:00", incoming=2)) == 4


def test_policy_may_promise_a_share_of_what_is_on_its_way() -> None:
    policy = source(incoming_counts_as="0.5")
    said = counted(4, "10:00", incoming=6)
    assert promised(policy, said) == 4 + 3
    assert promised(policy, said, changed(0, "11:00", incoming=3)) == 4 + 4
    assert promised(policy, said, received(6, "11:00", incoming=-6)) == 10
    unsure = counted(4, "10:00", "10:20", incoming=6)
    assert promised(policy, unsure, changed(0, "10:10", incoming=4)) == 4 + 3, "it may be in the six"
    assert promised(policy, unsure, changed(0, "10:10", incoming=-4)) == 4 + 1


def test_the_picture_of_a_sku_shows_every_bucket_and_what_is_on_its_way() -> None:
    policy = a_policy()
    state = folded(policy, counted(9, "10:00", reserved=1, quarantined=2, held=3), changed(0, "11:00", incoming=5))
    picture = look(Whole(Sku(SKU), SkuState(SKU)), state, policy, NOW)
    told = json.dumps(picture_blocks(sku_view(picture, policy, {}, NOW), NOW, "sku"))
    assert "Source Reno: 1 reserved, 2 quarantined, 3 held, 5 on their way" in told


def test_a_file_may_have_a_column_of_what_is_held() -> None:
    rules = RowRules({"sku": 0, "on_hand": 1, "held": 2}, place="reno", stamp=Stamp(as_of("10:00")))
    rows = tuple(Row(f"line {n}", ("KTL", "9", held), "") for n, held in enumerate(("2", "")))
    first, second = (fact.body for fact in read_rows(rows, rules).facts)
    assert (first, second) == (Count(on_hand=9, held=2), Count(on_hand=9))


def test_a_fact_of_an_earlier_version_told_again_is_the_same_fact() -> None:
    """What version 0.1.0 recorded of these two facts, which know nothing of holds."""
    count = FactDraft(FactKind.COUNTED, "row:KTL", as_of("10:00"), ItemRef("sku", "KTL"), "reno", Count(on_hand=9))
    change = FactDraft(FactKind.CHANGED, "move:1", as_of("10:00"), ItemRef("sku", "KTL"), "reno", Change(on_hand=-1))
    assert [fingerprint(count)[:12], fingerprint(change)[:12]] == ["26a539aaa650", "2d3ea714a127"]
    assert repr(Count(on_hand=9)) == "Count(on_hand=9, available=None, reserved=None, quarantined=None, incoming=None)"
