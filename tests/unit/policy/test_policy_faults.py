"""Each fault of a policy stands at its line and says how to mend it, in words that need no programmer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_texts import EXAMPLE, changed, faults_of, line_of

from sync.policy.document import MOST_VALUES, parse
from sync.policy.reading import PolicyFaulty, read_policy

JARGON = ("Input should", "validation", "pydantic", "NoneType", "Decimal(", "dict", "tuple", "string", "null")

WRONG_VALUES = {
    "a word that does not fit": (
        ("mode: full ", "mode: fulll "),
        "systems.shopify-us.mode: 'fulll' is not one of shadow, guard, full. Write one of these.",
    ),
    "a class that does not exist": (
        ("  oversell:", "  oversel:"),
        "classes.oversel: the name 'oversel' is not one of exposure_mismatch, stale_feed, failed_update, wms_erp_variance, "
        "manual_override, feed_suppression, catalog_fault, oversell, negative_stock, stuck_reservation, reported. "
        "Did you mean oversell?",
    ),
    "a setting that does not exist": (
        ("maximum_shown: 500", "maximum_show: 500"),
        "systems.shopify-us.channel.maximum_show: there is no such setting. Did you mean maximum_shown?",
    ),
    "a name with a blank": (
        ("  till:", "  Store Till:"),
        "systems.Store Till: the name 'Store Till' does not fit. Write it like shopify-us: small letters, digits and "
        "hyphens, 63 at most.",
    ),
    "a currency in words": (
        ("currency: USD", "currency: dollars"),
        "currency: 'dollars' does not fit. Write it like USD.",
    ),
    "a number in words": (
        ("safety_stock: 2 ", "safety_stock: two "),
        "systems.shopify-us.channel.safety_stock: 'two' is not a whole number. Write digits only, like 12.",
    ),
    "half a unit": (
        ("safety_stock: 2 ", "safety_stock: 2.5 "),
        "systems.shopify-us.channel.safety_stock: '2.5' is not a whole number. Write digits only, like 12.",
    ),
    "less than nothing": (
        ("safety_stock: 2 ", "safety_stock: -2 "),
        "systems.shopify-us.channel.safety_stock: '-2' is too small. Write 0 or more.",
    ),
    "more than everything": (
        ("share: 0.4", "share: 40"),
        "systems.shopify-eu.channel.share: '40' is too large. Write 1 or less. Shares are between 0 and 1: 0.4 is 40 %.",
    ),
    "per cent for a share": (
        ("share: 0.4", "share: 40%"),
        "systems.shopify-eu.channel.share: '40%' is not a number. Write the number alone; where a share is asked for, "
        "0.4 is 40 %.",
    ),
    "money with a comma": (
        ("cancel: 14.00", 'cancel: "14,00"'),
        "costs.cancel: '14,00' is not a number. Write digits with a point before the decimals and no other mark, like 1250.50.",
    ),
    "money without end": (
        ("cancel: 14.00", "cancel: .inf"),
        "costs.cancel: '.inf' is not a number. Write digits with a point before the decimals and no other mark, like 1250.50.",
    ),
    "time without a unit": (
        ("fresh_for: 2 h", "fresh_for: 2"),
        "systems.wms.source.fresh_for: '2' is not a span of time. Write a number with its unit, for example 15 min, 2 h or "
        "7 days.",
    ),
    "time beyond all times": (
        ("fresh_for: 2 h", "fresh_for: 999999999999999 h"),
        "systems.wms.source.fresh_for: '999999999999999 h' is longer than anything lasts here. Write ten years at most.",
    ),
    "a system read without a rest": (
        ("reads_every: 15 min", "reads_every: 0 s"),
        "systems.shopify-us.reads_every: less than a second is too often to read a system. Write 1 s or more.",
    ),
    "no time zone": (
        ("timezone: America/New_York", "timezone: New York"),
        "timezone: 'New York' is not a time zone. Write one like Europe/London or UTC.",
    ),
    "neither true nor false": (
        ("  ignored_codes:", "  fold_case: perhaps\n  ignored_codes:"),
        "identity.fold_case: 'perhaps' is neither true nor false. Write true or false.",
    ),
    "a list for a time zone": (
        ("timezone: America/New_York", "timezone: [UTC]"),
        "timezone: is a list, not one value. Write one value after the colon.",
    ),
    "one place where a list is asked for": (
        ("locations: [reno, acme]", "locations: reno"),
        "systems.shopify-us.channel.locations: 'reno' is not a list. Write it in brackets: [reno].",
    ),
    "a list where one value is asked for": (
        ("trust: physical ", "trust: [physical] "),
        "systems.wms.source.trust: is a list, not one value. Write one value after the colon.",
    ),
    "nothing in a list": (
        ("locations: [reno, acme]", "locations: []"),
        "systems.shopify-us.channel.locations: is empty. Name at least one.",
    ),
    "a channel that YAML takes for a comment": (
        (
            'digest: { channel: inv-ops, day: mon, at: "08:00", timezone: America/New_York }',
            "digest:\n  channel: #inv-ops",
        ),
        "digest.channel: is empty. What follows # is a comment: put it into quotes, or leave the # out.",
    ),
    "nothing after the colon": (
        ("company: Example Home Goods", "company:"),
        "company: is empty. Write a value after the colon, or take the line out.",
    ),
    "a system that is nothing": (
        ("    source: { trust: advisory } ", "    vendor: false "),
        "systems.till: it neither counts nor sells. Add `source:` (it counts), `channel:` (it sells) or both.",
    ),
}


@pytest.mark.parametrize(("change", "told"), WRONG_VALUES.values(), ids=WRONG_VALUES.keys())
def test_a_wrong_value_is_told_at_its_line_with_its_mend(change: tuple[str, str], told: str) -> None:
    text = changed(EXAMPLE, change)
    [fault] = faults_of(text)
    assert str(fault) == told
    assert text.splitlines()[fault.line - 1][fault.column - 1 :].startswith(fault.path.rsplit(".", 1)[-1] or "")


def test_a_fault_prints_its_file_and_line_first() -> None:
    text = changed(EXAMPLE, ("mode: full ", "mode: fulll "))
    with pytest.raises(PolicyFaulty) as caught:
        read_policy(text, "shop.yml")
    assert str(caught.value).startswith(f"shop.yml:{line_of(text, 'fulll')}: systems.shopify-us.mode: 'fulll'")


def test_what_is_missing_is_told_where_it_belongs() -> None:
    text = changed(EXAMPLE, ("    name: Store till\n", ""), ("ops_lead: kim\n", ""))
    assert [str(fault) for fault in faults_of(text)] == [
        "ops_lead: is missing. Add `ops_lead:` to the file, at its left margin.",
        "systems.till.name: is missing. Add `name:` below `till:`.",
    ]
    assert faults_of(text)[1].line == line_of(text, "  till:")


def test_a_fault_behind_an_anchor_stands_at_the_anchor() -> None:
    text = changed(EXAMPLE, ("people:\n  dana: { name: Dana,", "people:\n  dana: &them { name: Dana, role: lead,"))
    text = changed(
        text, ("  sam: { name: Sam, slack: U01SAM001 }", "  sam: { <<: *them, slack: U01SAM001, name: Sam }")
    )
    assert {fault.line for fault in faults_of(text)} == {line_of(text, "&them")}


def test_anchors_and_merges_are_followed() -> None:
    old = "  failed_update: { queue: marketplaces, assign_within: 30 min, resolve_within: 2 h }\n"
    text = changed(
        EXAMPLE,
        (old, "  failed_update: &soon { queue: marketplaces, assign_within: 30 min, resolve_within: 2 h }\n"),
        ("  oversell: { queue: marketplaces, assign_within: 15 min,", "  oversell: { <<: *soon, assign_within: 5 min,"),
    )
    rules = read_policy(text).classes
    assert [str(rules[cls].assign_within) for cls in rules if cls in ("failed_update", "oversell")] == [
        "0:30:00",
        "0:05:00",
    ]


NO_POLICY = {
    "a tab": ("a:\n\tb: 1\n", 2, "a tab stands at the beginning"),
    "a colon too many": ("company: a: b\n", 1, "a colon stands where none can"),
    "no colon": ("company\ncurrency: USD\n", 2, "a colon"),
    "a list without its end": ("a: [1, 2\nb: 3\n", 2, "a list is not closed"),
    "a quote without its end": ("a: 'x\n", 2, "a quote is opened"),
    "a backslash in double quotes": ('a: "c:\\q"\n', 1, "a backslash"),
    "a name that was never set": ("a: *b\n", 1, "never set with &"),
    "a tag": ("a: !!python/object:os.system x\n", 1, "is not used in a policy"),
    "a number by tag": ("a: !!int x\n", 1, "is not used in a policy"),
    "a key twice": ("a: 1\nb: 2\na: 3\n", 3, "'a' stands here twice"),
    "a list for a name": ("? [a]\n: b\n", 1, "a name is a text"),
    "something that contains itself": ("a: &a\n  b: *a\n", 1, "contains itself"),
    "a list that contains itself": ("a: &a [*a]\n", 1, "contains itself"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "a second document"),
    "a control character": ("a: 1\nb: \x01\n", 2, "a character here"),
    "a variable outside quotes": ("a: { b: ${X} }\n", 1, "braces are not closed"),
    "brackets without end": ("a: " + "[" * 5000, 1, "brackets stand in brackets"),
    "a list at the top": ("- a\n", 1, "this is no list of settings"),
    "nothing": ("# only a comment\n", 1, "the file is empty"),
}


@pytest.mark.parametrize(("text", "line", "told"), NO_POLICY.values(), ids=NO_POLICY.keys())
def test_what_is_no_policy_at_all_is_told_at_its_line(text: str, line: int, told: str) -> None:
    [fault] = faults_of(text)
    assert told in fault.message
    assert fault.mend
    assert fault.line == line


def test_a_small_text_that_grows_without_end_is_refused() -> None:
    rows = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))]
    [fault] = faults_of("\n".join(rows))
    assert "more settings" in fault.message


def test_a_file_far_too_large_is_not_even_parsed() -> None:
    [fault] = faults_of("a: 1\n" * MOST_VALUES * 3)
    assert "characters" in fault.message


def test_values_stay_what_was_written() -> None:
    text = 'a: 007\nb: No\nc: 08:00\nd: 1.10\ne: 2026-11-24\nf: ~\ng: "~"\nh: 0x1F\ni: ok # not me\n'
    assert parse(text, "x").values == {
        "a": "007",
        "b": "No",
        "c": "08:00",
        "d": "1.10",
        "e": "2026-11-24",
        "f": None,
        "g": "~",
        "h": "0x1F",
        "i": "ok",
    }


LINES = EXAMPLE.splitlines()
SCRAPS = st.sampled_from(
    ["", "~", "-1", "1e9", "[a, b]", "{ a: 1 }", "'x'", "!!int 3", "*a", "&a x", "#", "a: b", "\t", "${A}", "é\u2028"]
)


@given(st.integers(0, len(LINES) - 1), SCRAPS, st.sampled_from(["value", "line", "cut", "indent"]))
@settings(max_examples=80, deadline=None)
def test_whatever_is_broken_is_told_without_jargon(at: int, scrap: str, how: str) -> None:
    line = LINES[at]
    broken = {
        "value": f"{line.partition(':')[0]}: {scrap}",
        "line": f"{line}\n{scrap}",
        "cut": line[: len(line) // 2] + scrap,
        "indent": f"  {line}",
    }[how]
    try:
        read_policy("\n".join([*LINES[:at], broken, *LINES[at + 1 :]]))
    except PolicyFaulty as faulty:
        for fault in faulty.faults:
            assert fault.mend, fault
            assert not any(word in fault.message for word in JARGON), fault


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@?, \n\t~<=$\\\x00é", max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(PolicyFaulty):
        read_policy(text)
