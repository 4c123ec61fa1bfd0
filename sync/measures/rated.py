"""Prices of what was prevented, in policy's currency by the rate of their day."""

from __future__ import annotations

from dataclasses import replace

from sync.measures.records import Lowering, Recorded
from sync.model.money import Money
from sync.policy.rates import converted
from sync.policy.schema import Policy


def in_own_currency(recorded: Recorded, policy: Policy) -> Recorded:
    """The same records with the price of each lowering as of when it was made; without a rate it stays unpriced."""
    return replace(recorded, lowerings=tuple(_rated(one, policy) for one in recorded.lowerings))


def _rated(one: Lowering, policy: Policy) -> Lowering:
    if one.price is None or one.currency == policy.currency:
        return one
    price = converted(Money(one.price, one.currency), policy, one.at)
    return replace(one, price=price.amount, currency=price.currency)
