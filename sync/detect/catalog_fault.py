"""Codes that map to no product, and deliveries that could not be used: kept, explained, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import system_name
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.picture import SystemPicture
from sync.policy.schema import Policy
from sync.risk import no_risk

COUNTABLE = "countable"
"""The name of the delivery that a person may let count, among what an exception is about."""


def unmapped_codes(system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per system for all its codes that map to no product or place, with the three most frequent."""
    if not system.unmapped:
        return
    name = system_name(policy, system.system)
    worst = sorted(system.unmapped, key=lambda one: (-one.facts, one.value))
    shown = ", ".join(f"{one.value} ({one.namespace}, {one.facts}×)" for one in worst[:3])
    more = f" and {len(worst) - 3} more" if len(worst) > 3 else ""
    first = min(one.first_seen for one in worst)
    yield Finding(
        fingerprint=Fingerprint(ExceptionClass.CATALOG_FAULT, systems=(system.system,), detail="unmapped"),
        delta=len(worst),
        evidence=Evidence(
            changed=f"{name} speaks of what we do not know: {shown}{more}. What it says of them is kept and counts once mapped.",
            event=f"{system.system}:unmapped",
            event_at=first,
            cause=f"{system.system}:unmapped",
            facts=tuple((one.namespace, one.value) for one in worst[:20]),
        ),
        risk=no_risk(policy.currency, "Nothing is promised for what is not mapped."),
        since=first,
    )


def unusable_input(system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Deliveries held whole, or parts that could not be read: one finding per system, the newest three told."""
    told = [f"{where}: {why}" for where, why in (*system.held, *system.problems)]
    if not told:
        return
    name = system_name(policy, system.system)
    more = f" And {len(told) - 3} more." if len(told) > 3 else ""
    yield Finding(
        fingerprint=Fingerprint(ExceptionClass.CATALOG_FAULT, systems=(system.system,), detail="unusable"),
        delta=len(told),
        evidence=Evidence(
            changed=f"{name} sent what we cannot use. {'; '.join(told[:3])}.{more} It is kept.",
            event=f"{system.system}:unusable",
            event_at=None,
            cause=f"{system.system}:unusable",
            facts=() if system.countable is None else ((COUNTABLE, str(system.countable)),),
        ),
        risk=no_risk(policy.currency, "What could be read is used."),
        since=now,
    )
