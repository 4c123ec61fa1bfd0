"""Approvers and limits need two people; everything else is changed by one."""

from __future__ import annotations

import pytest
from policy_texts import EXAMPLE, changed

from bot.cli.apply import signature
from sync.errors import BadInput
from sync.policy.reading import read_policy
from sync.policy.signatures import needs_second

BEFORE = read_policy(EXAMPLE)
"""The policy in force."""


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("four_eyes_above: 250.00", "four_eyes_above: 900.00", "corrections.four_eyes_above"),
        ("approvers: [lee, ana]", "approvers: [lee, ana, sam]", "queues.finance.approvers"),
        ("approves_up_to: 1000.00", "approves_up_to: 9000.00", "people.lee.approves_up_to"),
        ("slack: U01ANA001", "slack: U01ANA002", "people.ana.slack"),
    ],
)
def test_who_approves_and_up_to_what_needs_two(old: str, new: str, path: str) -> None:
    after = read_policy(changed(EXAMPLE, (old, new)))

    assert path in needs_second(BEFORE, after)
    with pytest.raises(BadInput, match="needs two people"):
        signature(BEFORE, after, "kim", None)
    with pytest.raises(BadInput, match="another one"):
        signature(BEFORE, after, "kim", "kim")
    assert signature(BEFORE, after, "kim", "lee") == "kim and lee"


def test_anything_else_is_changed_by_one_whom_the_policy_knows() -> None:
    after = read_policy(changed(EXAMPLE, ("name: Dana", "name: Dana D.")))

    assert needs_second(BEFORE, after) == ()
    assert signature(BEFORE, after, "kim", None) == "kim"
    with pytest.raises(BadInput, match="nobody called 'mallory'"):
        signature(BEFORE, after, "mallory", None)
