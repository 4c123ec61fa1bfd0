"""What people's acts beside a case let a listing show while they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync.model.exceptions import Action, ActionKind, ActionState, Case
from sync.model.ids import ListingId

OVERRIDE_DETAIL = "override"
"""The detail of an override's own exception; other manual overrides are numbers that somebody set in the shop."""


def cap_act(cases: Sequence[Case], listing: ListingId) -> Action | None:
    """The lowest cap that stands on a listing and that nobody has asked to lift."""
    found = [
        act
        for case in cases
        if not case.life.ended
        for act in case.actions
        if act.kind is ActionKind.CAP and act.state.stands and act.listing == listing and not _lifted(case, act)
    ]
    return min(found, key=lambda act: int(act.figure("units") or 0), default=None)


def cap_on(cases: Sequence[Case], listing: ListingId) -> int | None:
    """Units that a listing may show at most while a person's cap stands; None without one."""
    act = cap_act(cases, listing)
    return int(act.figure("units") or 0) if act is not None else None


def by_people(allowed: int, cases: Sequence[Case], listing: ListingId, now: datetime) -> int:
    """What may be shown instead of ``allowed`` units while a fixed promise or a cap stands there."""
    if not cases:
        return allowed
    fixed, most = fixed_on(cases, listing, now), cap_on(cases, listing)
    units = allowed if fixed is None else fixed
    return units if most is None else min(units, most)


def override_on(cases: Sequence[Case], listing: ListingId, now: datetime) -> Action | None:
    """A person's fixed promise that holds for a listing now: approved, and its time is not over."""
    found = [
        act
        for case in cases
        if not case.life.ended
        for act in case.actions
        if act.kind is ActionKind.OVERRIDE
        and act.listing == listing
        and act.state in (ActionState.WANTED, ActionState.DONE, ActionState.SEEN)
        and ends_at(act) > now
    ]
    return max(found, key=lambda act: act.at, default=None)


def published_over(cases: Sequence[Case], listing: ListingId, sent_at: datetime | None) -> bool:
    """A person asked to publish over the number that somebody set there, and nothing was sent since (``sent_at``: when anything
    was last). It is sent once: who sets the number again is not fought."""
    asked = [
        act.at
        for case in cases
        if not case.life.ended
        for act in case.actions
        if act.kind is ActionKind.PUBLISH and act.state is ActionState.WANTED and act.listing == listing
    ]
    return any(sent_at is None or sent_at < at for at in asked)


def ends_at(act: Action) -> datetime:
    """When an override, or what is vouched for, ends by itself."""
    return datetime.fromisoformat(act.figure("until") or act.at.isoformat())


def fixed_on(cases: Sequence[Case], listing: ListingId, now: datetime) -> int | None:
    """Units that a listing shows by a person's fixed promise; None without one."""
    if not cases:
        return None
    act = override_on(cases, listing, now)
    return int(act.figure("units") or 0) if act is not None else None


def ends_of(cases: Sequence[Case]) -> list[datetime]:
    """When overrides that are asked for or stand end by themselves."""
    if not cases:
        return []
    return [
        ends_at(act)
        for case in cases
        if not case.life.ended
        for act in case.actions
        if act.kind is ActionKind.OVERRIDE and act.state.stands
    ]


def _lifted(case: Case, cap: Action) -> bool:
    return any(
        act.kind is ActionKind.UNCAP and act.state.stands and act.listing == cap.listing and act.at >= cap.at
        for act in case.actions
    )
