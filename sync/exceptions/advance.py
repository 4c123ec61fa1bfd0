"""Acts beside a case follow what the world shows: wanted -> done (the system said yes) -> seen (read back), or failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sync.exceptions.lifecycle import SELF, Step
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.ids import ListingId, SystemId
from sync.model.outbox import Target, TargetKind, TargetState
from sync.model.proof import Entry
from sync.model.stock import Listing, Position, SkuState
from sync.policy.schema import Policy


def advance(
    case: Case,
    state: SkuState,
    targets: Sequence[Target],
    policy: Policy,
    now: datetime,
    exposures: Mapping[ListingId, str],
) -> Step | None:
    """The case with its standing acts moved on, or None when nothing moved. ``exposures``: what customers see, in words."""
    by_key = {target.key: target for target in targets}
    listings = {listing.id: listing for listing in state.listings}
    entries: list[Entry] = []
    actions = list(case.actions)
    for index, act in enumerate(actions):
        if act.state not in (ActionState.WANTED, ActionState.DONE):
            continue
        target = by_key.get(act.target)
        if act.kind in (ActionKind.PAUSE, ActionKind.RESUME):
            listing = listings.get(act.listing) if act.listing else None
            shown = _level(target, state.positions)
            moved, said = _doors(act, target, listing, policy, now, exposures, shown)
        elif act.kind is ActionKind.CORRECTION:
            moved, said = _correction(act, target, state.positions, policy, now)
        else:
            continue
        if moved != act:
            actions[index] = moved
            entries.extend(said)
    if tuple(actions) == case.actions:
        return None
    actions = _undo_pauses(actions)
    moved_case = replace(case, actions=tuple(actions), version=case.version + 1)
    return _close_after_resume(moved_case, entries, now)


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
        act = replace(act, state=ActionState.DONE, settled_at=now)
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
        act = replace(act, state=ActionState.SEEN, settled_at=now, result=text)
    return act, entries


def _level(target: Target | None, positions: Sequence[Position]) -> int | None:
    """What the channel states at the place of a quantity of ours."""
    if target is None or target.kind is not TargetKind.QUANTITY:
        return None
    here = (one.statement for one in positions if (one.system, one.location) == (target.lane, target.location))
    return next((one.count.available for one in here if one is not None), None)


def _correction(
    act: Action, target: Target | None, positions: Sequence[Position], policy: Policy, now: datetime
) -> tuple[Action, list[Entry]]:
    system, wanted = SystemId(act.figure("system") or ""), int(act.figure("to") or 0)
    name = policy.systems[system].name if system in policy.systems else system
    if target is not None and _gave_up(target):
        return _failed(act, f"{name} did not take the correction: {target.fault_text or target.fault}", now)
    if act.state is ActionState.WANTED and target is not None and _accepted(target):
        act = replace(act, state=ActionState.DONE, settled_at=now)
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
            return replace(act, state=ActionState.SEEN, settled_at=now, result=text), [entry]
    return act, []


def _accepted(target: Target) -> bool:
    return target.confirmed and target.sent == target.wanted and target.sent_revision == target.revision


def _gave_up(target: Target) -> bool:
    return target.state in (TargetState.FAILED, TargetState.REFUSED)


def _failed(act: Action, text: str, now: datetime) -> tuple[Action, list[Entry]]:
    entry = Entry("failed", now, SELF, f"{text}. Nothing was changed there.", (("act", act.kind),))
    return replace(act, state=ActionState.FAILED, settled_at=now, result=text), [entry]


def _undo_pauses(actions: list[Action]) -> list[Action]:
    """A pause is undone once its listing was seen live again on our resume."""
    resumed = {
        act.listing: act.at for act in actions if act.kind is ActionKind.RESUME and act.state is ActionState.SEEN
    }
    return [
        replace(act, state=ActionState.UNDONE)
        if act.kind is ActionKind.PAUSE
        and act.state.stands
        and act.listing in resumed
        and act.at <= resumed[act.listing]
        else act
        for act in actions
    ]


def _close_after_resume(case: Case, entries: list[Entry], now: datetime) -> Step:
    """Paused, agreed, resumed with a note, and read back live: that closes it, in the resumer's name."""
    resume = case.newest(ActionKind.RESUME)
    if (
        resume is None
        or resume.state is not ActionState.SEEN
        or case.stopped
        or case.life.ended
        or not (case.ready or case.agrees_since is not None)
    ):
        return Step(case, tuple(entries))
    entries.append(
        Entry(
            "resolved",
            now,
            resume.by,
            f"Resolved as fixed: {resume.note}",
            (("by", resume.by_name), ("note", resume.note)),
        )
    )
    done = replace(
        case,
        life=Life.RESOLVED,
        ended_at=now,
        ended_by=resume.by,
        ended_name=resume.by_name,
        outcome="fixed",
        note=resume.note,
        ready=False,
    )
    return Step(done, tuple(entries))
