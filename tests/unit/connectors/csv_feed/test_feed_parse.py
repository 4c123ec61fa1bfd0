"""A CSV file becomes counts as of its own time; what is unclear is told by line, and the rest is used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sync.connectors.base import Parsed
from sync.errors import BadInput
from sync.model.facts import Count, FactKind, ItemRef, SnapshotRead
from sync.model.time import AsOf

ReadsFeed = Callable[..., Parsed]

TWO = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
STAMP = "# as of 2026-11-24T02:00:00Z\n"


def counts(parsed: Parsed) -> dict[tuple[str, str], Count]:
    return {
        (fact.item.value, fact.place or ""): fact.body
        for fact in parsed.facts
        if fact.item is not None and isinstance(fact.body, Count)
    }


def test_rows_become_counts_as_of_the_files_own_time(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\nRUG-80,WH1,0\n")
    assert counts(parsed) == {("KTL-17", "WH1"): Count(on_hand=11), ("RUG-80", "WH1"): Count(on_hand=0)}
    assert {fact.as_of for fact in parsed.facts} == {AsOf.at(TWO, timedelta(seconds=1))}
    assert parsed.facts[0].item == ItemRef("sku", "KTL-17")
    assert parsed.content_at == TWO
    assert (parsed.problems, parsed.held, parsed.rows) == ((), "", 2)


def test_where_absent_is_zero_a_full_file_is_a_reading_of_each_of_its_places(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\nKTL-17,WH2,3\nRUG-80,WH1,5\n", absent="zero")
    readings = {fact.place: fact.body for fact in parsed.facts if fact.kind is FactKind.SNAPSHOT_READ}
    assert readings == {"WH1": SnapshotRead(rows=2), "WH2": SnapshotRead(rows=1)}
    assert parsed.covered == ("WH1", "WH2")


def test_where_absent_is_unknown_no_reading_confirms_what_the_file_does_not_name(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\n", absent="unknown")
    assert [fact.kind for fact in parsed.facts] == [FactKind.COUNTED]
    assert parsed.covered == ("WH1",)


def test_a_partial_feed_reads_no_place_fully(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\n", full=False, absent="zero")
    assert parsed.covered == ()
    assert [fact.kind for fact in parsed.facts] == [FactKind.COUNTED]


def test_f34_the_same_bytes_under_a_new_name_are_the_same_delivery(read_feed: ReadsFeed) -> None:
    text = STAMP + "sku,place,qty\nKTL-17,WH1,11\n"
    assert read_feed(text, name="stock-0200.csv").key == read_feed(text, name="stock-0300 (copy).csv").key


def test_f38_freshness_is_the_contents_time_not_the_arrival(read_feed: ReadsFeed) -> None:
    old = read_feed("# as of 2026-11-20T02:00:00Z\nsku,place,qty\nKTL-17,WH1,11\n")
    assert old.content_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def test_an_unchanged_number_at_a_new_time_is_a_new_fact_and_a_repeated_row_is_not(read_feed: ReadsFeed) -> None:
    first = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,10\n").facts[0].key
    later = read_feed("# as of 2026-11-24T04:00:00Z\nsku,place,qty\nKTL-17,WH1,10\n").facts[0].key
    longer = read_feed(STAMP + "sku,place,qty\nRUG-80,WH1,1\nKTL-17,WH1,10\n").facts[1].key
    assert first != later
    assert first == longer


def test_f37_decimal_comma_thousands_dot_latin_1_quoted_newline(read_feed: ReadsFeed) -> None:
    body = (
        "# as of 2026-11-24T02:00:00Z\r\n"
        'Artikel;Lager;Bestand;Text\r\n"ÖL-5";WH1;"1.234,00";"Öl,\r\nfünf Liter"\r\nRUG-80;WH1;7;glatt\r\n'
    ).encode("latin-1")
    parsed = read_feed(
        body,
        encoding="latin-1",
        delimiter=";",
        decimal=",",
        thousands=".",
        columns={"sku": "Artikel", "location": "Lager", "on_hand": "Bestand"},
    )
    assert counts(parsed) == {("ÖL-5", "WH1"): Count(on_hand=1234), ("RUG-80", "WH1"): Count(on_hand=7)}
    assert parsed.problems == ()


def test_f37_a_renamed_column_says_what_to_change(read_feed: ReadsFeed) -> None:
    with pytest.raises(BadInput, match=r"Column 'qty' is missing. The header is: sku, place, quantity.*`on_hand`"):
        read_feed(STAMP + "sku,place,quantity\nKTL-17,WH1,11\n")


def test_a_bad_row_is_told_with_its_line_and_the_good_rows_are_used(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\nRUG-80,WH1,1.234\n,WH1,4\nPAN-24,WH1,\nMUG-1,WH1,9\n")
    assert set(counts(parsed)) == {("KTL-17", "WH1"), ("MUG-1", "WH1")}
    told = [(problem.where, problem.kind, problem.row) for problem in parsed.problems]
    assert told == [
        ("line 4", "value", "RUG-80,WH1,1.234"),
        ("line 5", "missing", ",WH1,4"),
        ("line 6", "missing", "PAN-24,WH1,"),
    ]
    assert "can be read in two ways" in parsed.problems[0].why


def test_a_place_with_a_bad_row_is_not_read_fully_but_its_neighbour_is(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,eleven\nRUG-80,WH1,2\nRUG-80,WH2,3\n")
    assert parsed.covered == ("WH2",)


def test_a_file_cut_off_inside_quotes_keeps_what_came_before_and_reads_no_place_fully(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + 'sku,place,qty\nKTL-17,WH1,11\n"RUG-80,WH')
    assert set(counts(parsed)) == {("KTL-17", "WH1")}
    assert (parsed.problems[0].where, parsed.covered) == ("line 4", ())
    assert "never closed" in parsed.problems[0].why


def test_one_sku_twice_with_other_numbers_is_told_and_both_are_recorded(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nKTL-17,WH1,11\nKTL-17,WH1,11\nKTL-17,WH1,4\n")
    numbers = [fact.body.on_hand for fact in parsed.facts if isinstance(fact.body, Count)]
    assert numbers == [11, 4]
    assert [(problem.where, problem.kind) for problem in parsed.problems] == [("line 5", "conflict")]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "stock.csv"),
        ({"as_of_header": None, "as_of_name": r"(\d{8})"}, "stock.csv"),
    ],
)
def test_a_file_without_its_own_time_is_held(read_feed: ReadsFeed, settings: dict[str, str], name: str) -> None:
    parsed = read_feed("sku,place,qty\nKTL-17,WH1,11\n", name=name, **settings)
    assert parsed.held.startswith("The file does not say as of when it is")
    assert parsed.facts == ()


def test_the_time_may_stand_in_the_name(read_feed: ReadsFeed) -> None:
    parsed = read_feed(
        "sku,place,qty\nKTL-17,WH1,11\n",
        name="stock_20261124_0200.csv",
        timezone="Europe/Berlin",
        as_of_header=None,
        as_of_name=r"_(\d{8}_\d{4})",
        as_of_format="%Y%m%d_%H%M",
    )
    one = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert parsed.facts[0].as_of == AsOf.at(one, timedelta(minutes=1))


def test_the_time_may_stand_in_each_row_and_the_reading_spans_them(read_feed: ReadsFeed) -> None:
    columns = {"sku": "sku", "location": "place", "on_hand": "qty", "as_of": "at"}
    parsed = read_feed(
        "sku,place,qty,at\nKTL-17,WH1,11,2026-11-24T02:00:00Z\nRUG-80,WH1,5,2026-11-24T02:05:00Z\nPAN-24,WH2,5,soon\n",
        columns=columns,
        as_of_header=None,
        absent="zero",
    )
    reading = next(fact for fact in parsed.facts if fact.kind is FactKind.SNAPSHOT_READ)
    assert reading.as_of == AsOf(TWO, TWO + timedelta(minutes=5, seconds=1))
    assert parsed.content_at == TWO + timedelta(minutes=5)
    assert [problem.where for problem in parsed.problems] == ["line 4"]


def test_a_time_in_the_repeated_hour_is_read_as_its_first_pass_and_told(read_feed: ReadsFeed) -> None:
    parsed = read_feed("# as of 2026-10-25T02:30:00\nsku,place,qty\nKTL-17,WH1,11\n", timezone="Europe/Berlin")
    assert parsed.content_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "read as the first" in parsed.problems[0].why


def test_a_time_without_an_offset_needs_policys_zone(read_feed: ReadsFeed) -> None:
    parsed = read_feed("# as of 2026-11-24T02:00:00\nsku,place,qty\nKTL-17,WH1,11\n")
    assert "policy names no `timezone:`" in parsed.held


def test_a_feed_of_one_place_needs_no_location_column(read_feed: ReadsFeed) -> None:
    parsed = read_feed(
        STAMP + "sku,qty,free\nKTL-17,11,9\n",
        columns={"sku": "sku", "on_hand": "qty", "available": "free"},
        location="acme-dock",
    )
    assert counts(parsed) == {("KTL-17", "acme-dock"): Count(on_hand=11, available=9)}


def test_a_code_that_lost_a_letter_is_no_new_sku(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty\nK\ufffdTL,WH1,11\nRUG-80,WH1,1\n")
    assert set(counts(parsed)) == {("RUG-80", "WH1")}
    assert "replacement character" in parsed.problems[0].why


def test_a_row_with_a_cell_too_many_is_not_guessed(read_feed: ReadsFeed) -> None:
    parsed = read_feed(STAMP + "sku,place,qty,text\nKTL-17,WH1,11,Kettle, black\nRUG-80,WH1,1,Rug,\n")
    assert set(counts(parsed)) == {("RUG-80", "WH1")}
    assert "needs quotes" in parsed.problems[0].why


def test_an_empty_file_is_no_table(read_feed: ReadsFeed) -> None:
    with pytest.raises(BadInput, match="no header line"):
        read_feed("")
