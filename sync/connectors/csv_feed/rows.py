"""Rows to facts. A row that says something unclear becomes a problem with its line; its neighbours are used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sync.connectors.base import Problem
from sync.connectors.codes import unfit_code
from sync.connectors.csv_feed.numbers import NotACount, read_count
from sync.connectors.csv_feed.stamps import NoStamp, Stamp, read_stamp
from sync.connectors.csv_feed.table import Row
from sync.model.facts import Count, FactDraft, FactKind, ItemRef
from sync.model.time import AsOf

BUCKETS = ("on_hand", "available", "reserved", "quarantined", "held", "incoming")


@dataclass(frozen=True, slots=True)
class RowRules:
    """Where a row says what. ``columns`` are indexes by our names (``sku``, ``location``, ``as_of``, the buckets).

    ``place`` is the one location of a feed without a location column; ``stamp`` the one time of a file without a time
    column, whose times are written as ``form`` in ``zone``.
    """

    columns: Mapping[str, int]
    place: str | None = None
    stamp: Stamp | None = None
    form: str | None = None
    zone: ZoneInfo | None = None
    decimal: str | None = None
    thousands: str | None = None


@dataclass(slots=True)
class Reading:
    """What the rows of one file came to. ``doubtful`` are places of which a row could not be used; ``all_doubtful`` when
    one did not even show its place. ``unstamped`` counts rows without a usable time."""

    facts: list[FactDraft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    all_doubtful: bool = False
    unstamped: int = 0
    repeated: str = ""

    def by_place(self) -> Iterator[tuple[str, list[FactDraft]]]:
        """The facts of each place, places sorted."""
        places: dict[str, list[FactDraft]] = {}
        for fact in self.facts:
            places.setdefault(fact.place or "", []).append(fact)
        yield from sorted(places.items())


class _BadRow(ValueError):
    def __init__(self, why: str, kind: str) -> None:
        super().__init__(why)
        self.kind = kind


def read_rows(rows: tuple[Row, ...], rules: RowRules) -> Reading:
    """Facts of the good rows and problems of the others. Equal rows are one fact; a second row with other numbers for the
    same SKU, place and time is a problem, and both are recorded: the ledger counts the lower until it is mended."""
    reading = Reading()
    lines: dict[tuple[str, str, AsOf], tuple[str, FactDraft]] = {}
    for row in rows:
        draft = read_row(row, rules, reading)
        if draft is None:
            continue
        assert draft.item is not None  # noqa: S101 - every row names one
        identity = (draft.item.value, draft.place or "", draft.as_of)
        first = lines.setdefault(identity, (row.where, draft))
        if first[1] is draft:
            reading.facts.append(draft)
        elif first[1].key != draft.key:
            reading.facts.append(draft)
            reading.problems.append(twice(draft.item.value, draft.place or "", first[0], row.where, row.raw))
    return reading


def read_row(row: Row, rules: RowRules, reading: Reading) -> FactDraft | None:
    """The fact of one row. None, with the problem noted in ``reading``, when the row cannot be used."""
    place = _cell(row, rules, "location") or rules.place or ""
    try:
        return _fact(row, rules, place, reading)
    except _BadRow as bad:
        reading.problems.append(Problem(row.where, str(bad), row.raw, bad.kind))
        reading.doubtful.add(place)
        reading.all_doubtful |= not place
        return None


def twice(code: str, place: str, first: str, where: str, raw: str) -> Problem:
    """A second row with other numbers for the same SKU, place and time."""
    return Problem(
        where, f"{code} at {place} is already on {first} with other numbers; the lower counts.", raw, "conflict"
    )


def counted(code: str, place: str, as_of: AsOf, count: Count) -> FactDraft:
    """The fact of a row: what a SKU counts at a place as of a time."""
    told = repr(count) if count.held is None else f"{count} held={count.held}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    key = f"row:{code}:{place}@{as_of.start.isoformat()}:{digest}"
    return FactDraft(FactKind.COUNTED, key, as_of, ItemRef("sku", code), place, count)


def _fact(row: Row, rules: RowRules, place: str, reading: Reading) -> FactDraft:
    sku = _code(row.cells[rules.columns["sku"]], "SKU")
    _code(place, "location")
    count = _count(row, rules)
    return counted(sku, place, _as_of(row, rules, reading), count)


def _cell(row: Row, rules: RowRules, name: str) -> str:
    index = rules.columns.get(name)
    return "" if index is None else row.cells[index].strip()


def _code(text: str, what: str) -> str:
    """A code as it was written. Refused when it cannot be one: then a quote or the charset went wrong."""
    why = unfit_code(text)
    if why:
        raise _BadRow(f"The {what} {why}.", "value" if text.strip() else "missing")
    return text


def _count(row: Row, rules: RowRules) -> Count:
    numbers: dict[str, int | None] = {}
    for bucket in BUCKETS:
        if bucket not in rules.columns:
            continue
        try:
            numbers[bucket] = read_count(row.cells[rules.columns[bucket]], rules.decimal, rules.thousands)
        except NotACount as error:
            raise _BadRow(f"{bucket}: {error}.", "value") from error
    if all(number is None for number in numbers.values()):
        raise _BadRow(f"It states no number ({', '.join(numbers)}): empty is unknown, never zero.", "missing")
    return Count(**numbers)


def _as_of(row: Row, rules: RowRules, reading: Reading) -> AsOf:
    if rules.stamp is not None:
        return rules.stamp.as_of
    try:
        stamp = read_stamp(_cell(row, rules, "as_of"), rules.form, rules.zone)
    except NoStamp as error:
        reading.unstamped += 1
        raise _BadRow(f"Its time cannot be used: {error}.", "value") from error
    if stamp.repeated:
        reading.repeated = reading.repeated or row.where
    return stamp.as_of
