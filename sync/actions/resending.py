"""Sending our data of a suppressed listing again: back to the publications that it lost, as desired state that is read back;
where the platform or policy does not let us, a task with exact figures."""

from __future__ import annotations

from sync.actions.applied import Applied, Setting, bumped, clock_time, own_line, owning
from sync.actions.quantities import line_of
from sync.detect.feed_suppression import OFF_SALE
from sync.errors import AlreadyHandled, BadInput, NotPermitted
from sync.inbox.acts import Actor, SendData
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.outbox import Priority, Target, TargetKind, target_key
from sync.model.proof import Entry
from sync.sentences import one_stop

BY_HAND = "by hand"


def suppressed_line(view: CaseView) -> ListingLine | None:
    """The listing that somebody else took off sale; None where the exception is about none, or a stop of ours stands on it."""
    if view.case.fingerprint.cls is not ExceptionClass.FEED_SUPPRESSION:
        return None
    line = own_line(view)
    return line if line is not None and not line.paused_by_us else None


def resent(case: Case) -> Action | None:
    """The newest time in this life that the data was sent again, or given to somebody as a task."""
    act = case.newest(ActionKind.RESEND)
    return act if act is not None and act.at >= case.opened_at else None


def is_task(view: CaseView) -> bool:
    """Whether sending it would be a task for a person."""
    line = suppressed_line(view)
    return line is not None and bool(_by_hand(view, line))


def _lost(view: CaseView, line: ListingLine) -> list[tuple[str, str]]:
    """The publications that it lost and that do not show it now."""
    named = {door for door, _ in view.case.evidence.facts if door != OFF_SALE}
    return [(door, name) for door, name in line.closed if door in named]


def _by_hand(view: CaseView, line: ListingLine) -> str:
    """Why we cannot send it; empty where we can."""
    if line.held_off:
        return f"{line.system_name} itself keeps the product off sale (a draft, or archived), which I cannot change"
    if not _lost(view, line):
        return f"{line.system_name} names no publication that it lost"
    if not line.can_publish:
        return f"I do not publish listings on {line.system_name}"
    return ""


def _figures(view: CaseView, line: ListingLine) -> str:
    """What should stand there: where it was shown, and how many can be sold."""
    lost = [name for _, name in _lost(view, line)]
    where = f" on {', '.join(lost)}" if lost else ""
    units = "an unknown number" if line.can_sell is None else f"{line.can_sell}\u00a0units"
    return f"Put {view.case.fingerprint.sku} back on sale at {line.system_name}{where}, with {units}."


def preview_send(view: CaseView) -> tuple[str, ...]:
    """Where it will be shown again and with what, or why that is a task for a person."""
    line = suppressed_line(view)
    if line is None:
        return ("No listing here was taken off sale by somebody else.",)
    why = _by_hand(view, line)
    if why:
        return (f"{why}: it becomes a task by hand.", _figures(view, line))
    where = ", ".join(name for _, name in _lost(view, line))
    shows = "an unknown number" if line.can_sell is None else f"{line.can_sell}\u00a0units"
    return (
        f"{line.system_name} will show it on {where} again, usually within 2 min, with what can be sold: {shows}.",
        "If its whole product was taken off there, the product's other variants come back with it.",
    )


def send_data(view: CaseView, act: SendData, actor: Actor, setting: Setting) -> Applied:
    """Ask the channel to show it again on the publications that it lost, and read that back; where we cannot, keep the task.

    Raises BadInput (nothing was taken off sale), AlreadyHandled (it is on its way, or a task), NotPermitted (shadow, frozen).
    """
    about, note = view.case.fingerprint, act.note.strip()
    line = line_of(view, about.listing) if about.listing is not None else None
    if line is None or about.sku is None or suppressed_line(view) is None:
        raise BadInput("No listing here was taken off sale by somebody else. Nothing was sent.")
    if line.shadow:
        raise NotPermitted(
            f"{line.system_name} is in shadow: I would send it again, but nothing is sent. Nothing was changed."
        )
    if view.frozen is not None:
        raise NotPermitted(f"{view.frozen.by_name} froze {line.system_name}: nothing is put on sale there meanwhile.")
    before = resent(view.case)
    if before is not None and before.state in (ActionState.WANTED, ActionState.DONE):
        raise AlreadyHandled(f"{before.by_name} did that at {clock_time(before.at)}. Nothing of yours was sent.")
    why, lost = _by_hand(view, line), _lost(view, line)
    case, taken = owning(view.case, actor, setting.now)
    action = Action(
        id=0,
        kind=ActionKind.RESEND,
        state=ActionState.DONE if why else ActionState.WANTED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason=BY_HAND if why else "resend",
        note=note,
        target="" if why else target_key(TargetKind.OFFER, line.listing),
        listing=line.listing,
        figures=(("publications", ", ".join(name for _, name in lost)), ("units", str(line.can_sell))),
        result=_figures(view, line) if why else "",
        settled_at=setting.now if why else None,
    )
    figures = (("by", actor.name), ("listing", line.listing), *action.figures, ("note", note))
    if why:
        said = f"{actor.name} asks for it by hand, since {why}. {_figures(view, line)}"
        entry = Entry("data_task", setting.now, actor.user, said, figures)
        return Applied(bumped(case, action), (*taken, entry), f"It is a task by hand. {_figures(view, line)}")
    where = ", ".join(name for _, name in lost)
    said = f"{actor.name} sends the data of {about.sku} to {line.system_name} again, for {where}"
    entry = Entry("data_sent", setting.now, actor.user, one_stop(f"{said}{f': {note}' if note else ''}"), figures)
    target = Target(
        key=target_key(TargetKind.OFFER, line.listing),
        kind=TargetKind.OFFER,
        lane=line.system,
        sku=about.sku,
        listing=line.listing,
        location=None,
        wanted=1,
        revision=0,
        priority=Priority.INCREASE,
        wanted_at=setting.now,
        doors=tuple(door for door, _ in lost),
        risk=view.case.risk.per_hour,
        next_at=setting.now,
        case=view.case.id,
    )
    answer = f"Sent to {line.system_name}. The card says when it is shown there again."
    return Applied(bumped(case, action), (*taken, entry), answer, (target,))
