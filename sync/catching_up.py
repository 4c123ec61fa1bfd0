"""After silence: which systems have to be read again before anything is raised. Pure.

At first start, after a restore, and when nothing could be read for longer than policy's ``catch_up``, orders may have come that
nobody here knows. Until a full reading is through, the system is only lowered; so are the channels that sell from a place that
its orders or its numbers weigh on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sync.model.ids import SystemId
from sync.model.reading import Behind, Reading
from sync.policy.schema import Policy


def silence_allowed(system: SystemId, policy: Policy) -> timedelta:
    """How long a system may go unread: policy's ``catch_up``, at least two of its own rounds of reading."""
    return max(policy.catch_up, 2 * policy.system(system).reads_every)


def behind(reading: Reading | None, policy: Policy, now: datetime) -> Behind | None:
    """Why this system must be read whole again, or None. A system that cannot be read (no ``reading``) never is."""
    if reading is None or reading.system not in policy.systems:
        return None
    if reading.restored:
        return Behind.RESTORED
    if reading.full_at is None or reading.read_at is None:
        return Behind.FIRST
    return Behind.AWAY if now - reading.read_at > silence_allowed(reading.system, policy) else None


def behind_at(reading: Reading | None, policy: Policy) -> datetime | None:
    """When the system will have been away too long if nothing is read until then; None when it is behind or cannot be read."""
    if reading is None or reading.read_at is None or reading.system not in policy.systems:
        return None
    return reading.read_at + silence_allowed(reading.system, policy)


def weighs_on(system: SystemId, policy: Policy) -> frozenset[SystemId]:
    """The systems whose orders or numbers the pools of a channel rest on: itself, every channel that sells from one of its
    places, and the deciders there."""
    rules = policy.systems.get(system)
    if rules is None or rules.channel is None:
        return frozenset((system,))
    places = frozenset(rules.channel.locations)
    sharing = {name for name, channel in policy.channels.items() if not places.isdisjoint(channel.locations)}
    deciding = {name for place in places for name in policy.locations[place].deciders}
    return frozenset({system} | sharing | deciding)


def waits_for(
    system: SystemId, readings: Mapping[SystemId, Reading], policy: Policy, now: datetime
) -> dict[SystemId, Behind]:
    """The systems that must be read before ``system`` may be raised, each with its reason; empty: it may be raised."""
    found = ((name, behind(readings.get(name), policy, now)) for name in sorted(weighs_on(system, policy)))
    return {name: why for name, why in found if why is not None}


_WHY = {
    Behind.FIRST: "it was never read before",
    Behind.RESTORED: "this database is a restored backup",
    Behind.AWAY: "it could not be read for too long",
}


def unread(waits: Mapping[SystemId, Behind], policy: Policy) -> str:
    """``Shopify US (it was never read before) and …``, as plain text; empty when nothing is waited for."""
    return " and ".join(f"{policy.systems[name].name} ({_WHY[why]})" for name, why in waits.items())
