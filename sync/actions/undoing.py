"""Undo: for ten minutes whoever stopped something starts it again, without the questions that a later resume is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sync.actions import caps, doors, freeing, speaking
from sync.actions.applied import Applied, Setting
from sync.errors import AlreadyHandled, NotPermitted
from sync.exceptions.advance import ENDED_BY
from sync.inbox.acts import Actor, Undo
from sync.inbox.view import CaseView
from sync.model.exceptions import TAKEN_BACK, WORDS, Action, ActionKind, ActionState

UNDO_WITHIN = timedelta(minutes=10)


def undo(view: CaseView, act: Undo, actor: Actor, setting: Setting) -> Applied:
    """Take back the actor's own newest pause, cap, release of units or word on a source of the last ten minutes: what was before
    is so again, and read back.

    Counts need not agree and nobody need approve, because nothing but the actor's own act is taken back. Raises AlreadyHandled
    when there is none, or somebody has ended it meanwhile; NotPermitted where an older cap would be lifted with it.
    """
    stopped = newest_stop(view, actor, setting)
    if not stopped:
        raise AlreadyHandled("Nothing of yours from the last 10 min stands here any more. Nothing was changed.")
    if stopped[0].kind is ActionKind.PAUSE:
        return doors.opened_again(view, stopped, "", actor, setting, reason=TAKEN_BACK)
    if stopped[0].kind is ActionKind.FREE:
        return freeing.hold_again(view, stopped[0], actor, setting)
    if stopped[0].kind in WORDS:
        return speaking.taken_back(view, stopped[0], "", actor, setting)
    if _others(view, stopped):
        raise NotPermitted(
            "An older cap stands there, too, and would be lifted with yours. Show all again from the card."
        )
    return caps.lifted(view, stopped, "", actor, setting, reason=TAKEN_BACK)


def newest_stop(view: CaseView, actor: Actor, setting: Setting) -> list[Action]:
    """What one act of theirs stopped, within the time in which it may be undone; empty when nothing of it stands."""
    mine = [
        one
        for one in view.case.actions
        if one.kind in (ActionKind.PAUSE, ActionKind.CAP, ActionKind.FREE, *WORDS)
        and one.by == actor.user
        and one.state.stands
        and not (one.kind in WORDS and one.state is ActionState.ASKED)
        and setting.now - one.at <= UNDO_WITHIN
        and not _ending(view, one)
    ]
    newest = max((one.at for one in mine), default=None)
    return [one for one in mine if one.at == newest]


def _ending(view: CaseView, stop: Action) -> bool:
    """Somebody has asked for its end already."""
    kind = ENDED_BY.get(stop.kind)
    return kind is not None and any(
        one.kind is kind and one.state.stands and one.listing == stop.listing and one.at >= stop.at
        for one in view.case.actions
    )


def _others(view: CaseView, stopped: Sequence[Action]) -> bool:
    listings = {one.listing for one in stopped}
    return any(
        one.kind is ActionKind.CAP and one.state.stands and one.listing in listings and one not in stopped
        for one in view.case.actions
    )
