"""The same measures, one set per SKU family, class, channel, vendor or queue. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import StrEnum

from sync.measures.figures import Figures, Updates, figures
from sync.measures.prevented import prevented
from sync.measures.records import Episode, Recorded
from sync.model.ids import SkuId, SystemId
from sync.policy.schema import Policy

NONE = ""
"""The group of what has no such thing: no SKU family, no channel, no vendor."""


class By(StrEnum):
    """What measures are told apart by."""

    FAMILY = "family"
    CLASS = "class"
    CHANNEL = "channel"
    VENDOR = "vendor"
    QUEUE = "queue"


def grouped(recorded: Recorded, by: By, policy: Policy) -> dict[str, Figures]:
    """Measures by group, most opened first. Prevented oversells and updates belong to families and channels only; orders are
    those of the family or channel, and in the other groups those of the whole."""
    key = key_of(by, policy)
    parts: dict[str, list[Episode]] = defaultdict(list)
    for one in recorded.episodes:
        parts[key(one)].append(one)
    if by is By.CHANNEL:
        parts |= {system: parts.get(system, []) for system in policy.channels}
    if by is By.QUEUE:
        parts |= {queue: parts.get(queue, []) for queue in policy.queues}
    every = {name: _one(recorded, by, name, episodes, policy) for name, episodes in parts.items()}
    return dict(sorted(every.items(), key=lambda one: (-one[1].opened, -one[1].standing, one[0])))


def families_of(policy: Policy) -> dict[SkuId, str]:
    """The families that policy itself gives SKUs; its word goes before the catalogue's."""
    return {sku: rules.family for sku, rules in policy.skus.items() if rules.family}


def key_of(by: By, policy: Policy) -> Callable[[Episode], str]:
    """The group that an episode belongs to."""
    channels = policy.channels
    vendors = {name for name, source in policy.sources.items() if source.trust == "vendor"}
    match by:
        case By.FAMILY:
            return lambda one: one.family
        case By.CLASS:
            return lambda one: one.cls.value
        case By.CHANNEL:
            return lambda one: next((system for system in one.systems if system in channels), NONE)
        case By.VENDOR:
            return lambda one: next((system for system in one.systems if system in vendors), NONE)
        case By.QUEUE:
            return lambda one: one.queue


def _one(recorded: Recorded, by: By, name: str, episodes: Sequence[Episode], policy: Policy) -> Figures:
    start, end, now, currency = recorded.start, recorded.end, recorded.now, policy.currency
    if by is By.CHANNEL:
        system = SystemId(name)
        lowered = [one for one in recorded.lowerings if one.system == system]
        updates = Updates.of(one for one in recorded.updates if one.system == system)
        saved = prevented(lowered, start, end, now, currency)
        return figures(episodes, recorded, recorded.orders.get(system, 0), saved, updates)
    if by is By.FAMILY:
        lowered = [one for one in recorded.lowerings if one.family == name]
        updates = Updates.of(one for one in recorded.updates if one.family == name)
        saved = prevented(lowered, start, end, now, currency)
        return figures(episodes, recorded, recorded.orders_by_family.get(name, 0), saved, updates)
    return figures(episodes, recorded, sum(recorded.orders.values()), None, None)
