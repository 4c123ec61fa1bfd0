"""Numbers, money, times and text from outside: inbox-design, section 12."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_builders import NOW, at

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.speaking import Reader, speaking_to


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


def reads(locale: str, zone: str = "UTC") -> Reader:
    return Reader(locale, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("locale", "level", "share", "short", "money", "yen", "dinar"),
    [
        ("en_US", "−1,234,567", "4.8%", "$120 k", "+\u2060$1,234.50", "¥1,235", "KWD 1,234.500"),
        ("en_IN", "−12,34,567", "4.8%", "$120 k", "+\u2060$1,234.50", "JP¥1,235", "KWD 1,234.500"),
        ("de_DE", "−1.234.567", "4,8 %", "120 k $", "+\u20601.234,50 $", "1.235 ¥", "1.234,500 KWD"),
        ("ja_JP", "−1,234,567", "4.8%", "$120 k", "+\u2060$1,234.50", "￥1,235", "KWD 1,234.500"),
        ("ar", "−1,234,567", "4.8%", "120 k US$", "+\u20601,234.50 US$", "1,235 JP¥", "\u20681,234.500 د.ك.\u2069"),
    ],
)
def test_numbers_and_money_are_written_as_the_locale_has_them(
    locale: str, level: str, share: str, short: str, money: str, yen: str, dinar: str
) -> None:
    with speaking_to(reads(locale)):
        written = (
            fmt.number(-1_234_567),
            fmt.percent(Decimal("0.0479")),
            fmt.estimate(Decimal(119_600), "USD"),
            fmt.signed_booked(Decimal("1234.5"), "USD"),
            fmt.booked(Decimal("1234.5"), "JPY"),
            fmt.booked(Decimal("1234.5"), "KWD"),
        )
    assert tuple(one.replace(fmt.NBSP, " ") for one in written) == (level, share, short, money, yen, dinar)
    assert all(" " not in one for one in written), "nothing breaks between a number and what belongs to it"


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert fmt.booked(Decimal("-0.001"), "USD") == "$0.00"
    assert fmt.estimate(Decimal("-0.3"), "USD") == "$0"
    assert fmt.percent(Decimal("-0.0001")) == "0%"
    assert fmt.percent(Decimal("-0.05")) == "−5%"


@pytest.mark.parametrize(
    ("locale", "zone", "then", "shown"),
    [
        ("en_US", "UTC", "2026-11-24T13:00:00+00:00", "13:00 UTC"),
        ("en_US", "UTC", "2026-11-22T14:02:00+00:00", "Sun 14:02 UTC"),
        ("en_US", "UTC", "2026-11-15T14:02:00+00:00", "15 Nov 14:02 UTC"),
        ("en_US", "UTC", "2025-11-15T14:02:00+00:00", "15 Nov 2025 14:02 UTC"),
        ("en_US", "America/New_York", "2026-11-01T05:30:00+00:00", "1 Nov 01:30 EDT"),
        ("en_US", "America/New_York", "2026-11-01T06:30:00+00:00", "1 Nov 01:30 EST"),
        ("de_DE", "Europe/Berlin", "2026-10-25T00:30:00+00:00", "25. Okt. 02:30 CEST"),
        ("de_DE", "Europe/Berlin", "2026-10-25T01:30:00+00:00", "25. Okt. 02:30 CET"),
        ("de_DE", "Europe/Berlin", "2026-11-22T14:02:00+00:00", "So. 15:02 CET"),
        ("ja_JP", "Asia/Tokyo", "2026-11-15T14:02:00+00:00", "11月15日 23:02 JST"),
        ("ar", "Asia/Dubai", "2026-11-15T14:02:00+00:00", "15 نوفمبر 18:02 UTC+04"),
        ("en_IN", "Asia/Kolkata", "2026-11-15T19:02:00+00:00", "16 Nov 00:32 IST"),
    ],
)
def test_times_in_plain_text_stand_in_the_readers_zone(locale: str, zone: str, then: str, shown: str) -> None:
    """The two half past one of a night when clocks go back differ by the name of their zone."""
    now = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
    with speaking_to(reads(locale, zone)):
        assert fmt.at_plain(datetime.fromisoformat(then), now) == shown


def test_ordinals_and_nouns_have_the_forms_of_english() -> None:
    assert [fmt.ordinal(value) for value in (1, 2, 3, 4, 11, 12, 22, 101, 111)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "22nd", "101st", "111th"]
    )
    assert fmt.counted(1, t.ORDERS) == "1\u00a0order"
    assert fmt.counted(-1, t.ORDERS) == "−1\u00a0order"
    assert fmt.counted(0, t.ORDERS) == "0\u00a0orders"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(38, "38 s"), (38 * 60, "38 min"), (185 * 60, "3 h 05 min"), (7200, "2 h"), (9 * 86400, "9 days"), (-5, "0 s")],
)
def test_spans(seconds: int, shown: str) -> None:
    assert fmt.span(timedelta(seconds=seconds)).replace("\u00a0", " ") == shown


def test_times_are_date_tokens_with_a_fallback_that_names_the_zone() -> None:
    assert fmt.at(at("14:47"), NOW) == "<!date^1795531620^{time}|14:47 UTC>"
    assert fmt.at(at("14:47") - timedelta(days=3), NOW).endswith("^{date_short_pretty} {time}|Sat 14:47 UTC>")


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
