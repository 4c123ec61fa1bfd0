"""A CSV text as rows that know where they stand. One broken row costs itself, not the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.connectors.base import Problem
from sync.errors import BadInput

CUT = 500
"""Characters of an offending row that are kept."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the feed separates and quotes, by policy. ``comment`` begins the lines before the header that are no rows."""

    delimiter: str = ","
    quote: str = '"'
    comment: str = "#"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: ``where`` is ``line 17`` (its first line), ``raw`` its cells as they came."""

    where: str
    cells: tuple[str, ...]
    raw: str


@dataclass(frozen=True, slots=True)
class Table:
    """Comment lines, header names as written (blanks at the ends cut), rows, and records that could not be read."""

    comments: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_table(text: str, dialect: Dialect) -> Table:
    """Split a text into comments, header and rows. Raises BadInput when it has no header."""
    comments, begun, skipped = comments_of(text, dialect.comment)
    header: tuple[str, ...] | None = None
    rows: list[Row] = []
    problems: list[Problem] = []
    for record in _records(text[begun:], skipped, dialect):
        if isinstance(record, Problem):
            problems.append(record)
        elif not any(cell.strip() for cell in record.cells):
            continue
        elif header is None:
            header = tuple(cell.strip() for cell in record.cells)
        elif problem := misfit(record, len(header)):
            problems.append(problem)
        else:
            rows.append(record)
    if header is None:
        raise BadInput("The file has no header line. Ask the sender for a whole file.")
    return Table(tuple(comments), header, tuple(rows), tuple(problems))


def columns_of(header: tuple[str, ...], wanted: Mapping[str, str]) -> dict[str, int]:
    """Where each wanted column stands, by our name for it; names are equal but for case and blanks at the ends.

    Raises BadInput naming what is missing or there twice, with the header as it came, so that a renamed column is mended
    by one line of policy.
    """
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(name.casefold(), []).append(index)
    found: dict[str, int] = {}
    for ours, theirs in wanted.items():
        at = places.get(theirs.strip().casefold(), [])
        if len(at) != 1:
            trouble = "is missing" if not at else f"is there {len(at)} times"
            raise BadInput(
                f"Column {theirs!r} {trouble}. The header is: {', '.join(header)[:CUT]}. If the sender renamed it, "
                f"correct `{ours}` under `columns:` of this system's connection."
            )
        found[ours] = at[0]
    return found


def comments_of(text: str, mark: str) -> tuple[list[str], int, int]:
    """Comment lines before the header, where the rest begins, and how many lines stand before it."""
    comments: list[str] = []
    begun = skipped = 0
    while begun < len(text):
        ended = line_end(text, begun)
        line = text[begun:ended]
        if line.strip() and not (mark and line.startswith(mark)):
            break
        skipped += 1
        if line.strip():
            comments.append(line.strip().removeprefix(mark).strip())
        begun = ended
    return comments, begun, skipped


def line_end(text: str, begun: int) -> int:
    """Where the line that begins there ends, its line break included."""
    found = _BREAK.search(text, begun)
    return len(text) if found is None else found.end()


_BREAK = re.compile(r"\r\n|\n|\r")


def _records(body: str, skipped: int, dialect: Dialect) -> Iterator[Row | Problem]:
    lines = io.StringIO(body, newline="").readlines()
    reader = csv.reader(iter(lines), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    begun = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(_lines(begun, reader.line_num, skipped), _advice(error), _raw(lines, begun, reader.line_num))
        else:
            where = f"line {begun + 1 + skipped}"
            yield Row(where, tuple(cells), _raw(lines, begun, reader.line_num))
        begun = reader.line_num


def misfit(row: Row, width: int) -> Problem | None:
    """What is wrong with a record that has not as many cells as the header."""
    extra = row.cells[width:]
    if len(row.cells) < width:
        why = f"It has {len(row.cells)} cells, the header has {width}: the row is cut off."
        return Problem(row.where, why, row.raw)
    if any(cell.strip() for cell in extra):
        why = f"It has {len(row.cells)} cells, the header has {width}: a cell that holds the delimiter needs quotes."
        return Problem(row.where, why, row.raw)
    return None


def _lines(begun: int, ended: int, skipped: int) -> str:
    first, last = begun + 1 + skipped, ended + skipped
    return f"line {first}" if last <= first else f"lines {first} to {last}"


def _advice(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "A quote is opened and never closed: the file is cut off, or a cell holds a lone quote (write it twice)."
    return f"The quotes do not fit ({error}). A quote inside a cell must be written twice, the whole cell in quotes."


def _raw(lines: list[str], begun: int, ended: int) -> str:
    text = ""
    for line in lines[begun:ended]:
        text += line
        if len(text) > CUT:
            break
    return text.rstrip("\r\n")[:CUT]
