"""A system that speaks against itself: more salable than there is (F15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import place_name, system_name, units
from sync.detect.limits import exceeds
from sync.detect.picture import SkuPicture
from sync.model.exceptions import Direction, Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.stock import Position, Statement
from sync.policy.schema import Policy
from sync.risk import oversell_risk


def more_than_there(sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """One finding per system and place that states more available than on hand: no order explains that."""
    for position in sku.state.positions:
        statement = position.statement
        if statement is None:
            continue
        available, on_hand = statement.count.available, statement.count.on_hand
        if available is not None and on_hand is not None and available > max(0, on_hand):
            yield from _at(sku, position, statement, available, on_hand, policy, now)


def _at(
    sku: SkuPicture,
    position: Position,
    statement: Statement,
    available: int,
    on_hand: int,
    policy: Policy,
    now: datetime,
) -> Iterator[Finding]:
    over = available - max(0, on_hand)
    rules = policy.systems.get(position.system)
    if rules is None:
        return
    fingerprint = Fingerprint(
        ExceptionClass.WMS_ERP_VARIANCE,
        sku=sku.sku.id,
        location=position.location,
        systems=(position.system,),
        direction=Direction.OVER,
        detail="salable",
    )
    if not exceeds(sku, fingerprint, over, max(0, on_hand), policy, worth=sku.sku.unit_cost):
        return
    name, where = system_name(policy, position.system), place_name(policy, position.location)
    yield Finding(
        fingerprint=fingerprint,
        delta=over,
        evidence=Evidence(
            changed=f"{name} says {units(available)} are salable at {where}, and {on_hand} are there.",
            event=f"{position.system}:{statement.key}",
            event_at=statement.as_of.end,
            cause=f"{position.system}:salable",
            facts=(
                ("decides", str(on_hand)),
                ("other", str(available)),
                ("value", ""),
            ),
        ),
        risk=oversell_risk(
            over=over,
            can_sell=max(0, on_hand),
            units_7d=sku.pace_of_all,
            price=sku.sku.price,
            cancel=policy.costs.cancel,
            lasts=policy.rules_for(ExceptionClass.WMS_ERP_VARIANCE).resolve_within,
            currency=policy.currency,
        ),
        since=min(now, statement.as_of.end),
        settles_in=rules.settles_in,
    )
