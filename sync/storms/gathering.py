"""What joins a storm, what leaves it, and when one begins: decided for a slice at once, with a fixed number of queries.

A storm begins when more exceptions of one cause than policy says wait in one queue, nobody's yet. What a slice opens joins
at once. What was stored before is pulled in after the commit, under the locks of its own SKUs: whoever of several processes
commits last sees what the others wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case
from sync.model.ids import SkuId, StormId, SystemId
from sync.path.written import write_steps
from sync.policy.schema import Policy
from sync.ports import Store, UnitOfWork
from sync.storms.membership import joining, key_of, loose, of_its_cause
from sync.storms.storm import Key, Storm

PULLED = 500
"""How many stored exceptions one transaction pulls into a storm."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The steps as they are to be written, and the causes and queues to be swept once that is committed."""

    steps: list[Step]
    sweep: frozenset[Key] = frozenset()


async def gather(uow: UnitOfWork, steps: Sequence[Step], policy: Policy, now: datetime) -> Gathered:
    """Let cases whose cause changed leave their storm, and let cases join the storm of their cause, which begins if need be."""
    free = [of_its_cause(step, policy, now) for step in steps]
    wanting = Counter(key_of(step.case) for step in free if loose(step.case))
    if not wanting:
        return Gathered(free)
    ids = {step.case.storm for step in steps if step.case.storm is not None}
    standing = _by_key(await uow.storms.lock(ids, wanting.keys()))
    missing = wanting.keys() - standing.keys()
    begun = await _enough(uow, {key: wanting[key] for key in missing}, free, policy, now) if missing else set()
    if begun:
        await uow.storms.open([Storm(StormId(0), cause, queue, now) for cause, queue in sorted(begun)])
        standing |= _by_key(await uow.storms.lock((), begun))
    joined = [joining(step, standing.get(key_of(step.case)), policy, now) for step in free]
    fresh = {key_of(step.case) for step in free if step.opened or step.reopened}
    return Gathered(joined, frozenset(begun | (missing & fresh)))


async def _enough(
    uow: UnitOfWork, wanting: dict[Key, int], steps: Sequence[Step], policy: Policy, now: datetime
) -> set[Key]:
    """For which of these causes and queues a storm begins now."""
    above = policy.storms.above
    begun = {key for key, count in wanting.items() if count > above}
    rest = wanting.keys() - begun
    if not rest:
        return begun
    known = [step.case.id for step in steps if not step.opened]
    stored = await uow.storms.loose_counts(rest, now - policy.storms.within, known)
    return begun | {key for key in rest if wanting[key] + stored.get(key, 0) > above}


async def sweep(store: Store, keys: frozenset[Key], policy: Policy, now: datetime) -> int:
    """Pull what is stored and loose into the storms of these causes and queues; how many joined."""
    since = now - policy.storms.within
    async with store.reading() as uow:
        counts = await uow.storms.loose_counts(keys, since)
        known = _by_key(await uow.storms.standing()) if counts else {}
    ripe = {key for key, count in counts.items() if key in known or count > policy.storms.above}
    total = 0
    while ripe and (count := await _pull(store, ripe, policy, now)):
        total += count
    return total


async def _pull(store: Store, keys: set[Key], policy: Policy, now: datetime) -> int:
    since = now - policy.storms.within
    async with store.unit_of_work() as uow:
        found = await uow.storms.loose(keys, since, PULLED)
        skus = {case.fingerprint.sku for case in found if case.fingerprint.sku is not None}
        await uow.stock.lock(sorted(skus))
        systems = sorted({case.fingerprint.systems[0] for case in found if case.fingerprint.sku is None})
        for system in systems:
            await uow.systems.lock(system)
        again = [case for case in await uow.storms.loose(keys, since, PULLED) if _locked(case, skus, systems)]
        steps = [Step(replace(case, version=case.version + 1)) for case in again if loose(case)]
        gathered = await gather(uow, steps, policy, now)
        joined = [step for step in gathered.steps if step.case.storm is not None]
        await write_steps(uow, joined, now)
    return len(joined)


def _locked(case: Case, skus: Collection[SkuId], systems: Collection[SystemId]) -> bool:
    sku = case.fingerprint.sku
    return sku in skus if sku is not None else case.fingerprint.systems[0] in systems


def _by_key(storms: Sequence[Storm]) -> dict[Key, Storm]:
    return {storm.key: storm for storm in storms if storm.ended_at is None}
