"""What a word on a silent source would change, and what of it an approval is asked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Weight:
    """On so many listings so many units in all, worth ``value`` at cost. ``sure`` False: the worth of some is not known."""

    listings: int
    units: int
    value: Decimal
    sure: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What would change: of ``skus`` in all, on ``listings`` of ``channels`` (names) ``units`` more or less in all, ``value`` at
    cost of what would be promised more; ``missed`` sales a day of what would be promised less. ``reckoned``: how many SKUs that
    rests on. ``unvalued`` SKUs have no worth that is known; channels in ``shadow`` are not told anything. ``silent_since``: as of
    when the numbers are that it is reckoned for."""

    skus: int
    reckoned: int
    listings: int
    units: int
    channels: tuple[str, ...]
    value: Decimal
    missed: Decimal
    unvalued: int
    shadow: tuple[str, ...]
    silent_since: datetime

    @property
    def about(self) -> bool:
        """Not all SKUs were reckoned: the figures are taken from those that were."""
        return self.reckoned < self.skus

    @property
    def weight(self) -> Weight:
        """What an approval is asked by."""
        return Weight(self.listings, self.units, self.value, sure=not self.unvalued and not self.about)


def weight_in(data: Mapping[str, str]) -> Weight | None:
    """The weight that a form showed, as its stored intent keeps it."""
    if "value" not in data:
        return None
    return Weight(int(data["listings"]), int(data["units"]), Decimal(data["value"]), sure=data["sure"] == "yes")


def data_of(effect: Effect) -> dict[str, str]:
    """What an intent keeps of an effect, and of the numbers that it was reckoned for."""
    weight = effect.weight
    return {
        "listings": str(weight.listings),
        "units": str(weight.units),
        "value": str(weight.value),
        "sure": "yes" if weight.sure else "no",
        "content_at": effect.silent_since.isoformat(),
    }
