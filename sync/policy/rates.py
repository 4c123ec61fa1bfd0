"""Prices in other currencies, in that of policy: by its dated rates, never by a guess.

A rate holds from its day on until the next one; a day begins at midnight in policy's time zone. Without a rate that holds, an
amount stays as it is, and whatever would compare or add it says so instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sync.model.money import Converted, Money
from sync.model.stock import Sku
from sync.policy.schema import Policy


def converted(money: Money, policy: Policy, now: datetime) -> Money:
    """The same amount in policy's currency by the rate of ``now``, to four decimals; as it is when there is none."""
    rates = policy.rates.get(money.currency)
    if money.currency == policy.currency or not rates:
        return money
    today = now.astimezone(ZoneInfo(policy.timezone)).date()
    day = max((day for day in rates if day <= today), default=None)
    if day is None:
        return money
    return Converted(round(money.amount * rates[day], 4), policy.currency, money, rates[day], day)


def rates_as_of(policy: Policy, now: datetime) -> date | None:
    """The day of the newest rate that holds; None where policy has none."""
    today = now.astimezone(ZoneInfo(policy.timezone)).date()
    return max((day for rates in policy.rates.values() for day in rates if day <= today), default=None)


def in_own_currency(sku: Sku, policy: Policy, now: datetime) -> Sku:
    """A SKU with its price and cost in policy's currency, as far as there are rates."""
    own, price, cost = policy.currency, sku.price, sku.unit_cost
    if (price is None or price.currency == own) and (cost is None or cost.currency == own):
        return sku
    price, cost = (one and converted(one, policy, now) for one in (sku.price, sku.unit_cost))
    return replace(sku, price=price, unit_cost=cost)
