"""Receive and record: deliveries durable before the sender hears yes, facts exactly once, each by its own key.

Group commit: whatever waits shares one transaction and each is answered once it is durable; the group never waits for
company. Where several may write, another begins beside it once enough wait. A group that fails is split until the guilty
one stands alone; it is kept with our fault told, its neighbours do not notice.
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
from sync.model.facts import FactDraft, FactKind
from sync.path.poison import poisonous, undone, without
from sync.path.recording import GroupItem, record_into
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Clock, DeliveryState, FactOutcome, NewDelivery, Store, UnitOfWork

GROUP = 200
"""Deliveries per transaction at most."""

AT_ONCE = 2
"""Groups under way at a time where the database takes several writers: while it works on one, the next is made ready. A third
won nothing (``bench.ingest``)."""

COMPANY = 16
"""Deliveries that are worth a group beside one that is under way: fewer wait for that one, as they would anyway."""

ALONE = frozenset(
    {FactKind.LISTING_SEEN, FactKind.RECIPE, FactKind.SNAPSHOT_READ, FactKind.SNAPSHOT_CONFIRMED, FactKind.LEFT_OUT}
)
"""What may change what the facts of a group beside it mean: names, recipes, whole places. Nobody is recorded beside it."""

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
    alone: bool


class Recorder:
    """The one door into the ledger. ``recorded`` is called after each commit, to wake the decider."""

    def __init__(
        self,
        store: Store,
        policy: PolicyInForce,
        clock: Clock,
        *,
        recorded: Callable[[], None] = lambda: None,
        at_once: int = 1,
    ) -> None:
        """``at_once``: groups under way at a time."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._recorded = recorded
        self._at_once = at_once
        self._waiting: list[_Waiting] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._nobody_beside = False
        self._looks = False

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

    def wake(self) -> None:
        """Something was recorded beside this door: what follows from it is to be looked at."""
        self._recorded()

    async def _enqueue(self, inbound: Inbound, parsed: Parsed, state: DeliveryState, reason: str) -> Receipt:
        loop = asyncio.get_running_loop()
        alone = self._at_once > 1 and any(fact.kind in ALONE for fact in parsed.facts)
        waiting = _Waiting(inbound, parsed, state, reason, loop.create_future(), alone)
        self._waiting.append(waiting)
        if not self._looks:
            self._looks = True
            loop.call_soon(self._look)
        return await waiting.answer

    def _look(self) -> None:
        """Begin what may begin: after whatever arrived in the same turn of the loop."""
        self._looks = False
        while self._waiting and self._may_begin():
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            self._nobody_beside = any(one.alone for one in group)
            task = asyncio.create_task(self._commit(group), name="recorder")
            self._under_way.add(task)
            task.add_done_callback(self._over)

    def _may_begin(self) -> bool:
        if not self._under_way:
            return True
        if len(self._under_way) >= self._at_once or self._nobody_beside or len(self._waiting) < COMPANY:
            return False
        return not any(one.alone for one in self._waiting[:GROUP])

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            self._look()

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            receipts = await self._record(group_of(group))
        except asyncio.CancelledError:
            for one in group:
                one.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - split until the guilty one stands alone
            if self._store.away(error):
                _log.warning(
                    "not_recorded", deliveries=len(group), error=repr(error), so="their senders send them again"
                )
                for one in group:
                    _refuse(one, error)
                return
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

    async def _record(self, items: Sequence[GroupItem]) -> list[Receipt]:
        return await self._store.run(lambda uow: record_group(uow, items, self._policy.current, self._clock.now()))

    async def _without_poison(self, one: _Waiting, error: Exception) -> None:
        """A delivery that cannot be recorded as it is: recorded without the facts that cannot, else kept whole. The database that
        goes away meanwhile makes no fact guilty: the sender comes again."""
        [item] = group_of([one])
        try:
            poison = await poison_of(self._store, item, self._policy.current, self._clock)
            clean = replace(item, parsed=without(item.parsed, poison)) if poison else item
            [receipt] = await self._record([clean])
        except Exception as again:  # noqa: BLE001 - the delivery is kept, which is told
            if self._store.away(again):
                _refuse(one, again)
            else:
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
        try:
            [receipt] = await self._record([GroupItem(one.inbound, bare, DeliveryState.KEPT, why)])
        except Exception as again:  # noqa: BLE001 - told to the sender, who sends it again
            _refuse(one, again)
            return
        self._recorded()
        if not one.answer.done():
            one.answer.set_result(receipt)


def _refuse(one: _Waiting, error: Exception) -> None:
    """It is not durable, so whoever gave it must keep it and come again."""
    if not one.answer.done():
        one.answer.set_exception(error)


def group_of(waiting: Sequence[_Waiting]) -> list[GroupItem]:
    """The deliveries behind what waits."""
    return [GroupItem(one.inbound, one.parsed, one.state, one.reason) for one in waiting]


async def poison_of(store: Store, item: GroupItem, policy: Policy, clock: Clock) -> dict[int, Exception]:
    """Which facts of a delivery cannot be recorded, by their place: tried in transactions that are undone."""

    async def trial(facts: Sequence[FactDraft]) -> Exception | None:
        tried = replace(item, parsed=replace(item.parsed, facts=tuple(facts)))
        return await undone(store, lambda uow: record_group(uow, [tried], policy, clock.now()))

    return await poisonous(item.parsed.facts, trial)


async def record_group(uow: UnitOfWork, items: Sequence[GroupItem], policy: Policy, now: datetime) -> list[Receipt]:
    """Record deliveries and their facts within one unit of work: set-based, whatever their number."""
    deliveries = await uow.ledger.record_deliveries([_delivery(item) for item in items])
    live = [
        (item, delivery)
        for item, delivery in zip(items, deliveries, strict=True)
        if delivery.new and item.state is DeliveryState.RECORDED
    ]
    told = await record_into(uow, live, policy, now)
    troubled = {
        item.inbound.system for item in items if item.parsed.problems or item.state is not DeliveryState.RECORDED
    }
    troubled |= {item.inbound.system for item, _ in live if item.parsed.content_at is not None}
    if troubled:
        await uow.systems.mark_due(troubled, now)
    per_delivery: dict[int, list[tuple[FactOutcome, str]]] = {}
    for delivery_id, outcome, unknown in told:
        per_delivery.setdefault(delivery_id, []).append((outcome, unknown))
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


def kept_headers(inbound: Inbound) -> tuple[tuple[str, str], ...]:
    """The headers of the allow list."""
    return tuple((name, inbound.headers[name]) for name in KEPT_HEADERS if name in inbound.headers)


def _delivery(item: GroupItem) -> NewDelivery:
    """The delivery's key holds a digest of its bytes, since a header that nobody signed may not decide what counts."""
    digest = hashlib.sha256(item.inbound.body).hexdigest()
    return NewDelivery(
        inbound=item.inbound,
        key=f"{item.parsed.key}:{digest[:32]}" if digest not in item.parsed.key else item.parsed.key,
        state=item.state,
        reason=item.reason,
        topic=item.parsed.topic,
        headers=kept_headers(item.inbound),
        problems=item.parsed.problems,
        content_at=item.parsed.content_at,
        rows=item.parsed.rows,
    )
