"""What people report keeps its own exception open until a person ends it, or until a count and the channels agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sync.detect.offer_risk import offer_risk
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Finding
from sync.policy.schema import Policy
from sync.risk import no_risk


def reported(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per open exception of a report, with what its listing (of several: the furthest off) offers beyond what can be
    sold; none once it :func:`agrees`."""
    for case in sku.cases:
        if case.life.ended or case.fingerprint.cls is not ExceptionClass.REPORTED:
            continue
        about = _about(sku, case)
        if agrees(about, case):
            continue
        worst = max(about, key=lambda one: abs(_delta(one)), default=None)
        delta = _delta(worst) if worst is not None else 0
        risk = no_risk(policy.currency, "What is known agrees; what is wrong is not known in units yet.")
        if worst is not None and delta:
            risk = offer_risk(sku, worst, delta, ExceptionClass.REPORTED, case.opened_at, policy, now)
        shows, can_sell = (worst.offered, worst.promise.units) if worst is not None else (None, None)
        yield Finding(
            fingerprint=case.fingerprint,
            delta=delta,
            evidence=replace(case.evidence, event=None, shows=shows, can_sell=can_sell),
            risk=risk,
            since=case.since,
            settles_in=timedelta(0),
        )


def _about(sku: SkuPicture, case: Case) -> list[ListingPicture]:
    listing = case.fingerprint.listing
    return [one for one in sku.listings if listing in (None, one.listing.id)]


def _delta(one: ListingPicture) -> int:
    return 0 if one.offered is None or one.promise.unknown else one.offered - one.promise.units


def agrees(about: list[ListingPicture], case: Case) -> bool:
    """Somebody counted in this life of it, and each listing was read since it was reported and shows what can be sold. What all
    systems say alike is no answer to somebody who says that it is wrong: without a count nothing agrees."""
    counts = (act for act in case.actions if act.kind is ActionKind.COUNT and act.state is ActionState.DONE)
    if not any(act.at >= case.opened_at for act in counts):
        return False
    return all(_right(one) and _read_since(one, case.opened_at) for one in about)


def _right(one: ListingPicture) -> bool:
    return one.exposure.live is False or (not one.promise.unknown and one.offered == one.promise.units)


def _read_since(one: ListingPicture, at: datetime) -> bool:
    return one.listing.seen is not None and one.listing.seen.end >= at
