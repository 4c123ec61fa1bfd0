"""The events API on the store: credentials from the environment, a batch and its answer in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from bot.web.event_answers import ItemOutcome, Outcome
from bot.web.events import KEPT_BYTES, Answered, Claim, Credential, Remembered
from sync.connectors.base import Inbound, Parsed, Problem
from sync.connectors.events_api.batch import EventBatchRead, EventItem
from sync.connectors.events_api.sender import Sender, sender_of
from sync.connectors.registry import variable
from sync.errors import AlreadyHandled, TryAgain
from sync.model.ids import SystemId
from sync.path.poison import told_of
from sync.path.recorder import Receipt, poison_of, record_group
from sync.path.recording import GroupItem
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, DeliveryState, FactOutcome, Store

AWAY = timedelta(seconds=5)

_OUTCOMES = {
    FactOutcome.RECORDED: Outcome.RECORDED,
    FactOutcome.IGNORED: Outcome.RECORDED,
    FactOutcome.DUPLICATE: Outcome.DUPLICATE,
    FactOutcome.CONFLICT: Outcome.CONFLICT,
    FactOutcome.KEPT: Outcome.KEPT,
}


class EventLedger:
    """Fits ``EventDoor``. Tokens are ``<SYSTEM>_TOKEN`` and ``<SYSTEM>_TOKEN_BEFORE`` (while rotated), signing keys
    ``<SYSTEM>_SIGNING_KEYS`` separated by blanks."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        environment: Mapping[str, str],
        *,
        recorded: Callable[[], None] = lambda: None,
    ) -> None:
        """``recorded`` is called after each commit, to wake the decider."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._recorded = recorded
        self._by_token: dict[str, SystemId] = {}
        self._keys: dict[SystemId, tuple[str, ...]] = {}
        for name, system in policy.current.systems.items():
            if system.kind == "events_api":
                self._read_secrets(SystemId(name), environment)

    def _read_secrets(self, system: SystemId, environment: Mapping[str, str]) -> None:
        for what in ("TOKEN", "TOKEN_BEFORE"):
            token = environment.get(variable(system, what))
            if token:
                self._by_token[hashlib.sha256(token.encode()).hexdigest()] = system
        self._keys[system] = tuple(environment.get(variable(system, "SIGNING_KEYS"), "").split())

    def _credential(self, system: SystemId) -> Credential | None:
        rules = self._policy.current.systems.get(system)
        if rules is None:
            return None
        return Credential(sender_of(system, rules), signing_keys=self._keys.get(system, ()))

    async def credential(self, token_sha256: str) -> Credential | None:
        """Whose token this is; None when nobody's."""
        system = self._by_token.get(token_sha256)
        return self._credential(system) if system is not None else None

    async def signers(self) -> Sequence[Credential]:
        """Every system with signing keys."""
        found = [self._credential(system) for system, keys in self._keys.items() if keys]
        return [one for one in found if one is not None]

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        """The stored answer of a key."""
        async with self._store.reading() as uow:
            row = await uow.ledger.remembered(scope, key)
        if row is None:
            return None
        fingerprint, status, content_type, body, created = row
        return Remembered(fingerprint, Answered(status, content_type, body), created)

    async def record(
        self,
        sender: Sender,
        inbound: Inbound,
        batch: EventBatchRead,
        claim: Claim,
        answer: Callable[[Sequence[ItemOutcome]], Answered],
    ) -> Answered:
        """One transaction for the batch and its answer; both or neither. Raises AlreadyHandled for a claimed key."""
        parsed = batch.parsed(f"{claim.key}:{inbound.received_at.isoformat()}")
        try:
            answered = await self._record(inbound, parsed, batch, claim, answer)
        except (OperationalError, InterfaceError, OSError) as error:
            raise TryAgain("The records cannot be reached now; nothing was recorded.", AWAY) from error
        except AlreadyHandled:
            raise
        except Exception:
            poison = await poison_of(self._store, GroupItem(inbound, parsed), self._policy.current, self._clock)
            if not poison:
                raise
            clean = without_poison(batch, poison)
            answered = await self._record(inbound, clean.parsed(parsed.key), clean, claim, answer)
        self._recorded()
        return answered

    async def _record(
        self,
        inbound: Inbound,
        parsed: Parsed,
        batch: EventBatchRead,
        claim: Claim,
        answer: Callable[[Sequence[ItemOutcome]], Answered],
    ) -> Answered:
        async with self._store.unit_of_work() as uow:
            now = self._clock.now()
            [receipt] = await record_group(uow, [GroupItem(inbound, parsed)], self._policy.current, now)
            answered = answer(item_outcomes(batch, receipt))
            await uow.ledger.remember(
                claim.scope, claim.key, claim.fingerprint, answered.status, answered.content_type, answered.body
            )
        return answered

    async def keep(self, inbound: Inbound, problem: Problem) -> None:
        """Keep a refused body, cut to 64 KiB, with what was wrong."""
        body = inbound.body[:KEPT_BYTES]
        cut = Inbound(inbound.system, inbound.door, body, inbound.received_at, inbound.headers, inbound.name)
        key = f"{hashlib.sha256(body).hexdigest()}:{inbound.received_at.isoformat()}"
        item = GroupItem(cut, Parsed(key=key, problems=(problem,)), DeliveryState.KEPT, problem.why)
        async with self._store.unit_of_work() as uow:
            await record_group(uow, [item], self._policy.current, self._clock.now())
        self._recorded()


def without_poison(batch: EventBatchRead, poison: Mapping[int, Exception]) -> EventBatchRead:
    """The batch with every event put aside of which a fact (by its place among all) cannot be recorded."""
    places = iter(range(sum(len(item.drafts) for item in batch.items)))
    items = []
    for item in batch.items:
        broken = [poison[place] for place in [next(places) for _ in item.drafts] if place in poison]
        problem = Problem(item.pointer, told_of(broken[0]), kind="our_fault") if broken else item.problem
        items.append(replace(item, drafts=() if broken else item.drafts, problem=problem))
    return EventBatchRead(tuple(items))


def item_outcomes(batch: EventBatchRead, receipt: Receipt) -> list[ItemOutcome]:
    """One outcome per item from the outcomes of its drafts."""
    told = iter(zip(receipt.outcomes, receipt.unknown, strict=True))
    return [_of_item(item, [next(told) for _ in item.drafts]) for item in batch.items]


def _of_item(item: EventItem, told: Sequence[tuple[FactOutcome, str]]) -> ItemOutcome:
    if item.problem is not None or not told:
        return ItemOutcome(Outcome.INVALID, why=item.problem.why if item.problem is not None else "")
    first = told[0][0]
    if any(outcome is FactOutcome.CONFLICT for outcome, _ in told):
        return ItemOutcome(Outcome.CONFLICT)
    for index, (outcome, unknown) in enumerate(told):
        if outcome is FactOutcome.KEPT:
            if unknown == "sku":
                return ItemOutcome(Outcome.KEPT, "sku")
            return ItemOutcome(Outcome.KEPT, "location" if index == 0 else "to_location")
    return ItemOutcome(_OUTCOMES[first])
