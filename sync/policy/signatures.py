"""Which changes of policy need a second person: who may approve, and up to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.policy.schema import Policy


def needs_second(old: Policy, new: Policy) -> tuple[str, ...]:
    """The settings of ``new`` that move approvers or limits against ``old``, by their path; empty when one person may
    change everything that differs."""
    before, after = _guarded(old), _guarded(new)
    return tuple(path for path in dict.fromkeys((*after, *before)) if before.get(path) != after.get(path))


def _guarded(policy: Policy) -> Mapping[str, Any]:
    """Approvers and limits by path. A person's Slack id decides who acts under a name, so it is among them."""
    found: dict[str, Any] = {
        "corrections.four_eyes_above": policy.corrections.four_eyes_above,
        "corrections.queue": policy.corrections.queue,
        "bulk.second_person_above": policy.bulk.second_person_above,
    }
    for name, queue in policy.queues.items():
        found[f"queues.{name}.approvers"] = queue.approvers
        found |= {f"people.{one}.slack": policy.people[one].slack for one in queue.approvers if one in policy.people}
    found |= {f"people.{name}.approves_up_to": one.approves_up_to for name, one in policy.people.items()}
    return {path: value for path, value in found.items() if value is not None}
