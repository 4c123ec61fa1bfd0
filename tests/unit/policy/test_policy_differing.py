"""What changed between two policies, one sentence per setting."""

from __future__ import annotations

import hashlib

from policy_texts import EXAMPLE, changed

from sync.policy.differing import diff, digest_of
from sync.policy.reading import read_policy


def told(*replaced: tuple[str, str]) -> list[str]:
    return diff(read_policy(EXAMPLE), read_policy(changed(EXAMPLE, *replaced)))


def test_values_are_told_as_they_are_written() -> None:
    assert told(
        ("fresh_for: 2 h", "fresh_for: 90 min"),
        ("cancel: 14.00", "cancel: 15.00"),
        ("locations: [reno, acme]", "locations: [reno]"),
        ("maximum_shown: 500\n", "\n"),
    ) == [
        "systems.shopify-us.channel.locations: reno, acme → reno",
        "systems.shopify-us.channel.maximum_shown: 500 → nothing",
        "systems.wms.source.fresh_for: 2 h → 90 min",
        "costs.cancel: 14.00 → 15.00",
    ]


def test_what_is_new_and_what_is_gone_is_told() -> None:
    assert told(
        ("  kim: { name: Kim, slack: U01KIM001 }\n", "  zoe: { name: Zoe, slack: U01ZOE001 }\n"),
        ("ops_lead: kim", "ops_lead: zoe"),
    ) == ["people.zoe is new: name Zoe, slack U01ZOE001", "people.kim is gone", "ops_lead: kim → zoe"]


def test_comments_order_of_settings_and_the_version_are_no_change() -> None:
    old = read_policy(EXAMPLE).model_copy(update={"version": 3})
    assert diff(old, read_policy(changed(EXAMPLE, ("currency: USD", "# dollars\ncurrency: USD")))) == []


def test_a_long_value_is_cut() -> None:
    [change] = told(("company: Example Home Goods", f"company: {'x' * 500}"))
    assert len(change) < 200
    assert change.endswith("…")


def test_the_digest_is_that_of_the_bytes() -> None:
    assert digest_of("a: é\n") == hashlib.sha256("a: é\n".encode()).hexdigest()
    assert digest_of("a: 1\n") != digest_of("a: 1\n# other\n")
