"""The independent recount: what position, weight and pool must be, worked out from the lines alone.

It shares nothing with the product: no fold, no promise, no rule of it. Per SKU, with codes equal but for case and blanks as
one and the codes that are no product left out:

* the warehouse's number  = opening count + the retailer's own adjustments (negative quantities outside cancellations);
* the storefront's number = opening level + units that came back (cancellations);
* weight = all units ordered, since each shipped after the opening count began and no later count has them off;
* pool   = the warehouse's number - weight. Returns are not in it: a movement moves only its reporter's position.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.replay.assumptions import NO_PRODUCTS, OPENING_PERCENT
from bench.replay.lines import Line


@dataclass(slots=True)
class Tally:
    """One SKU's units over the file: sold, back from customers, and adjusted (negative: written off)."""

    sold: int = 0
    back: int = 0
    adjusted: int = 0

    @property
    def opening(self) -> int:
        """The opening count, in units."""
        return -(-self.sold * OPENING_PERCENT // 100)

    def expected(self) -> Expected:
        """The three figures and the storefront's own number."""
        warehouse = self.opening + self.adjusted
        return Expected(
            warehouse=warehouse, storefront=self.opening + self.back, weight=self.sold, pool=warehouse - self.sold
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What the product must have worked out for one SKU, in units. None where it has no number."""

    warehouse: int | None
    storefront: int | None
    weight: int | None
    pool: int | None


def recount(lines: Iterable[Line]) -> dict[str, Expected]:
    """Per SKU (its code in lower case, blanks made one) the figures that follow from the lines."""
    none = {_one(code) for code in NO_PRODUCTS}
    tallies: dict[str, Tally] = {}
    for line in lines:
        code = _one(line.code)
        if code in none or line.units == 0:
            continue
        tally = tallies.setdefault(code, Tally())
        if line.invoice.upper().startswith("C"):
            tally.back += -line.units
        elif line.units < 0:
            tally.adjusted += line.units
        else:
            tally.sold += line.units
    return {code: tally.expected() for code, tally in tallies.items()}


def _one(code: str) -> str:
    return " ".join(code.lower().split())
