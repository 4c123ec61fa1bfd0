"""Receive and record: deliveries durable before the sender hears yes, facts exactly once, each by its own key.

Group commit: whatever waits shares one transaction and each is answered once it is durable; the group never waits for
company. A group that fails is split until the guilty one stands alone; it is kept with our fault told, its neighbours
do not notice.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from sync.connectors.base import Connector, Inbound, Parsed, Problem
from sync.errors import BadInput, BadSignature
from sync.model.facts import FactDraft, FactKind, ItemRef, LineStep
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.kits import EXPLODED, NO_RECIPES, Recipes
from sync.model.time import AsOf
from sync.path.identify import (
    SHOWN,
    fingerprint,
    ignored,
    listing_refs,
    meant_then,
    new_parts,
    new_skus,
    part_refs,
    place_of,
    renamed,
    sku_of,
    with_claim,
    with_known_parts,
)
from sync.path.poison import poisonous, without
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, DeliveryState, FactOutcome, NewDelivery, NewFact, RecordedDelivery, Store, UnitOfWork

GROUP = 200
"""Deliveries per transaction at most."""

KEPT_HEADERS = (
    "x-shopify-topic",
    "x-shopify-webhook-id",
    "x-shopify-event-id",
    "x-shopify-triggered-at",
    "content-type",
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery: whether it was new, and one outcome per draft in the order given.

    ``unknown`` says of each draft what of it maps to nothing: ``sku``, ``location`` or nothing.
    """

    delivery: int
    new: bool
    outcomes: tuple[FactOutcome, ...] = ()
    unknown: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    held: str = ""


@dataclass(slots=True)
class _Waiting:
    inbound: Inbound
    parsed: Parsed
    state: DeliveryState
    reason: str
    answer: asyncio.Future[Receipt] = field(repr=False)


class Recorder:
    """The one door into the ledger. ``recorded`` is called after each commit, to wake the decider."""

    def __init__(
        self, store: Store, policy: PolicyInForce, clock: Clock, *, recorded: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._recorded = recorded
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def receive(self, inbound: Inbound, connector: Connector) -> Receipt:
        """Verify, parse and record one message. Raises BadSignature; an unreadable verified body is kept, not refused."""
        try:
            parsed = connector.parse(inbound)
        except BadSignature:
            raise
        except BadInput as error:
            problem = Problem(where=inbound.name or inbound.door, why=str(error))
            parsed = Parsed(key=hashlib.sha256(inbound.body).hexdigest(), problems=(problem,))
            return await self._enqueue(inbound, parsed, DeliveryState.KEPT, str(error))
        return await self.record(inbound, parsed)

    async def record(self, inbound: Inbound, parsed: Parsed) -> Receipt:
        """Record a parsed delivery; answers once it is durable."""
        state = DeliveryState.HELD if parsed.held else DeliveryState.RECORDED
        return await self._enqueue(inbound, parsed, state, parsed.held)

    async def _enqueue(self, inbound: Inbound, parsed: Parsed, state: DeliveryState, reason: str) -> Receipt:
        waiting = _Waiting(inbound, parsed, state, reason, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), name="recorder")
        return await waiting.answer

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            await self._commit(group)

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            async with self._store.unit_of_work() as uow:
                receipts = await record_group(uow, group_of(group), self._policy.current, self._clock.now())
        except asyncio.CancelledError:
            for one in group:
                one.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - split until the guilty one stands alone
            if len(group) == 1:
                await self._without_poison(group[0], error)
                return
            half = len(group) // 2
            await self._commit(group[:half])
            await self._commit(group[half:])
            return
        self._recorded()
        for one, receipt in zip(group, receipts, strict=True):
            if not one.answer.done():
                one.answer.set_result(receipt)

    async def _without_poison(self, one: _Waiting, error: Exception) -> None:
        """A delivery that cannot be recorded as it is: recorded without the facts that cannot, else kept whole."""
        [item] = group_of([one])
        try:
            poison = await poison_of(self._store, item, self._policy.current, self._clock)
            if not poison:
                await self._keep(one, error)
                return
            clean = replace(item, parsed=without(item.parsed, poison))
            async with self._store.unit_of_work() as uow:
                [receipt] = await record_group(uow, [clean], self._policy.current, self._clock.now())
        except Exception as again:  # noqa: BLE001 - the delivery is kept, which is told
            await self._keep(one, again)
            return
        self._recorded()
        if not one.answer.done():
            one.answer.set_result(receipt)

    async def _keep(self, one: _Waiting, error: Exception) -> None:
        """The guilty one: its bytes are kept, our fault is told, the sender hears yes. If even that fails, it hears no."""
        _log.error("delivery_not_recorded", system=one.inbound.system, door=one.inbound.door, exc_info=error)
        why = f"Something broke on our side ({type(error).__name__}: {error}). The delivery is kept whole."
        bare = Parsed(
            key=one.parsed.key, problems=(Problem(one.inbound.name or one.inbound.door, why, kind="our_fault"),)
        )
        kept = _Waiting(one.inbound, bare, DeliveryState.KEPT, why, one.answer)
        try:
            async with self._store.unit_of_work() as uow:
                [receipt] = await record_group(uow, group_of([kept]), self._policy.current, self._clock.now())
        except Exception as again:  # noqa: BLE001 - told to the sender, who sends it again
            if not one.answer.done():
                one.answer.set_exception(again)
            return
        self._recorded()
        if not one.answer.done():
            one.answer.set_result(receipt)


@dataclass(frozen=True, slots=True)
class GroupItem:
    """One delivery of a group, ready to be recorded."""

    inbound: Inbound
    parsed: Parsed
    state: DeliveryState = DeliveryState.RECORDED
    reason: str = ""


def group_of(waiting: Sequence[_Waiting]) -> list[GroupItem]:
    """The deliveries behind what waits."""
    return [GroupItem(one.inbound, one.parsed, one.state, one.reason) for one in waiting]


class _Undone(Exception):
    """A trial is over; nothing of it stays."""


async def poison_of(store: Store, item: GroupItem, policy: Policy, clock: Clock) -> dict[int, Exception]:
    """Which facts of a delivery cannot be recorded, by their place: tried in transactions that are undone."""

    async def trial(facts: Sequence[FactDraft]) -> Exception | None:
        tried = replace(item, parsed=replace(item.parsed, facts=tuple(facts)))
        try:
            async with store.unit_of_work() as uow:
                await record_group(uow, [tried], policy, clock.now())
                raise _Undone
        except _Undone:
            return None
        except Exception as error:  # noqa: BLE001 - it is what is asked for
            return error

    return await poisonous(item.parsed.facts, trial)


async def record_group(uow: UnitOfWork, items: Sequence[GroupItem], policy: Policy, now: datetime) -> list[Receipt]:
    """Record deliveries and their facts within one unit of work: set-based, whatever their number."""
    deliveries = await uow.ledger.record_deliveries([_delivery(item) for item in items])
    live = [
        (item, delivery)
        for item, delivery in zip(items, deliveries, strict=True)
        if delivery.new and item.state is DeliveryState.RECORDED
    ]
    every = [(item, delivery, draft) for item, delivery in live for draft in item.parsed.facts]
    no_product = [ignored(policy, draft.item) for _, _, draft in every]
    drafts = [one for one, skip in zip(every, no_product, strict=True) if not skip]
    mapping = await _mapped(uow, policy, drafts)
    then = await _meant_then(uow, drafts)
    facts = [_fact(item, delivery, draft, mapping, then.get(id(draft)), policy) for item, delivery, draft in drafts]
    facts = await _with_parts(uow, facts)
    outcomes = await uow.ledger.record_facts(facts) if facts else ()
    await _mark_due(uow, policy, facts, outcomes, now)
    troubled = {
        item.inbound.system for item in items if item.parsed.problems or item.state is not DeliveryState.RECORDED
    }
    troubled |= {fact.system for fact, outcome in zip(facts, outcomes, strict=True) if outcome is FactOutcome.KEPT}
    troubled |= {item.inbound.system for item, _ in live if item.parsed.content_at is not None}
    if troubled:
        await uow.systems.mark_due(troubled, now)
    answers = iter(zip(facts, outcomes, strict=True))
    per_delivery: dict[int, list[tuple[FactOutcome, str]]] = {}
    for (_, delivery, _), skip in zip(every, no_product, strict=True):
        told = (FactOutcome.IGNORED, "") if skip else _told(*next(answers))
        per_delivery.setdefault(delivery.id, []).append(told)
    return [
        Receipt(
            delivery=delivery.id,
            new=delivery.new,
            outcomes=tuple(outcome for outcome, _ in per_delivery.get(delivery.id, ())) if delivery.new else (),
            unknown=tuple(unknown for _, unknown in per_delivery.get(delivery.id, ())) if delivery.new else (),
            problems=item.parsed.problems,
            held=item.reason if item.state is DeliveryState.HELD else "",
        )
        for item, delivery in zip(items, deliveries, strict=True)
    ]


def _told(fact: NewFact, outcome: FactOutcome) -> tuple[FactOutcome, str]:
    if outcome is not FactOutcome.KEPT:
        return outcome, ""
    return outcome, "sku" if fact.sku is None else "location"


def _delivery(item: GroupItem) -> NewDelivery:
    """The delivery's key holds a digest of its bytes, since a header that nobody signed may not decide what counts."""
    digest = hashlib.sha256(item.inbound.body).hexdigest()
    return NewDelivery(
        inbound=item.inbound,
        key=f"{item.parsed.key}:{digest[:32]}" if digest not in item.parsed.key else item.parsed.key,
        state=item.state,
        reason=item.reason,
        topic=item.parsed.topic,
        headers=tuple((name, item.inbound.headers[name]) for name in KEPT_HEADERS if name in item.inbound.headers),
        problems=item.parsed.problems,
        content_at=item.parsed.content_at,
        rows=item.parsed.rows,
    )


_Drafts = Sequence[tuple[GroupItem, RecordedDelivery, FactDraft]]
_Mapping = dict[SystemId, dict[ItemRef, SkuId]]


async def _mapped(uow: UnitOfWork, policy: Policy, drafts: _Drafts) -> _Mapping:
    """Which SKU each system's refs mean; listings of catalogue systems found on the way become SKUs and mappings first."""
    mapping: _Mapping = {}
    by_system: dict[SystemId, list[FactDraft]] = {}
    for item, _, draft in drafts:
        by_system.setdefault(item.inbound.system, []).append(draft)
    for system in sorted(by_system, key=lambda system: (system not in policy.identity.catalogue, system)):
        own = by_system[system]
        listings = [draft for draft in own if draft.kind is FactKind.LISTING_SEEN and draft.item is not None]
        refs = {draft.item for draft in own if draft.item is not None}
        refs |= {ref for draft in listings for ref in listing_refs(draft)}
        named = {ref for draft in own for ref in part_refs(draft)}
        refs |= named
        fold = policy.identity.fold_case
        known = dict(await uow.catalogue.resolve(system, refs, fold=fold))
        told_anew = renamed(listings, known)
        known |= told_anew
        created = new_skus(policy, system, listings, known) + new_parts(policy, named - known.keys())
        if created:
            await uow.catalogue.add_skus(created, fold=fold)
            missing = ({draft.item for draft in listings if draft.item is not None} | named) - known.keys()
            if missing:
                known |= await uow.catalogue.resolve(system, missing, fold=fold)
        pairs = list(told_anew.items())
        pairs += [
            (ref, sku)
            for draft in listings
            if (sku := sku_of(draft, known)) is not None
            for ref in listing_refs(draft)
            if ref not in known
        ]
        if pairs:
            await uow.catalogue.map_items(system, list(dict.fromkeys(pairs)))
            known |= {ref: sku for ref, sku in pairs if ref not in known}
        mapping[system] = known
    return mapping


async def _meant_then(uow: UnitOfWork, drafts: _Drafts) -> dict[int, SkuId]:
    """For drafts whose names changed their meaning at a time, by identity: what they meant at the time that decides."""
    named: dict[SystemId, set[ItemRef]] = {}
    for item, _, draft in drafts:
        if draft.item is not None and draft.kind not in SHOWN:
            named.setdefault(item.inbound.system, set()).add(draft.item)
    found: dict[int, SkuId] = {}
    for system, refs in sorted(named.items()):
        turned = await uow.catalogue.turns(system, refs)
        own = [draft for item, _, draft in drafts if item.inbound.system == system and draft.item in turned]
        orders = [draft.body.order for draft in own if isinstance(draft.body, LineStep)]
        skus = sorted({sku for versions in turned.values() for _, sku in versions})
        holders = await uow.catalogue.holders(orders, skus) if orders else {}
        for draft in own:
            sku = meant_then(draft, turned, holders)
            if sku is not None:
                found[id(draft)] = sku
    return found


async def _with_parts(uow: UnitOfWork, facts: list[NewFact]) -> list[NewFact]:
    """Order facts of kits with every SKU that was ever counted for them: each holds its line by the recipe of that time."""
    sold = {fact.sku for fact in facts if fact.draft.kind in EXPLODED and fact.sku is not None}
    told = Recipes(await uow.kits.recipes(sold)) if sold else NO_RECIPES
    if not told.versions:
        return facts
    parts = {sku: tuple(sorted(told.ever(sku))) for sku in sold}
    return [
        replace(fact, parts=parts.get(fact.sku, ())) if fact.draft.kind in EXPLODED and fact.sku is not None else fact
        for fact in facts
    ]


def _fact(
    item: GroupItem,
    delivery: RecordedDelivery,
    draft: FactDraft,
    mapping: _Mapping,
    then: SkuId | None,
    policy: Policy,
) -> NewFact:
    system = item.inbound.system
    known = mapping[system]
    return NewFact(
        system=system,
        delivery=delivery.id,
        draft=with_claim(with_known_parts(draft, known), known),
        sku=then or sku_of(draft, known),
        location=place_of(policy, system, draft.place),
        fingerprint=fingerprint(draft),
        received_at=item.inbound.received_at,
    )


async def _mark_due(
    uow: UnitOfWork, policy: Policy, facts: Sequence[NewFact], outcomes: Sequence[FactOutcome], now: datetime
) -> None:
    del policy
    recorded = [fact for fact, outcome in zip(facts, outcomes, strict=True) if outcome is FactOutcome.RECORDED]
    skus = {sku for fact in recorded if fact.sku is not None for sku in (fact.sku, *fact.parts)}
    await uow.stock.mark_due(sorted(skus), now)
    coverage: list[tuple[SystemId, LocationId, AsOf]] = [
        (fact.system, fact.location, fact.draft.as_of)
        for fact in recorded
        if fact.draft.kind is FactKind.SNAPSHOT_READ and fact.location is not None
    ]
    if coverage:
        await uow.ledger.record_coverage(coverage)
        for system, location, _ in coverage:
            await uow.ledger.covered_skus_due(system, location, now)
