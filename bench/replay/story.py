"""From lines to what happens in the shop: goods, sales, returns and adjustments, in the order of their times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import TypeVar

from bench.replay.assumptions import NO_PRODUCTS, OLD_ORDERS_BEFORE, OPENING_BEFORE, OPENING_PERCENT
from bench.replay.lines import Line, folded

_NONE = frozenset(folded(code) for code in NO_PRODUCTS)


@dataclass(slots=True)
class Good:
    """A product of the shop. ``spelt`` is its code as the file writes it first; the catalogue writes it in capitals."""

    spelt: str
    title: str = ""
    price: Decimal = Decimal(0)
    sold: int = 0
    spare: int = 0

    @property
    def sku(self) -> str:
        """The code in the shop's catalogue."""
        return " ".join(self.spelt.split()).upper()

    @property
    def opening(self) -> int:
        """The opening count, in units."""
        return ceil(self.sold * OPENING_PERCENT / 100) + self.spare


@dataclass(frozen=True, slots=True)
class Extra:
    """A line of an order that is no product: it is on the order as a custom item and must count for nothing."""

    code: str
    title: str
    units: int
    price: Decimal


@dataclass(slots=True)
class Sale:
    """An order placed and shipped at once; ``lines`` are (SKU, units)."""

    invoice: str
    at: datetime
    lines: list[tuple[str, int]] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)


@dataclass(slots=True)
class Return:
    """Units that come back and are restocked, of an order placed and shipped at ``ordered_at``."""

    invoice: str
    at: datetime
    ordered_at: datetime
    lines: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The warehouse writes units off. ``code`` is as the file writes it, case and all."""

    id: str
    at: datetime
    code: str
    units: int


Happening = Sale | Return | Adjustment
Papers = TypeVar("Papers", Sale, Return)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is to happen. ``opened_at`` is when the opening count was taken; ``ignored`` counts lines that
    make nothing happen, by why."""

    goods: Sequence[Good]
    opened_at: datetime
    ended_at: datetime
    happenings: Sequence[Happening]
    ignored: Counter[str]


def story_of(lines: Iterable[Line], starts_on: datetime, *, spare: int = 0) -> Story:
    """The story of a file, moved by whole days so that its first line falls on the day of ``starts_on``. ``spare``: units of
    each good beyond what the replay assumes, which lets most of them run out.

    Raises ValueError when no line can be told.
    """
    every = sorted(lines, key=lambda line: (line.at, line.number))
    if not every:
        raise ValueError("the file holds no usable line; there is nothing to replay")
    shift = timedelta(days=(starts_on.date() - every[0].at.date()).days)
    first, last = every[0].at + shift, every[-1].at + shift
    goods: dict[str, Good] = {}
    ignored: Counter[str] = Counter()
    sales: dict[str, Sale] = {}
    returns: dict[str, Return] = {}
    happenings: list[Happening] = []
    for line in every:
        at = line.at + shift
        if line.units == 0:
            ignored["quantity 0"] += 1
            continue
        if folded(line.code) in _NONE:
            ignored["code is no product"] += 1
            if line.units > 0:
                sale = _of(sales, happenings, line.invoice, Sale(line.invoice, at))
                sale.extras.append(Extra(line.code, line.title, line.units, line.price))
            continue
        good = _good(goods, line, spare)
        if line.cancels:
            back = _of(returns, happenings, line.invoice, Return(line.invoice, at, first - OLD_ORDERS_BEFORE))
            back.lines.append((good.sku, -line.units))
        elif line.units < 0:
            happenings.append(Adjustment(f"{line.invoice}/{line.number}", at, line.code, line.units))
        else:
            good.sold += line.units
            _of(sales, happenings, line.invoice, Sale(line.invoice, at)).lines.append((good.sku, line.units))
    return Story(tuple(goods.values()), first - OPENING_BEFORE, last, happenings, ignored)


def _good(goods: dict[str, Good], line: Line, spare: int) -> Good:
    good = goods.setdefault(folded(line.code), Good(line.code, spare=spare))
    good.title = good.title or line.title
    good.price = good.price or line.price
    return good


def _of(known: dict[str, Papers], happenings: list[Happening], invoice: str, new: Papers) -> Papers:
    """The happening of this invoice; it takes place at the time of the invoice's first line."""
    if invoice not in known:
        known[invoice] = new
        happenings.append(new)
    return known[invoice]
