"""What a word on a silent source would change, reckoned before it is said: over all SKUs that it states numbers for.

Two promises are compared for each listing: by what counts now (or, for numbers that are vouched for, by policy) and by the word.
There is little time, since a person waits: what could not be reckoned within it is taken to be like the rest, and said to be so.
Kits made of these SKUs are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sync.counting.kits import in_counted_units
from sync.counting.pool import Pools
from sync.counting.spoken import with_words
from sync.errors import NotPermitted, Stale
from sync.exceptions.spoken import is_silence, silent_since
from sync.inbox.acts import Actor, TreatAsNothing, Vouch
from sync.inbox.effect import Effect
from sync.inbox.rights import check_rights
from sync.inbox.view import CaseView
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, SkuId, SystemId, UserId
from sync.model.money import known_in
from sync.model.picture import SystemPicture, Whole
from sync.model.source_word import SourceWord, WordKind
from sync.model.stock import Listing, SkuState
from sync.path.slices import Turns
from sync.policy.rates import in_own_currency
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode
from sync.ports import Store, UnitOfWork
from sync.promise import promise

PATIENCE = 1.8
"""Seconds after which what is left is reckoned by what was seen: a form is to be filled within three."""
PAGE = 500
"""SKUs read at once."""
DAYS = 7
"""Days that a pace is counted over."""
WORD_KINDS = {TreatAsNothing.verb: WordKind.NOTHING, Vouch.verb: WordKind.VOUCHED}
"""Acts that say something of a silent source: what that changes is reckoned before their form is shown."""


@dataclass(slots=True)
class _Sum:
    reckoned: int = 0
    listings: int = 0
    units: int = 0
    value: Decimal = Decimal(0)
    missed: Decimal = Decimal(0)
    unvalued: int = 0
    channels: set[SystemId] = field(default_factory=set)


async def silence_of(uow: UnitOfWork, case: Case, policy: Policy, now: datetime) -> datetime | None:
    """As of when the newest content of a case's own silent source is; None where it is about none, or heard again."""
    picture = await _silent(uow, case, policy, now)
    return silent_since(picture, policy, now) if picture is not None else None


async def _silent(uow: UnitOfWork, case: Case, policy: Policy, now: datetime) -> SystemPicture | None:
    if not is_silence(case):
        return None
    picture = (await uow.systems.load(case.fingerprint.systems[:1])).get(case.fingerprint.systems[0])
    return picture if picture is not None and silent_since(picture, policy, now) is not None else None


def check_numbers(view: CaseView, silent: datetime | None, told: Mapping[str, str]) -> None:
    """Raises Stale when a form was reckoned for other numbers than the source's newest."""
    if silent is not None and told.get("content_at", silent.isoformat()) != silent.isoformat():
        raise Stale(f"{view.system_name} has sent other numbers meanwhile. Check and send again.")


async def weighed(store: Store, actor: Actor, view: CaseView, kind: str, policy: Policy) -> Effect | None:
    """What a word of this kind would change; None where it is not to be said: nothing is silent, or the actor may not."""
    try:
        check_rights(policy, actor, kind, view)
    except NotPermitted:
        return None
    async with store.reading() as uow:
        picture = await _silent(uow, view.case, policy, view.now)
    silent = silent_since(picture, policy, view.now) if picture is not None else None
    if picture is None or silent is None:
        return None
    return await weigh(store, picture.system, WORD_KINDS[kind], policy, view.now, skus=picture.skus, silent=silent)


async def weigh(
    store: Store, system: SystemId, kind: WordKind, policy: Policy, now: datetime, *, skus: int, silent: datetime
) -> Effect:
    """What this word would change of the ``skus`` that the source states numbers for, the newest as of ``silent``."""
    total, turns, began = _Sum(), Turns(), time.perf_counter()
    word = _if_said(system, kind, now, silent)
    async with store.reading() as uow:
        words = await uow.words.standing()
        others = [one for one in words if one.system != system]
        before, after = (words if kind is WordKind.NOTHING else others), [*others, word]
        page = await uow.stock.standing_on(system, SkuId(""), PAGE, now)
        while page and time.perf_counter() - began < PATIENCE:
            for whole in page.values():
                await turns.shared()
                _add(total, whole, before, after, kind, policy, now)
            page = await uow.stock.standing_on(system, max(page), PAGE, now)
    return _effect(total, max(skus, total.reckoned + len(page)) if page else total.reckoned, policy, silent)


def _if_said(system: SystemId, kind: WordKind, now: datetime, silent: datetime) -> SourceWord:
    until = now + timedelta(hours=1) if kind is WordKind.VOUCHED else None
    return SourceWord(system, kind, UserId(""), "", "", now, silent, ExceptionId(0), until)


def _add(
    total: _Sum,
    whole: Whole,
    before: Sequence[SourceWord],
    after: Sequence[SourceWord],
    kind: WordKind,
    policy: Policy,
    now: datetime,
) -> None:
    total.reckoned += 1
    counted = in_counted_units(whole.state, whole.kin.recipes)
    listings = [one for one in counted.listings if _ours(one.system, policy)]
    old, new = with_words(counted, before), with_words(counted, after)
    if not listings or old == new:
        return
    was, will = Pools(old, policy, now), Pools(new, policy, now)
    sku, more, family = in_own_currency(whole.sku, policy, now), 0, whole.sku.family
    paces = {pace.system: pace.units_7d for pace in whole.paces}
    for listing in listings:
        gained = _promised(listing, new, will, family, policy, now) - _promised(listing, old, was, family, policy, now)
        changed = max(0, gained if kind is WordKind.VOUCHED else -gained)
        if not changed:
            continue
        total.listings += 1
        total.units += changed
        total.channels.add(listing.system)
        more = max(more, will.of(listing.system).units - was.of(listing.system).units)
        each = known_in(policy.currency, sku.price) or Decimal(0)
        total.missed += each * min(Decimal(changed), Decimal(paces.get(listing.system, 0)) / DAYS)
    cost = known_in(policy.currency, sku.unit_cost, sku.price)
    if more > 0:
        total.value += (cost or Decimal(0)) * more
        total.unvalued += cost is None


def _promised(listing: Listing, state: SkuState, pools: Pools, family: str, policy: Policy, now: datetime) -> int:
    """Units that may be promised there; 0 while nothing is known."""
    return promise(state, listing, policy, now, family, drawn=pools.of(listing.system)).units


def _ours(system: SystemId, policy: Policy) -> bool:
    """Whether what is shown there follows our promise."""
    rules = policy.systems.get(system)
    channel = rules.channel if rules is not None else None
    return rules is not None and channel is not None and channel.publish_to is not None and rules.mode is not Mode.GUARD


def _effect(total: _Sum, skus: int, policy: Policy, silent: datetime) -> Effect:
    part = Decimal(skus) / total.reckoned if total.reckoned else Decimal(1)
    return Effect(
        skus=skus,
        reckoned=total.reckoned,
        listings=round(total.listings * part),
        units=round(total.units * part),
        channels=_names(total.channels, policy),
        value=(total.value * part).quantize(Decimal("0.01")),
        missed=(total.missed * part).quantize(Decimal("0.01")),
        unvalued=round(total.unvalued * part),
        shadow=_names((one for one in total.channels if policy.systems[one].mode is Mode.SHADOW), policy),
        silent_since=silent,
    )


def _names(systems: Iterable[SystemId], policy: Policy) -> tuple[str, ...]:
    return tuple(sorted(policy.systems[one].name for one in systems))
