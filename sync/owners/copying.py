"""Copies: people and channels that policy wants told once when an exception opens."""

from __future__ import annotations

from datetime import datetime

from sync.model.exceptions import Case
from sync.model.ids import UserId
from sync.model.mentions import Mention, Why
from sync.owners.duty import may_be_told_at
from sync.policy.schema import Policy


def copies(case: Case, policy: Policy, now: datetime) -> tuple[Mention, ...]:
    """Whom the opening of a case is told. Their keys and the case's id are completed when it is written."""
    rules = policy.rules_for(case.fingerprint.cls)
    found = []
    for one in rules.copies:
        channel = one if one.startswith("#") else ""
        found.append(
            Mention(
                key=f"copy:{one}",
                case=case.id,
                queue=case.queue,
                why=Why.COPY,
                cause=case.evidence.cause or case.fingerprint.text,
                wanted_at=now,
                not_before=now if channel or rules.critical else may_be_told_at(policy, one, now),
                person=UserId("") if channel else policy.people[one].slack,
                channel=channel,
                critical=rules.critical,
            )
        )
    return tuple(found)
