"""A faulty policy is refused aloud: every fault with its line and its mend."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sync.policy.differing import diff
from sync.policy.reading import PolicyFaulty, fill, read_policy
from sync.policy.starting import QUESTIONS, Answers, starter_policy
from sync.policy.words import explain

ROOT = Path(__file__).parents[3]
PILOT = starter_policy(Answers(**{question.id: question.default for question in QUESTIONS}))


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def faults(text: str) -> dict[int, str]:
    with pytest.raises(PolicyFaulty) as caught:
        read_policy(text)
    return {fault.line: str(fault) for fault in caught.value.faults}


def test_the_pilot_that_init_writes_reads_back_and_names_what_is_not_automated() -> None:
    policy = read_policy(PILOT)
    assert set(policy.systems) == {"storefront", "downstream", "warehouse"}
    assert len(policy.queues) == 1
    assert policy.not_automated


def test_the_example_reads_back() -> None:
    text = (ROOT / "policy.example.yml").read_text(encoding="utf-8")
    assert len(read_policy(text).queues) >= 4


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_takes_its_own_default_and_refuses_nothing_at_all(question: object) -> None:
    assert question.check(question.default) == ""  # type: ignore[attr-defined]
    assert question.check("") != ""  # type: ignore[attr-defined]


def test_a_wrong_word_is_named_with_its_line_and_the_words_that_fit() -> None:
    text = PILOT.replace("mode: shadow  ", "mode: shadows ", 1)
    told = faults(text)[line_of(text, "mode: shadows")]
    assert told == "systems.storefront.mode: 'shadows' is not one of shadow, guard, full. Write one of these."


def test_an_unknown_setting_gets_a_suggestion() -> None:
    text = PILOT.replace("settles_in: 5 min   ", "setles_in: 5 min   ", 1)
    assert "Did you mean settles_in?" in faults(text)[line_of(text, "setles_in")]


def test_a_span_without_its_unit_says_how_to_write_it() -> None:
    text = PILOT.replace("fresh_for: 2 h", "fresh_for: 2", 1)
    assert "15 min, 2 h or 7 days" in faults(text)[line_of(text, "fresh_for")]


def test_a_key_that_stands_twice_is_refused() -> None:
    text = PILOT + "\ncurrency: EUR\n"
    assert "stands here twice" in faults(text)[line_of(text, "currency: EUR")]


def test_all_contradictions_are_told_at_once() -> None:
    text = PILOT.replace("ops_lead: lead", "ops_lead: nobody").replace("deciders: [warehouse]", "deciders: [books]")
    told = faults(text)
    assert "is not under `people:`" in told[line_of(text, "ops_lead")]
    assert "is not a system with `source:`" in told[line_of(text, "deciders")]


def test_what_we_publish_is_never_a_count() -> None:
    text = PILOT.replace("mode: shadow  ", "mode: full    ", 1).replace(
        "    channel:\n      locations: [main]\n      publish_to: main\n      safety_stock",
        "    source: { trust: physical }\n    channel:\n      locations: [main]\n      publish_to: main\n      safety_stock",
        1,
    )
    text = text.replace("deciders: [warehouse]", "deciders: [storefront]")
    assert "what we publish is never a count" in faults(text)[line_of(text, "deciders")]


def test_nobody_approves_alone() -> None:
    text = PILOT.replace("approvers: [lead, second]", "approvers: [lead]")
    assert any("two people" in told for told in faults(text).values())


def test_broken_yaml_is_named_by_line() -> None:
    assert 2 in faults("company: A\n  currency: USD\n")


def test_money_is_exact() -> None:
    policy = read_policy(PILOT.replace("cancel: 14.00", "cancel: 0.10"))
    assert policy.costs.cancel == Decimal("0.10")


def test_a_variable_that_is_not_set_is_named_with_its_line() -> None:
    with pytest.raises(PolicyFaulty, match=r"policy.yml:2: the environment has no SHOP"):
        fill("a: 1\nshop: ${SHOP}\n", {})


def test_it_reads_back_as_plain_english() -> None:
    told = explain(read_policy(PILOT))
    assert "Storefront sells and is in shadow: nothing is sent to it" in told
    assert "At Main the number of Warehouse decides." in told
    assert "Kits and packs" in told


def test_a_change_is_told_in_a_sentence() -> None:
    changed = PILOT.replace("cancel: 14.00", "cancel: 15.00")
    assert diff(read_policy(PILOT), read_policy(changed)) == ["costs.cancel: 14.00 → 15.00"]
