"""Acting: a lane per system account sends what is wanted, most urgent first, one write per target at a time.

The lane is a leased row with an epoch; every result is written under it and an old one is refused. A write whose outcome
is unknown is sent again with the same idempotency key, or settled by reading back. After every write the channel is read
back, and what it shows goes through the one path as facts.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from sync.catching_up import waits_for
from sync.connectors.base import Answer, Connector, Fault, Inbound, ListingRef, Seen, SetDoors, SetHold, SetQuantity
from sync.errors import BadInput, TryAgain
from sync.measures.records import settled_update
from sync.model.freezing import freeze_on
from sync.model.ids import ListingId, SkuId, SystemId, exception_name
from sync.model.outbox import Lane, Priority, Target, TargetKind, TargetState
from sync.model.stock import Listing
from sync.model.time import AsOf
from sync.path.recorder import Recorder
from sync.path.retries import tell_tries
from sync.path.seen import parsed_seen
from sync.path.waits import FIRST_WAIT, MOST_TRIES, account_wait, held_back, wait_before
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store, UnitOfWork

LEASE = timedelta(seconds=12)
RENEWED_EVERY = timedelta(seconds=4)
"""A lane is renewed while it sends, so that a lease may be short: what a killed process held waits no longer than that."""

BATCH = 20

AT_ONCE = 4
"""Writes of one account on their way at a time: a platform answers after a fifth of a second, and its limit is per second."""

_NAMESPACE = uuid.UUID("6d0f9a4e-3f55-5d0b-9a53-0a4d9d0e1c11")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one write came to: the answer, and what the channel showed afterwards (None: could not be read).

    ``shown`` is set when nothing was written, since it would have raised this number (None: an unknown one) too early.
    """

    answer: Answer
    seen: Seen | None
    too_early: bool = False
    shown: int | None = None


@dataclass(slots=True)
class _Batch:
    """What a lane hands out at once. ``unsure``: the levels we know may be old, so that what we take for a decrease is looked at
    first. ``stopped``: the account refuses, or the lane has another holder."""

    lane: Lane
    listings: Mapping[ListingId, Listing]
    unsure: bool
    stopped: bool = False


def _by_sku(targets: Sequence[Target]) -> deque[list[Target]]:
    """Targets in their order, those of one SKU together with the first of them."""
    together: dict[SkuId, list[Target]] = {}
    for target in targets:
        together.setdefault(target.sku, []).append(target)
    return deque(together.values())


class LaneRunner:
    """Sends for any system whose lane it can lease. Any number of processes may run one."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[SystemId, Connector],
        recorder: Recorder,
        policy: PolicyInForce,
        clock: Clock,
        holder: str,
        *,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        """``holder`` names this process in leases; ``acted`` is called after results were written."""
        self._store = store
        self._connectors = connectors
        self._recorder = recorder
        self._policy = policy
        self._clock = clock
        self._holder = holder
        self._acted = acted

    async def run_due(self) -> int:
        """Send what is due on every lane that can be leased now; returns how many writes went out."""
        async with self._store.reading() as uow:
            systems = await uow.outbox.due_lanes(self._clock.now())
        sent = 0
        for system in systems:
            if system in self._connectors:
                sent += await self.run_lane(system)
        return sent

    async def run_lane(self, system: SystemId) -> int:
        """Lease one lane, hand out a batch of due targets, and settle each. Returns how many were sent."""
        handed = await self._store.run(lambda uow: self._handed_out(uow, system))
        if handed is None:
            return 0
        async with self._renewed(system):
            return await self._send_all(*handed)

    async def _handed_out(self, uow: UnitOfWork, system: SystemId) -> tuple[_Batch, Sequence[Target]] | None:
        """The lane's next batch, leased; None: another has the lane, the account is left alone for now, or nothing is due."""
        now = self._clock.now()
        lane = await uow.outbox.lease(system, self._holder, now, now + LEASE)
        if lane is None or (lane.blocked_until is not None and lane.blocked_until > now):
            return None
        waits = waits_for(system, await uow.systems.readings(), self._policy.current, now)
        frozen = freeze_on(await uow.freezes.standing(), system) is not None
        held = held_back(system, waits, frozen)
        targets = await uow.outbox.next_targets(lane, now, 1 if lane.fault else BATCH, held)
        listings = await uow.catalogue.listings([target.listing for target in targets if target.listing])
        return (_Batch(lane, listings, unsure=system in waits), targets) if targets else None

    async def _send_all(self, batch: _Batch, targets: Sequence[Target]) -> int:
        """Most urgent first, ``AT_ONCE`` at a time, those of one SKU one after the other; returns how many were sent. When the
        account refuses, what has not begun is given back."""
        waiting, sent = _by_sku(targets), 0
        left: list[Target] = []

        async def send() -> None:
            nonlocal sent
            while waiting:
                for target in waiting.popleft():
                    if batch.stopped:
                        left.append(target)
                        continue
                    sent += 1
                    if not await self._send(batch, target):
                        batch.stopped = True

        async with asyncio.TaskGroup() as sending:
            for _ in range(AT_ONCE):
                sending.create_task(send())
        if left:
            await self._give_back(left)
        return sent

    @asynccontextmanager
    async def _renewed(self, system: SystemId) -> AsyncIterator[None]:
        """Keep the lease while a batch is sent: one call may take longer than a lease lasts."""
        keeping = asyncio.create_task(self._keep(system), name=f"lease-{system}")
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self, system: SystemId) -> None:
        """Renew until cancelled, or until another holder has the lane: what is sent then is refused by its epoch."""
        while True:
            await asyncio.sleep(RENEWED_EVERY.total_seconds())
            now = self._clock.now()
            try:
                async with self._store.unit_of_work() as uow:
                    lane = await uow.outbox.lease(system, self._holder, now, now + LEASE)
            except Exception as error:  # noqa: BLE001 - tried again; the epoch guards every result whether or not it succeeds
                _log.warning("lease_not_renewed", system=system, error=f"{type(error).__name__}: {error}")
                continue
            if lane is None:
                _log.warning("lease_lost", system=system)
                return

    async def leave(self) -> None:
        """Give every lane of this process back, so that the next process need not wait for the leases to end."""
        async with self._store.unit_of_work() as uow:
            await uow.outbox.leave(self._holder, self._clock.now())

    async def _send(self, batch: _Batch, target: Target) -> bool:
        """One target: call, read back, settle, and tell the one path. False: the account refuses, stop the batch."""
        started, lane = self._clock.now(), batch.lane
        listing = batch.listings.get(target.listing) if target.listing else None
        connector = self._connectors[lane.system]
        if listing is None:
            answer = Answer(
                False, AsOf.at(started), Fault.MISSING, "We have no mapping of this listing on the channel."
            )
            sent = Sent(answer, None)
        else:
            looks = batch.unsure and target.kind is TargetKind.QUANTITY and target.wanted > 0
            sent = await (self._lower if looks else self._write)(connector, target, listing)
        settled = self.outcome(target, sent, self._clock.now())
        account = self._lane_after(lane, sent.answer)
        if not await self._store.run(lambda uow: self._settled(uow, batch, target, settled, account)):
            _log.warning("result_refused", target=target.key, epoch=target.epoch, why="the lane has another holder")
            return False
        _log.info(
            "sent",
            target=target.key,
            wanted=target.wanted,
            done=sent.answer.done,
            fault=sent.answer.fault,
            text=sent.answer.text,
        )
        if sent.seen is not None and listing is not None:
            await self.tell(listing, sent.seen)
        self._acted()
        return not account.fault

    async def _settled(self, uow: UnitOfWork, batch: _Batch, before: Target, settled: Target, account: Lane) -> bool:
        """Write what one try came to; False: the lane has another holder, nothing is written."""
        lane, now = batch.lane, self._clock.now()
        if not await uow.outbox.settle(settled):
            return False
        if before.kind is not TargetKind.READ:
            await uow.measured.settled([settled_update(before, settled, now)])
            await tell_tries(uow, before, settled, now)
        await uow.stock.mark_due([before.sku], now)
        # What was on its way when the account began to refuse does not make it well again.
        if account.fault or not batch.stopped:
            await uow.outbox.save_lane(account)
        if (account.fault, account.fault_since) != (lane.fault, lane.fault_since):
            await uow.systems.mark_due([lane.system], now)
        return True

    async def _lower(self, connector: Connector, target: Target, listing: Listing) -> Sent:
        """Write a quantity only if the channel shows more than that now."""
        looked = await self._read(connector, ListingRef(listing.sku, listing.external), self._places(listing.system))
        if looked.seen is None:
            return looked
        shown = dict(looked.seen.levels).get(self._place(target, listing.system), looked.seen.units)
        if shown is None or shown <= target.wanted:
            return Sent(looked.answer, looked.seen, too_early=True, shown=shown)
        return await self._write(connector, replace(target, expected=shown), listing)

    async def _write(self, connector: Connector, target: Target, listing: Listing) -> Sent:
        ref = ListingRef(listing.sku, listing.external)
        places = self._places(listing.system)
        if target.kind is TargetKind.READ:
            return await self._read(connector, ref, places)
        if target.kind is TargetKind.HOLD:
            named = f"Countersign {exception_name(target.case)}" if target.case else "Countersign"
            return Sent(await connector.set_hold(SetHold(target.doors[0], target.wanted == 1, target.key, named)), None)
        if target.kind in (TargetKind.DOORS, TargetKind.OFFER):
            answer = await connector.set_doors(
                SetDoors(
                    ref,
                    open=target.wanted == 1,
                    doors=target.doors if target.wanted == 1 else (),
                    key=self._key(target),
                    above=target.kind is TargetKind.OFFER,
                )
            )
        else:
            bucket = "on_hand" if target.kind is TargetKind.CORRECTION else "available"
            answer = await connector.set_quantity(
                SetQuantity(
                    listing=ref,
                    place=self._place(target, listing.system),
                    units=target.wanted,
                    key=self._key(target),
                    expected=target.expected,
                    bucket=bucket,
                    reference=target.key,
                )
            )
        seen = (await self._read(connector, ref, places)).seen
        return Sent(answer, seen)

    async def _read(self, connector: Connector, ref: ListingRef, places: list[str]) -> Sent:
        started = self._clock.now()
        try:
            seen = await connector.read_back(ref, places)
        except TryAgain as error:
            return Sent(Answer(False, AsOf.at(started), Fault.INTERMITTENT, str(error), retry_after=error.after), None)
        except BadInput as error:
            return Sent(Answer(False, AsOf.at(started), Fault.MISSING, str(error)), None)
        return Sent(Answer(True, seen.at), seen)

    def _place(self, target: Target, system: SystemId) -> str:
        """The target's place in the system's own words."""
        if target.location is None:
            return ""
        return self._policy.current.locations[target.location].known_as.get(system, "")

    def _places(self, system: SystemId) -> list[str]:
        policy = self._policy.current
        return [known for place in policy.locations.values() if (known := place.known_as.get(system)) is not None]

    def _key(self, target: Target) -> str:
        """The same for every try of this request, another as soon as anything about it differs."""
        return str(uuid.uuid5(_NAMESPACE, f"{target.key}|{target.revision}|{target.wanted}|{target.expected}"))

    def outcome(self, target: Target, sent: Sent, now: datetime) -> Target:
        """The target after one try. Pure but for jitter: what is sent, confirmed, tried again when, or given up."""
        answer = sent.answer
        if sent.too_early:
            waiting = replace(target, state=TargetState.DUE, priority=Priority.INCREASE, next_at=now)
            return replace(waiting, expected=sent.shown, revision=target.revision + 1)
        if answer.done:
            told = sent.seen.units if sent.seen else answer.seen_units if target.kind is TargetKind.HOLD else None
            looked = sent.seen is not None or told is not None
            read_at = sent.seen.at.end if sent.seen else answer.at.end
            return replace(
                target,
                state=TargetState.IDLE,
                sent=target.wanted,
                sent_at=_written_at(target, answer.at),
                sent_revision=target.revision,
                confirmed=True,
                attempts=0,
                fault="",
                fault_text="",
                failing_since=None,
                doors=answer.doors_closed or target.doors,
                next_at=None,
                seen=told if looked else target.seen,
                seen_at=read_at if looked else target.seen_at,
            )
        fault = answer.fault or Fault.UNKNOWN_OUTCOME
        failed = replace(
            target,
            fault=fault,
            fault_text=answer.text,
            failing_since=target.failing_since or now,
            attempts=target.attempts + 1,
            doors=answer.doors_closed or target.doors,
        )
        if fault is Fault.STALE_GUARD:
            return self._lost_race(failed, sent, now)
        if fault.of_account:
            return replace(failed, state=TargetState.DUE, attempts=target.attempts, next_at=now + FIRST_WAIT)
        if not fault.mends_itself:
            return replace(failed, state=TargetState.FAILED, next_at=None)
        if failed.attempts >= MOST_TRIES:
            return replace(failed, state=TargetState.FAILED, next_at=None)
        return replace(failed, state=TargetState.DUE, next_at=now + wait_before(failed.attempts, answer.retry_after))

    def _lost_race(self, target: Target, sent: Sent, now: datetime) -> Target:
        """Somebody sold or set in between: never forced. A correction is refused; a promise is decided anew on what is there."""
        if target.kind is TargetKind.CORRECTION:
            return replace(target, state=TargetState.REFUSED, next_at=None)
        shown = sent.seen.units if sent.seen is not None else None
        if target.attempts >= MOST_TRIES:
            return replace(target, state=TargetState.FAILED, next_at=None)
        raises = target.kind is TargetKind.QUANTITY and shown is not None and shown < target.wanted
        again = replace(target, state=TargetState.DUE, expected=shown, revision=target.revision + 1)
        priority = Priority.INCREASE if raises else target.priority
        return replace(again, priority=priority, next_at=now + wait_before(target.attempts, None))

    def _lane_after(self, lane: Lane, answer: Answer) -> Lane:
        now = self._clock.now()
        rated = replace(lane, leased_until=now + LEASE)
        if answer.budget is not None:
            rated = replace(rated, budget=answer.budget, refill_per_second=answer.refill_per_second, budget_at=now)
        fault = answer.fault
        if answer.done or fault is None or not fault.of_account:
            return replace(rated, fault="", fault_text="", fault_since=None, blocked_until=None)
        since = lane.fault_since or now
        wait = answer.retry_after or account_wait(fault, now - since)
        return replace(rated, fault=fault, fault_text=answer.text, fault_since=since, blocked_until=now + wait)

    async def _give_back(self, targets: Sequence[Target]) -> None:
        """The rest of a batch that the account refuses: due again, nothing tried."""
        async with self._store.unit_of_work() as uow:
            await uow.outbox.release(targets)

    async def tell(self, listing: Listing, seen: Seen) -> None:
        """What a reading showed goes through the one path like anything else."""
        parsed = parsed_seen(listing, seen)
        inbound = Inbound(system=listing.system, door="read", body=parsed.key.encode(), received_at=self._clock.now())
        await self._recorder.record(inbound, parsed)


def _written_at(target: Target, answered: AsOf) -> AsOf:
    """When a quantity took effect. Of one that was tried before, whose answer was lost or whose sender died, an earlier try may
    have written it, and its key is only answered anew: what the channel sold in between is not before it."""
    if target.kind is not TargetKind.QUANTITY or not target.attempts:
        return answered
    return replace(answered, start=min(target.wanted_at, answered.start))
