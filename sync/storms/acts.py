"""What people do with a storm: take all of it, or take one out. A list is frozen when it is shown; each item is written by its
own compare-and-set, and what changed meanwhile is left alone and counted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.actions.applied import owning
from sync.errors import AlreadyHandled, BadInput, NotPermitted
from sync.exceptions.lifecycle import Step
from sync.inbox.acts import Actor
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, SkuId, StormId, parse_exception_name
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.policy.routing import may_act
from sync.policy.schema import Policy
from sync.ports import Clock, Intent, Store, UnitOfWork
from sync.storms.accounting import storm_post
from sync.storms.membership import leaving
from sync.storms.storm import Storm, storm_name

LIVES = timedelta(minutes=10)
TAKEN_AT_ONCE = 500
"""How many exceptions one transaction takes."""
PAGE = 2_000
_TAKE = "storm.take"


@dataclass(frozen=True, slots=True)
class Dry:
    """What taking all would do: how many it would take, how many have an owner, money at risk in all; and the intent that holds
    the frozen list (empty: nothing to take)."""

    storm: Storm
    free: int
    owned: int
    risk: Decimal
    intent: str


class StormActs:
    """Acts on storms. Every refusal says why and who can."""

    def __init__(self, store: Store, policy: PolicyInForce, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock

    async def dry_run(self, actor: Actor, storm_id: StormId) -> Dry:
        """What taking all would do now, its list frozen. Raises NotPermitted, AlreadyHandled (the storm is over)."""
        async with self._store.unit_of_work() as uow:
            storm = self._standing(actor, await uow.storms.get(storm_id), storm_id)
            free, owned, risk = await _frozen(uow, storm_id)
            if not free:
                return Dry(storm, 0, owned, Decimal(0), "")
            intent = Intent(
                id=f"in_{secrets.token_hex(12)}",
                actor=actor.user,
                kind=_TAKE,
                case=ExceptionId(storm_id),
                version=storm.version,
                shown=str(len(free)),
                policy_version=self._policy.current.version,
                expires_at=self._clock.now() + LIVES,
                data=(("members", ",".join(f"{case}:{version}" for case, version in free.items())),),
            )
            await uow.intents.save(intent)
            return Dry(storm, len(free), owned, risk, intent.id)

    async def begin(self, actor: Actor, intent_id: str) -> tuple[Storm, Mapping[ExceptionId, int]]:
        """Make the actor the storm's owner, unless somebody is, and say which exceptions at which versions are to be taken.

        Raises NotPermitted (not theirs, too old, no right), AlreadyHandled (the form was sent before, or the storm is over).
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            intent = await uow.intents.get(intent_id, lock=True)
            if intent is None or intent.actor != actor.user or intent.kind != _TAKE:
                raise NotPermitted("This form is not yours, or is gone. Open it again from the card.")
            if intent.used_at is not None:
                raise AlreadyHandled("This form was sent already; it is being done.")
            if intent.expires_at < now:
                raise NotPermitted("This form is more than 10 min old. Open it again from the card.")
            (found,) = await uow.storms.lock([StormId(intent.case)]) or (None,)
            storm = self._standing(actor, found, StormId(intent.case))
            storm = await own_storm(uow, storm, actor, now)
            await uow.intents.save(replace(intent, used_at=now))
        pairs = [one.split(":") for one in dict(intent.data)["members"].split(",")]
        return storm, {ExceptionId(int(case)): int(version) for case, version in pairs}

    async def take(self, actor: Actor, storm: StormId, frozen: Mapping[ExceptionId, int]) -> int:
        """Take what is in the list and as it was shown, some hundreds per transaction; how many were taken."""
        ids = sorted(frozen)
        taken = 0
        for first in range(0, len(ids), TAKEN_AT_ONCE):
            some = ids[first : first + TAKEN_AT_ONCE]
            async with self._store.unit_of_work() as uow:
                await lock_subjects(uow, await uow.storms.cases(storm, some))
                cases = await uow.storms.cases(storm, some)
                same = [case for case in cases if frozen[case.id] == case.version and case.owner is None]
                steps = [self._taken(case, actor) for case in same]
                await write_steps(uow, steps, self._clock.now())
                taken += len(steps)
        return taken

    def _taken(self, case: Case, actor: Actor) -> Step:
        owned, said = owning(case, actor, self._clock.now())
        return Step(replace(owned, version=case.version + 1), said)

    async def take_out(self, actor: Actor, storm_id: StormId, typed: str) -> Case:
        """Give one exception a card of its own again. ``typed``: its name, or its SKU.

        Raises BadInput (not in this storm, or several fit), NotPermitted, AlreadyHandled (the storm is over).
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as uow:
            self._standing(actor, await uow.storms.get(storm_id), storm_id)
            found = await _meant(uow, storm_id, typed)
            await lock_subjects(uow, [found])
            case = await uow.cases.get(found.id, lock=True)
            if case is None or case.storm != storm_id or case.life.ended:
                raise AlreadyHandled(f"{found.name} is not in {storm_name(storm_id)} any more.")
            sentence = f"{actor.name} took it out of storm {storm_name(storm_id)}."
            step = leaving(Step(replace(case, version=case.version + 1)), sentence, now, actor.user)
            await write_steps(uow, [step], now, clicked=True)
        return step.case

    def _standing(self, actor: Actor, storm: Storm | None, storm_id: StormId) -> Storm:
        return standing_for(self._policy.current, actor, storm, storm_id)


def standing_for(policy: Policy, actor: Actor, storm: Storm | None, storm_id: StormId) -> Storm:
    """The storm that this person may act on. Raises AlreadyHandled (it is over), NotPermitted."""
    if storm is None or storm.ended_at is not None:
        raise AlreadyHandled(f"{storm_name(storm_id)} is over.")
    if actor.restricted:
        raise NotPermitted(f"Guests and apps cannot act here. Ask <@{policy.people[policy.ops_lead].slack}>.")
    allowed = may_act(policy, actor.user, storm.queue, storm.queue in actor.member_of)
    if not allowed.allowed:
        raise NotPermitted(allowed.why)
    return storm


async def own_storm(uow: UnitOfWork, storm: Storm, actor: Actor, now: datetime) -> Storm:
    """Who acts first on a locked storm owns it; one that somebody has stays as it is."""
    if storm.owner is not None:
        return storm
    owned = replace(storm, owner=actor.user, owner_name=actor.name, owned_at=now, version=storm.version + 1)
    await uow.storms.save([owned])
    await uow.posts.want([storm_post(owned, now)])
    return owned


async def _frozen(uow: UnitOfWork, storm: StormId) -> tuple[dict[ExceptionId, int], int, Decimal]:
    """Members that nobody has, with their versions; how many have an owner; and what the former put at risk."""
    free: dict[ExceptionId, int] = {}
    owned, risk, after = 0, Decimal(0), ExceptionId(0)
    while page := await uow.storms.versions(storm, after, PAGE):
        for case, version, owner, amount in page:
            if owner:
                owned += 1
            else:
                free[case] = version
                risk += amount
        after = page[-1][0]
    return free, owned, risk


async def _meant(uow: UnitOfWork, storm: StormId, typed: str) -> Case:
    text = typed.strip()
    try:
        wanted = await uow.cases.get(parse_exception_name(text))
        found: Sequence[Case] = () if wanted is None else (wanted,)
    except ValueError:
        near = await uow.catalogue.find(text, 3)
        exact = {SkuId(text), *(sku.id for sku in near if sku.id.casefold() == text.casefold())}
        found = [case for sku in sorted(exact) for case in await uow.cases.for_sku(sku)]
    inside = [case for case in found if case.storm == storm and not case.life.ended]
    if not inside:
        raise BadInput("Not in this storm. Type a name like EX-1042, or a SKU of the list.")
    if len(inside) > 1:
        names = ", ".join(case.name for case in inside[:5])
        raise BadInput(f"This SKU has several here: {names}. Type one of these names.")
    return inside[0]


async def lock_subjects(uow: UnitOfWork, cases: Sequence[Case]) -> None:
    """Hold what these are about, so that no decision changes them meanwhile."""
    await uow.stock.lock(sorted({case.fingerprint.sku for case in cases if case.fingerprint.sku is not None}))
    for system in sorted({case.fingerprint.systems[0] for case in cases if case.fingerprint.sku is None}):
        await uow.systems.lock(system)
