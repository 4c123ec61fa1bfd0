"""What is left alone: units, percent and money joined in one limit, chosen by SKU, family, channel and grade."""

from __future__ import annotations

from decimal import Decimal
from math import floor

from sync.detect.picture import SkuPicture
from sync.model.exceptions import Fingerprint
from sync.model.ids import SystemId
from sync.model.money import Money, known_in
from sync.policy.class_rules import Limit, LimitFor
from sync.policy.fields import Grade
from sync.policy.schema import Policy

OPENS = Decimal(1)
"""The whole limit: what opens an exception."""


def exceeds(
    sku: SkuPicture, fingerprint: Fingerprint, units: int, base: int, policy: Policy, *, worth: Money | None = None
) -> bool:
    """True when ``units`` (0 or more) go beyond the limit of the fingerprint's class for this SKU.

    ``base`` is the number that percent is of; ``worth`` of one unit (the price when not given). What is open already
    stays until it is below ``clears_at`` of the limit (hysteresis). Money in a currency without a rate is not compared.
    """
    if units <= 0:
        return False
    limit = limit_of(sku, fingerprint, policy)
    part = limit.clears_at if sku.cases and sku.open_case(fingerprint) is not None else OPENS
    if units > floor(max(Decimal(limit.units), max(0, base) * limit.percent / 100) * part):
        return True
    each = known_in(policy.currency, worth, sku.sku.price)
    return limit.money is not None and each is not None and each * units > limit.money * part


def limit_of(sku: SkuPicture, fingerprint: Fingerprint, policy: Policy) -> Limit:
    """The first of the class's ``limits`` that fits, else its ``limit``."""
    rules = policy.rules_for(fingerprint.cls)
    for one in rules.limits:
        if _fits(one, sku, fingerprint.systems, policy):
            return one
    return rules.limit


def _fits(limit: LimitFor, sku: SkuPicture, systems: tuple[SystemId, ...], policy: Policy) -> bool:
    if limit.sku is not None and limit.sku != sku.sku.id:
        return False
    if limit.channel is not None and limit.channel not in systems:
        return False
    if limit.family is not None and limit.family != family_of(sku, policy):
        return False
    return limit.grade is None or limit.grade == grade_of(sku, policy)


def family_of(sku: SkuPicture, policy: Policy) -> str:
    """The SKU's family: policy's own word, else the catalogue's."""
    own = policy.skus.get(sku.sku.id)
    return own.family if own is not None and own.family is not None else sku.sku.family


def grade_of(sku: SkuPicture, policy: Policy) -> Grade:
    """A, B or C: policy's own word, else by what seven days' orders are worth at its price. Without a price
    in policy's currency it is C."""
    own = policy.skus.get(sku.sku.id)
    if own is not None and own.grade is not None:
        return own.grade
    sold = (known_in(policy.currency, sku.sku.price) or Decimal(0)) * sku.pace_of_all
    if sold >= policy.grades.a_from:
        return "A"
    return "B" if sold >= policy.grades.b_from else "C"
