"""The slice: claim what is due, lock in key order, read whole, judge, write; one transaction each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from sync.catching_up import waits_for
from sync.detect.unacknowledged import asked_of
from sync.exceptions.lifecycle import Step, settle
from sync.exceptions.spoken import why_over
from sync.inbox.looking import Can
from sync.model.exceptions import Evidence, ExceptionClass, Finding, Fingerprint
from sync.model.facts import FactKind
from sync.model.ids import SkuId, SystemId
from sync.model.picture import SliceClaim, SystemPicture, Whole
from sync.model.stock import Sku
from sync.path.judge import Verdict, judge, judge_system
from sync.path.passing_on import NOTHING_PASSED_ON, parts_named
from sync.path.slices import MOST, Slices, Turns
from sync.path.spoken import fall_silent
from sync.path.stepping import merged
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, Store, UnitOfWork
from sync.risk import no_risk
from sync.storms.gathering import gather, sweep
from sync.storms.storm import Key

SLICE = MOST
"""SKUs per transaction at most."""

OUR_FAULT_AGAIN = timedelta(minutes=15)
"""A SKU that our own fault keeps from being judged is tried again after this."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a slice decided: how many SKUs, whether more may be due, and whether systems are."""

    skus: int
    more: bool
    systems: bool


@dataclass(frozen=True, slots=True)
class _Slice:
    """What one transaction decided: its claim, the verdicts, when each SKU is due again, and what storms may take in."""

    now: datetime
    claim: SliceClaim
    verdicts: Sequence[tuple[Whole, Verdict]] = ()
    next_due: Mapping[SkuId, datetime | None] = field(default_factory=dict)
    loose: frozenset[Key] = frozenset()


class Decider:
    """Decides for due SKUs and systems. Any number may run: nobody decides for a SKU without its lock."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        abilities: Can | None = None,
        *,
        acted: Callable[[], None] = lambda: None,
        decided: Callable[[Sequence[timedelta]], None] = lambda _: None,
    ) -> None:
        """``abilities``: what each system lets be done, for what policy does by itself. ``acted`` is called after each
        commit that may have given lanes or Slack something to do; ``decided`` with how long the
        facts of a slice had waited since they were received."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._abilities = abilities if abilities is not None else {}
        self._acted = acted
        self._decided = decided
        self._slices = Slices()

    async def run_due(self, limit: int = SLICE) -> int:
        """Decide everything that is due now, slice by slice; returns how many SKUs and systems were decided."""
        decided, systems, more = 0, False, True
        while more:
            began = time.perf_counter()
            done = await self._slice(min(limit, self._slices.size))
            if done.skus:
                self._slices.took(done.skus, time.perf_counter() - began)
            decided, systems, more = decided + done.skus, systems or done.systems, done.more
        return decided + (await self.decide_systems() if systems else 0)

    async def decide_slice(self, limit: int = SLICE) -> int:
        """One slice, one transaction: it is done, or it is still due. Returns how many SKUs it decided."""
        return (await self._slice(limit)).skus

    async def _slice(self, limit: int) -> _Done:
        policy = self._policy.current
        slice_ = await self._store.run(lambda uow: self._decided_in(uow, limit, policy))
        if not slice_.claim.skus:
            return _Done(0, more=False, systems=slice_.claim.systems)
        verdicts, now = slice_.verdicts, slice_.now
        at_once = any(due is not None and due <= now for due in slice_.next_due.values())
        passed_on = any(verdict.passed_on != NOTHING_PASSED_ON for _, verdict in verdicts)
        self._decided([now - fact.received_at for whole, _ in verdicts for fact in whole.fresh])
        joined = await self._swept(slice_.loose, policy, now)
        aside = len(slice_.next_due) - len(verdicts)
        # Most webhooks leave nothing to send; who sends is not woken to find that, beside whatever comes next.
        if joined or aside or any(one.targets or one.changes.steps for _, one in verdicts):
            self._acted()
        spoken_of = bool(_spoken_of(verdicts, policy))
        more, systems = slice_.claim.more or at_once or passed_on, slice_.claim.systems or spoken_of
        return _Done(len(slice_.claim.skus), more=more, systems=systems)

    async def _decided_in(self, uow: UnitOfWork, limit: int, policy: Policy) -> _Slice:
        """The slice within its transaction."""
        now = self._clock.now()
        claim = await uow.stock.claim(now, limit)
        if not claim.skus:
            return _Slice(now, claim)
        wholes = {
            sku: replace(whole, confirmed=claim.confirmed.get(sku, frozenset()), by_word=sku in claim.by_word)
            if sku in claim.confirmed or sku in claim.by_word
            else whole
            for sku, whole in (await uow.stock.load(claim.skus, now)).items()
        }
        unraised = frozenset(one for one in policy.channels if waits_for(one, claim.readings, policy, now))
        away = any(whole.cases for whole in wholes.values()) and await uow.posts.away_since(now) is not None
        next_due: dict[SkuId, datetime | None] = {}
        verdicts: list[tuple[Whole, Verdict]] = []
        turns = Turns()
        for whole in wholes.values():
            await turns.shared()
            try:
                verdict = judge(whole, policy, now, self._abilities, unraised, away=away)
            except Exception as error:  # noqa: BLE001 - one poisonous SKU must not stop its neighbours
                next_due[whole.sku.id] = await _set_aside(uow, whole, error, policy, now)
            else:
                verdicts.append((whole, verdict))
                next_due[whole.sku.id] = verdict.next_due
        loose = await _write(uow, verdicts, policy, now)
        await uow.stock.finish(claim, next_due, now)
        return _Slice(now, claim, tuple(verdicts), next_due, loose)

    async def _swept(self, keys: frozenset[Key], policy: Policy, now: datetime) -> int:
        """What other slices stored of the same causes joins their storms; how many exceptions did."""
        joined = await sweep(self._store, keys, policy, now) if keys else 0
        if joined:
            _log.info("gathered_in_storms", exceptions=joined)
        return joined

    async def decide_systems(self) -> int:
        """Systems whose due time has passed: silence, refused accounts, unmapped codes, unusable input."""
        policy = self._policy.current
        async with self._store.unit_of_work() as uow:
            now = self._clock.now()
            systems = await uow.systems.claim_due(now)
            if not systems:
                return 0
            pictures = await with_supply(uow, await uow.systems.load(systems), policy, now)
            away = await uow.posts.away_since(now) is not None
            judged = {system: judge_system(one, policy, now, away=away) for system, one in pictures.items()}
            steps = [step for changes, _ in judged.values() for step in changes.steps]
            loose = await _gathered(uow, steps, policy, now)
            await uow.cases.save_suspicions(
                [one for changes, _ in judged.values() for one in changes.suspicions],
                [one for changes, _ in judged.values() for one in changes.dropped],
            )
            await uow.systems.finish({system: due for system, (_, due) in judged.items()})
            over = {system: why_over(picture, policy, now) for system, picture in pictures.items()}
            await fall_silent(uow, {system: why for system, why in over.items() if why}, now)
        await self._swept(loose, policy, now)
        self._acted()
        return len(systems)


async def with_supply(
    uow: UnitOfWork, pictures: Mapping[SystemId, SystemPicture], policy: Policy, now: datetime
) -> Mapping[SystemId, SystemPicture]:
    """The pictures, those of vendors whose acknowledgement policy asks for with how they stand behind their stock."""
    found = dict(pictures)
    for system, picture in pictures.items():
        asked = asked_of(system, policy)
        if asked is not None:
            found[system] = replace(picture, supply=tuple(await uow.systems.supply(asked, now)))
    return found


def _spoken_of(verdicts: Sequence[tuple[Whole, Verdict]], policy: Policy) -> set[SystemId]:
    """Vendors of whose stock or word this slice folded something that may change whether their families stand acknowledged."""
    speaking = {FactKind.STOCK_ACKNOWLEDGED, FactKind.COUNTED}
    asked = {system for system, source in policy.sources.items() if source.acknowledged_for is not None}
    return {
        fact.system for whole, _ in verdicts for fact in whole.fresh if fact.kind in speaking and fact.system in asked
    }


async def _write(
    uow: UnitOfWork, verdicts: Sequence[tuple[Whole, Verdict]], policy: Policy, now: datetime
) -> frozenset[Key]:
    """Write what was decided; which causes and queues are to be swept for storms after the commit."""
    await uow.stock.save_states([(whole, verdict.state, verdict.closed) for whole, verdict in verdicts])
    await uow.systems.mark_due(_spoken_of(verdicts, policy), now)
    await _pass_on(uow, verdicts, policy, now)
    await uow.stock.save_memos([memo for _, verdict in verdicts for memo in verdict.memos])
    await uow.outbox.want([target for _, verdict in verdicts for target in verdict.targets])
    changes = [verdict.changes for _, verdict in verdicts]
    loose = await _gathered(uow, [step for change in changes for step in change.steps], policy, now)
    await uow.cases.save_suspicions(
        [suspicion for change in changes for suspicion in change.suspicions],
        [fingerprint for change in changes for fingerprint in change.dropped],
    )
    return loose


async def _gathered(uow: UnitOfWork, steps: Sequence[Step], policy: Policy, now: datetime) -> frozenset[Key]:
    gathered = await gather(uow, steps, policy, now)
    await write_steps(uow, gathered.steps, now)
    return gathered.sweep


async def _pass_on(uow: UnitOfWork, verdicts: Sequence[tuple[Whole, Verdict]], policy: Policy, now: datetime) -> None:
    """A kit's orders to its parts and a part's pools to its kits: each is due in a slice of its own. After the fresh facts of
    this slice were taken off, so that none that is handed on here is lost."""
    given = [(whole.sku.id, verdict.passed_on) for whole, verdict in verdicts if verdict.passed_on != NOTHING_PASSED_ON]
    if not given:
        return
    named = parts_named([verdict.state for _, verdict in verdicts])
    await uow.catalogue.add_skus([Sku(part) for part in named], fold=policy.identity.fold_case)
    await uow.kits.feed([(sku, part) for sku, one in given for part in one.feeds])
    await uow.kits.hand_on([(part, fact.system, fact.key) for _, one in given for part, fact in one.facts])
    await uow.kits.save_pools([(sku, channel, pool) for sku, one in given for channel, pool in one.pools])
    due = {sku for _, one in given for sku in (*one.feeds, *(part for part, _ in one.facts), *one.kits)}
    await uow.stock.mark_due(sorted(due), now, "kit")


async def _set_aside(uow: UnitOfWork, whole: Whole, error: Exception, policy: Policy, now: datetime) -> datetime:
    """Our own fault with one SKU becomes an exception of its own; its facts stay unfolded and are tried again."""
    _log.error("sku_not_judged", sku=whole.sku.id, error=f"{type(error).__name__}: {error}", exc_info=error)
    finding = Finding(
        fingerprint=Fingerprint(ExceptionClass.FAILED_UPDATE, sku=whole.sku.id, detail="our_fault"),
        delta=0,
        evidence=Evidence(
            changed=f"Something broke on our side while judging {whole.sku.id} ({type(error).__name__}). What came in is kept;"
            " nothing new is published for it until this is mended.",
            event=f"countersign:{type(error).__name__}",
            event_at=now,
            cause="countersign:our_fault",
        ),
        risk=no_risk(policy.currency, "Not known: its picture could not be judged."),
        since=now,
    )
    known = [case for case in whole.cases if case.fingerprint.detail == "our_fault"]
    changes = settle([finding], known, (), policy, now)
    await write_steps(uow, merged(known, (), changes.steps), now)
    return now + OUR_FAULT_AGAIN
