"""A large file to columns: what plainly is a row is read by polars, a chunk at a time; everything else as small files are.

Both ways find the same rows, numbers and problems (a property test holds it): a line is plain when nothing about it needs a
second thought, and only the others go through :mod:`rows`, with their line. A file in which a record goes over several lines is
read by :mod:`table` as a whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.connectors.base import Problem
from sync.connectors.codes import LONGEST
from sync.connectors.csv_feed.rows import BUCKETS, Reading, RowRules, read_row, read_rows, twice
from sync.connectors.csv_feed.stamps import NoStamp, Stamp, read_stamp
from sync.connectors.csv_feed.table import CUT, Dialect, Row, comments_of, line_end, misfit, read_table
from sync.errors import BadInput
from sync.landing.snapshot import ROW, micros
from sync.model.facts import Count, FactDraft

if TYPE_CHECKING:
    import polars as pl

CHUNK = 4 * 1024 * 1024
"""Characters that are split into cells at once."""

LONGEST_LINE = 100_000
"""Characters; a longer line is looked at by itself."""

_UNFIT = r"[\p{C}\p{Zl}\p{Zp}\x{fffd}]"


class _NotLineByLine(Exception):
    """A quote is open at the end of a line: records and lines are not the same."""


@dataclass(slots=True)
class Columnar:
    """What the lines of a file came to: as :class:`rows.Reading`, with columns in place of facts. ``unreadable`` are problems of
    records that are no row at all, ``read`` counts the others."""

    frame: pl.DataFrame
    reading: Reading
    unreadable: list[Problem] = field(default_factory=list)
    read: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the rows: comments, header names, where the rows begin and on which line."""

    comments: tuple[str, ...]
    header: tuple[str, ...]
    begun: int
    line: int
    plain: bool = True


def head_of(text: str, dialect: Dialect) -> Head:
    """Comments and header. Raises BadInput when there is no header."""
    comments, begun, lines = comments_of(text, dialect.comment)
    while begun < len(text):
        ended = line_end(text, begun)
        line = text[begun:ended]
        lines += 1
        if line.count(dialect.quote) % 2:
            table = read_table(text, dialect)
            return Head(table.comments, table.header, begun, lines, plain=False)
        cells = _cells(line, dialect)
        begun = ended
        if cells is not None and any(cell.strip() for cell in cells):
            return Head(tuple(comments), tuple(cell.strip() for cell in cells), begun, lines)
    raise BadInput("The file has no header line. Ask the sender for a whole file.")


def read_columns(text: str, head: Head, dialect: Dialect, rules: RowRules) -> Columnar:
    """The rows of a text as columns, problems by line."""
    if head.plain:
        try:
            return _by_lines(text, head, dialect, rules)
        except _NotLineByLine:
            pass
    return _by_records(text, dialect, rules)


# -- record by record, as small files are read ---------------------------------------------------------------------------


def _by_records(text: str, dialect: Dialect, rules: RowRules) -> Columnar:
    table = read_table(text, dialect)
    reading = read_rows(table.rows, rules)
    frame = _frame(list(enumerate(reading.facts)))
    reading.facts = []
    return Columnar(frame, reading, list(table.problems), len(table.rows))


def _frame(numbered: Sequence[tuple[int, FactDraft]]) -> pl.DataFrame:
    import polars as pl

    rows = []
    for line, draft in numbered:
        count = draft.body
        if not isinstance(count, Count) or draft.item is None:
            continue
        units = [getattr(count, bucket) for bucket in BUCKETS]
        rows.append((line, draft.item.value, draft.place, *units, micros(draft.as_of.start), micros(draft.as_of.end)))
    texts = ("code", "place")
    return pl.DataFrame(rows, schema={name: pl.String if name in texts else pl.Int64 for name in ROW}, orient="row")


# -- line by line ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Odd:
    """What was read line by line beside the plain rows."""

    rows: list[tuple[int, FactDraft]] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    unreadable: list[Problem] = field(default_factory=list)
    read: int = 0
    repeated: tuple[int, str] | None = None


def _by_lines(text: str, head: Head, dialect: Dialect, rules: RowRules) -> Columnar:
    import polars as pl

    reading, odd = Reading(), _Odd()
    stamps: dict[str, Stamp | None] = {}
    frames: list[pl.DataFrame] = []
    plain_rows = 0
    for first, lines in _chunks(text, head):
        frame, others = _plain(first, lines, len(head.header), dialect, rules, stamps)
        if frame is not None:
            plain_rows += frame.height
            repeated = frame.filter("again")
            if repeated.height and not reading.repeated:
                _note_repeated(odd, int(repeated["line"][0]))
            frames.append(frame.select(ROW))
        for line in others:
            _odd_line(line, lines[line - first], head, dialect, rules, reading, odd)
    if odd.rows:
        frames.append(_frame(odd.rows))
    whole = pl.concat(frames) if frames else _frame([])
    if odd.rows:
        whole = whole.sort("line")
    whole = _without_repeats(whole, text, head, odd)
    reading.problems = [problem for _, problem in sorted(odd.problems, key=lambda one: one[0])]
    reading.repeated = "" if odd.repeated is None else odd.repeated[1]
    return Columnar(whole, reading, odd.unreadable, plain_rows + odd.read)


def _chunks(text: str, head: Head) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines without their breaks) for a few megabytes at a time."""
    begun, line = head.begun, head.line + 1
    while begun < len(text):
        ended = text.find("\n", min(begun + CHUNK, len(text)))
        ended = len(text) if ended < 0 else ended + 1
        lines = [one.rstrip("\r\n") for one in io.StringIO(text[begun:ended], newline="")]
        yield line, lines
        begun, line = ended, line + len(lines)


def _plain(
    first: int, lines: list[str], width: int, dialect: Dialect, rules: RowRules, stamps: dict[str, Stamp | None]
) -> tuple[pl.DataFrame | None, list[int]]:
    """The rows of the plain lines (ROW, and ``again`` for a time that comes twice), and the numbers of the other lines."""
    import polars as pl

    quote, mark = re.escape(dialect.quote), re.escape(dialect.delimiter)
    cell = f"(?:{quote}[^{quote}{mark}]*{quote}|[^{quote}{mark}]*)"
    raw = pl.col("raw")
    quoted = raw.str.contains(dialect.quote, literal=True)
    simple = ~quoted | raw.str.contains(f"^{cell}(?:{mark}{cell})*$")
    fits = simple & (raw.str.len_chars() < LONGEST_LINE)
    fits &= raw.str.count_matches(dialect.delimiter, literal=True) == width - 1
    numbered = pl.DataFrame({"line": pl.int_range(first, first + len(lines), eager=True), "raw": lines})
    fitting = numbered.filter(fits)
    bare = raw.str.replace_all(dialect.quote, "", literal=True)
    cells = bare.str.split_exact(dialect.delimiter, width - 1).struct.rename_fields([f"c{at}" for at in range(width)])
    columns = fitting.lazy().select("line", cells.alias("cells")).unnest("cells")
    told = columns.select(*_read(rules), plain=_sound(rules)).collect()
    if rules.stamp is None:
        told = told.join(_stamped(told["told_at"], rules, stamps), on="told_at", how="left", maintain_order="left")
    else:
        as_of = rules.stamp.as_of
        start, end = (pl.lit(micros(at), dtype=pl.Int64) for at in (as_of.start, as_of.end))
        told = told.with_columns(start=start, end=end, again=pl.lit(value=False))
    good = told.filter(pl.col("plain") & pl.col("start").is_not_null())
    others = numbered.join(good.select("line"), on="line", how="anti", maintain_order="left")["line"].to_list()
    missing = [pl.lit(None, dtype=pl.Int64).alias(bucket) for bucket in BUCKETS if bucket not in rules.columns]
    return good.with_columns(missing).select(*ROW, "again"), others


def _read(rules: RowRules) -> list[pl.Expr]:
    """The columns of a row from its cells."""
    import polars as pl

    told = [pl.col("line").cast(pl.Int64), _cell(rules, "sku").alias("code"), _place(rules).alias("place")]
    for bucket in BUCKETS:
        if bucket in rules.columns:
            number = _cell(rules, bucket).str.strip_chars(" ")
            if rules.decimal is not None:
                number = number.str.replace(f"{re.escape(rules.decimal)}0+$", "")
            told.append(number.str.strip_prefix("+").cast(pl.Int64, strict=False).alias(bucket))
    if rules.stamp is None:
        told.append(_cell(rules, "as_of").str.strip_chars().alias("told_at"))
    return told


def _sound(rules: RowRules) -> pl.Expr:
    """Nothing about the row needs a second thought."""
    import polars as pl

    sound = pl.lit(value=True)
    for code in (_cell(rules, "sku"), _place(rules)):
        sound &= ~code.str.contains(_UNFIT) & code.str.contains(r"\S") & (code.str.len_chars() <= LONGEST)
    fraction = f"(?:{re.escape(rules.decimal)}0+)?" if rules.decimal is not None else ""
    stated = pl.lit(value=False)
    for bucket in BUCKETS:
        if bucket in rules.columns:
            number = _cell(rules, bucket).str.strip_chars(" ")
            plain = number.str.contains(rf"^[+-]?[0-9]{{1,9}}{fraction}$")
            sound &= plain | (number == "")
            stated |= plain
    return sound & stated


def _cell(rules: RowRules, name: str) -> pl.Expr:
    import polars as pl

    return pl.col(f"c{rules.columns[name]}")


def _place(rules: RowRules) -> pl.Expr:
    import polars as pl

    if "location" not in rules.columns:
        return pl.lit(rules.place or "")
    told = _cell(rules, "location").str.strip_chars()
    return told if rules.place is None else pl.when(told == "").then(pl.lit(rules.place)).otherwise(told)


def _stamped(texts: pl.Series, rules: RowRules, known: dict[str, Stamp | None]) -> pl.DataFrame:
    """Each text of a time once: what it means, in microseconds; nothing where it cannot be used."""
    import polars as pl

    unique = texts.unique().to_list()
    for text in unique:
        if text not in known:
            try:
                known[text] = read_stamp(text, rules.form, rules.zone)
            except NoStamp:
                known[text] = None
    found = [known[text] for text in unique]
    return pl.DataFrame(
        {
            "told_at": unique,
            "start": [None if one is None else micros(one.as_of.start) for one in found],
            "end": [None if one is None else micros(one.as_of.end) for one in found],
            "again": [one is not None and one.repeated for one in found],
        },
        schema={"told_at": pl.String, "start": pl.Int64, "end": pl.Int64, "again": pl.Boolean},
    )


def _odd_line(line: int, text: str, head: Head, dialect: Dialect, rules: RowRules, reading: Reading, odd: _Odd) -> None:
    """A line that is not plain, read as a small file's row is."""
    if text.count(dialect.quote) % 2:
        raise _NotLineByLine
    cells = _cells(text, dialect)
    if cells is None:
        raise _NotLineByLine
    if not any(cell.strip() for cell in cells):
        return
    row = Row(f"line {line}", tuple(cells), text[:CUT])
    wrong = misfit(row, len(head.header))
    if wrong is not None:
        odd.unreadable.append(wrong)
        return
    odd.read += 1
    noted = len(reading.problems)
    draft = read_row(row, rules, reading)
    if draft is None:
        odd.problems += [(line, problem) for problem in reading.problems[noted:]]
    else:
        odd.rows.append((line, draft))
    if reading.repeated:
        _note_repeated(odd, line)
        reading.repeated = ""


def _note_repeated(odd: _Odd, line: int) -> None:
    if odd.repeated is None or line < odd.repeated[0]:
        odd.repeated = (line, f"line {line}")


def _cells(line: str, dialect: Dialect) -> list[str] | None:
    """The cells of one line; None when it is no record by itself."""
    try:
        return next(csv.reader([line], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True), [])
    except csv.Error:
        return None


# -- the same SKU, place and time twice ----------------------------------------------------------------------------------


def _without_repeats(frame: pl.DataFrame, text: str, head: Head, odd: _Odd) -> pl.DataFrame:
    """Equal rows are one; a later row with other numbers stays, and is told. As :func:`rows.read_rows` does it."""
    import polars as pl

    identity = ("code", "place", "start", "end")
    alike = frame.filter(pl.struct(identity).hash().is_duplicated())
    if not alike.height:
        return frame
    first: dict[tuple[object, ...], tuple[int, tuple[object, ...]]] = {}
    dropped: list[int] = []
    told: list[tuple[int, str, str, int]] = []
    for row in alike.sort("line").iter_rows(named=True):
        numbers = tuple(row[bucket] for bucket in BUCKETS)
        line, known = first.setdefault(tuple(row[name] for name in identity), (row["line"], numbers))
        if line == row["line"]:
            continue
        if known == numbers:
            dropped.append(row["line"])
        else:
            told.append((row["line"], row["code"], row["place"], line))
    raws = _lines_at(text, head, {line for line, *_ in told})
    for line, code, place, before in told:
        odd.problems.append((line, twice(code, place, f"line {before}", f"line {line}", raws[line])))
    return frame.filter(~pl.col("line").is_in(dropped)) if dropped else frame


def _lines_at(text: str, head: Head, wanted: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for first, lines in _chunks(text, head) if wanted else ():
        for line in sorted(wanted):
            if first <= line < first + len(lines):
                found[line] = lines[line - first][:CUT]
    return found
