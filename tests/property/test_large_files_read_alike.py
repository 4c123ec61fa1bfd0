"""Whatever stands in a file, read as columns it comes to the facts, problems and figures that reading it row by row comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.connectors.base import Inbound, Parsed
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.errors import BadInput
from sync.landing.snapshot import BUCKETS, Snapshot, instant
from sync.model.facts import Count, FactDraft, FactKind
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.policy.system_rules import System

ACME = SystemId("acme")
T = TypeVar("T")

codes = st.sampled_from(
    ["A", "A", "B", "a b", "Ä-1", " A", "A ", "", "  ", "x\ufffdy", "\u200bB", "日本", "C" * 256, 'in"ch']
)
places = st.sampled_from(["reno", "reno", " reno ", "dock", "", "do\u2028ck"])
units = st.sampled_from(
    ["5", "5", "0", "-1", "+3", " 7 ", "", "  ", "five", "1.0", "1.5", "1,000", "9" * 10, "1.", "\u00a05", "٣"]
)
times = st.sampled_from(
    [
        "2026-11-24T02:00:00Z",
        "2026-11-24T02:00:00Z",
        "2026-11-23",
        "2026-11-01T01:30:00",
        "2026-03-08T02:30:00",
        "",
        "soon",
    ]
)
wrappers = st.sampled_from(["{}", "{}", '"{}"', '"{}', ' "{}"'])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Mostly a row; sometimes too long, too short, blank, or broken."""
    kind = draw(st.sampled_from(["row"] * 12 + ["blank", "short", "long", "trailing", "commas", "note"]))
    if kind == "blank":
        return draw(st.sampled_from(["", "   "]))
    if kind == "commas":
        return ",,,,"
    if kind == "note":
        return "# a comment among the rows"
    cells = [draw(codes), draw(places), draw(units), draw(units), draw(times)]
    calm = draw(st.booleans())
    cells = cells if calm else [draw(wrappers).format(cell) for cell in cells]
    if kind == "short":
        return ",".join(cells[:3])
    return ",".join(cells) + {"long": ",more", "trailing": ",,"}.get(kind, "")


heads = st.sampled_from(
    ["sku,place,qty,coming,as_of", "SKU , place,qty,coming,as_of", '"sku","place",qty,coming,as_of']
)
breaks = st.sampled_from(["\n", "\n", "\r\n", "\r"])


def a_connector(**connection: Any) -> CsvFeedConnector:
    columns = {"sku": "sku", "location": "place", "on_hand": "qty", "incoming": "coming"}
    if "as_of_header" not in connection:
        columns["as_of"] = "as_of"
    rules = {
        "kind": "csv_feed",
        "name": "Acme",
        "source": {"trust": "vendor", "absent": "zero", "timezone": "America/New_York"},
        "connection": {"folder": "/nowhere", "columns": columns, **connection},
    }
    return CsvFeedConnector(ACME, System.model_validate(rules))


def told(parsed: Parsed) -> tuple[Any, ...]:
    """What a file came to, row by row."""
    counted = [fact for fact in parsed.facts if fact.kind is FactKind.COUNTED]
    covered = [(fact.place, fact.as_of, fact.body) for fact in parsed.facts if fact.kind is FactKind.SNAPSHOT_READ]
    return parsed.key, counted, parsed.problems, parsed.rows, parsed.held, parsed.content_at, covered


def told_whole(snapshot: Snapshot, connector: CsvFeedConnector) -> tuple[Any, ...]:
    """The same of its columns."""
    counted: list[FactDraft] = [
        connector.counted(
            row["code"],
            row["place"],
            AsOf(instant(row["start"]), instant(row["end"])),
            Count(**{bucket: row[bucket] for bucket in BUCKETS}),
        )
        for row in snapshot.frame.iter_rows(named=True)
    ]
    covered = [(one.place, one.as_of, one.rows) for one in snapshot.covered]
    return (
        snapshot.key,
        counted,
        snapshot.problems,
        snapshot.rows,
        snapshot.held,
        snapshot.content_at,
        covered,
    )


def outcome(read: Callable[[Inbound], T], inbound: Inbound) -> T | str:
    """What reading gives, or why it cannot be read."""
    try:
        return read(inbound)
    except BadInput as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(
    head=heads,
    rows=st.lists(lines(), max_size=14),
    mark=breaks,
    connection=st.sampled_from(
        [{}, {"decimal": "."}, {"thousands": ","}, {"as_of_header": r"as of (\S+)"}, {"location": "dock"}]
    ),
    before=st.sampled_from(["", "# as of 2026-11-24T02:00:00Z\n", "# hello\n\n"]),
    ends=st.booleans(),
)
def test_read_as_columns_or_row_by_row(
    head: str, rows: list[str], mark: str, connection: dict[str, Any], before: str, ends: bool
) -> None:
    body = (before.replace("\n", mark) + mark.join([head, *rows]) + (mark if ends else "")).encode()
    connector = a_connector(**connection)
    inbound = Inbound(ACME, "file", body, datetime(2026, 11, 24, 9, tzinfo=UTC), {}, "a.csv")
    parsed, snapshot = outcome(connector.parse, inbound), outcome(connector.read_whole, inbound)
    if isinstance(parsed, str) or isinstance(snapshot, str):
        assert parsed == snapshot
        return
    expected, found = told(parsed), told_whole(snapshot, connector)
    covered = [(place, as_of, body.rows) for place, as_of, body in expected[-1]]
    assert found == (*expected[:-1], covered)
    if not parsed.held:
        assert snapshot.figures() == connector.figures(parsed)
