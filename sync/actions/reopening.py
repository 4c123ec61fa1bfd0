"""Open again: what a person ended goes on, in the name of who says so. What cleared by itself comes back by itself."""

from __future__ import annotations

from dataclasses import replace

from sync.actions.applied import Applied, Setting, span
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, Reopen
from sync.inbox.view import CaseView
from sync.model.exceptions import Life
from sync.model.proof import Entry
from sync.owners.clocks import limit_at
from sync.sentences import one_stop


def preview_reopen(view: CaseView) -> tuple[str, ...]:
    """Who gets it, and that nothing which was done is undone."""
    ended = view.case.outcome or view.case.life
    return (
        f"{view.case.name} was ended as {ended} by {view.case.ended_name or 'itself'}. It is yours then, with a new card.",
        "Nothing that was done is undone. Once counts and channel agree it ends again.",
    )


def reopen(view: CaseView, act: Reopen, actor: Actor, setting: Setting) -> Applied:
    """Its limits begin anew. Raises ReasonRequired, AlreadyHandled (it is open, or another one is for the same trouble),
    NotPermitted (it cleared by itself, or ended longer ago than its class reopens)."""
    case, rules = view.case, setting.policy.rules_for(view.case.fingerprint.cls)
    reason = act.reason.strip()
    if not case.life.ended or case.ended_at is None:
        raise AlreadyHandled(f"{case.name} is open already. Nothing was changed.")
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    if case.life is Life.CLEARED:
        raise NotPermitted("It cleared by itself; when the trouble comes back it opens by itself.")
    if setting.now - case.ended_at > rules.reopens_within:
        raise NotPermitted(f"It ended {span(setting.now - case.ended_at)} ago; what comes back now is a new exception.")
    twin = next((one for one in (view.sku.cases if view.sku else ()) if one.fingerprint == case.fingerprint), None)
    if twin is not None:
        raise AlreadyHandled(f"{twin.name} is open for the same trouble. Nothing was changed.")
    cls = case.fingerprint.cls
    again = replace(
        case,
        life=Life.OWNED,
        owner=actor.user,
        owner_name=actor.name,
        owned_at=setting.now,
        owner_since=setting.now,
        opened_at=setting.now,
        assign_by=limit_at(setting.policy, case.queue, cls, setting.now, rules.assign_within),
        resolve_by=limit_at(setting.policy, case.queue, cls, setting.now, rules.resolve_within),
        ended_at=None,
        outcome="",
        agrees_since=None,
        ready=False,
        lacks="",
        found="",
        root_cause="",
        reopenings=case.reopenings + 1,
        escalated=0,
        climbs=(),
        fell_back_at=None,
        version=case.version + 1,
    )
    entry = Entry(
        "reopened_by",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} opened it again: {reason}"),
        (("by", actor.name), ("note", reason), ("was", case.outcome)),
    )
    return Applied(again, (entry,), "It is open again, and yours; its card follows.", reopened=True)
