"""Freezing channels and thawing them: a stop of everything that raises, by a person, until a person ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sync.inbox.acts import Actor, FieldError, Outcome
from sync.model.freezing import Freeze
from sync.model.ids import SystemId, UserId
from sync.model.proof import Entry
from sync.policy.holder import PolicyInForce
from sync.policy.routing import Permission, mentions
from sync.policy.schema import Policy
from sync.ports import Clock, Store, UnitOfWork


def freeze_chain(system: SystemId | None) -> str:
    """The chain that tells of a channel's freezes."""
    return f"freeze:{system or 'all'}"


TAKEN_BACK_WITHIN = timedelta(minutes=10)
"""For so long whoever froze a channel by mistake thaws it alone."""


def freezers(policy: Policy) -> tuple[UserId, ...]:
    """The ops lead, and who leads a queue or stands in."""
    names = [policy.ops_lead]
    names += [name for queue in policy.queues.values() for name in (queue.lead, queue.stand_in) if name is not None]
    return tuple(dict.fromkeys(policy.people[name].slack for name in names))


def may_thaw(policy: Policy, user: UserId, freeze: Freeze, now: datetime) -> Permission:
    """A freeze takes two people: one freezes, another thaws. Whoever froze it thaws it alone only as an undo, or where policy
    names nobody else."""
    others = [one for one in freezers(policy) if one != freeze.by]
    if user != freeze.by or not others or now - freeze.since <= TAKEN_BACK_WITHIN:
        return Permission(True)
    return Permission(False, f"You froze it, so a second person thaws it: {mentions(others[:2])} can.")


def may_freeze(policy: Policy, user: UserId) -> Permission:
    """The ops lead, and who leads a queue or stands in."""
    users = freezers(policy)
    if user in users:
        return Permission(True)
    return Permission(False, f"Freezing is for the ops lead and those who lead a queue: {mentions(users[:2])}.")


class Freezing:
    """What the Slack room asks for when a channel is to be frozen."""

    def __init__(
        self, store: Store, policy: PolicyInForce, clock: Clock, *, acted: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._acted = acted

    async def standing(self) -> Sequence[Freeze]:
        """All freezes that stand."""
        async with self._store.reading() as uow:
            return await uow.freezes.standing()

    async def freeze(self, actor: Actor, system: SystemId | None, reason: str) -> Outcome:
        """From now on only decreases, zeros and pauses go to this channel (None: to all). Refused without the right or a
        reason; ``faster`` when it is frozen already."""
        refused = self._refused(actor, system, reason, "Say why; everybody sees it.")
        if refused is not None:
            return refused
        now, name = self._clock.now(), self._name(system)
        freeze = Freeze(system, actor.user, actor.name, reason.strip(), now)
        async with self._store.unit_of_work() as uow:
            if not await uow.freezes.add(freeze):
                return Outcome("faster", f"{name}: frozen already. Nothing was changed.")
            sentence = f"{actor.name} froze {name}: {freeze.reason}. Only decreases, zeros and pauses go out."
            await self._told(uow, system, Entry("frozen", now, actor.user, sentence, (("note", freeze.reason),)))
        self._acted()
        return Outcome(
            "done", f"{name}: frozen. Only decreases, zeros and pauses go out until a second person thaws it."
        )

    async def thaw(self, actor: Actor, system: SystemId | None, note: str) -> Outcome:
        """The undo, by a second person: what waited goes out, each at its newest number."""
        refused = self._refused(actor, system, note, "Say what was found; it goes into the record.")
        if refused is not None:
            return refused
        now, name = self._clock.now(), self._name(system)
        async with self._store.unit_of_work() as uow:
            standing = [one for one in await uow.freezes.standing() if one.system == system]
            for permission in (may_thaw(self._policy.current, actor.user, one, now) for one in standing):
                if not permission.allowed:
                    return Outcome("refused", permission.why)
            if not await uow.freezes.lift(system):
                return Outcome("faster", f"{name}: not frozen any more. Nothing was changed.")
            sentence = f"{actor.name} thawed {name}: {note.strip()}."
            await self._told(uow, system, Entry("thawed", now, actor.user, sentence, (("note", note.strip()),)))
        self._acted()
        return Outcome("done", f"{name}: thawed. What waited goes out.")

    def _refused(self, actor: Actor, system: SystemId | None, note: str, lacking: str) -> Outcome | None:
        policy = self._policy.current
        if actor.restricted:
            return Outcome(
                "refused", f"Guests and apps cannot act here. Ask <@{policy.people[policy.ops_lead].slack}>."
            )
        permission = may_freeze(policy, actor.user)
        if not permission.allowed:
            return Outcome("refused", permission.why)
        if system is not None and system not in policy.channels:
            return Outcome("fields", errors=(FieldError("system", "Policy has no such channel. Choose one."),))
        if not note.strip():
            return Outcome("fields", errors=(FieldError("reason", lacking),))
        return None

    def _name(self, system: SystemId | None) -> str:
        policy = self._policy.current
        return "All channels" if system is None else policy.systems[system].name

    async def _told(self, uow: UnitOfWork, system: SystemId | None, entry: Entry) -> None:
        """The record, and every SKU of those channels judged anew."""
        await uow.proofs.append([(freeze_chain(system), entry)])
        for channel in (system,) if system is not None else tuple(self._policy.current.channels):
            await uow.systems.skus_of(channel, entry.at)
