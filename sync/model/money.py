"""Money is a Decimal with its currency; adding two currencies is an error, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}; convert by the rates in policy first")
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def rounded(self) -> Money:
        """To two decimals, half to even."""
        return Money(self.amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN), self.currency)

    def within(self, currency: str) -> Decimal | None:
        """The amount if it is in ``currency``; None for another, which can be compared with nothing without a rate."""
        return self.amount if self.currency == currency else None

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in ``currency``."""
        return Money(Decimal(0), currency)


@dataclass(frozen=True, slots=True)
class Converted(Money):
    """An amount that was ``own`` in another currency, one of which was ``factor`` from ``day`` on."""

    own: Money
    factor: Decimal
    day: date


def known_in(currency: str, *amounts: Money | None) -> Decimal | None:
    """The first amount that is there, as a figure in ``currency``; None without one, or when that one is in another currency."""
    first = next((one for one in amounts if one is not None), None)
    return first.within(currency) if first is not None else None
