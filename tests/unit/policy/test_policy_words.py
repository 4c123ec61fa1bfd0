"""The policy read back in plain English: word for word for the example, and what changes with one setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_texts import EXAMPLE, PILOT, changed

from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId
from sync.policy.reading import read_policy
from sync.policy.words import CLASS_NAMES, explain, explain_system

GOLDEN = Path(__file__).parent / "explained.txt"


def test_the_example_reads_back_word_for_word() -> None:
    assert explain(read_policy(EXAMPLE)) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_every_class_has_words() -> None:
    assert set(CLASS_NAMES) == set(ExceptionClass)


def test_one_system_is_explained_alone() -> None:
    told = explain_system(read_policy(EXAMPLE), SystemId("till"))
    assert told.startswith("Store till gives advice: it decides nowhere, it is only compared.")
    assert "Shopify" not in told


def test_a_system_that_counts_and_sells_is_explained_as_both() -> None:
    text = changed(
        EXAMPLE,
        ("    channel: { locations: [reno], ", "    source: { trust: advisory }\n    channel: { locations: [reno], "),
    )
    assert len(explain_system(read_policy(text), SystemId("shopify-eu")).splitlines()) == 2


def test_a_pilot_in_shadow_says_that_nothing_is_sent() -> None:
    told = explain(read_policy(PILOT))
    assert "Storefront sells and is in shadow: nothing is sent to it" in told
    assert "At Main the number of Warehouse decides." in told
    assert "When a channel shows more or less than can be sold, Exceptions owns it: taken within 30 min" in told
    assert "- Orders sold beyond the stock are decided by a person, one by one." in told


def test_kits_and_packs_are_told_with_their_parts() -> None:
    kits = "kits: { SET: { parts: { KTL-17-BLK: 1, CUP: 2 } } }"
    packs = "packs: { CUP-6: { of: CUP, units: 6, valid_from: 2026-01-01T00:00Z } }"
    told = explain(read_policy(f"{PILOT}\n{kits}\n{packs}\n"))
    assert "One SET is 1 KTL-17-BLK and 2 CUP; it has no stock of its own." in told
    assert "One CUP-6 is 6 CUP, from 2026-01-01 00:00 UTC on; it has no stock of its own." in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("mode: full ", "mode: guard "), "is guarded: listings can be stopped there, quantities are never published."),
        (("basis: on_hand  ", "basis: available  "), "units still available: an order is off it within 15 min."),
        (("fresh_for: 26 h, ",
          "fresh_for: 26 h, acknowledged_for: 24 h, unacknowledged_counts_as: 0.5, unacknowledged_buffer: 2, "),
         "It must say of each SKU every 24 h that it can supply it; else its stock counts as 50% of its number, less 2 units"),
        (("skus:\n", "families: { Chairs: { buffer: 2, channels: { shopify-eu: { floor: 3 } } } }\nskus:\n"),
         "Family Chairs has its own figures: a buffer of 2 units. Of family Chairs on Shopify EU: 0 shown below 3 units."),
        (("safety_stock: 1, family: Chairs", "made_to_order: 4, maximum_shown: 9"),
         "CHR-22-GRY has its own: at most 9 units shown and 4 units that may be sold beyond the stock."),
        (("locations: [reno], publish_to: reno, share: 0.4", "locations: [reno], publish_to: reno, slow_buffer: 1, floor: 2"),
         "less 1 unit more, since it shows updates late; below 2 units it shows 0."),
        (("locations: [reno], publish_to: reno, share: 0.4",
          "locations: [reno], publish_to: reno, decided_by: [physical, vendor]"),
         "Only counts of what is there and vendors' numbers decide what it shows; other numbers are not sold there."),
        (("stale_counts_as: 0  ", "stale_counts_as: 0.25  "), "it is silent and counts as 25% of its number."),
        (("limit: { units: 1, percent: 2 }", "limit: { percent: 2.50, money: 20 }"),
         "A difference of up to 2.5% is left alone, unless it is worth more than 20.00 USD."),
        (("limit: { units: 1, percent: 2 }", "limits: [{ family: Rugs, grade: C, units: 5 }, { sku: X1, channel: till }]"),
         "For family Rugs and grade C up to 5 units is left alone. For X1 and Store till every difference counts."),
        (("oversell: { queue: marketplaces, assign", "oversell: { ended_by: person, assign"), "Only a person ends it."),
        (("safety_stock: 1, family: Chairs", "grade: A"), "CHR-22-GRY has its own: grade A."),
        (
            ("safety_stock: 1, family: Chairs", "demand: {per_day: 4, lead_days: 9, lead_days_deviation: 1}"),
            "CHR-22-GRY has its own: a safety stock computed from 4 a day (deviation 0) and a delivery after 9 days "
            "(deviation 1), enough in 95% of deliveries.",
        ),
        (("deciders: [wms]", "deciders: [count, wms, acme-dropship]"),
         "the number of counts by people decides; when that is silent, Warehouse system, then Acme dropship."),
        (("channel: inv-ops", "channel: C024BE91L"), "Posted to C024BE91L every Monday at 08:00, America/New_York."),
        (("channel: inv-warehouse, lead: sam", "channel: inv-warehouse"), "nobody leads it, Kim is asked."),
        (("catalogue: [shopify-us, shopify-eu] ", "catalogue: [] "), "so no SKU is ever known."),
        (("basis: on_hand  ", "absent: zero  "), "What its full files no longer name counts as zero."),
        (("basis: on_hand  ", "contains: [quarantined]  "), "it includes quarantined units, which are taken off."),
    ],
)  # fmt: skip
def test_a_setting_is_heard_in_the_words(change: tuple[str, str], told: str) -> None:
    assert told not in explain(read_policy(EXAMPLE))
    assert told in explain(read_policy(changed(EXAMPLE, change)))


def test_a_taken_policy_says_its_version() -> None:
    policy = read_policy(EXAMPLE).model_copy(update={"version": 7})
    assert explain(policy).startswith("Example Home Goods: money in USD, times in America/New_York, version 7.")
