"""Revenue at risk: an estimate that explains itself, as a sum a person can redo.

Oversell side: units offered beyond what can be sold x price x the chance that each sells before the trouble ends,
plus the cost of cancelling those. Orders are taken as a Poisson process at the pace of the last seven days; the
chance is the mean, over the units offered too many, that demand reaches that unit.
Hidden side: sales missed, at the same pace, until the trouble ends.
Figures are revenue, since that is what a customer does not pay; how much of it is margin is said beside it where a unit cost
is known.
"""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from statistics import NormalDist

from sync.model.exceptions import Risk, RiskTerm
from sync.model.money import Converted, Money, known_in

_WEEK = timedelta(days=7)
_WEEK_SECONDS = _WEEK.total_seconds()
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
_ASSUMED_PER_WEEK = 1
_MANY = 500
"""Demand from here on is taken as normal, which is then hardly told from a Poisson distribution."""
_STANDARD = NormalDist()


def expected_beyond(demand: float, can_sell: int, over: int) -> float:
    """Of ``over`` units offered beyond ``can_sell`` how many are expected to sell: the sum of P(demand >= k) over them.

    Demand is Poisson; from 500 on it is taken as normal, E[min(max(X - a, 0), b)] = g(a) - g(a + b) with g(t) = E[max(X - t, 0)].
    """
    if over <= 0 or demand <= 0:
        return 0.0
    if demand >= _MANY:
        normal = NormalDist(demand, math.sqrt(demand))
        return _above(normal, can_sell) - _above(normal, can_sell + over)
    reached, term, expected = 0.0, math.exp(-demand), 0.0
    # Beyond twelve deviations nothing is left to add.
    for k in range(1, min(can_sell + over, math.ceil(demand + 12 * math.sqrt(demand)) + 40) + 1):
        reached += term
        term *= demand / k
        if k > can_sell:
            expected += max(0.0, 1.0 - reached)
    return min(expected, float(over))


def _above(normal: NormalDist, units: int) -> float:
    z = (units - normal.mean) / normal.stdev
    return normal.stdev * _STANDARD.pdf(z) + (normal.mean - units) * (1 - _STANDARD.cdf(z))


def _pace(units_7d: int) -> tuple[float, str]:
    units = units_7d or _ASSUMED_PER_WEEK
    text = f"{units_7d} ordered in the last 7 days" if units_7d else "none ordered in 7 days, one is assumed"
    return units / _WEEK_SECONDS, text


def oversell_risk(
    *,
    over: int,
    can_sell: int,
    units_7d: int,
    price: Money | None,
    cancel: Decimal,
    lasts: timedelta,
    currency: str,
    unit_cost: Money | None = None,
) -> Risk:
    """Risk of offering ``over`` units more than ``can_sell`` for as long as the trouble ``lasts``.

    Without a price in ``currency`` the revenue term is left out and the basis says so; it is never guessed.
    """
    per_second, pace_text = _pace(units_7d)
    demand = per_second * lasts.total_seconds()
    expected = Decimal(str(round(expected_beyond(demand, max(0, can_sell), over), 4)))
    chance = expected / over if over else Decimal(0)
    hours = Decimal(str(lasts.total_seconds())) / 3600
    terms = []
    each = known_in(currency, price)
    if each is not None:
        revenue = (each * expected).quantize(_CENT)
        terms.append(
            RiskTerm(
                f"{over} units over × {each:.2f} × {chance:.0%} chance each sells within {_hours(lasts)}",
                revenue,
            )
        )
    terms.append(RiskTerm(f"Cancelling {expected:.2f} × {cancel:.2f}", (cancel * expected).quantize(_CENT)))
    total = sum((term.amount for term in terms), Decimal(0))
    basis = f"Pace: {pace_text}.{_price_told(price, currency)}{_margin(price, unit_cost, expected)}"
    return Risk(Money(total, currency), tuple(terms), (total / hours).quantize(_CENT), basis)


def hidden_risk(
    *,
    hidden: int,
    units_7d: int,
    price: Money | None,
    lasts: timedelta,
    currency: str,
    has_stock: bool,
    unit_cost: Money | None = None,
) -> Risk:
    """Sales missed because ``hidden`` units cannot be bought. With stock still shown nothing is missed yet."""
    per_second, pace_text = _pace(units_7d)
    seconds = lasts.total_seconds()
    missed = _NOTHING if has_stock else Decimal(str(round(expected_beyond(per_second * seconds, 0, hidden), 4)))
    each = known_in(currency, price) or _NOTHING
    amount = (each * missed).quantize(_CENT)
    hourly = (amount / (Decimal(str(seconds)) / 3600)).quantize(_CENT) if amount else amount
    text = f"{missed:.2f} sales missed within {_hours(lasts)} × {each:.2f}"
    basis = f"Pace: {pace_text}." + (" Customers can still buy what is shown." if has_stock else "")
    basis += _price_told(price, currency) if price is not None else ""
    basis += _margin(price, unit_cost, missed)
    return Risk(Money(amount, currency), (RiskTerm(text, amount),), hourly, basis)


def sold_beyond_risk(
    *, missing: int, price: Money | None, unit_cost: Money | None, cancel: Decimal, currency: str
) -> Risk:
    """Units sold that are not there: their price is lost and cancelling them costs; nothing about it is a chance."""
    each = known_in(currency, price)
    terms = [] if each is None else [RiskTerm(f"{missing} units sold beyond the stock × {each:.2f}", each * missing)]
    terms.append(RiskTerm(f"Cancelling {missing} × {cancel:.2f}", cancel * missing))
    basis = f"Every unit of it is sold.{_price_told(price, currency)}"
    total = sum((term.amount for term in terms), Decimal(0))
    return Risk(Money(total, currency), tuple(terms), Decimal(0), basis + _margin(price, unit_cost, Decimal(missing)))


def _price_told(price: Money | None, currency: str) -> str:
    """What there is to say of a price: that none is known, that it has no rate, or by which rate it was converted."""
    if price is None:
        return " No price is known, so sales are not counted."
    if price.currency != currency:
        return f" Its price is in {price.currency}, and policy has no rate for it, so sales are not counted."
    if not isinstance(price, Converted):
        return ""
    own, day = price.own, f"{price.day.day} {price.day:%b %Y}"
    return f" Price {own.amount:.2f} {own.currency} at {price.factor.normalize():f} {currency}, rate of {day}."


def _margin(price: Money | None, unit_cost: Money | None, units: Decimal) -> str:
    """``Margin in it: 48.00 × 5.04 = 241.92.`` where both are known and in one currency."""
    if price is None or unit_cost is None or price.currency != unit_cost.currency or not units:
        return ""
    each = price.amount - unit_cost.amount
    return f" Margin in it: {each:.2f} × {units:.2f} = {each * units:.2f}."


def no_risk(currency: str, basis: str) -> Risk:
    """Nothing at risk, and why."""
    return Risk(Money.zero(currency), (), Decimal(0), basis)


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
