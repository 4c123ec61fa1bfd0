"""Acts beside a case follow what the world shows: wanted -> done (the system said yes) -> seen (read back), or failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sync.exceptions.lifecycle import SELF, Step, lacking, resolved, wait_for
from sync.exceptions.standing import ends_at
from sync.model.exceptions import TAKEN_BACK, Action, ActionKind, ActionState, Case
from sync.model.ids import ListingId, SystemId
from sync.model.made import replaced
from sync.model.outbox import Target, TargetKind, TargetState
from sync.model.proof import Entry
from sync.model.stock import Listing, Position, SkuState
from sync.policy.schema import Policy
from sync.sentences import one_stop


def advance(
    case: Case,
    state: SkuState,
    targets: Sequence[Target],
    policy: Policy,
    now: datetime,
    exposures: Mapping[ListingId, str],
    allowed: Mapping[ListingId, int],
) -> Step | None:
    """The case with its standing acts moved on, or None when nothing moved. ``exposures``: what customers see, in words;
    ``allowed``: units that each listing may show now."""
    by_key = {target.key: target for target in targets}
    listings = {listing.id: listing for listing in state.listings}
    entries: list[Entry] = []
    actions = list(case.actions)
    for index, act in enumerate(actions):
        if act.kind is ActionKind.OVERRIDE and act.state.stands and ends_at(act) <= now:
            actions[index] = replaced(act, state=ActionState.UNDONE, settled_at=now, result="Its time is over.")
            entries.append(Entry("override_ended", now, SELF, "The override is over: its time has passed."))
            continue
        if act.state not in (ActionState.WANTED, ActionState.DONE):
            continue
        target = by_key.get(act.target)
        if act.kind in (ActionKind.PAUSE, ActionKind.RESUME):
            listing = listings.get(act.listing) if act.listing else None
            shown = _level(target, state.positions)
            moved, said = _doors(act, target, listing, policy, now, exposures, shown)
        elif act.kind in (ActionKind.CAP, ActionKind.UNCAP, ActionKind.OVERRIDE, ActionKind.PUBLISH):
            moved, said = _quantity(act, target, state.positions, policy, now, allowed)
        elif act.kind is ActionKind.RESEND:
            moved, said = _offered(act, target, listings.get(act.listing) if act.listing else None, policy, now)
        elif act.kind in (ActionKind.HOLD, ActionKind.RELEASE):
            moved, said = _hold(act, target, policy, now)
        elif act.kind is ActionKind.CORRECTION:
            moved, said = _correction(act, target, state.positions, policy, now)
        else:
            continue
        if moved != act:
            actions[index] = moved
            entries.extend(said)
    if tuple(actions) == case.actions:
        return None
    actions = _undone(actions)
    moved_case = replaced(case, actions=tuple(actions), version=case.version + 1)
    return _close_after_resume(moved_case, entries, policy, now)


def _doors(
    act: Action,
    target: Target | None,
    listing: Listing | None,
    policy: Policy,
    now: datetime,
    exposures: Mapping[ListingId, str],
    shown: int | None,
) -> tuple[Action, list[Entry]]:
    """``shown`` is the channel's level where a pause shows 0 instead of taking the listing off sale."""
    if target is None or listing is None:
        return act, []
    by_zero = target.kind is TargetKind.QUANTITY
    if by_zero and (target.wanted == 0) is not (act.kind is ActionKind.PAUSE):
        return act, []  # what follows from the act is not wanted yet
    name = policy.systems[listing.system].name if listing.system in policy.systems else listing.system
    verb = "pause" if act.kind is ActionKind.PAUSE else "resume"
    if _gave_up(target):
        return _failed(act, f"{name} refused to {verb}: {target.fault_text or target.fault}", now)
    entries: list[Entry] = []
    if act.state is ActionState.WANTED and _accepted(target):
        act = replaced(act, state=ActionState.DONE, settled_at=now)
    wants_open = act.kind is ActionKind.RESUME
    read_after = target.sent_at is not None and listing.seen is not None and listing.seen.start >= target.sent_at.start
    there = shown == target.wanted if by_zero else listing.live is wants_open
    if act.state is ActionState.DONE and read_after and there:
        took = int((now - act.at).total_seconds())
        how = " It cannot pause a listing, so its quantity is 0." if by_zero else ""
        seen = (
            f"{name} is live. {exposures.get(listing.id, '')}" if wants_open else f"{name} shows 0 to customers.{how}"
        )
        text = f"{seen} Read back after {took} s, verified at {name}."
        entries.append(
            Entry("read_back", now, listing.system, text, (("listing", listing.id), ("live", str(listing.live))))
        )
        act = replaced(act, state=ActionState.SEEN, settled_at=now, result=text)
    return act, entries


def _level(target: Target | None, positions: Sequence[Position]) -> int | None:
    """What the channel states at the place of a quantity of ours."""
    if target is None or target.kind is not TargetKind.QUANTITY:
        return None
    here = (one.statement for one in positions if (one.system, one.location) == (target.lane, target.location))
    return next((one.count.available for one in here if one is not None), None)


def _quantity(
    act: Action,
    target: Target | None,
    positions: Sequence[Position],
    policy: Policy,
    now: datetime,
    allowed: Mapping[ListingId, int],
) -> tuple[Action, list[Entry]]:
    """A cap, its end, a fixed promise, or what is published over a number is seen once the channel states what the listing may
    show now, as of after the act."""
    may = allowed.get(act.listing) if act.listing is not None else None
    if target is None or may is None:
        return act, []
    name = policy.systems[target.lane].name if target.lane in policy.systems else target.lane
    if _gave_up(target) and target.wanted == may:
        return _failed(act, f"{name} did not take {may}: {target.fault_text or target.fault}", now)
    sent = act.kind is not ActionKind.PUBLISH or (target.sent_at is not None and target.sent_at.end >= act.at)
    if act.state is ActionState.WANTED and _accepted(target) and target.wanted == may and sent:
        act = replaced(act, state=ActionState.DONE, settled_at=now)
    stated = next((p for p in positions if (p.system, p.location) == (target.lane, target.location)), None)
    read_after = stated is not None and stated.as_of is not None and stated.as_of.end >= act.at
    shown = _level(target, positions)
    there = shown is not None and (shown <= may if act.kind is ActionKind.CAP else shown == may)
    if not read_after or not there:
        return act, []
    text = f"{name} shows {shown}. Read back, verified at {name}."
    entry = Entry("read_back", now, target.lane, text, (("listing", act.listing or ""), ("units", str(shown))))
    return replaced(act, state=ActionState.SEEN, settled_at=now, result=text), [entry]


def _hold(act: Action, target: Target | None, policy: Policy, now: datetime) -> tuple[Action, list[Entry]]:
    """A hold or its release is seen once the platform, read after it, shows the order so. One by hand waits for a person."""
    holds = act.kind is ActionKind.HOLD
    if target is None or (target.wanted == 1) is not holds or target.wanted_at < act.at:
        return act, []
    name = policy.systems[target.lane].name if target.lane in policy.systems else target.lane
    order = act.figure("order") or ""
    if _gave_up(target):
        verb = "hold" if holds else "release"
        text = one_stop(f"{name} did not {verb} {order}: {target.fault_text or target.fault}")
        return replaced(act, state=ActionState.FAILED, settled_at=now, result=text), [
            Entry("failed", now, SELF, text, (("act", act.kind), ("order", order)))
        ]
    if not _accepted(target) or target.seen != target.wanted:
        return act, []
    text = f"{name} {'holds' if holds else 'may ship'} {order}. Read back, verified at {name}."
    entry = Entry("read_back", now, target.lane, text, (("order", order), ("held", str(holds))))
    return replaced(act, state=ActionState.SEEN, settled_at=now, result=text), [entry]


def _offered(
    act: Action, target: Target | None, listing: Listing | None, policy: Policy, now: datetime
) -> tuple[Action, list[Entry]]:
    """Data that was sent again is seen once the platform, read after it, shows the listing on every publication that was asked
    for. Where it does not, after it has settled, the act failed. A task by hand waits for nothing."""
    if target is None or listing is None or target.wanted_at < act.at:
        return act, []
    rules = policy.systems.get(target.lane)
    name = rules.name if rules is not None else target.lane
    if _gave_up(target):
        return _failed(act, f"{name} did not publish it: {target.fault_text or target.fault}", now)
    if act.state is ActionState.WANTED and _accepted(target):
        act = replaced(act, state=ActionState.DONE, settled_at=now)
    if act.state is not ActionState.DONE or target.sent_at is None or listing.seen is None:
        return act, []
    if listing.seen.start < target.sent_at.start:
        return act, []
    closed = [door.name or door.id for door in listing.doors if door.id in target.doors and not door.open]
    if not closed and listing.live:
        where = ", ".join(door.name or door.id for door in listing.doors if door.id in target.doors)
        text = f"{name} shows it on {where} again. Read back, verified at {name}."
        entry = Entry("read_back", now, target.lane, text, (("listing", listing.id), ("live", "True")))
        return replaced(act, state=ActionState.SEEN, settled_at=now, result=text), [entry]
    settles = rules.settles_in if rules is not None else timedelta(0)
    if listing.seen.start < target.sent_at.end + settles:
        return act, []
    where = ", ".join(closed) or "any channel"
    text = f"{name} accepted it and still does not show it on {where}. Look there why."
    failed = Entry("failed", now, SELF, text, (("act", act.kind),))
    return replaced(act, state=ActionState.FAILED, settled_at=now, result=text), [failed]


def _correction(
    act: Action, target: Target | None, positions: Sequence[Position], policy: Policy, now: datetime
) -> tuple[Action, list[Entry]]:
    system, wanted = SystemId(act.figure("system") or ""), int(act.figure("to") or 0)
    name = policy.systems[system].name if system in policy.systems else system
    if target is not None and _gave_up(target):
        return _failed(act, f"{name} did not take the correction: {target.fault_text or target.fault}", now)
    if act.state is ActionState.WANTED and target is not None and _accepted(target):
        act = replaced(act, state=ActionState.DONE, settled_at=now)
    decided = act.decided_at or act.at
    for position in positions:
        if position.system != system or position.location != act.location or position.statement is None:
            continue
        as_of = position.as_of
        if as_of is None or as_of.end < decided:
            continue
        count = position.statement.count
        number = count.on_hand if count.on_hand is not None else count.available
        if number == wanted:
            text = f"{name} says {wanted} units now (read back)."
            entry = Entry("read_back", now, system, text, (("system", system), ("units", str(wanted))))
            return replaced(act, state=ActionState.SEEN, settled_at=now, result=text), [entry]
    return act, []


def _accepted(target: Target) -> bool:
    return target.confirmed and target.sent == target.wanted and target.sent_revision == target.revision


def _gave_up(target: Target) -> bool:
    return target.state in (TargetState.FAILED, TargetState.REFUSED)


def _failed(act: Action, text: str, now: datetime) -> tuple[Action, list[Entry]]:
    entry = Entry("failed", now, SELF, f"{one_stop(text)} Nothing was changed there.", (("act", act.kind),))
    return replaced(act, state=ActionState.FAILED, settled_at=now, result=text), [entry]


ENDED_BY = {ActionKind.PAUSE: ActionKind.RESUME, ActionKind.CAP: ActionKind.UNCAP, ActionKind.HOLD: ActionKind.RELEASE}
"""Which act ends which stop."""


def _undone(actions: list[Action]) -> list[Action]:
    """A stop is undone once what ends it was read back on the same listing, a hold on the same order."""
    ended = {(act.kind, act.listing, act.figure("order")): act.at for act in actions if act.state is ActionState.SEEN}
    return [
        replaced(act, state=ActionState.UNDONE)
        if act.kind in ENDED_BY
        and act.state.stands
        and (at := ended.get((ENDED_BY[act.kind], act.listing, act.figure("order")))) is not None
        and act.at <= at
        else act
        for act in actions
    ]


def _close_after_resume(case: Case, entries: list[Entry], policy: Policy, now: datetime) -> Step:
    """Stopped, agreed, the stop ended with a note, and read back: that closes it, in the name of who ended it; a repair whose
    cause nobody named, or a note that is still asked for, keeps it open."""
    newest = [act for kind in ENDED_BY.values() if (act := case.newest(kind)) is not None and act.at >= case.opened_at]
    ends = [act for act in newest if act.reason != TAKEN_BACK]
    resume = max(ends, key=lambda act: act.at, default=None)
    if (
        resume is None
        or resume.state is not ActionState.SEEN
        or case.stopped
        or case.life.ended
        or not (case.ready or case.agrees_since is not None)
    ):
        return Step(case, tuple(entries))
    lacks = lacking(case, policy)
    closing = Step(*resolved(case, resume.by, resume.by_name, resume.note, now))
    step = wait_for(case, lacks, now) if lacks else closing
    return Step(replaced(step.case, version=case.version), (*entries, *step.entries))
