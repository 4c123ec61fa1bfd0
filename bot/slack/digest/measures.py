"""What the digest compares: each measure with its change against the week before, and whether that is better."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.ports import WeekFigures


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is better when it is lower. ``value`` None: nothing to measure. ``word`` names it in the headline."""

    word: str
    value: Decimal | None
    before: Decimal | None
    shown: str
    change: str

    @property
    def judged(self) -> str:
        """``better``, ``worse`` or ``same``; empty when there is nothing to compare with."""
        if self.value is None or self.before is None:
            return ""
        if self.value == self.before:
            return t.DIGEST_SAME
        return t.DIGEST_BETTER if self.value < self.before else t.DIGEST_WORSE

    @property
    def relative(self) -> Decimal:
        """How much it moved, as a share of the week before; what rose from nothing counts as doubled."""
        if self.value is None or self.before is None:
            return Decimal(0)
        return (self.value - self.before) / self.before if self.before else Decimal(1 if self.value else 0)

    @property
    def tile(self) -> str:
        """``24 (+4), worse``."""
        change = f" ({self.change})" if self.change else ""
        judged = f", {self.judged}" if self.judged else ""
        return f"{self.shown}{change}{judged}"


def total(figures: WeekFigures) -> int:
    """Exceptions opened in the week."""
    return sum(figures.opened.values())


def median(seconds: Sequence[float]) -> Decimal | None:
    """The middle of some spans, in seconds."""
    return Decimal(str(round(statistics.median(seconds), 3))) if seconds else None


def ninth(seconds: Sequence[float]) -> timedelta | None:
    """Nine in ten were within this."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return timedelta(seconds=ordered[min(len(ordered) - 1, (len(ordered) * 9) // 10)])


def counted(word: str, value: int, before: int | None) -> Measure:
    """A measure that is a count."""
    change = "" if before is None else fmt.signed(value - before)
    past = None if before is None else Decimal(before)
    return Measure(word, Decimal(value), past, fmt.number(value), change if change != "0" else "")


def lasting(word: str, seconds: Sequence[float], before: Sequence[float] | None) -> Measure:
    """A measure that is the median of spans."""
    value = median(seconds)
    past = None if before is None else median(before)
    shown = t.DIGEST_MEDIAN.format(span=fmt.span(_span(value))) if value is not None else t.NOT_KNOWN
    change = ""
    if value is not None and past is not None and abs(value - past) >= 60:
        minutes = int((value - past) // 60)
        change = f"{fmt.signed(minutes)}{fmt.NBSP}min"
    return Measure(word, value, past, shown, change)


def _span(seconds: Decimal) -> timedelta:
    return timedelta(seconds=float(seconds))


def money(word: str, value: Decimal, before: Decimal | None, currency: str) -> Measure:
    """A measure that is an estimate in money."""
    change = "" if before is None or before == value else fmt.signed_estimate(value - before, currency)
    return Measure(word, value, before, fmt.estimate(value, currency), change)
