"""Naming why it happened: a repaired sum whose cause nobody knows comes back, so it stays open until somebody does."""

from __future__ import annotations

from dataclasses import replace

from sync.actions.applied import Applied, Setting, closing_note, owning
from sync.errors import AlreadyHandled, ReasonRequired
from sync.exceptions.lifecycle import UNKNOWN, cause_of
from sync.inbox.acts import CAUSES, Actor, NameCause
from sync.inbox.view import CaseView
from sync.model.proof import Entry
from sync.sentences import one_stop


def name_cause(view: CaseView, act: NameCause, actor: Actor, setting: Setting) -> Applied:
    """The cause and what was found go into the proof; an exception that waits for nothing else ends by it. Of what keeps coming
    back it is asked before anything is repaired.

    Raises ReasonRequired, AlreadyHandled (the cause has been named, or nothing was repaired).
    """
    if act.cause not in CAUSES or act.cause == UNKNOWN:
        raise ReasonRequired("Choose the cause; it stays open as long as it is unknown.")
    known = cause_of(view.case)
    comes_back = view.case.reopenings > 0 and not known
    if known != UNKNOWN and not comes_back:
        raise AlreadyHandled(f"The cause is {known} already." if known else "Nothing was repaired here yet.")
    note = closing_note(view, act.note, setting)
    case, taken = owning(view.case, actor, setting.now)
    said = one_stop(f"{actor.name} named the cause: {act.cause}{f', {note}' if note else ''}")
    entry = Entry(
        "cause_named", setting.now, actor.user, said, (("by", actor.name), ("cause", act.cause), ("note", note))
    )
    named = replace(case, root_cause=act.cause, found=note or case.found, version=view.case.version + 1)
    return Applied(named, (*taken, entry), "Named; it is in the thread and in the proof.")
