"""Vendors that do not stand behind their stock: no acknowledgement young enough, told per vendor and SKU family."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.detect.cause import system_name
from sync.model.exceptions import UNACKNOWLEDGED, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.picture import AcknowledgementAsked, FamilySupply, SystemPicture
from sync.policy.schema import Policy
from sync.policy.spans import span
from sync.policy.system_rules import Source
from sync.risk import no_risk


def unacknowledged(system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per SKU family of which some stock is not acknowledged: it is flagged and its owner decides before customers
    are promised more of it."""
    rules = policy.systems.get(system.system)
    source = rules.source if rules is not None else None
    if source is None or source.acknowledged_for is None:
        return
    for family in system.supply:
        if family.missing:
            yield _finding(system.system, family, source, source.acknowledged_for, policy, now)


def _finding(
    system: SystemId, family: FamilySupply, source: Source, holds_for: timedelta, policy: Policy, now: datetime
) -> Finding:
    name = system_name(policy, system)
    called = f"family {family.family}" if family.family else "SKUs without a family"
    skus = f"{family.missing} of {family.skus} SKU{'' if family.skus == 1 else 's'}"
    since = family.last + holds_for if family.last is not None else now
    last = f"its newest word was of {family.last:%b %d %H:%M} UTC" if family.last is not None else "it never gave one"
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.STALE_FEED, systems=(system,), detail=f"{UNACKNOWLEDGED}{family.family}"
        ),
        delta=family.missing,
        evidence=Evidence(
            changed=f"{name} has not acknowledged that it can supply {called}: the word on {skus} is missing, like"
            f" {family.example}; {last}, and each holds for {span(holds_for)}. {_worth(source)}",
            event=f"{system}:unacknowledged",
            event_at=min(now, since),
            cause=f"{system}:unacknowledged",
            facts=(("family", family.family), ("skus", str(family.missing)), ("example", family.example or "")),
        ),
        risk=no_risk(policy.currency, "Not promised beyond what policy allows of stock that is not acknowledged."),
        since=min(now, since),
    )


def _worth(source: Source) -> str:
    share, buffer = source.unacknowledged_counts_as, source.unacknowledged_buffer
    if not share:
        return "Its stock counts as nothing meanwhile."
    less = f", less {buffer}" if buffer else ""
    return f"{share:.0%} of its stock counts meanwhile{less}, and raises nothing."


def asked_of(system: SystemId, policy: Policy) -> AcknowledgementAsked | None:
    """What policy asks of a vendor; None where it asks for no acknowledgement, or the vendor decides nowhere."""
    rules = policy.systems.get(system)
    source = rules.source if rules is not None else None
    places = tuple(LocationId(name) for name, place in policy.locations.items() if system in place.deciders)
    if source is None or source.acknowledged_for is None or not places:
        return None
    families = tuple((SkuId(sku), own.family) for sku, own in policy.skus.items() if own.family is not None)
    return AcknowledgementAsked(system, places, source.acknowledged_for, source.counts_acknowledge, families)


def ends_at(system: SystemPicture) -> datetime | None:
    """When the next acknowledgement ends: an instant to look again."""
    ends = [family.next_end for family in system.supply if family.next_end is not None]
    return min(ends) + timedelta(microseconds=1) if ends else None
