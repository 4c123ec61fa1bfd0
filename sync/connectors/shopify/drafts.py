"""What all mappings share: stamps and marks of keys, money in one form, and what was found in a body."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sync.connectors.base import Problem
from sync.model.facts import FactDraft

SECOND = timedelta(seconds=1)
"""Resolution of Shopify's stamps in webhook bodies."""

_CENT = Decimal("0.01")


@dataclass(slots=True)
class Found:
    """Facts of one body, and what of it could not be used."""

    facts: list[FactDraft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def digest(*parts: object) -> str:
    """A short mark of content, for keys of statements whose stamps are whole seconds."""
    return hashlib.sha256(marked(*parts).encode()).hexdigest()[:12]


def marked(*parts: object) -> str:
    """Content as a mark is made of it; parts that many marks share may be put together once."""
    return "\x1f".join([str(part) for part in parts])


def money(amount: Decimal | None) -> Decimal | None:
    """The same Decimal however it was written: 199, 199.0 and 199.00 are 199.00."""
    if amount is None or amount.same_quantum(_CENT):
        return amount
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    return plain.quantize(_CENT) if isinstance(exponent, int) and exponent > -2 else plain


def stamp(instant: datetime) -> str:
    """A time as keys hold it: ISO 8601 in UTC, ending in Z."""
    return instant.isoformat().replace("+00:00", "Z")
