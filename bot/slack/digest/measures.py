"""What the digest compares: each measure with its change against the week before, and whether that is better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.digest.week import MEASURED, DigestWeek, value_of
from sync.policy.schema import Policy

LEAST_SHOWN = timedelta(minutes=1)
"""A change of a span by less than this is not told."""
RISES = ("inside",)
"""Measures that are better when they are higher."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is better when it is lower, or higher where it ``rises``. ``value`` None: nothing to measure. ``word`` names
    it in the headline; a change up to ``usual`` is none."""

    word: str
    value: Decimal | None
    before: Decimal | None
    shown: str
    change: str
    usual: Decimal = Decimal(0)
    rises: bool = False

    @property
    def judged(self) -> str:
        """``better``, ``worse`` or ``same``; empty when there is nothing to compare with."""
        if self.value is None or self.before is None:
            return ""
        if abs(self.value - self.before) <= self.usual:
            return t.DIGEST_SAME
        return t.DIGEST_BETTER if (self.value < self.before) is not self.rises else t.DIGEST_WORSE

    @property
    def relative(self) -> Decimal:
        """How much worse it became, as a share of the week before; what rose from nothing counts as doubled."""
        if self.value is None or self.before is None:
            return Decimal(0)
        moved = (self.value - self.before) / self.before if self.before else Decimal(1 if self.value else 0)
        return -moved if self.rises else moved

    @property
    def tile(self) -> str:
        """``24 (+4), worse``."""
        change = f" ({self.change})" if self.change else ""
        judged = f", {self.judged}" if self.judged else ""
        return f"{self.shown}{change}{judged}"


def compared(week: DigestWeek, policy: Policy) -> dict[str, Measure]:
    """Every compared measure by name."""
    return {name: _one(name, week, policy) for name in MEASURED}


def _one(name: str, week: DigestWeek, policy: Policy) -> Measure:
    value = value_of(name, week.this)
    before = value_of(name, week.before) if week.before is not None else None
    usual = week.usual.get(name, Decimal(0))
    if name == "risk":
        shown, change = _money(value, before, policy.currency)
    elif name in ("owner", "fix"):
        shown, change = _span(value, before)
    elif name == "inside":
        shown, change = _share(week, value, before)
    else:
        shown, change = _count(value, before)
    return Measure(name, value, before, shown, change, usual, name in RISES)


def _count(value: Decimal | None, before: Decimal | None) -> tuple[str, str]:
    now = int(value or 0)
    change = "" if before is None or before == now else fmt.signed(now - int(before))
    return fmt.number(now), change


def _money(value: Decimal | None, before: Decimal | None, currency: str) -> tuple[str, str]:
    now = value or Decimal(0)
    change = "" if before is None or before == now else fmt.signed_estimate(now - before, currency)
    return fmt.estimate(now, currency), change


def _span(value: Decimal | None, before: Decimal | None) -> tuple[str, str]:
    if value is None:
        return t.NOT_KNOWN, ""
    shown = t.DIGEST_MEDIAN.format(span=fmt.span(timedelta(seconds=float(value))))
    if before is None or abs(value - before) < LEAST_SHOWN.total_seconds():
        return shown, ""
    return shown, f"{fmt.signed(int((value - before) / 60))}{fmt.NBSP}min"


def _share(week: DigestWeek, value: Decimal | None, before: Decimal | None) -> tuple[str, str]:
    kept = week.this.ended
    if value is None:
        return t.NOT_KNOWN, ""
    shown = t.DIGEST_INSIDE.format(
        inside=fmt.number(kept.kept), ended=fmt.number(kept.judged), share=fmt.percent(value / 100)
    )
    points = 0 if before is None else round(value - before)
    return shown, fmt.signed(points) if points else ""
