"""Why somebody set a number in the shop: asked of a person or of the queue, and given with who stands for it."""

from __future__ import annotations

from datetime import timedelta

from sync.actions.applied import Applied, Setting, bumped, clock_time, done_at_once, owning, span
from sync.errors import AlreadyHandled, BadInput, ReasonRequired
from sync.exceptions.standing import OVERRIDE_DETAIL
from sync.inbox.acts import Actor, AskReason, GiveReason
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, Case, ExceptionClass
from sync.model.ids import UserId
from sync.model.proof import Entry
from sync.policy.routing import who_can
from sync.sentences import one_stop

REASON = "reason"
"""The reason of an act that asked for the reason of a number."""
ASKED_AGAIN = timedelta(hours=1)
"""Between two questions to the same person, or to the queue."""


def set_by_hand(case: Case) -> bool:
    """Whether it is about a number that somebody set in the shop; an override of ours has its reason from the start."""
    about = case.fingerprint
    return about.cls is ExceptionClass.MANUAL_OVERRIDE and about.detail != OVERRIDE_DETAIL


def reason_of(case: Case) -> Action | None:
    """The newest reason that was given in this life of the exception."""
    act = case.newest(ActionKind.REASON)
    return act if act is not None and act.at >= case.opened_at else None


def asked_for_reason(case: Case) -> Action | None:
    """The newest question that nobody has answered yet."""
    given = reason_of(case)
    asked = [one for one in _asked(case) if given is None or one.at > given.at]
    return max(asked, key=lambda one: one.at, default=None)


def was_asked(case: Case, user: UserId) -> bool:
    """Whether this person was asked for the reason in this life of the exception: they may give it, whatever their queue."""
    return set_by_hand(case) and any(one.figure("user") == user for one in _asked(case))


def _asked(case: Case) -> list[Action]:
    return [
        one for one in case.actions if one.kind is ActionKind.ASK and one.reason == REASON and one.at >= case.opened_at
    ]


def preview_ask(view: CaseView) -> tuple[str, ...]:
    """What was set, and who asked already."""
    lines = [_number(view)]
    before = asked_for_reason(view.case)
    if before is not None:
        lines.append(
            f"{before.by_name} asked {before.figure('whom')} at {clock_time(before.at)}; nobody has answered yet."
        )
    return tuple(lines)


def preview_give(view: CaseView) -> tuple[str, ...]:
    """What was set, and that the number stays as it is."""
    return (_number(view), "The reason goes into the thread and the proof; the number stays as it is.")


def _number(view: CaseView) -> str:
    evidence = view.case.evidence
    return f"{view.system_name} shows {evidence.shows_text or evidence.shows}, can sell {evidence.can_sell}."


def ask_reason(view: CaseView, act: AskReason, actor: Actor, setting: Setting) -> Applied:
    """Ask a person directly, or the queue in the thread. Whoever asks owns it.

    Raises ReasonRequired (no text), BadInput (nothing was set by hand, or it is the actor), AlreadyHandled (asked within
    ASKED_AGAIN, or the reason is given).
    """
    text, case = act.text.strip(), view.case
    if not set_by_hand(case):
        raise BadInput("Nobody set a number here by hand; there is no reason to ask for.")
    if not text:
        raise ReasonRequired("Write what you ask.")
    if act.whom == actor.user:
        raise BadInput("That is you: give the reason yourself.", "whom")
    given = reason_of(case)
    if given is not None:
        raise AlreadyHandled(f"{given.by_name} gave the reason at {clock_time(given.at)}: {given.note}")
    person = setting.policy.person_of(act.whom) if act.whom is not None else None
    whom = view.queue.name if act.whom is None else person.name if person is not None else act.whom
    same = [one for one in _asked(case) if (one.figure("user") or "") == (act.whom or "")]
    last = max((one.at for one in same), default=None)
    if last is not None and setting.now - last < ASKED_AGAIN:
        ago = span(setting.now - last)
        raise AlreadyHandled(
            f"{same[-1].by_name} asked {whom} {ago} ago, and nobody has answered yet. Ask somebody else, or again from"
            f" {clock_time(last + ASKED_AGAIN)} on."
        )
    figures = (("whom", whom), ("user", act.whom or ""), ("shows", str(case.evidence.shows)))
    action = done_at_once(ActionKind.ASK, actor, setting, REASON, text, figures)
    owned, taken = owning(case, actor, setting.now)
    entry = Entry(
        "reason_asked",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} asked {whom} for the reason of the number on {view.system_name}: {text}"),
        (("by", actor.name), *action.figures, ("note", text)),
    )
    applied = bumped(owned, action), (*taken, entry)
    if act.whom is None:
        return Applied(*applied, f"{whom} is asked in the thread.")
    message = f"{actor.name} asks you about {case.fingerprint.sku} on {view.system_name}: {text}"
    hint = f"Answer with Give the reason on the card of {case.name}; `/inventory show {case.name}` shows it."
    name = person.name if person is not None else f"<@{act.whom}>"
    notice = (act.whom, f"{one_stop(message)} {hint}")
    return Applied(*applied, f"{name} is asked in a direct message.", notices=(notice,))


def give_reason(view: CaseView, act: GiveReason, actor: Actor, setting: Setting) -> Applied:
    """Keep why the number was set, and who stands for it; whoever asked is told. It changes no number and no owner.

    Raises ReasonRequired, BadInput (nothing was set by hand, or the owner is nobody of the queue).
    """
    reason, case = act.reason.strip(), view.case
    if not set_by_hand(case):
        raise BadInput("Nobody set a number here by hand; there is no reason to give.", "reason")
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    owner = setting.policy.person_of(act.owner) if act.owner is not None else None
    if act.owner is not None and (owner is None or act.owner not in who_can(setting.policy, view.queue.id, "act")):
        raise BadInput(f"Who stands for it must be somebody of {view.queue.name}. Choose one of its people.")
    user, name = (owner.slack, owner.name) if owner is not None else (actor.user, actor.name)
    asked = asked_for_reason(case)
    figures = (("owner", user), ("owner_name", name), ("shows", str(case.evidence.shows)))
    action = done_at_once(ActionKind.REASON, actor, setting, REASON, reason, figures)
    entry = Entry(
        "reason_given",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} gave the reason of the number on {view.system_name}; {name} stands for it: {reason}"),
        (("by", actor.name), *action.figures, ("note", reason)),
    )
    tell: tuple[tuple[UserId, str], ...] = ()
    if asked is not None and asked.by != actor.user:
        tell = ((asked.by, one_stop(f"{actor.name} gave the reason for {case.name}: {reason}")),)
    return Applied(bumped(case, action), (entry,), "Kept: it stands on the card and in the proof.", notices=tell)
