"""Acting on many exceptions at once: freeze the list with what the act would do, take it once, let a second person decide.

What is taken is one short transaction; :mod:`sync.bulk.carrying` does it afterwards from the database.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.bulk.bulk import (
    FOR_CUSTOMERS,
    MOST_COUNTS,
    Asked,
    Bulk,
    BulkItem,
    BulkState,
    Deed,
    Figures,
    ItemState,
    Left,
    LeftCount,
    Why,
)
from sync.bulk.deciding import deciders, queues_of, why_not_act, why_not_decide
from sync.bulk.judging import Round, Would
from sync.bulk.posts import wanted_posts
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired, Stale
from sync.inbox.acts import Actor
from sync.inbox.looking import Can
from sync.inbox.refusing import refusal
from sync.model.exceptions import Case
from sync.model.ids import BulkId, ExceptionId, ListingId, QueueId, SkuId, StormId, SystemId
from sync.model.proof import Entry
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store, UnitOfWork
from sync.sentences import one_stop
from sync.storms.acts import own_storm, standing_for

LIVES = timedelta(minutes=10)
READ_AT_ONCE = 100
"""Exceptions whose pictures are read in one transaction."""
BREATH = 10
"""After so many the other work of this process has its turn: a click waits no longer than that."""
PAGE = 2_000


def bulk_chain(bulk: Bulk) -> str:
    """The chain that tells of a bulk act as a whole; each exception's own chain names it."""
    return f"bulk:{bulk.name}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which exceptions an act is about: their ids, told in ``words``; of a ``storm`` where they are its members."""

    cases: tuple[ExceptionId, ...]
    words: str
    storm: StormId | None = None


@dataclass(slots=True)
class _Sum:
    """What the dry run has found so far."""

    items: list[BulkItem] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    listings: set[ListingId] = field(default_factory=set)
    channels: set[SystemId] = field(default_factory=set)
    queues: set[QueueId] = field(default_factory=set)
    left: Counter[tuple[Why, str]] = field(default_factory=Counter)

    def leave(self, left: Left, count: int = 1) -> None:
        self.left[left.why, left.who] += count

    def add(self, case: Case, queue: QueueId, found: Would | Left) -> None:
        sku = case.fingerprint.sku
        if isinstance(found, Left):
            self.leave(found)
            self.items.append(BulkItem(case.id, case.version, sku, ItemState.LEFT, found))
            return
        self.queues.add(queue)
        self.listings.update(found.listings)
        self.channels |= found.channels
        known = self.figures
        self.figures = replace(
            known,
            items=known.items + 1,
            units_now=known.units_now + found.units_now,
            units_then=known.units_then + found.units_then,
            uncounted=known.uncounted + found.uncounted,
            orders=known.orders + found.orders,
            saves=known.saves + found.saves,
            costs=known.costs + found.costs,
        )
        counted = bool(found.listings) and not found.uncounted
        now, then = (found.units_now, found.units_then) if counted else (None, None)
        self.items.append(BulkItem(case.id, case.version, sku, units_now=now, units_then=then))

    @property
    def whole(self) -> Figures:
        left = tuple(LeftCount(why, who, count) for (why, who), count in sorted(self.left.items()))
        return replace(self.figures, listings=len(self.listings), channels=len(self.channels), left=left)


class BulkActs:
    """What people do with many exceptions. Every refusal says why and who can."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        abilities: Can,
        *,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        """``acted`` is called after each commit that gives others something to do."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._abilities = abilities
        self._acted = acted

    # -- freezing ------------------------------------------------------------------------------------------------------

    async def members(self, storm: StormId, above: Decimal | None) -> Sequence[ExceptionId]:
        """A storm's unresolved members; those with more than ``above`` at risk (None: all)."""
        found: list[ExceptionId] = []
        after = ExceptionId(0)
        async with self._store.reading() as uow:
            while page := await uow.storms.versions(storm, after, PAGE):
                found += [case for case, _, _, risk in page if above is None or risk > above]
                after = page[-1][0]
        return found

    async def freeze(
        self,
        actor: Actor,
        asked: Asked,
        chosen: Chosen,
        *,
        told_again: bool = False,
        looked: Callable[[int, int], Awaitable[None]] | None = None,
    ) -> Bulk:
        """A dry run of the act on all that is chosen, and its list frozen at the versions that were read. Nothing is stored
        (and its id is 0) when nothing would be done. Raises NotPermitted (a guest, too many counts), AlreadyHandled (the storm
        is over). ``looked`` is told how many were looked at, of how many."""
        policy = self._policy.current
        if actor.restricted:
            raise NotPermitted(f"Guests and apps cannot act here. Ask <@{policy.people[policy.ops_lead].slack}>.")
        async with self._store.reading() as uow:
            if chosen.storm is not None:
                standing_for(policy, actor, await uow.storms.get(chosen.storm), chosen.storm)
            skus = await uow.bulks.skus_of(chosen.cases)
        total = _Sum()
        if ended := len(set(chosen.cases)) - len(skus):
            total.leave(Left(Why.ENDED), ended)
        for some in _slices(skus):
            await self._dry(actor, asked, some, total)
            if looked is not None:
                await looked(len(total.items), len(skus))
        figures, now = total.whole, self._clock.now()
        if asked.deed is Deed.COUNT and figures.items > MOST_COUNTS:
            raise NotPermitted(f"More than {MOST_COUNTS} counts at once help no warehouse. Choose fewer.")
        above = policy.bulk.second_person_above
        bulk = Bulk(
            id=BulkId(0),
            actor=actor.user,
            actor_name=actor.name,
            team=actor.team,
            asked=asked,
            chosen=chosen.words,
            queues=tuple(sorted(total.queues)),
            figures=figures,
            shown=_digest(asdict(figures)),
            digest=_digest(sorted([one.case, one.version] for one in total.items if one.left is None)),
            policy_version=policy.version,
            frozen_at=now,
            until=now + LIVES,
            storm=chosen.storm,
            told_again=told_again,
            second=asked.deed in FOR_CUSTOMERS and figures.items > above,
            member_of=tuple(sorted(actor.member_of)),
        )
        if not figures.items:
            return bulk
        async with self._store.unit_of_work() as uow:
            return await uow.bulks.create(bulk, total.items)

    async def _dry(self, actor: Actor, asked: Asked, ids: Sequence[ExceptionId], total: _Sum) -> None:
        async with self._store.reading() as uow:
            cases = await uow.cases.some(ids)
            round_ = await Round.read(uow, cases, self._policy.current, self._abilities, self._clock.now())
        by_sku = sorted(cases, key=lambda case: (case.fingerprint.sku or "", case.id))
        for nth, case in enumerate(by_sku, 1):
            if not nth % BREATH:
                await asyncio.sleep(0)
            found = round_.judge(case, asked, actor)
            total.add(case, round_.queue_of(case), found)

    async def again(
        self, actor: Actor, bulk_id: BulkId, *, looked: Callable[[int, int], Awaitable[None]] | None = None
    ) -> Bulk:
        """The same act on what is left of an earlier list, frozen anew. Raises NotPermitted, AlreadyHandled."""
        async with self._store.reading() as uow:
            bulk = self._sendable(await uow.bulks.get(bulk_id), actor)
            items = await uow.bulks.waiting(bulk.id, bulk.figures.items)
        chosen = Chosen(tuple(one.case for one in items), bulk.chosen, bulk.storm)
        return await self.freeze(actor, bulk.asked, chosen, told_again=True, looked=looked)

    # -- sending -------------------------------------------------------------------------------------------------------

    async def send(self, actor: Actor, bulk_id: BulkId) -> Bulk:
        """Take the act, once: it is carried out from now on, or a second person is asked. One short transaction.

        Raises NotPermitted (not theirs, too old, no right, nobody left to decide), AlreadyHandled (sent before, or the storm is
        over), Stale (the list or the rules changed since it was shown; told once).
        """
        policy, now = self._policy.current, self._clock.now()
        async with self._store.unit_of_work() as uow:
            bulk = self._sendable(await uow.bulks.get(bulk_id, lock=True), actor)
            if why := why_not_act(bulk, policy, actor):
                raise NotPermitted(why)
            await self._check_unchanged(uow, bulk)
            if bulk.storm is not None:
                (found,) = await uow.storms.lock([bulk.storm]) or (None,)
                await own_storm(uow, standing_for(policy, actor, found, bulk.storm), actor, now)
            sent = self._asked(bulk, now) if bulk.second else replace(bulk, state=BulkState.ACCEPTED)
            sent = replace(sent, version=bulk.version + 1, member_of=tuple(sorted(actor.member_of)))
            await self._write(uow, sent, _sent_entry(sent, now))
        self._acted()
        return sent

    def _sendable(self, bulk: Bulk | None, actor: Actor) -> Bulk:
        if bulk is None or bulk.actor != actor.user:
            raise NotPermitted("This form is not yours, or is gone. Open it again.")
        if bulk.state is not BulkState.SHOWN:
            raise AlreadyHandled(f"{bulk.name} was sent already; your direct messages say how it goes.")
        if bulk.until < self._clock.now():
            raise NotPermitted("This form is more than 10 min old. Open it again.")
        return bulk

    async def _check_unchanged(self, uow: UnitOfWork, bulk: Bulk) -> None:
        if bulk.policy_version != self._policy.current.version:
            raise Stale("The rules changed. Look again.")
        same = await uow.bulks.unchanged(bulk.id)
        if not same or (same < bulk.figures.items and not bulk.told_again):
            raise Stale(f"The list changed: {same:,} now. Look again.")

    def _asked(self, bulk: Bulk, now: datetime) -> Bulk:
        policy = self._policy.current
        able = deciders(bulk, policy, now)
        if not able:
            raise NotPermitted(
                f"More than {policy.bulk.second_person_above} needs a second person, and policy names nobody else who may act"
                " on all of them. Choose fewer."
            )
        return replace(bulk, state=BulkState.ASKED, directly=able[:2], until=now + policy.bulk.decided_within)

    # -- the second person ---------------------------------------------------------------------------------------------

    async def to_decide(self, actor: Actor, bulk_id: BulkId) -> tuple[Bulk, int]:
        """What this person may decide on, and how many of its list are still as they were shown. Raises NotPermitted (which the
        act's chain keeps), AlreadyHandled."""
        await self._check_decider(actor, bulk_id)
        async with self._store.reading() as uow:
            bulk = self._decidable(await uow.bulks.get(bulk_id))
            return bulk, await uow.bulks.unchanged(bulk.id)

    async def decide(
        self, actor: Actor, bulk_id: BulkId, approve: bool, reason: str, asker: Actor | None = None
    ) -> Bulk:
        """Let it be carried out, or refuse it with a reason. Never by who asked for it. ``asker`` is that person as they are
        known now: it is done with the rights that they have today.

        Raises NotPermitted, AlreadyHandled (decided, or too old), ReasonRequired.
        """
        now, words = self._clock.now(), reason.strip()
        await self._check_decider(actor, bulk_id)
        async with self._store.unit_of_work() as uow:
            bulk = self._decidable(await uow.bulks.get(bulk_id, lock=True))
            if not approve and not words:
                raise ReasonRequired("Whoever asked will read it: say why.")
            decided = replace(
                bulk,
                state=BulkState.ACCEPTED if approve else BulkState.REFUSED,
                version=bulk.version + 1,
                decided_by=actor.user,
                decided_name=actor.name,
                decided_at=now,
                reason=words,
                ended_at=None if approve else now,
                member_of=bulk.member_of if asker is None else tuple(sorted(asker.member_of)),
            )
            await self._write(uow, decided, _decided_entry(decided, now))
        self._acted()
        return decided

    def _decidable(self, bulk: Bulk | None) -> Bulk:
        if bulk is None or bulk.state is BulkState.SHOWN:
            raise NotPermitted("There is no such request.")
        if bulk.state is not BulkState.ASKED:
            who = bulk.decided_name or "Nobody"
            word = "refused" if bulk.state is BulkState.REFUSED else "approved"
            raise AlreadyHandled(f"{who} decided on {bulk.name} already: {word}." if bulk.decided_by else "It is over.")
        if bulk.until < self._clock.now():
            raise AlreadyHandled(f"{bulk.name} waited too long for a second person. Nothing was done.")
        return bulk

    async def _check_decider(self, actor: Actor, bulk_id: BulkId) -> None:
        """Raises NotPermitted, after the act's own chain has kept who tried to decide on it."""
        policy, now = self._policy.current, self._clock.now()
        async with self._store.reading() as uow:
            bulk = await uow.bulks.get(bulk_id)
            why = why_not_decide(bulk, policy, actor, now) if bulk is not None else ""
            history = await uow.proofs.chain(bulk_chain(bulk)) if bulk is not None and why else ()
        if bulk is None or not why:
            return
        entry = refusal("decide", actor, why, history, policy, now)
        if entry is not None and bulk.state is BulkState.ASKED:
            async with self._store.unit_of_work() as uow:
                await uow.proofs.append([(bulk_chain(bulk), entry)])
        raise NotPermitted(why)

    # -- shared --------------------------------------------------------------------------------------------------------

    async def look(self, actor: Actor, bulk_id: BulkId) -> Bulk:
        """A bulk act for whoever began it or may act in one of its queues. Raises NotPermitted."""
        policy = self._policy.current
        async with self._store.reading() as uow:
            bulk = await uow.bulks.get(bulk_id)
        if bulk is None or (bulk.actor != actor.user and why_not_act(bulk, policy, actor)):
            raise NotPermitted("This list is not yours, or is gone.")
        return bulk

    async def _write(self, uow: UnitOfWork, bulk: Bulk, entry: Entry) -> None:
        now = self._clock.now()
        await uow.bulks.save(bulk, now)
        await uow.proofs.append([(bulk_chain(bulk), entry)])
        await uow.posts.want(wanted_posts(bulk, queues_of(bulk, self._policy.current), now))


def _slices(skus: Mapping[ExceptionId, SkuId | None]) -> Iterator[list[ExceptionId]]:
    """So many at once, those of one SKU together."""
    some: list[ExceptionId] = []
    last: SkuId | None = None
    for case, sku in sorted(skus.items(), key=lambda one: (one[1] or "", one[0])):
        if len(some) >= READ_AT_ONCE and (sku is None or sku != last):
            yield some
            some = []
        some.append(case)
        last = sku
    if some:
        yield some


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def facts_of(bulk: Bulk) -> tuple[tuple[str, str], ...]:
    """What a chain keeps of a bulk act."""
    asked = {name: str(value) for name, value in asdict(bulk.asked).items() if value not in ("", None, False)}
    return (
        ("by", bulk.actor_name),
        ("chosen", bulk.chosen),
        *sorted(asked.items()),
        ("items", str(bulk.figures.items)),
        ("list", bulk.digest),
        ("shown", bulk.shown),
        ("policy", str(bulk.policy_version)),
    )


def _sent_entry(bulk: Bulk, now: datetime) -> Entry:
    what = f"{bulk.asked.deed.value} on {bulk.figures.items:,} exceptions ({bulk.chosen})"
    if bulk.state is BulkState.ASKED:
        sentence = f"{bulk.actor_name} asked a second person to approve: {what}."
        return Entry("bulk_asked", now, bulk.actor, sentence, facts_of(bulk))
    return Entry("bulk_begun", now, bulk.actor, f"{bulk.actor_name} began: {what}.", facts_of(bulk))


def _decided_entry(bulk: Bulk, now: datetime) -> Entry:
    by = bulk.decided_by or bulk.actor
    told = (("by", bulk.decided_name), ("list", bulk.digest), ("note", bulk.reason))
    if bulk.state is BulkState.REFUSED:
        return Entry("bulk_refused", now, by, one_stop(f"{bulk.decided_name} refused it: {bulk.reason}"), told)
    return Entry("bulk_approved", now, by, f"{bulk.decided_name} approved it.", told)
