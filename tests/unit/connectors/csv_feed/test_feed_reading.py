"""The parts of reading a feed: charsets, numbers, times, and whether the whole is plausible."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sync.connectors.csv_feed.charset import decode
from sync.connectors.csv_feed.figures import plausibility
from sync.connectors.csv_feed.numbers import NotACount, read_count
from sync.connectors.csv_feed.stamps import NoStamp, read_stamp
from sync.errors import BadInput
from sync.landing.snapshot import Figures
from sync.policy.system_rules import Plausible

RULES = Plausible(rows_fall_by_at_most=Decimal("0.5"), zeros_at_most=Decimal("0.6"))


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + "Öl".encode(),
        codecs.BOM_UTF16_LE + "Öl".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Öl".encode("utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides_over_policy(body: bytes) -> None:
    assert decode(body, "cp1252").text == "Öl"


def test_policys_encoding_is_used_strictly() -> None:
    assert decode("Öl".encode("cp1252"), "cp1252").text == "Öl"
    with pytest.raises(BadInput, match="policy says so"):
        decode("Öl".encode("cp1252"), "utf-8")


def test_windows_bytes_are_read_only_where_policy_allows_and_examples_are_shown() -> None:
    body = "Öl, Käse, Brot, Früh".encode("cp1252")
    with pytest.raises(BadInput, match="not UTF-8"):
        decode(body)
    decoded = decode(body, cp1252=True)
    assert (decoded.text, decoded.high_bytes, decoded.assumed) == ("Öl, Käse, Brot, Früh", 3, ("Öl", "Käse", "Früh"))


def test_a_byte_that_windows_does_not_know_is_not_replaced() -> None:
    with pytest.raises(BadInput, match="does not fit"):
        decode(b"\xff\x81", cp1252=True)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "units"),
    [
        ("11", None, None, 11),
        (" -3 ", None, None, -3),
        ("+4", None, None, 4),
        ("", None, None, None),
        ("\u00a0", None, None, None),
        ("5.00", ".", None, 5),
        ("1.234,0", ",", ".", 1234),
        ("1 234 567", None, " ", 1234567),
        ("1\u202f234", None, " ", 1234),
        ("1'234", None, "'", 1234),
        ("1000000000", None, None, 10**9),
    ],
)
def test_counts_are_read_by_the_feeds_marks(text: str, decimal: str | None, thousands: str | None, units: int) -> None:
    assert read_count(text, decimal, thousands) == units


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("1.234", None, None),
        ("1,000", None, None),
        ("5.0", None, None),
        ("5.5", ".", None),
        ("5.", ".", None),
        ("12.34", None, "."),
        ("1.23.456", None, "."),
        ("1e3", None, None),
        ("٣", None, None),
        ("5-", None, None),
        ("n/a", None, None),
        ("1_000", None, None),
        ("1000000001", None, None),
        ("NaN", None, None),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_a_fault(
    text: str, decimal: str | None, thousands: str | None
) -> None:
    with pytest.raises(NotACount):
        read_count(text, decimal, thousands)


@pytest.mark.parametrize(
    ("text", "form", "width"),
    [
        ("2026-11-24T02:00:00Z", None, timedelta(seconds=1)),
        ("2026-11-24 02:00:00.000000+00:00", None, timedelta(0)),
        ("2026-11-24T02:00+00:00", None, timedelta(minutes=1)),
        ("20261124T020000Z", None, timedelta(seconds=1)),
        ("24.11.2026 02:00 +0000", "%d.%m.%Y %H:%M %z", timedelta(minutes=1)),
    ],
)
def test_a_stamp_is_as_wide_as_its_writing(text: str, form: str | None, width: timedelta) -> None:
    as_of = read_stamp(text, form).as_of
    assert (as_of.start, as_of.end - as_of.start) == (datetime(2026, 11, 24, 2, tzinfo=UTC), width)


def test_a_date_alone_is_the_whole_day() -> None:
    as_of = read_stamp("2026-11-24", zone=ZoneInfo("UTC")).as_of
    assert as_of.end - as_of.start == timedelta(days=1)


def test_an_hour_that_the_clock_skips_is_no_time() -> None:
    with pytest.raises(NoStamp, match="does not exist"):
        read_stamp("2026-03-29T02:30:00", zone=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(NoStamp):
        read_stamp(text)


def test_f35_half_a_file_is_held() -> None:
    held = plausibility(Figures(400, 10, 4000), Figures(1000, 20, 9000), RULES)
    assert held == "It has 400 usable rows; the last good one had 1000 (a fall of 60 %, allowed are 50 %)."


def test_f36_zeros_everywhere_are_held_even_in_a_first_file() -> None:
    assert "990 of 1000 rows say zero (99 %" in plausibility(Figures(1000, 990, 50), None, RULES)


def test_a_vendor_with_many_zeros_by_nature_is_held_only_when_its_stock_collapses() -> None:
    accepted = Figures(1000, 700, 9000)
    assert plausibility(Figures(1000, 710, 9000), accepted, RULES) == ""
    assert "870 of 1000 rows say zero" in plausibility(Figures(1000, 870, 2000), accepted, RULES)


@pytest.mark.parametrize("current", [Figures(500, 300, 1), Figures(1200, 0, 1)])
def test_at_the_limit_nothing_is_held(current: Figures) -> None:
    assert plausibility(current, Figures(1000, 20, 9000), RULES) == ""


def test_a_file_without_a_usable_row_is_held() -> None:
    assert plausibility(Figures(0, 0, 0), None, RULES) != ""
