"""An account that refuses us altogether: one exception for it, not one per SKU."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sync.detect.cause import system_name
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.picture import SystemPicture
from sync.policy.schema import Policy
from sync.risk import no_risk


def account_refused(system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
    """A lane whose fault concerns the whole account (token, permission, connection, rate) for longer than it settles."""
    lane, rules = system.lane, policy.systems.get(system.system)
    if lane is None or rules is None or not lane.fault or lane.fault_since is None:
        return
    name = system_name(policy, system.system)
    yield Finding(
        fingerprint=Fingerprint(ExceptionClass.FAILED_UPDATE, systems=(system.system,), detail="account"),
        delta=system.waiting,
        evidence=Evidence(
            changed=f"{name} refuses us: “{lane.fault_text or lane.fault}” ({lane.fault}). {_waiting(system.waiting)}."
            " Work goes on by itself once it is mended.",
            event=f"{system.system}:account",
            event_at=lane.fault_since,
            cause=f"{system.system}:{lane.fault}",
            facts=(("waiting", str(system.waiting)), ("fault", lane.fault)),
        ),
        risk=no_risk(policy.currency, "What customers see is told on the listings' own cards."),
        since=lane.fault_since,
        settles_in=rules.settles_in,
    )


def _waiting(count: int) -> str:
    return "1 update waits" if count == 1 else f"{count} updates wait"
