"""Publishing over a number that somebody set too low in the shop: the undo of their override, under the rules of raising."""

from __future__ import annotations

from sync.actions.applied import Applied, Setting, bumped, clock_time, own_line, owning, quantity_target_key
from sync.actions.quantities import check_writable, line_of, look_at
from sync.actions.reasons import set_by_hand
from sync.detect.manual_override import AGAIN
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, PublishOver
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.proof import Entry
from sync.sentences import one_stop


def hidden_line(view: CaseView) -> ListingLine | None:
    """The listing on which somebody hid stock by hand and our number may be published over theirs; None where nothing is hidden
    or its quantity is not ours."""
    line = own_line(view)
    if not set_by_hand(view.case) or line is None or not line.writable or line.paused_by_us:
        return None
    hides = line.shows is not None and line.may_show is not None and line.shows < line.may_show
    return line if hides and not _fought(view) else None


def _fought(view: CaseView) -> bool:
    """Another tool writes there: ours would be undone again."""
    return int(dict(view.case.evidence.facts).get("undone", "1")) >= AGAIN


def preview_publish(view: CaseView) -> tuple[str, ...]:
    """What the listing shows and will show, and what it still waits for."""
    line = hidden_line(view)
    if line is None or line.may_show is None:
        return ("No number that was set too low by hand can be published over here.",)
    lines = [f"{line.system_name} shows {line.shows}, will show {line.may_show}."]
    if line.can_sell is not None and line.can_sell > line.may_show:
        lines.append(f"{line.can_sell} can be sold; the rest follows when a second number says so.")
    if view.unread:
        lines.append(f"Nothing is raised there before these are read again: {view.unread}.")
    return tuple(lines)


def publish_over(view: CaseView, act: PublishOver, actor: Actor, setting: Setting) -> Applied:
    """What may be shown is published over the number that somebody set too low, once, and read back. It is never more than can
    be sold, so nobody else decides; whatever holds raises back holds it back, too.

    Raises ReasonRequired, BadInput (nothing is hidden by hand), AlreadyHandled (it is asked for), NotPermitted (shadow, guard,
    frozen, another tool writes there).
    """
    reason, case = act.reason.strip(), view.case
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    if not set_by_hand(case) or case.fingerprint.listing is None:
        raise BadInput("Nobody set a number here by hand; there is nothing to publish over.")
    line = line_of(view, case.fingerprint.listing)
    check_writable(line, setting)
    if _fought(view):
        raise NotPermitted(
            f"Another tool writes stock to {line.system_name} and would undo it again. Take stock out of that tool first."
        )
    if view.frozen is not None:
        raise NotPermitted(
            f"{view.frozen.by_name} froze {line.system_name}: nothing is raised there until it is thawed."
        )
    standing = case.standing(ActionKind.PUBLISH)
    if standing is not None and standing.state is ActionState.WANTED:
        raise AlreadyHandled(
            f"{standing.by_name} asked to publish at {clock_time(standing.at)}. Nothing of yours was sent."
        )
    if hidden_line(view) is None:
        raise BadInput(
            f"{line.system_name} shows {line.shows_text or line.shows}: nothing is hidden there by hand now."
        )
    action = Action(
        id=0,
        kind=ActionKind.PUBLISH,
        state=ActionState.WANTED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="publish",
        note=reason,
        target=quantity_target_key(line, setting),
        listing=line.listing,
        figures=(("from", str(line.shows)), ("to", str(line.may_show)), ("units", str(line.may_show))),
    )
    owned, taken = owning(case, actor, setting.now)
    said = Entry(
        "published_over",
        setting.now,
        actor.user,
        one_stop(
            f"{actor.name} publishes over the number on {line.system_name}: it shows {line.shows}, will show"
            f" {line.may_show}: {reason}"
        ),
        (("by", actor.name), ("listing", line.listing), *action.figures, ("note", reason)),
    )
    answer = f"{line.system_name} will show {line.may_show}. The card says when it does."
    return Applied(bumped(owned, action), (*taken, said), answer, (look_at(view, line, setting),))
