"""Judging one SKU or one system: fold, promise, detect, decide. Pure; a slice is many of these and one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sync.actions.applied import Applied, Setting
from sync.actions.counting_anyway import lapsed
from sync.counting.kits import facts_in_counted_units, in_counted_units, kit_pool, with_policy
from sync.counting.pool import Pools
from sync.counting.spoken import kin_with_words, with_words
from sync.detect import SYSTEM_DETECTORS, detectors_for
from sync.detect.limits import family_of
from sync.detect.picture import ListingPicture, SkuPicture
from sync.detect.stale_feed import stale_at
from sync.detect.stops import holds_raises, holds_updates
from sync.detect.unacknowledged import ends_at
from sync.exceptions.advance import advance
from sync.exceptions.lifecycle import Changes, Step, settle
from sync.exceptions.spoken import word_until, words_over
from sync.exceptions.standing import OVERRIDE_DETAIL, by_people, ends_of, fixed_on, published_over
from sync.exposure import exposure, of_two_things, on_its_way, unexplained_level
from sync.inbox.looking import Can
from sync.ledger import closed_lines, fold
from sync.model.exceptions import Case, Direction, ExceptionClass, Finding
from sync.model.facts import Fact
from sync.model.freezing import freeze_on
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.kits import Recipes
from sync.model.made import quickly, replaced
from sync.model.money import known_in
from sync.model.outbox import Priority, Target, TargetKind, TargetState, target_key
from sync.model.picture import Kinship, Pace, RaiseMemo, SystemPicture, Whole
from sync.model.stock import Listing, Publish, SkuState
from sync.model.time import AsOf
from sync.path.passing_on import NOTHING_PASSED_ON, PassedOn, pass_on
from sync.path.stepping import (
    clocks,
    fallen_back,
    merged,
    newest_cases,
    system_fallen_back,
    with_final_state,
    with_limits,
    with_stops,
)
from sync.policy.rates import in_own_currency
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode
from sync.promise import Promise, may_raise, next_change, promise

LOOK_AGAIN = timedelta(hours=6)
"""No SKU or system of which an exception stands is left unlooked-at for longer than this, whatever the facts say."""

QUIET_AGAIN = timedelta(days=1)
"""No other SKU either: all of a million are then a dozen a second."""


SENT_AGAIN_AFTER = 3
"""Settling times after which an update that was accepted but not applied is sent again."""


@quickly
@dataclass(frozen=True, slots=True)
class Verdict:
    """What a slice writes for one SKU."""

    state: SkuState
    closed: frozenset[tuple[str, str, str, str]]
    targets: tuple[Target, ...]
    memos: tuple[tuple[ListingId, SkuId, RaiseMemo], ...]
    changes: Changes
    next_due: datetime
    picture: SkuPicture
    passed_on: PassedOn = NOTHING_PASSED_ON


def judge(
    whole: Whole,
    policy: Policy,
    now: datetime,
    abilities: Can | None = None,
    unraised: Collection[SystemId] = (),
    *,
    away: bool = False,
) -> Verdict:
    """Everything that follows for one SKU from its facts, the rules and the time. ``abilities``: what may be done by policy;
    ``unraised``: channels that are only lowered now, until systems were read again; ``away``: Slack cannot be reached."""
    state = folded(whole, policy, now)
    picture = look(whole, state, policy, now)
    passed_on = pass_on(whole, state, picture, policy, now)
    targets, memos, look_again = _wanted(whole, picture, policy, now)
    steps = _advanced(whole.cases, picture, policy, now)
    cases = tuple(steps[case.id].case if case.id in steps else case for case in whole.cases) if steps else whole.cases
    findings = [finding for detect in detectors_for(picture) for finding in detect(picture, policy, now)]
    hidden_by_us = [one for one in findings if _hidden_by_us(one, picture, unraised)]
    if hidden_by_us:
        look_again += [now + one.settles_in for one in hidden_by_us]
        findings = [one for one in findings if one not in hidden_by_us]
    changes = (
        settle(
            findings, cases, whole.suspicions, policy, now, family=family_of(picture, policy), frozen=_frozen(picture)
        )
        if findings or cases or whole.suspicions
        else Changes()
    )
    fallen: list[Applied] = []
    if whole.cases:
        changes.steps = merged(whole.cases, list(steps.values()), changes.steps)
        changes.steps = with_limits(whole.cases, changes.steps, policy, now, away=away)
        fallen = fallen_back(whole.cases, changes.steps, picture, Setting(policy, now, abilities or {}))
        if fallen:
            changes.steps = merged(whole.cases, changes.steps, [Step(one.case, one.entries) for one in fallen])
        changes.steps = with_final_state(changes.steps, picture, policy)
    stops = [target for one in fallen for target in one.targets] if fallen else []
    instants = [
        *changes.look_again,
        *look_again,
        *clocks(whole.cases, changes.steps, policy, now, away=away),
        *ends_of(whole.cases),
    ]
    upcoming = next_change(picture.state, policy, now)
    if upcoming is not None:
        instants.append(upcoming)
    stands = changes.steps or not all(case.life.ended for case in whole.cases)
    latest = now + (LOOK_AGAIN if stands else QUIET_AGAIN)
    soonest = min([instant for instant in instants if instant > now], default=latest)
    return Verdict(
        state=state,
        closed=closed_lines(picture.state, policy, now),
        targets=tuple(with_stops(targets, stops, whole.targets)),
        memos=tuple(memos),
        changes=changes,
        next_due=now if stops or _override_opened(changes) else min(soonest, latest),
        picture=picture,
        passed_on=passed_on,
    )


def _override_opened(changes: Changes) -> bool:
    """A number set by hand is lowered once its exception is open: whatever follows from that follows at once."""
    return any(
        (step.opened or step.reopened)
        and step.case.fingerprint.cls is ExceptionClass.MANUAL_OVERRIDE
        and step.case.fingerprint.detail != OVERRIDE_DETAIL
        for step in changes.steps
    )


def _hidden_by_us(finding: Finding, picture: SkuPicture, unraised: Collection[SystemId]) -> bool:
    """Stock that is hidden because we raise nothing yet: no exception opens for it, one that is open stays."""
    about = finding.fingerprint
    return (
        about.cls is ExceptionClass.EXPOSURE_MISMATCH
        and about.direction is Direction.UNDER
        and any(system in unraised for system in about.systems)
        and picture.open_case(about) is None
    )


def folded(whole: Whole, policy: Policy, now: datetime) -> SkuState:
    """The state with the fresh facts, and with the recipe that policy tells now."""
    state = fold(whole.state, whole.fresh, policy, whole.kin.recipes)
    told = with_policy(state.recipes, state.sku, policy, now)
    return state if told == state.recipes else replaced(state, recipes=told)


def look(whole: Whole, state: SkuState, policy: Policy, now: datetime) -> SkuPicture:
    """The picture of a SKU: each listing of a channel with its promise, its exposure, and our own writes to it."""
    recipes = whole.kin.recipes.having(state.sku, state.recipes)
    fresh = facts_in_counted_units(state, whole.fresh, recipes)
    dressed = dress(with_words(in_counted_units(state, recipes), whole.words), whole.targets)
    kin = kin_with_words(whole.kin, whole.words)
    listings = _listings(whole, kin, dressed, fresh, recipes, policy, now) if dressed.listings else []
    return SkuPicture(
        sku=in_own_currency(whole.sku, policy, now),
        state=dressed,
        listings=tuple(listings),
        cases=whole.cases,
        targets=whole.targets,
        fresh=fresh,
        before=whole.before,
        paces=paces_of(whole, policy),
        suspicions=whole.suspicions,
        same_gtin=whole.same_gtin,
    )


def _listings(
    whole: Whole,
    kin: Kinship,
    dressed: SkuState,
    fresh: Sequence[Fact],
    recipes: Recipes,
    policy: Policy,
    now: datetime,
) -> list[ListingPicture]:
    by_key = {target.key: target for target in whole.targets}
    memos = dict(whole.memos)
    systems = [listing.system for listing in dressed.listings]
    pools = Pools(dressed, policy, now)
    listings = []
    for listing in dressed.listings:
        rules = policy.systems.get(listing.system)
        if rules is None or rules.channel is None:
            continue
        quantity = by_key.get(quantity_key(listing, policy))
        shown = exposure(dressed, listing, policy, now)
        if systems.count(listing.system) > 1:
            shown = of_two_things(listing, shown)
        odd = unexplained_level(dressed, listing, policy, now) is not None
        known = memos.get(listing.id)
        promised, allowed, memo = _promised(listing, whole, kin, dressed, pools, known, fresh, recipes, policy, now)
        listings.append(
            ListingPicture(
                listing=listing,
                promise=promised,
                allowed=by_people(
                    without_raise_by_unacknowledged(
                        allowed,
                        promised,
                        offered=shown.offered_if_resumed if listing.stopped else shown.units_high,
                    ),
                    whole.cases,
                    listing.id,
                    now,
                ),
                frozen=freeze_on(whole.freezes, listing.system) is not None,
                fixed=fixed_on(whole.cases, listing.id, now),
                memo=memo,
                exposure=shown,
                unexplained=odd
                and rules.mode is not Mode.GUARD
                and not not_applied(quantity, shown.raw_at(rules.channel.publish_to))
                and not _being_written(dressed, listing, quantity, policy, now),
                quantity=quantity,
                doors=by_key.get(target_key(TargetKind.DOORS, listing.id)),
                reckoned_by=known.policy if known is not None else 0,
            )
        )
    return listings


def _promised(
    listing: Listing,
    whole: Whole,
    kin: Kinship,
    state: SkuState,
    pools: Pools,
    known: RaiseMemo | None,
    fresh: Sequence[Fact],
    recipes: Recipes,
    policy: Policy,
    now: datetime,
) -> tuple[Promise, int, RaiseMemo | None]:
    """The promise of a listing, how much of it may be shown already, and what to remember of that (``known`` so far). A kit
    rises as its parts do."""
    kit = kit_pool(state.sku, kin, recipes, listing.system, policy, now)
    if kit is not None:
        promised = promise(state, listing, policy, now, whole.sku.family, of_parts=kit.drawn)
        return promised, promise(state, listing, policy, now, whole.sku.family, of_parts=kit.believed).units, None
    promised = promise(state, listing, policy, now, whole.sku.family, drawn=pools.of(listing.system))
    _, memo, _ = may_raise(known, promised, state, fresh, policy, now, by_word=whole.by_word)
    return promised, promised.units if memo is None else min(promised.units, memo.allowed), memo


def paces_of(whole: Whole, policy: Policy) -> tuple[Pace, ...]:
    """How fast the SKU sells, by system. One that sells nothing itself and tells a storefront's orders again under its own name
    adds no sales."""
    if not whole.paces:
        return ()
    channels = policy.channels
    sold = {(line.order, line.line) for line in whole.state.lines if line.channel in channels}
    again = {
        line.channel for line in whole.state.lines if line.channel not in channels and (line.order, line.line) in sold
    }
    return tuple([pace for pace in whole.paces if pace.system not in again])


def without_raise_by_unacknowledged(allowed: int, promised: Promise, *, offered: int | None) -> int:
    """What may be shown of ``allowed`` units: those that rest on stock whose vendor does not stand behind it raise nothing above
    what customers are ``offered`` already (None: not known)."""
    resting = promised.pool.unacknowledged
    return min(allowed, max(0, allowed - resting, offered or 0)) if resting else allowed


def not_applied(quantity: Target | None, raw: int | None) -> bool:
    """The channel said yes to our update and still states the number from before it: accepted, not applied."""
    if quantity is None or not quantity.confirmed or raw is None:
        return False
    unsent = quantity.state is TargetState.IDLE and quantity.sent_revision != quantity.revision
    if unsent and raw != quantity.wanted:
        return False  # what shadow only simulates was not said yes to
    return raw == quantity.expected


def _being_written(state: SkuState, listing: Listing, quantity: Target | None, policy: Policy, now: datetime) -> bool:
    """The level is our own number, though no answer to its writing was heard yet: it is under way, or who sent it died."""
    if quantity is None or quantity.location is None or quantity.state is TargetState.IDLE:
        return False
    if quantity.state is not TargetState.IN_FLIGHT and not quantity.attempts:
        return False
    since = AsOf(min(quantity.wanted_at, now), now)
    return on_its_way(state, listing, quantity.location, Publish(quantity.wanted, since, True), policy)


def dress(state: SkuState, targets: Sequence[Target]) -> SkuState:
    """The state with what we ourselves told the channels: our last publishes, and whether a stop of ours stands."""
    if not state.listings:
        return state
    published: dict[ListingId, list[Target]] = {}
    doors: dict[ListingId, Target] = {}
    for target in targets:
        if target.listing is None:
            continue
        if target.kind is TargetKind.QUANTITY and target.sent is not None and target.sent_at is not None:
            published.setdefault(target.listing, []).append(target)
        elif target.kind is TargetKind.DOORS:
            doors[target.listing] = target
    same, dressed = True, []
    for listing in state.listings:
        one = _dressed(listing, doors.get(listing.id), published.get(listing.id, ()))
        same = same and one is listing
        dressed.append(one)
    return state if same else replaced(state, listings=tuple(dressed))


def _dressed(listing: Listing, doors: Target | None, quantities: Sequence[Target]) -> Listing:
    stopped = doors is not None and doors.wanted == 0
    saved = doors.doors if doors is not None else ()
    if doors is None and not quantities and not (listing.stopped or listing.saved_doors or listing.published):
        return listing
    published = tuple(
        (target.location, Publish(target.sent, target.sent_at, target.confirmed))
        for target in quantities
        if target.location is not None and target.sent is not None and target.sent_at is not None
    )
    if (listing.stopped, listing.saved_doors, listing.published) == (stopped, saved, published):
        return listing
    return replaced(listing, stopped=stopped, saved_doors=saved, published=published)


def quantity_key(listing: Listing, policy: Policy) -> str:
    """The key of the target that carries our promise to a listing's channel."""
    channel = policy.systems[listing.system].channel
    place = channel.publish_to if channel is not None and channel.publish_to is not None else ""
    return target_key(TargetKind.QUANTITY, listing.id, place)


def _wanted(
    whole: Whole, picture: SkuPicture, policy: Policy, now: datetime
) -> tuple[list[Target], list[tuple[ListingId, SkuId, RaiseMemo]], list[datetime]]:
    """Quantities that should be shown now: lower at once, raise slowly; and when a raise may be looked at again."""
    known_memos = dict(whole.memos)
    targets: list[Target] = []
    memos: list[tuple[ListingId, SkuId, RaiseMemo]] = []
    look_again: list[datetime] = []
    for one in picture.listings:
        rules = policy.systems[one.listing.system]
        if rules.channel is None or rules.channel.publish_to is None or one.promise.unknown or rules.mode is Mode.GUARD:
            continue
        if one.memo is not None and one.memo != known_memos.get(one.listing.id):
            memos.append((one.listing.id, whole.sku.id, one.memo))
        units = _not_held(picture, one, policy)
        target = None if units is None else _quantity_target(whole, one, picture.state, units, policy, now)
        if target is not None:
            targets.append(target)
        elif one.quantity is not None and one.quantity.sent_at is not None:
            look_again.append(one.quantity.sent_at.end + rules.settles_in * SENT_AGAIN_AFTER)
    for one in picture.listings:
        read, again = _read_target(whole, one, policy, now)
        targets.extend(read)
        look_again.extend(again)
    return targets, memos, look_again


def _frozen(picture: SkuPicture) -> frozenset[SystemId]:
    return frozenset(one.listing.system for one in picture.listings if one.frozen)


def _not_held(picture: SkuPicture, one: ListingPicture, policy: Policy) -> int | None:
    """What may be published of the promise while exceptions stand that hold updates or raises back; None: nothing at all."""
    channel = policy.systems[one.listing.system].channel
    if one.listing.stopped and channel is not None and channel.pause_by == "quantity":
        return 0
    if holds_updates(picture, one):
        return None
    if one.frozen and one.offered is None and one.exposure.kind != "unlimited":
        return None
    held = one.frozen or holds_raises(picture, one, policy)
    if one.offered is not None and one.allowed > one.offered and held:
        return one.offered
    return one.allowed


def _adopted(one: ListingPicture, state: SkuState, units: int, policy: Policy, now: datetime) -> Target | None:
    """The channel shows our promise already: its number is taken as ours, so that a later one by hand is told from it."""
    channel = policy.systems[one.listing.system].channel
    place = channel.publish_to if channel is not None else None
    as_of = next((p.as_of for p in state.positions if (p.system, p.location) == (one.listing.system, place)), None)
    if as_of is None or place is None or one.exposure.raw_at(place) != units:
        return None
    return Target(
        key=quantity_key(one.listing, policy),
        kind=TargetKind.QUANTITY,
        lane=one.listing.system,
        sku=one.listing.sku,
        listing=one.listing.id,
        location=place,
        wanted=units,
        revision=1,
        priority=Priority.DECREASE,
        wanted_at=now,
        state=TargetState.IDLE,
        sent=units,
        sent_at=as_of,
        sent_revision=1,
        confirmed=True,
    )


def _quantity_target(
    whole: Whole, one: ListingPicture, state: SkuState, units: int, policy: Policy, now: datetime
) -> Target | None:
    listing, known = one.listing, one.quantity
    shows = one.offered
    if known is not None and known.wanted == units and known.state is not TargetState.IDLE:
        return None
    again = known is not None and (
        _send_again(one, known, policy, now) or _undoes(whole, one, known) or _moved_on(one, known, state, policy, now)
    )
    if known is not None and known.wanted == units and not again:
        return None
    if known is None and shows == units:
        return _adopted(one, state, units, policy, now)
    if one.unexplained and shows is not None and not _may_undo(whole, one, units, shows):
        return None
    channel = policy.systems[listing.system].channel
    location = channel.publish_to if channel is not None else None
    raw = one.exposure.raw_at(location)
    lowers = shows is None or units <= shows
    simulated = policy.systems[listing.system].mode is Mode.SHADOW
    price = known_in(policy.currency, in_own_currency(whole.sku, policy, now).price) or Decimal(1)
    return Target(
        key=quantity_key(listing, policy),
        kind=TargetKind.QUANTITY,
        lane=listing.system,
        sku=listing.sku,
        listing=listing.id,
        location=location,
        wanted=units,
        revision=(known.revision if known else 0) + 1,
        priority=Priority.STOP if units == 0 else Priority.DECREASE if lowers else Priority.INCREASE,
        wanted_at=now,
        state=TargetState.IDLE if simulated or shows == units else TargetState.DUE,
        expected=raw,
        risk=abs((shows if shows is not None else units) - units) * price,
        next_at=now,
    )


def _read_target(
    whole: Whole, one: ListingPicture, policy: Policy, now: datetime
) -> tuple[list[Target], list[datetime]]:
    """A look at the channel where what it shows is unsure; at most one per half settling time, and when to think again."""
    exposure = one.exposure
    unsure = exposure.kind == "number" and exposure.units_low != exposure.units_high
    torn = [position.system for position in whole.state.positions if position.conflicting]
    if not unsure and one.listing.system not in torn:
        return [], []
    key = target_key(TargetKind.READ, one.listing.id)
    known = next((target for target in whole.targets if target.key == key), None)
    if known is not None and known.state in (TargetState.DUE, TargetState.IN_FLIGHT):
        return [], []
    pause = policy.systems[one.listing.system].settles_in / 2
    if known is not None and known.sent_at is not None and now - known.sent_at.end < pause:
        return [], [known.sent_at.end + pause]
    revision = (known.revision if known else 0) + 1
    target = Target(
        key=key,
        kind=TargetKind.READ,
        lane=one.listing.system,
        sku=one.listing.sku,
        listing=one.listing.id,
        location=None,
        wanted=revision,
        revision=revision,
        priority=Priority.READ,
        wanted_at=now,
        next_at=now,
    )
    return [target], []


def _may_undo(whole: Whole, one: ListingPicture, units: int, shows: int) -> bool:
    """A number that somebody set by hand is lowered once its exception is open, so never silently; at once where nothing is
    left to sell. It is raised over only by a person's act."""
    if units > shows:
        sent = one.quantity.sent_at if one.quantity is not None else None
        return published_over(whole.cases, one.listing.id, sent.end if sent is not None else None)
    return units < shows and (units == 0 or _overridden(whole, one))


def _undoes(whole: Whole, one: ListingPicture, known: Target) -> bool:
    shows = one.offered
    return one.unexplained and shows is not None and _may_undo(whole, one, known.wanted, shows)


def _overridden(whole: Whole, one: ListingPicture) -> bool:
    return any(
        case.fingerprint.cls is ExceptionClass.MANUAL_OVERRIDE
        and case.fingerprint.listing == one.listing.id
        and case.fingerprint.detail != OVERRIDE_DETAIL
        and not case.life.ended
        for case in whole.cases
    )


def _moved_on(one: ListingPicture, known: Target, state: SkuState, policy: Policy, now: datetime) -> bool:
    """The channel's own sales and cancellations have led its number away from what is wanted there, which is the same still
    (a unit came in as one was sold): it is written anew."""
    if known.sent_at is None or known.sent is None or one.unexplained:
        return False
    at = (one.listing.system, known.location)
    level = next((position for position in state.positions if (position.system, position.location) == at), None)
    raw = one.exposure.raw_at(known.location)
    if level is None or level.as_of is None or raw in (None, known.wanted):
        return False
    return level.as_of.certainly_after(known.sent_at) and unexplained_level(state, one.listing, policy, now) is None


def _send_again(one: ListingPicture, known: Target, policy: Policy, now: datetime) -> bool:
    """A lowering that was accepted and not applied goes out again after a while, with a key of its own; its exception is
    open meanwhile. A number that somebody else wrote is not fought over."""
    shows = one.offered
    if known.sent != known.wanted or known.sent_at is None or shows is None or shows <= known.wanted:
        return False
    raw = one.exposure.raw_at(known.location)
    settled = policy.systems[one.listing.system].settles_in * SENT_AGAIN_AFTER
    return not_applied(known, raw) and now - known.sent_at.end >= settled


def _advanced(cases: Sequence[Case], picture: SkuPicture, policy: Policy, now: datetime) -> dict[int, Step]:
    acting = [case for case in cases if case.actions and not case.life.ended]
    if not acting:
        return {}
    exposures = {one.listing.id: one.exposure.sentence for one in picture.listings}
    allowed = {one.listing.id: one.allowed for one in picture.listings}
    steps = {}
    for case in acting:
        step = advance(case, picture.state, picture.targets, policy, now, exposures, allowed)
        if step is not None:
            steps[int(case.id)] = step
    return steps


def _files_over(picture: SystemPicture, now: datetime) -> list[Step]:
    """The cases in which a held file was asked for that may be counted no longer."""
    found = [(lapsed(case, picture.countable, now)) for case in picture.cases if not case.life.ended]
    return [Step(case, entries) for case, entries in found if entries]


def judge_system(
    picture: SystemPicture, policy: Policy, now: datetime, *, away: bool = False
) -> tuple[Changes, datetime]:
    """What follows for one system, and when to look again. ``away``: Slack cannot be reached."""
    findings = [finding for detect in SYSTEM_DETECTORS for finding in detect(picture, policy, now)]
    over = merged(picture.cases, words_over(picture, policy, now), _files_over(picture, now))
    cases = newest_cases(picture.cases, over)
    changes = settle(findings, cases, picture.suspicions, policy, now)
    changes.steps = with_limits(picture.cases, merged(picture.cases, over, changes.steps), policy, now, away=away)
    fallen = system_fallen_back(picture.cases, changes.steps, policy, now)
    changes.steps = merged(picture.cases, changes.steps, [Step(one.case, one.entries) for one in fallen])
    instants = [*changes.look_again, *clocks(picture.cases, changes.steps, policy, now, away=away)]
    instants += [at for at in (stale_at(picture, policy), ends_at(picture)) if at is not None]
    instants += [until for case in picture.cases for act in case.actions if (until := word_until(act)) is not None]
    return changes, min((instant for instant in instants if instant > now), default=now + LOOK_AGAIN)
