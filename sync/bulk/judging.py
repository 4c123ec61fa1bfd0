"""What an act on many would do to one exception after the other: a dry run of the acts themselves, and what is done in the end.

Exceptions of one SKU are judged in turn, each with what the ones before it changed, so that a listing is paused once and an
order held once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

from sync.actions.applied import Applied, Setting
from sync.bulk.bulk import Asked, Bulk, Left, Why
from sync.bulk.deeds import acts_for
from sync.errors import AlreadyHandled, BadInput, NotPermitted, RefusedByRule
from sync.inbox.acts import Act, Actor
from sync.inbox.looking import Can, case_view
from sync.inbox.performing import perform
from sync.inbox.rights import check_rights
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, Case
from sync.model.freezing import Freeze
from sync.model.ids import ListingId, QueueId, SkuId, SystemId
from sync.model.outbox import Target, next_revision
from sync.model.picture import Whole
from sync.model.proof import Entry
from sync.model.reading import Reading
from sync.path.judge import look
from sync.policy.schema import Policy
from sync.ports import UnitOfWork
from sync.sentences import one_stop


@dataclass(frozen=True, slots=True)
class Would:
    """What the acts change of one exception: listings and orders touched, what customers see of them now and then (of those
    that show a number; ``uncounted`` show none), and what is saved and missed, estimated."""

    applied: Applied
    listings: tuple[ListingId, ...] = ()
    channels: frozenset[SystemId] = frozenset()
    units_now: int = 0
    units_then: int = 0
    uncounted: int = 0
    orders: int = 0
    saves: Decimal = Decimal(0)
    costs: Decimal = Decimal(0)


def judged(view: CaseView, asked: Asked, actor: Actor, setting: Setting) -> Would | Left:
    """What the act would do, or why this one is left out."""
    case = view.case
    if case.life.ended:
        return Left(Why.ENDED)
    try:
        check_rights(setting.policy, actor, asked.deed.value, view)
    except RefusedByRule as refusal:
        return Left(Why.RIGHTS, said=str(refusal))
    if case.owner not in (None, actor.user) and not asked.owned:
        return Left(Why.OWNED, who=case.owner_name)
    acts = acts_for(view, asked)
    if isinstance(acts, Left):
        return acts
    try:
        applied = in_one(view, acts, actor, setting)
    except AlreadyHandled as known:
        return Left(Why.ALREADY, said=str(known))
    except NotPermitted as refusal:
        return Left(Why.REFUSED, said=str(refusal))
    except (RefusedByRule, BadInput) as refusal:
        return Left(Why.NOTHING, said=str(refusal))
    return _told(view, asked, applied)


def in_one(view: CaseView, acts: Sequence[Act], actor: Actor, setting: Setting) -> Applied:
    """Several acts of one person on one exception as one change, one version on. Raises the errors of the acts."""
    case = view.case
    entries: tuple[Entry, ...] = ()
    targets: dict[str, Target] = {}
    for act in acts:
        done = perform(replace(view, case=case), act, actor, setting)
        case, entries = done.case, (*entries, *done.entries)
        targets |= {target.key: target for target in done.targets}
    whole = replace(case, version=view.case.version + 1)
    return Applied(whole, entries, "", tuple(targets.values()))


def _told(view: CaseView, asked: Asked, applied: Applied) -> Would:
    new = [act for act in applied.case.actions if not act.id]
    lines = {line.listing: line for line in (view.sku.listings if view.sku is not None else ())}
    touched = {act.listing: act for act in new if act.listing in lines and act.kind in _SHOWS}
    units_now = units_then = uncounted = 0
    for listing, act in touched.items():
        line = lines[listing] if listing is not None else None
        shows = line.shows if line is not None else None
        then = _then(act, asked, shows, line.can_sell if line is not None else None)
        if shows is None or then is None:
            uncounted += 1
            continue
        units_now, units_then = units_now + shows, units_then + then
    stops = any(act.kind is ActionKind.PAUSE or (act.kind is ActionKind.CAP and not asked.units) for act in new)
    saved = stops and view.case.delta > 0
    return Would(
        applied=applied,
        listings=tuple(listing for listing in touched if listing is not None),
        channels=frozenset(lines[listing].system for listing in touched if listing is not None),
        units_now=units_now,
        units_then=units_then,
        uncounted=uncounted,
        orders=sum(act.kind in (ActionKind.HOLD, ActionKind.RELEASE) for act in new),
        saves=view.case.risk_now.amount if saved else Decimal(0),
        costs=view.pause_cost if stops else Decimal(0),
    )


_SHOWS = frozenset({ActionKind.PAUSE, ActionKind.CAP, ActionKind.RESUME, ActionKind.UNCAP})


def _then(act: Action, asked: Asked, shows: int | None, can_sell: int | None) -> int | None:
    """What a listing shows once the act is done; None: no number is known."""
    match act.kind:
        case ActionKind.PAUSE:
            return 0
        case ActionKind.CAP:
            units = asked.units if asked.deed.value == "cap" else 0
            return units if shows is None else min(units, shows)
        case _:
            return can_sell


@dataclass(slots=True)
class Round:
    """The pictures of some SKUs, moved by what was done so far."""

    policy: Policy
    abilities: Can
    now: datetime
    wholes: dict[SkuId, Whole]
    readings: Mapping[SystemId, Reading]
    freezes: Sequence[Freeze]
    stored: Mapping[str, Target]

    @classmethod
    async def read(cls, uow: UnitOfWork, cases: Sequence[Case], policy: Policy, abilities: Can, now: datetime) -> Round:
        """Everything that is known about what these exceptions are about, in a fixed number of queries."""
        skus = sorted({case.fingerprint.sku for case in cases if case.fingerprint.sku is not None})
        wholes = dict(await uow.stock.load(skus, now)) if skus else {}
        stored = {target.key: target for whole in wholes.values() for target in whole.targets}
        return cls(policy, abilities, now, wholes, await uow.systems.readings(), await uow.freezes.standing(), stored)

    @property
    def setting(self) -> Setting:
        """What acts are judged in."""
        return Setting(self.policy, self.now, self.abilities)

    def view(self, case: Case) -> CaseView:
        """One exception as its own form would show it now."""
        whole = self.wholes.get(case.fingerprint.sku) if case.fingerprint.sku is not None else None
        picture = look(whole, whole.state, self.policy, self.now) if whole is not None else None
        return case_view(
            case, picture, self.policy, self.abilities, self.now, readings=self.readings, freezes=self.freezes
        )

    def queue_of(self, case: Case) -> QueueId:
        """The queue that an exception waits in; one that policy no longer has is the default."""
        return case.queue if case.queue in self.policy.queues else self.policy.default_queue

    def judge(self, case: Case, asked: Asked, actor: Actor) -> Would | Left:
        """What the act does to one exception, after those before it."""
        found = judged(self.view(case), asked, actor, self.setting)
        if isinstance(found, Would):
            self._did(found.applied)
        return found

    def _did(self, applied: Applied) -> None:
        sku = applied.case.fingerprint.sku
        whole = self.wholes.get(sku) if sku is not None else None
        if whole is None or sku is None:
            return
        cases = tuple(applied.case if one.id == applied.case.id else one for one in whole.cases)
        targets = {target.key: target for target in whole.targets}
        targets |= {target.key: self.revised(target) for target in applied.targets}
        self.wholes[sku] = replace(whole, cases=cases, targets=tuple(targets.values()))

    def revised(self, target: Target) -> Target:
        """A wanted target as one revision above what is stored."""
        return next_revision(target, self.stored.get(target.key))


def marked(applied: Applied, bulk: Bulk, actor: Actor) -> Applied:
    """The change with the bulk act's name and the digest of its frozen list in everything that it says and does."""
    asked = json.dumps(asdict(bulk.asked), sort_keys=True, default=str, separators=(",", ":"))
    told: tuple[tuple[str, str], ...] = (
        ("team", bulk.team),
        ("request", hashlib.sha256(asked.encode()).hexdigest()),
        ("bulk", bulk.name),
        ("list", bulk.digest),
        ("shown", bulk.shown),
    )
    if bulk.decided_by is not None:
        told += (("approved_by", bulk.decided_by),)
    entries = tuple(_named(entry, bulk, told) if entry.actor == actor.user else entry for entry in applied.entries)
    actions = tuple(
        act if act.id else replace(act, figures=(*act.figures, ("bulk", bulk.name))) for act in applied.case.actions
    )
    return replace(applied, case=replace(applied.case, actions=actions), entries=entries)


def _named(entry: Entry, bulk: Bulk, told: tuple[tuple[str, str], ...]) -> Entry:
    """``Dana paused Amazon US: recount first (BA-7).``"""
    sentence = one_stop(f"{entry.sentence.rstrip('.')} ({bulk.name})")
    return replace(entry, sentence=sentence, figures=(*entry.figures, *told))
