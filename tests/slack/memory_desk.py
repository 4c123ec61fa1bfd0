"""The real inbox over a store in memory: real rights, real acts, real intents and posts; only the SKU's picture is built.

It stands in for the database where a test is about Slack alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from slack_builders import MARKETPLACES, a_history, a_view

from sync.errors import AlreadyHandled
from sync.exceptions.lifecycle import Step
from sync.inbox.service import Inbox
from sync.inbox.view import CaseView, SkuMiss, SkuView
from sync.measures.records import Recorded
from sync.model.exceptions import ActionState, Case
from sync.model.freezing import Freeze
from sync.model.groups import UserGroup
from sync.model.ids import ExceptionId, QueueId, SystemId, UserId
from sync.model.outbox import Crowd, Post
from sync.model.proof import ChainedEntry, Entry
from sync.model.source_word import SourceWord
from sync.path.written import write_steps
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import Intent, Standing, Store, UnitOfWork
from sync.storms.storm import Storm

__all__ = ["Desk", "Memory", "MovableClock", "a_policy"]


class MovableClock:
    """A clock that tests move; it also goes on by itself with the wall clock, so that leases and windows behave."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, length: timedelta) -> None:
        self._ahead += length


def a_policy(**changes: Any) -> Policy:
    """A shop with two channels, four queues and five people."""
    people = {
        name: {"name": name.capitalize(), "slack": f"U0{name.upper()}"} for name in ("dana", "lee", "sam", "ana", "kim")
    }
    channel = {"locations": ["reno"]}
    document = {
        "company": "Harbour & Hearth",
        "currency": "USD",
        "systems": {
            "amazon-us": {"kind": "shopify", "name": "Amazon US", "mode": "guard", "channel": channel},
            "shopify-us": {"kind": "shopify", "name": "Shopify US", "mode": "guard", "channel": channel},
            "wms": {"kind": "csv_feed", "name": "WMS", "source": {"trust": "physical"}},
            "netsuite": {"kind": "events_api", "name": "NetSuite", "source": {"trust": "financial"}},
        },
        "locations": {"reno": {"name": "Reno", "deciders": ["wms"], "count_queue": "warehouse"}},
        "people": people,
        "queues": {
            "marketplaces": {"name": "Marketplaces", "channel": "inv-marketplaces", "lead": "dana", "stand_in": "lee"},
            "warehouse": {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"},
            "finance": {"name": "Finance", "channel": "C0FIN", "lead": "lee", "approvers": ["lee", "ana"]},
            "catalog": {"name": "Catalog", "channel": "inv-catalog", "lead": "ana"},
        },
        "ops_lead": "kim",
        "default_queue": "marketplaces",
        "warehouse_queue": "warehouse",
        "corrections": {"four_eyes_above": "250.00", "queue": "finance"},
        "digest": {"channel": "inv-ops"},
        "not_automated": ["Kits and packs"],
    }
    return Policy.model_validate(document | changes)


class Memory:
    """Rows in memory, with the promises of :mod:`sync.ports` that the Slack room rests on."""

    def __init__(self) -> None:
        self.cases: dict[ExceptionId, Case] = {}
        self.chains: dict[str, list[ChainedEntry]] = {}
        self.posts: dict[str, Post] = {}
        self.intents: dict[str, Intent] = {}
        self.freezes: dict[SystemId | None, Freeze] = {}
        self.groups: dict[str, UserGroup] = {}
        self.words: dict[SystemId, SourceWord] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self.wanted_targets: list[Any] = []
        self.recorded: dict[datetime, Recorded] = {}
        self.saves = 0

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Any]:
        yield _Unit(self)

    reading = unit_of_work

    async def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Nothing breaks a transaction off here."""
        async with self.unit_of_work() as uow:
            return await work(uow)

    def add(self, view: CaseView) -> CaseView:
        """Store the case of a view."""
        self.cases[view.case.id] = view.case
        return view


class _Unit:
    def __init__(self, memory: Memory) -> None:
        self.cases, self.proofs, self.posts = _Cases(memory), _Proofs(memory), _Posts(memory)
        self.measured = _Measured(memory)
        self.intents, self.outbox, self.stock = _Intents(memory), _Outbox(memory), _Nothing()
        self.freezes, self.groups = _Freezes(memory), _Groups(memory)
        self.words = _Words(memory)
        self.systems, self.views, self.attention = _Nothing(), _Nothing(), _Nothing()
        self.storms = _NoStorms()


class _Nothing:
    async def skus_of(self, *_: object) -> int:
        """Nobody decides here."""
        return 0

    async def lock(self, *_: object) -> None:
        """Locks are the database's business."""

    async def mark_due(self, *_: object) -> None:
        """Nobody decides here."""

    async def load(self, *_: object) -> Mapping[Any, Any]:
        """No systems are heard."""
        return {}

    async def want(self, *_: object) -> None:
        """Nobody is told here."""

    async def settings(self, *_: object) -> Mapping[Any, Any]:
        """Nobody chose anything."""
        return {}


class _NoStorms:
    async def standing(self) -> Sequence[Storm]:
        """What stands here is told one by one."""
        return ()


class _Cases:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, case: ExceptionId, *, lock: bool = False) -> Case | None:
        return self._memory.cases.get(case)

    async def open(self, cases: Sequence[Case]) -> Sequence[Case]:
        raise AssertionError("tests add their cases")

    async def save(self, cases: Sequence[Case], as_measured: Collection[ExceptionId] = ()) -> None:
        for case in cases:
            if self._memory.cases[case.id].version != case.version - 1:
                raise AlreadyHandled("somebody was faster")
            acts = [replace(act, id=act.id or nth) for nth, act in enumerate(case.actions, 1)]
            self._memory.cases[case.id] = replace(case, actions=tuple(acts))

    async def unresolved(
        self,
        queue: QueueId | None = None,
        owner: UserId | None = None,
        limit: int = 100,
        *,
        loose: bool = False,
    ) -> list[Case]:
        found = [case for case in self._memory.cases.values() if not case.life.ended]
        found = [case for case in found if queue in (None, case.queue) and owner in (None, case.owner)]
        return sorted(found, key=lambda case: -case.risk.per_hour)[:limit]

    async def of_owner(self, owner: UserId) -> tuple[int, int, Decimal]:
        own = await self.unresolved(owner=owner)
        return len(own), 0, sum((case.risk_now.amount for case in own), Decimal(0))

    async def counts(self) -> Mapping[QueueId, tuple[int, int, Decimal]]:
        counts: dict[QueueId, tuple[int, int, Decimal]] = {}
        for case in await self.unresolved():
            open_, late, risk = counts.get(case.queue, (0, 0, Decimal(0)))
            counts[case.queue] = (open_ + 1, late, risk + case.risk.total.amount)
        return counts

    async def owned_counts(self) -> Mapping[UserId, int]:
        owners = [case.owner for case in await self.unresolved() if case.owner is not None]
        return {owner: owners.count(owner) for owner in owners}

    async def standing(self) -> Mapping[QueueId, Standing]:
        found: dict[QueueId, list[Case]] = {}
        for case in await self.unresolved():
            found.setdefault(case.queue, []).append(case)
        return {
            queue: Standing(
                len(cases),
                0,
                sum(case.owner is None for case in cases),
                sum((case.risk_now.amount for case in cases), Decimal(0)),
                min(case.id for case in cases),
                min(case.opened_at for case in cases),
            )
            for queue, cases in found.items()
        }

    async def asked(self) -> Sequence[Case]:
        found = await self.unresolved()
        return [case for case in found if any(act.state is ActionState.ASKED for act in case.actions)]

    async def busiest(self) -> Mapping[QueueId, tuple[UserId, int]]:
        return {}

    async def since(self, moment: datetime) -> Mapping[QueueId, tuple[int, int]]:
        return {}

    async def correction_value(self, *_: object) -> Decimal:
        return Decimal(0)


class _Proofs:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def append(self, entries: Sequence[tuple[str, Entry]], begun: Collection[str] = ()) -> Sequence[ChainedEntry]:
        made = []
        for name, entry in entries:
            chain = self._memory.chains.setdefault(name, [])
            previous = chain[-1].hash if chain else "0" * 64
            digest = hashlib.sha256(f"{previous}{entry.sentence}".encode()).hexdigest()
            chain.append(ChainedEntry(name, len(chain) + 1, entry, previous, digest))
            made.append(chain[-1])
        return made

    async def chain(self, name: str) -> Sequence[ChainedEntry]:
        return list(self._memory.chains.get(name, ()))


class _Posts:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def want(self, posts: Sequence[Post]) -> None:
        for post in posts:
            known = self._memory.posts.get(post.key)
            if known is None:
                self._memory.posts[post.key] = post
            elif post.wanted > known.wanted:
                self._memory.posts[post.key] = replace(
                    known, wanted=post.wanted, priority=post.priority, next_at=post.next_at
                )

    async def crowds(self, above: int) -> Sequence[Crowd]:
        return ()

    async def drop_cleared(self) -> int:
        return 0

    async def standing_in(self, slack_channel: str, limit: int) -> Sequence[Post]:
        return ()

    async def due_again(self, now: datetime) -> int:
        waiting = [one for one in self._memory.posts.values() if one.attempts and one.next_at and one.next_at > now]
        self._memory.posts |= {one.key: replace(one, next_at=now) for one in waiting if one.wanted > one.sent}
        return len(waiting)

    async def uncarded(self, channel: str, limit: int) -> tuple[int, int, Decimal, Sequence[ExceptionId]]:
        return 0, 0, Decimal(0), ()

    async def due(self, now: datetime, limit: int, share: int = 20) -> Sequence[Post]:
        due = [
            post
            for post in self._memory.posts.values()
            if post.wanted > post.sent and post.next_at is not None and post.next_at <= now
        ]
        return sorted(due, key=lambda post: (post.priority, post.next_at))[:limit]

    async def save(self, post: Post) -> None:
        self._memory.saves += 1
        known = self._memory.posts[post.key]
        self._memory.posts[post.key] = replace(
            post, wanted=max(known.wanted, post.wanted), priority=known.priority, body=known.body
        )

    async def get(self, key: str) -> Post | None:
        return self._memory.posts.get(key)

    async def by_message(self, slack_channel: str, ts: str) -> Post | None:
        found = (p for p in self._memory.posts.values() if (p.slack_channel, p.ts) == (slack_channel, ts))
        return next(found, None)

    async def away_since(self, now: datetime) -> None:
        return None

    async def lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        held_by, held_until = self._memory.leases.get(name, (holder, now))
        if held_by != holder and held_until > now:
            return False
        self._memory.leases[name] = (holder, until)
        return True


class _Freezes:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def standing(self) -> Sequence[Freeze]:
        return list(self._memory.freezes.values())

    async def add(self, freeze: Freeze) -> bool:
        return self._memory.freezes.setdefault(freeze.system, freeze) is freeze

    async def lift(self, system: SystemId | None) -> bool:
        return self._memory.freezes.pop(system, None) is not None


class _Groups:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[UserGroup]:
        return list(self._memory.groups.values())

    async def hold(self, named: str) -> UserGroup:
        return self._memory.groups.get(named, UserGroup(named))

    async def save(self, group: UserGroup) -> None:
        self._memory.groups[group.named] = group


class _Words:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def standing(self) -> Sequence[SourceWord]:
        return list(self._memory.words.values())


class _Intents:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def save(self, intent: Intent) -> None:
        self._memory.intents[intent.id] = intent

    async def get(self, intent: str, *, lock: bool = False) -> Intent | None:
        return self._memory.intents.get(intent)


class _Outbox:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, key: str) -> None:
        return None

    async def want(self, targets: Sequence[Any]) -> None:
        self._memory.wanted_targets.extend(targets)

    async def retry(self, keys: Sequence[str], now: datetime) -> None:
        self._memory.wanted_targets.extend(keys)


class _Measured:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def recorded(self, start: datetime, end: datetime, now: datetime, families: Mapping[Any, str]) -> Recorded:
        known = self._memory.recorded.get(start)
        return replace(known, end=end, now=now) if known else nothing_recorded(start, end, now)


def nothing_recorded(start: datetime, end: datetime, now: datetime) -> Recorded:
    return Recorded(start, end, now, (), (), (), {}, {}, (), 0, 0)


class Desk(Inbox):
    """The real inbox, its SKU pictures built instead of folded from facts. ``wake`` is called after each commit."""

    def __init__(self, memory: Memory, policy: PolicyInForce, clock: MovableClock, wake: Any = lambda: None) -> None:
        super().__init__(cast(Store, memory), policy, clock, {}, acted=wake)
        self.memory = memory
        self.policy = policy
        self.clock = clock
        self.templates: dict[ExceptionId, CaseView] = {}

    async def open(self, view: CaseView, **entry: str) -> Case:
        """Put a case into the world as if a detector had found it, with its opening entry, card and thread wanted."""
        self.templates[view.case.id] = view
        self.memory.cases[view.case.id] = replace(view.case, version=view.case.version - 1)
        opening = a_history()[0].entry
        return await self.step(view.case, replace(opening, **entry) if entry else opening)

    async def step(self, case: Case, *entries: Entry) -> Case:
        """Write a transition of a case."""
        async with self.memory.unit_of_work() as uow:
            step = Step(case, tuple(entries))
            (written,) = await write_steps(cast(UnitOfWork, uow), [step], self.clock.now())
        return written

    async def _view(self, uow: Any, case: Case, history: Sequence[ChainedEntry]) -> CaseView:
        template = self.templates.get(case.id) or a_view()
        now = self.clock.now()
        return replace(template, case=case, queue=MARKETPLACES, now=now, history=tuple(history))

    async def sku_view(self, text: str) -> SkuView | SkuMiss:
        views = [view.sku for view in self.templates.values() if view.sku is not None]
        for sku in views:
            if sku.sku.id.casefold() == text.casefold():
                return sku
        near = [(sku.sku.id, sku.sku.title) for sku in views if text.casefold()[:3] in sku.sku.id.casefold()]
        return SkuMiss(text, tuple(near))
