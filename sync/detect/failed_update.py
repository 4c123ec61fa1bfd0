"""Updates that a channel did not take: never a silent retry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.connectors.base import Fault
from sync.detect.cause import system_name
from sync.detect.picture import SkuPicture, until_resolved
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.outbox import Target, TargetKind, TargetState
from sync.policy.schema import Policy
from sync.risk import no_risk, oversell_risk

_KINDS = {
    TargetKind.QUANTITY: "quantity",
    TargetKind.DOORS: "listing",
    TargetKind.OFFER: "publication",
    TargetKind.CORRECTION: "correction",
}


def failed_update(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per target of this SKU that failed, or has been failing for longer than the channel settles.

    Faults of the whole account are found on the system, once (see ``account_refused``).
    """
    for target in sku.targets:
        if target.kind not in _KINDS or not target.fault or target.failing_since is None:
            continue
        given_up = target.state in (TargetState.FAILED, TargetState.REFUSED)
        if Fault(target.fault).of_account and not given_up:
            continue
        yield _finding(sku, target, target.failing_since, given_up, policy)


def _finding(sku: SkuPicture, target: Target, since: datetime, given_up: bool, policy: Policy) -> Finding:
    name = system_name(policy, target.lane)
    one = sku.by_listing(target.listing) if target.listing else None
    shows = one.exposure.units_high if one is not None else None
    delta = shows - target.wanted if shows is not None and target.kind is TargetKind.QUANTITY else 0
    rules = policy.rules_for(ExceptionClass.FAILED_UPDATE)
    lasts = until_resolved(policy, rules.resolve_within, since, since)
    risk = (
        oversell_risk(
            over=delta,
            can_sell=max(0, target.wanted),
            units_7d=sku.pace(target.lane),
            price=sku.sku.price,
            cancel=policy.costs.cancel,
            lasts=lasts,
            currency=policy.currency,
        )
        if delta > 0
        else no_risk(policy.currency, "Customers are offered no more than can be sold.")
    )
    return Finding(
        fingerprint=Fingerprint(
            ExceptionClass.FAILED_UPDATE,
            sku=sku.sku.id,
            listing=target.listing,
            location=target.location,
            systems=(target.lane,),
            direction=Direction.NONE,
            detail=_KINDS[target.kind],
        ),
        delta=delta,
        evidence=Evidence(
            changed=_sentence(target, name, given_up),
            event=target.key,
            event_at=since,
            shows=shows,
            can_sell=target.wanted if target.kind is TargetKind.QUANTITY else None,
            cause=f"{target.lane}:{target.fault}",
            facts=(("kind", target.kind), ("wanted", str(target.wanted))),
        ),
        risk=risk,
        since=since,
        settles_in=timedelta(0) if given_up else policy.system(target.lane).settles_in,
    )


def _sentence(target: Target, name: str, given_up: bool) -> str:
    """How often it was tried, what was answered, and whether it goes on; a newer number has not been tried yet."""
    said = f"{name}: “{target.fault_text or target.fault}” ({target.fault})."
    tries = f"{target.attempts} {'try' if target.attempts == 1 else 'tries'}"
    if given_up:
        return (
            f"{tries}. {said} Not tried again by itself." if target.attempts else f"{said} Not tried again by itself."
        )
    if not target.attempts:
        return f"{said} The newest number has not been sent yet; it is tried next."
    return f"{tries}. {said} It is tried again."
