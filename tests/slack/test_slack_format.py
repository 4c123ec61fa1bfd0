"""Numbers, money, times and text from outside: inbox-design, section 12."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_builders import NOW, at

from bot.slack import format as fmt


@pytest.mark.parametrize(
    ("value", "shown"), [(7, "+7\u00a0units"), (-1, "−1\u00a0unit"), (0, "0\u00a0units"), (1284, "+1,284\u00a0units")]
)
def test_differences_carry_sign_and_unit(value: int, shown: str) -> None:
    assert fmt.signed_units(value) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("519.12", "$519"),
        ("0", "$0"),
        ("99999.4", "$99,999"),
        ("99999.6", "$100\u00a0k"),
        ("120000", "$120\u00a0k"),
        ("999499", "$999\u00a0k"),
        ("999500", "$1.0\u00a0m"),
        ("1234567", "$1.2\u00a0m"),
        ("-12.7", "−\u2060$13"),
    ],
)
def test_estimates_are_whole_until_they_are_thousands(amount: str, shown: str) -> None:
    assert fmt.estimate(Decimal(amount), "USD") == shown


def test_booked_amounts_always_have_two_decimals_and_their_sign_sticks() -> None:
    assert fmt.booked(Decimal("656"), "USD") == "$656.00"
    assert fmt.signed_booked(Decimal("-287"), "USD") == "−\u2060$287.00"
    assert fmt.signed_booked(Decimal("12.5"), "EUR", "de_DE") == "+\u2060€12,50"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(38, "38 s"), (38 * 60, "38 min"), (185 * 60, "3 h 05 min"), (7200, "2 h"), (9 * 86400, "9 days"), (-5, "0 s")],
)
def test_spans(seconds: int, shown: str) -> None:
    assert fmt.span(timedelta(seconds=seconds)).replace("\u00a0", " ") == shown


def test_times_are_date_tokens_with_a_fallback_that_names_the_zone() -> None:
    assert fmt.at(at("14:47"), NOW) == "<!date^1795531620^{time}|14:47 UTC>"
    assert fmt.at(at("14:47") - timedelta(days=3), NOW).endswith("^{date_short_pretty} {time}|21 Nov 14:47 UTC>")


def test_markup_and_mentions_from_outside_are_inert() -> None:
    shown = fmt.mrkdwn("*Sale* <!channel> `x` ~y~ _z_ :fire: & more\nnew\r\nline")
    assert "<" not in shown.replace("&lt;", "")
    assert "\n" not in shown
    assert "&lt;!channel&gt;" in shown
    for mark in "*`~_":
        assert all(shown[place - 1] == fmt.JOINER for place, char in enumerate(shown) if char == mark)


def test_right_to_left_text_is_isolated_and_bidi_controls_are_gone() -> None:
    assert fmt.plain("קומקום \u202eשחור\u202c") == "\u2068קומקום שחור\u2069"
    assert fmt.plain("kettle\u202e") == "kettle"


def test_cutting_never_splits_what_a_person_sees_as_one_character() -> None:
    family = "👨‍👩‍👧‍👦"
    assert fmt.cut(family * 3, 2) == family + "…"
    assert fmt.cut(family * 30, 25, 100) == family * 9 + "…"


def test_a_long_sku_is_cut_in_its_middle_because_the_end_tells_variants_apart() -> None:
    shown = fmt.sku_code("ABCDEFGH" * 8 + "-XL-BLUE")
    assert len(shown) == 40
    assert shown.endswith("-XL-BLUE")
    assert fmt.sku_code("KTL-17-BLK") == "KTL-17-BLK"


def test_lists_show_three_and_count_the_rest() -> None:
    assert fmt.listed(["a", "b", "c"]) == "a, b and c"
    assert fmt.listed([str(n) for n in range(37)]) == "0, 1, 2 and 34 more"


def test_a_private_answer_may_name_people_and_nothing_else() -> None:
    assert fmt.sentence_with_people("<@U0LEE> can, <!here> cannot") == "<@U0LEE> can, &lt;!here&gt; cannot"


def test_words_that_do_not_break_stay_together() -> None:
    assert fmt.sentence("9\u00a0units") == "9\u00a0units"


@given(st.text(max_size=300), st.integers(2, 80))
def test_no_text_from_outside_can_speak_mrkdwn_or_be_too_long(text: str, most: int) -> None:
    shown = fmt.mrkdwn(text, most)
    assert "<" not in shown
    assert ">" not in shown.replace("&gt;", "")
    assert not any(ord(char) < 32 for char in shown)
    assert not any(char in "\u202a\u202b\u202d\u202e" for char in shown)
    assert len(fmt.cut(fmt.clean(text), most, most).encode("utf-16-le")) // 2 <= most
