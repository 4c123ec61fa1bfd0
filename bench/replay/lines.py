"""Order lines of a file: each row typed, or kept aside with its line number and why it cannot be used."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / ".." / "shared" / "data" / "online-retail" / "order-lines.csv.gz"
"""The 40,000 real lines, where they are at hand."""

NEEDED = ("invoice", "stock_code", "quantity", "invoiced_at")


class FileMissing(Exception):
    """There is no file of order lines; the message says which one is needed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row. ``code`` is the stock code as written, ``units`` are signed, ``at`` is UTC (the file names no zone),
    ``number`` the row's line in the file, ``price`` per unit and 0 where it is missing."""

    number: int
    invoice: str
    code: str
    title: str
    units: int
    at: datetime
    price: Decimal

    @property
    def cancels(self) -> bool:
        """The invoice is a cancellation: units that came back."""
        return self.invoice[:1] in ("C", "c")


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row that cannot be used, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class OrderLines:
    """All rows of a file: ``lines`` in the order of the file, ``faulty`` beside them."""

    lines: tuple[Line, ...]
    faulty: tuple[FaultyRow, ...]


def folded(code: str) -> str:
    """Codes equal but for case and blanks are one."""
    return " ".join(code.split()).casefold()


def read_lines(path: Path, limit: int | None = None) -> OrderLines:
    """The first ``limit`` rows of a CSV file (plain or ``.gz``). Raises FileMissing, and ValueError when columns are missing."""
    if not path.is_file():
        raise FileMissing(
            f"There is no {path}. Give --file: a CSV (or .csv.gz) with the columns invoice, stock_code, description, "
            "quantity, invoiced_at (ISO 8601) and unit_price_gbp, sorted by time; for example the UCI data set Online Retail."
        )
    lines: list[Line] = []
    faulty: list[FaultyRow] = []
    for number, row in _rows(path, limit):
        try:
            lines.append(_line(number, row))
        except ValueError as error:
            faulty.append(FaultyRow(number, str(error)))
    return OrderLines(tuple(lines), tuple(faulty))


def _rows(path: Path, limit: int | None) -> Iterator[tuple[int, dict[str, str | None]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(missing)}")
        for taken, row in enumerate(reader):
            if limit is not None and taken >= limit:
                return
            yield reader.line_num, row


def _line(number: int, row: dict[str, str | None]) -> Line:
    invoice, code = (row["invoice"] or "").strip(), row["stock_code"] or ""
    if not invoice:
        raise ValueError("no invoice")
    if not code.strip() or not code.isprintable():
        raise ValueError(f"{code!r} is no stock code")
    return Line(
        number=number,
        invoice=invoice,
        code=code,
        title=" ".join((row.get("description") or "").split()),
        units=_units(row["quantity"] or "", invoice),
        at=_time(row["invoiced_at"] or ""),
        price=_price(row.get("unit_price_gbp") or ""),
    )


def _units(text: str, invoice: str) -> int:
    try:
        units = int(text)
    except ValueError:
        raise ValueError(f"quantity {text!r} is no whole number") from None
    if units > 0 and invoice[:1] in ("C", "c"):
        raise ValueError(f"a cancellation of {units} units should be a negative quantity")
    return units


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no ISO 8601 time") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _price(text: str) -> Decimal:
    """Negative and missing prices are 0: a price says nothing about stock."""
    try:
        price = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return max(price, Decimal(0)) if price.is_finite() else Decimal(0)
