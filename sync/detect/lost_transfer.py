"""Transfers that left one place and did not come to the other: nobody can say where the units are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.counting.transit import Transit, in_transit, overdue_at
from sync.detect.cause import place_name, system_name, units
from sync.detect.limits import exceeds
from sync.detect.picture import SkuPicture
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.money import known_in
from sync.model.stock import Position
from sync.policy.schema import Policy
from sync.policy.spans import span
from sync.risk import no_risk

DETAIL = "in_transit"


def lost_transfer(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per place that transfers should have come to, with those that are overdue. It ends when they arrive."""
    for position in sku.state.positions:
        if not position.movements:
            continue
        late = [one for one, at in zip(in_transit(position), overdue_at(position, policy), strict=False) if at <= now]
        missing = sum(one.units for one in late)
        if not missing:
            continue
        fingerprint = Fingerprint(
            ExceptionClass.WMS_ERP_VARIANCE,
            sku=sku.sku.id,
            location=position.location,
            systems=(position.system,),
            direction=Direction.UNDER,
            detail=DETAIL,
        )
        if exceeds(sku, fingerprint, missing, 0, policy, worth=sku.sku.unit_cost):
            yield _finding(sku, fingerprint, position, late, policy, now)


def _finding(
    sku: SkuPicture, fingerprint: Fingerprint, position: Position, late: list[Transit], policy: Policy, now: datetime
) -> Finding:
    first, missing = late[0], sum(one.units for one in late)
    name, where = system_name(policy, position.system), place_name(policy, position.location)
    source = policy.systems[position.system].source
    allowed = f"; {span(source.transit_within)} are allowed" if source is not None else ""
    others = f" and {len(late) - 1} more" if len(late) > 1 else ""
    cost = known_in(policy.currency, sku.sku.unit_cost, sku.sku.price)
    return Finding(
        fingerprint=fingerprint,
        delta=-missing,
        evidence=Evidence(
            changed=f"{units(missing)} that {name} sent to {where} have not come there: transfer {first.transfer}{others},"
            f" on its way since {first.left_at.end:%b %d %H:%M} UTC{allowed}.",
            event=f"{position.system}:{first.transfer}",
            event_at=first.left_at.end,
            cause=f"{position.system}:transit",
            facts=(
                ("transfers", ", ".join(one.transfer for one in late)),
                ("value", "" if cost is None else f"{cost * missing:.2f}"),
            ),
        ),
        risk=no_risk(policy.currency, "What is on its way is not promised."),
        since=min(now, overdue_at(position, policy)[0]),
    )
