"""A person's fixed promise keeps its own exception open for as long as it is asked for or stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sync.detect.offer_risk import offer_risk
from sync.detect.picture import SkuPicture
from sync.exceptions.standing import OVERRIDE_DETAIL, ends_at
from sync.model.exceptions import ActionKind, ExceptionClass, Finding
from sync.policy.schema import Policy
from sync.risk import no_risk


def fixed_promise(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per open exception of an override, with what it offers beyond what can be sold now; none once it ended."""
    for case in sku.cases:
        if case.life.ended or case.fingerprint.detail != OVERRIDE_DETAIL or case.fingerprint.listing is None:
            continue
        act, one = case.standing(ActionKind.OVERRIDE), sku.by_listing(case.fingerprint.listing)
        if act is None or one is None or ends_at(act) <= now:
            continue
        delta = int(act.figure("units") or 0) - one.promise.units
        risk = (
            offer_risk(sku, one, delta, ExceptionClass.MANUAL_OVERRIDE, act.at, policy, now)
            if delta
            else no_risk(policy.currency, "It shows what can be sold.")
        )
        yield Finding(
            fingerprint=case.fingerprint,
            delta=delta,
            evidence=replace(case.evidence, event=None, shows=one.offered, can_sell=one.promise.units),
            risk=risk,
            since=case.since,
            settles_in=timedelta(0),
        )
