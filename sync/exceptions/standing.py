"""What people's acts beside a case let a listing show while they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sync.model.exceptions import Action, ActionKind, Case
from sync.model.ids import ListingId


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


def within_cap(allowed: int, cases: Sequence[Case], listing: ListingId) -> int:
    """What may be shown of ``allowed`` units while a cap stands there."""
    most = cap_on(cases, listing)
    return allowed if most is None else min(allowed, most)


def _lifted(case: Case, cap: Action) -> bool:
    return any(
        act.kind is ActionKind.UNCAP and act.state.stands and act.listing == cap.listing and act.at >= cap.at
        for act in case.actions
    )
