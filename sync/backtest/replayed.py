"""One SKU's recorded facts lived through again under a policy. Pure: the real rules, no database, no channel.

What is assumed: facts come when they came; a channel in mode ``full`` shows what this policy publishes, at once, so its recorded
levels of the period (which show what another policy published) are left out; nobody clicks. Orders came as they came: one that
this policy would not have offered is told as prevented or missed, and still counts afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.exceptions.lifecycle import SELF
from sync.model.exceptions import ActionKind, Case, ExceptionClass, Fingerprint
from sync.model.facts import Fact, FactKind, LineStated
from sync.model.ids import ExceptionId, ListingId, QueueId, SystemId
from sync.model.outbox import Target, TargetState
from sync.model.picture import Pace, RaiseMemo, Suspicion, Whole
from sync.model.stock import Sku, SkuState
from sync.model.time import AsOf
from sync.path.judge import Verdict, judge
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode

SENT_IN = timedelta(seconds=1)
"""How long a write is taken to last."""

WEEK = timedelta(days=7)


@dataclass(slots=True)
class Tally:
    """What a policy came to. Units of orders: ``prevented`` would have been sold beyond the pool and were not offered, ``missed``
    could have been sold and were not offered (``missed_money`` at their price), ``oversold`` were offered beyond the pool."""

    opened: Counter[tuple[QueueId, ExceptionClass]] = field(default_factory=Counter)
    at_start: Counter[tuple[QueueId, ExceptionClass]] = field(default_factory=Counter)
    pauses: int = 0
    updates: int = 0
    prevented: int = 0
    missed: int = 0
    missed_money: Decimal = Decimal(0)
    oversold: int = 0
    skus: int = 0

    def add(self, other: Tally) -> None:
        """Take in another SKU's."""
        self.opened += other.opened
        self.at_start += other.at_start
        self.pauses += other.pauses
        self.updates += other.updates
        self.prevented += other.prevented
        self.missed += other.missed
        self.missed_money += other.missed_money
        self.oversold += other.oversold
        self.skus += other.skus


def live_through(
    sku: Sku, state: SkuState, facts: Sequence[Fact], policy: Policy, since: datetime, until: datetime
) -> Tally:
    """Judge one SKU from ``since`` to ``until`` at every instant at which something happened or could change.

    ``state`` is its carry (or empty), ``facts`` all its facts after that, oldest received first.
    """
    life = _Life(sku, state, policy)
    before = [fact for fact in facts if fact.received_at < since]
    during = [fact for fact in facts if since <= fact.received_at < until and not _shown_by_another(fact, policy)]
    verdict = life.at(since, before)
    started = since + max((system.settles_in for system in policy.systems.values()), default=timedelta(0))
    arrivals = _by_time(during)
    coming = next(arrivals, None)
    while True:
        instant = verdict.next_due if coming is None else min(coming[0], verdict.next_due)
        if instant >= until:
            break
        fresh: Sequence[Fact] = ()
        if coming is not None and coming[0] == instant:
            fresh, coming = coming[1], next(arrivals, None)
            life.sell(verdict, fresh)
        verdict = life.at(instant, fresh)
    return life.tally(started)


def _by_time(facts: Iterable[Fact]) -> Iterator[tuple[datetime, list[Fact]]]:
    """Facts that were received at one instant, together."""
    group: list[Fact] = []
    for fact in facts:
        if group and fact.received_at != group[0].received_at:
            yield group[0].received_at, group
            group = []
        group.append(fact)
    if group:
        yield group[0].received_at, group


def _shown_by_another(fact: Fact, policy: Policy) -> bool:
    rules = policy.systems.get(fact.system)
    published = rules is not None and rules.channel is not None and rules.mode is Mode.FULL
    return published and fact.kind is FactKind.LEVEL_SEEN


class _Life:
    """The SKU as it goes on: what the store, the lanes and the channel would hold."""

    def __init__(self, sku: Sku, state: SkuState, policy: Policy) -> None:
        self._sku = sku
        self._policy = policy
        self._state = state
        self._memos: dict[ListingId, RaiseMemo] = {}
        self._targets: dict[str, Target] = {}
        self._cases: dict[ExceptionId, Case] = {}
        self._suspicions: dict[Fingerprint, Suspicion] = {}
        self._opened: list[Case] = []
        self._told = Tally(skus=1)

    def at(self, now: datetime, fresh: Sequence[Fact]) -> Verdict:
        """Judge now, and let what was decided happen."""
        whole = Whole(
            sku=self._sku,
            state=self._state,
            fresh=tuple(fresh),
            memos=tuple(self._memos.items()),
            targets=tuple(self._targets[key] for key in sorted(self._targets)),
            cases=tuple(self._cases.values()),
            suspicions=tuple(self._suspicions.values()),
            paces=self._paces(now),
        )
        verdict = judge(whole, self._policy, now)
        self._state = verdict.state
        self._memos |= {listing: memo for listing, _, memo in verdict.memos}
        for target in verdict.targets:
            self._send(target, now)
        self._settle(verdict)
        return verdict

    def _paces(self, now: datetime) -> tuple[Pace, ...]:
        units: Counter[SystemId] = Counter()
        for line in self._state.lines:
            if line.placed_at is not None and line.placed_at > now - WEEK and line.statements:
                units[line.channel] += max(line.statements, key=lambda one: one.revision).units
        return tuple(Pace(system, units[system]) for system in sorted(units))

    def _send(self, target: Target, now: datetime) -> None:
        """A channel that does what it is told, at once; in shadow and for what is idle nothing is sent."""
        if target.state is TargetState.DUE:
            self._told.updates += 1
            target = replace(
                target,
                state=TargetState.IDLE,
                sent=target.wanted,
                sent_at=AsOf(now, now + SENT_IN),
                sent_revision=target.revision,
                confirmed=True,
                next_at=None,
            )
        self._targets[target.key] = target

    def _settle(self, verdict: Verdict) -> None:
        for step in verdict.changes.steps:
            case = step.case
            if step.opened:
                case = replace(case, id=ExceptionId(len(self._opened) + 1))
            if step.opened or step.reopened:
                self._opened.append(case)
            known = self._cases.get(case.id)
            before = len(known.actions) if known is not None else 0
            self._told.pauses += sum(act.kind is ActionKind.PAUSE and act.by == SELF for act in case.actions[before:])
            self._cases[case.id] = case
        newest = {case.fingerprint: case.id for case in self._cases.values() if case.life.ended}
        self._cases = {
            id_: case for id_, case in self._cases.items() if not case.life.ended or newest[case.fingerprint] == id_
        }
        for fingerprint in verdict.changes.dropped:
            self._suspicions.pop(fingerprint, None)
        for one in verdict.changes.suspicions:
            self._suspicions[one.finding.fingerprint] = one

    def sell(self, verdict: Verdict, fresh: Sequence[Fact]) -> None:
        """Hold orders that come now to what was offered and what there was, as judged just before."""
        listings = {one.listing.system: one for one in verdict.picture.listings}
        known = {(line.channel, line.order, line.line) for line in self._state.lines}
        gone: Counter[SystemId] = Counter()
        taken = 0
        for fact in fresh:
            body = fact.body
            if not isinstance(body, LineStated) or (body.order.channel, body.order.order, body.order.line) in known:
                continue
            known.add((body.order.channel, body.order.order, body.order.line))
            one = listings.get(body.order.channel)
            if one is None or one.promise.unknown or one.exposure.kind not in ("number", "no"):
                continue
            offered = max(0, (one.exposure.units_high or 0) - gone[body.order.channel])
            there = max(0, one.promise.pool.units + one.promise.made_to_order - taken)
            beyond, unoffered = max(0, body.units - there), max(0, body.units - offered)
            prevented = min(beyond, unoffered)
            self._told.prevented += prevented
            self._told.oversold += beyond - prevented
            self._told.missed += unoffered - prevented
            price = body.price or (self._sku.price.amount if self._sku.price is not None else Decimal(0))
            self._told.missed_money += (unoffered - prevented) * price
            gone[body.order.channel] += body.units
            taken += body.units

    def tally(self, started: datetime) -> Tally:
        """What it came to; exceptions of the first settling time stood before the period."""
        for case in self._opened:
            which = self._told.at_start if case.opened_at <= started else self._told.opened
            which[case.queue, case.fingerprint.cls] += 1
        return self._told
