"""Count it anyway: a file that was held whole, since it is not plausible, counts all the same: a person knows that it is true.

The act only says so. Its kept bytes are read again by whichever process comes first, and recorded as any file is.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sync.actions.applied import SUMMED, Applied, Released, Setting, bumped, changed, clock_time, decided_on, owning
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired
from sync.exceptions.lifecycle import SELF
from sync.inbox.acts import Actor, CountAnyway
from sync.inbox.view import CaseView
from sync.landing.held_file import HeldFile
from sync.landing.snapshot import Figures
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.proof import Entry
from sync.sentences import one_stop

GONE = (
    "No file that is held here can be counted: a later one was taken or held meanwhile, or newer numbers count by now."
)
ERASED = "Its bytes are kept no longer, so it cannot be read again. Ask the sender for the file once more."


def is_unusable(case: Case) -> bool:
    """Whether a case is about what a system sent and we cannot use."""
    return case.fingerprint.cls is ExceptionClass.CATALOG_FAULT and case.fingerprint.detail == "unusable"


def offered(view: CaseView) -> bool:
    """Whether a file waits here for a person who lets it count, and nobody has yet."""
    return view.held is not None and view.held.readable and view.case.standing(ActionKind.FILE) is None


def preview_held(view: CaseView) -> tuple[str, ...]:
    """Which file, why it is held, and what counting it would change."""
    held = view.held
    if held is None:
        return (GONE,)
    if not held.readable:
        return (ERASED,)
    change = held.change
    return (
        f"{held.name}, received {_at(held.received_at)}, as of {_at(held.content_at)}. {held.why}",
        f"{_of(held.figures)}; last good: {_of(held.last) if held.last is not None else 'none yet'}.",
        f"To 0: {change.to_zero}, lowered: {change.lowered}, raised: {change.raised} SKUs; {change.less} units less and "
        f"{change.more} more, {change.value:.2f} {view.currency} at cost. Reckoned: {change.reckoned} of {change.rows} rows.",
    )


def count_anyway(view: CaseView, act: CountAnyway, actor: Actor, setting: Setting) -> Applied:
    """The newest held file of the case's system is to count. Above the limit for imports a second person decides; so it is where
    its worth is not known to the last unit.

    Raises ReasonRequired, NotPermitted (the case is about no such file), AlreadyHandled (it is let count already, a later file
    came, its bytes are gone).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say how you know that it is true; it goes into the proof.")
    if not is_unusable(view.case):
        raise NotPermitted("This can be said of a file that is held only.")
    held = _held(view)
    waiting = view.case.standing(ActionKind.FILE)
    if waiting is not None and waiting.state is ActionState.ASKED:
        raise AlreadyHandled(f"{waiting.by_name} asked for it at {clock_time(waiting.at)}. It is not decided yet.")
    if waiting is not None and waiting.state is ActionState.WANTED:
        raise AlreadyHandled(f"{waiting.by_name} let it count at {clock_time(waiting.at)}. It is being read again.")
    alone = _alone(view.case, held, actor, setting)
    case, taken = owning(view.case, actor, setting.now)
    action = _action(held, actor, reason, setting, alone=alone)
    figures = (("by", actor.name), *action.figures, ("note", reason))
    what = f"{held.name} of {view.system_name}"
    if not alone:
        sentence = one_stop(f"{actor.name} asks to count {what} anyway: {reason}")
        said = Entry("file_asked", setting.now, actor.user, sentence, figures)
        return Applied(bumped(case, action), (*taken, said), "Sent for approval: a second person decides.")
    said = Entry(
        "file_released", setting.now, actor.user, one_stop(f"{actor.name} lets {what} count anyway: {reason}"), figures
    )
    released = Released(held.delivery, actor.user, actor.name)
    return Applied(bumped(case, action), (*taken, said), _answer(held), released=released)


def approve_file(view: CaseView, action: Action, actor: Actor, reason: str, setting: Setting) -> Applied:
    """A second person agreed: the file that was asked for counts. Raises AlreadyHandled (a later one came, or its bytes went)."""
    held = _held(view)
    if str(held.delivery) != action.figure("delivery"):
        raise AlreadyHandled(
            f"Since this was asked {view.system_name} has sent another file, which is held, too ({held.name}). Reject it; it can"
            " be asked for that one."
        )
    case = decided_on(view.case, action, ActionState.WANTED, actor, setting)
    said = one_stop(f"{actor.name} approved: {held.name} counts anyway. {reason}".strip())
    entry = Entry("file_released", setting.now, actor.user, said, (("by", actor.name), *action.figures))
    released = Released(held.delivery, action.by, f"{action.by_name}, approved by {actor.name},")
    return Applied(case, (entry,), f"Approved. {_answer(held)}", released=released)


def lapsed(case: Case, countable: int | None, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """The case without a request for a file that may be counted no longer."""
    asked = case.standing(ActionKind.FILE)
    if asked is None or asked.state is not ActionState.ASKED or asked.figure("delivery") == str(countable):
        return case, ()
    why = "A later file came."
    entry = Entry(
        "file_lapsed",
        now,
        SELF,
        f"Nobody decided whether {asked.figure('file')} counts. {why}",
        (("by", asked.by_name),),
    )
    return changed(case, asked, state=ActionState.UNDONE, settled_at=now, result=why), (entry,)


def _held(view: CaseView) -> HeldFile:
    if view.held is None:
        raise AlreadyHandled(GONE)
    if not view.held.readable:
        raise AlreadyHandled(ERASED)
    return view.held


def _alone(case: Case, held: HeldFile, actor: Actor, setting: Setting) -> bool:
    """Whether nobody else need agree: with all that this person let count lately it is within the limit."""
    if not held.change.sure:
        return False
    lately = [
        Decimal(act.figure("value") or 0)
        for act in case.actions
        if act.kind is ActionKind.FILE
        and act.by == actor.user
        and act.state in (ActionState.WANTED, ActionState.DONE)
        and setting.now - act.at < SUMMED
    ]
    return held.change.value + sum(lately) <= setting.policy.corrections.four_eyes_above


def _action(held: HeldFile, actor: Actor, reason: str, setting: Setting, *, alone: bool) -> Action:
    change, queue = held.change, setting.policy.corrections.queue or setting.policy.default_queue
    return Action(
        id=0,
        kind=ActionKind.FILE,
        state=ActionState.WANTED if alone else ActionState.ASKED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="file",
        note=reason,
        figures=(
            ("delivery", str(held.delivery)),
            ("file", held.name),
            ("content_at", held.content_at.isoformat()),
            ("rows", str(held.figures.rows)),
            ("to_zero", str(change.to_zero)),
            ("lowered", str(change.lowered)),
            ("raised", str(change.raised)),
            ("value", f"{change.value:.2f}"),
            *((("queue", queue),) if not alone else ()),
        ),
        contributors=(actor.user,),
    )


def _answer(held: HeldFile) -> str:
    return f"{held.name} is read again and counts; the card says when it does."


def _of(figures: Figures) -> str:
    return f"{figures.rows} rows, {figures.zeros} of them say zero, {figures.total} units in all"


def _at(instant: datetime) -> str:
    return f"{instant:%d %b %H:%M} UTC"
