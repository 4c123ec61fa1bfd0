"""What a person says of a silent source: its stock counts as nothing, or its last numbers are vouched for until a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sync.actions.applied import SUMMED, Applied, Setting, Spoken, bumped, changed, clock_time, decided_on, owning
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.exceptions.spoken import is_silence
from sync.exceptions.standing import ends_at
from sync.inbox.acts import Actor, CountByPolicy, TreatAsNothing, Vouch
from sync.inbox.effect import Weight
from sync.inbox.view import CaseView
from sync.model.exceptions import WORDS, Action, ActionKind, ActionState, Case
from sync.model.ids import SystemId, UserId
from sync.model.proof import Entry
from sync.model.source_word import SourceWord, WordKind
from sync.sentences import one_stop

SHORTEST = timedelta(minutes=5)
"""What is vouched for until sooner would be over before anybody has read of it."""


def treat_as_nothing(view: CaseView, act: TreatAsNothing, actor: Actor, setting: Setting) -> Applied:
    """From now on nothing of the source's stock is promised, everywhere, whatever policy says of stale numbers. Lowers only.

    Raises ReasonRequired, NotPermitted (it is not about a silent source), AlreadyHandled (it counts as 0 already, or is heard
    again).
    """
    reason = _reason(act.reason)
    system, silent = _silence(view, setting)
    standing = in_force(view.case)
    if standing is not None and standing.kind is ActionKind.NOTHING:
        raise AlreadyHandled(f"It counts as 0 since {clock_time(standing.at)}: {standing.by_name} said so.")
    case, taken = owning(_without(view.case, setting.now), actor, setting.now)
    action = _action(ActionKind.NOTHING, ActionState.DONE, actor, reason, setting, silent)
    sentence = one_stop(f"{actor.name} says the stock of {view.system_name} counts as 0 from now on: {reason}")
    said = Entry("counts_as_nothing", setting.now, actor.user, sentence, _figures(actor, action, reason))
    word = _word(system, action, view.case, WordKind.NOTHING, silent, None)
    answer = "Counts as 0 from now on. It is lowered everywhere, and read back."
    return Applied(bumped(case, action), (*taken, said), answer, spoken=Spoken(system, word, raises=False))


def vouch(view: CaseView, act: Vouch, actor: Actor, setting: Setting) -> Applied:
    """The source's last numbers count in full until a time, at most policy's ``vouch_lasts``. It keeps promising what policy
    would lower, so above the limit a second person decides; so it is where the worth of some of it is not known.

    Raises ReasonRequired, BadInput (its end), NotPermitted (it is not about a silent source), AlreadyHandled (it is asked for
    already, or the source is heard again).
    """
    reason = _reason(act.reason)
    system, silent = _silence(view, setting)
    longest = setting.policy.corrections.vouch_lasts
    if not setting.now + SHORTEST <= act.until <= setting.now + longest:
        raise BadInput(f"It ends in 5 min at the soonest and {longest.total_seconds() / 3600:g} h at the latest.")
    asked = view.case.standing(ActionKind.VOUCH)
    if asked is not None and asked.state is ActionState.ASKED:
        raise AlreadyHandled(f"{asked.by_name} asked for it at {clock_time(asked.at)}. It is not decided yet.")
    alone = _alone(view.case, setting.weight, actor, setting)
    case, taken = owning(view.case, actor, setting.now)
    case = _without(case, setting.now) if alone else case
    state = ActionState.DONE if alone else ActionState.ASKED
    action = _action(ActionKind.VOUCH, state, actor, reason, setting, silent, act.until)
    action = replace(action, contributors=_vouchers(view.case, actor.user))
    until = f"{act.until:%d %b} {clock_time(act.until)}"
    if not alone:
        sentence = one_stop(
            f"{actor.name} asks to count the last numbers of {view.system_name} until {until}: {reason}"
        )
        said = Entry("vouch_asked", setting.now, actor.user, sentence, _figures(actor, action, reason))
        return Applied(bumped(case, action), (*taken, said), "Sent for approval: a second person decides.")
    sentence = one_stop(f"{actor.name} vouches for the last numbers of {view.system_name} until {until}: {reason}")
    said = Entry("vouched", setting.now, actor.user, sentence, _figures(actor, action, reason))
    word = _word(system, action, view.case, WordKind.VOUCHED, silent, act.until)
    answer = f"Its last numbers count in full until {clock_time(act.until)}."
    return Applied(bumped(case, action), (*taken, said), answer, spoken=Spoken(system, word, raises=True))


def approve_vouch(view: CaseView, action: Action, actor: Actor, reason: str, setting: Setting) -> Applied:
    """A second person agreed: the numbers that were asked for count in full until the time that was asked for.

    Raises AlreadyHandled (its time is over, the source is heard again, or sent other numbers since).
    """
    system, silent = _silence(view, setting)
    if silent.isoformat() != action.figure("content_at"):
        raise AlreadyHandled(
            f"{view.system_name} has sent other numbers since this was asked, as of {clock_time(silent)}. Reject it; it can be"
            " asked for those."
        )
    until = ends_at(action)
    if until <= setting.now:
        raise AlreadyHandled(f"It was asked for until {clock_time(until)}, and that is over. Nothing was changed.")
    case = decided_on(_without(view.case, setting.now, but=action), action, ActionState.DONE, actor, setting)
    sentence = one_stop(f"{actor.name} approved: {reason or 'no further word'}")
    entry = Entry(
        "vouched", setting.now, actor.user, sentence, (("by", actor.name), ("reason", reason), *action.figures)
    )
    word = replace(_word(system, action, view.case, WordKind.VOUCHED, silent, until), since=setting.now)
    answer = f"Approved. Its last numbers count in full until {clock_time(until)}."
    return Applied(case, (entry,), answer, spoken=Spoken(system, word, raises=True))


def count_by_policy(view: CaseView, act: CountByPolicy, actor: Actor, setting: Setting) -> Applied:
    """The undo: what was said of the source is taken back, and policy says again what its stale numbers count as.

    Raises ReasonRequired, AlreadyHandled (nothing stands).
    """
    note = _reason(act.note)
    standing = in_force(view.case)
    if standing is None:
        raise AlreadyHandled("Nothing that was said of this source stands any more. Nothing was changed.")
    return taken_back(view, standing, note, actor, setting)


def taken_back(view: CaseView, standing: Action, note: str, actor: Actor, setting: Setting) -> Applied:
    """The same of one word, with or without a note. What counted as nothing may rise again: a person's word explains it."""
    result = note or "Taken back."
    case, taken = owning(view.case, actor, setting.now)
    case = changed(
        case,
        standing,
        state=ActionState.UNDONE,
        decided_by=standing.decided_by or actor.user,
        decided_name=standing.decided_name or actor.name,
        settled_at=setting.now,
        result=result,
    )
    sentence = one_stop(f"{actor.name} took it back: {view.system_name} counts by policy again. {note}".strip())
    entry = Entry("word_taken_back", setting.now, actor.user, sentence, (("by", actor.name), ("note", note)))
    spoken = Spoken(view.case.fingerprint.systems[0], None, raises=standing.kind is ActionKind.NOTHING)
    return Applied(case, (*taken, entry), "Taken back: policy says again what it counts as.", spoken=spoken)


def in_force(case: Case) -> Action | None:
    """What a person says of the case's source and that counts now."""
    found = [act for act in case.actions if act.kind in WORDS and act.state is ActionState.DONE]
    return max(found, key=lambda act: act.decided_at or act.at, default=None)


def _reason(typed: str) -> str:
    reason = typed.strip()
    if not reason:
        raise ReasonRequired("Say why; everybody who looks at this source reads it.")
    return reason


def _silence(view: CaseView, setting: Setting) -> tuple[SystemId, datetime]:
    if not is_silence(view.case):
        raise NotPermitted("This can be said of a silent source only.")
    if setting.silent_since is None:
        raise AlreadyHandled(f"{view.system_name} is not silent any more. Nothing was changed.")
    return view.case.fingerprint.systems[0], setting.silent_since


def _alone(case: Case, weight: Weight | None, actor: Actor, setting: Setting) -> bool:
    """Whether nobody else need agree: all that this person vouched for beside this case lately is within the limit."""
    if weight is None or not weight.sure:
        return False
    lately = [
        Decimal(act.figure("value") or 0)
        for act in case.actions
        if act.kind is ActionKind.VOUCH
        and actor.user in (act.by, *act.contributors)
        and act.state in (ActionState.DONE, ActionState.UNDONE)
        and setting.now - act.at < SUMMED
    ]
    return weight.value + sum(lately) <= setting.policy.corrections.four_eyes_above


def _vouchers(case: Case, user: UserId) -> tuple[UserId, ...]:
    """Everybody who asked for or vouched for the numbers of this silence: none of them approves."""
    before = [act.by for act in case.actions if act.kind is ActionKind.VOUCH and act.at >= case.opened_at]
    return tuple(dict.fromkeys((user, *before)))


def _action(
    kind: ActionKind,
    state: ActionState,
    actor: Actor,
    reason: str,
    setting: Setting,
    silent: datetime,
    until: datetime | None = None,
) -> Action:
    weight, queue = setting.weight, setting.policy.corrections.queue or setting.policy.default_queue
    weighed = () if weight is None else (("units", str(weight.units)), ("listings", str(weight.listings)))
    return Action(
        id=0,
        kind=kind,
        state=state,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason=kind.value,
        note=reason,
        figures=(
            ("content_at", silent.isoformat()),
            *weighed,
            *((("until", until.isoformat()),) if until is not None else ()),
            *((("value", f"{weight.value:.2f}"),) if weight is not None else ()),
            *((("queue", queue),) if state is ActionState.ASKED else ()),
        ),
        contributors=(actor.user,),
    )


def _figures(actor: Actor, action: Action, reason: str) -> tuple[tuple[str, str], ...]:
    return (("by", actor.name), *action.figures, ("note", reason))


def _word(
    system: SystemId, action: Action, case: Case, kind: WordKind, silent: datetime, until: datetime | None
) -> SourceWord:
    return SourceWord(system, kind, action.by, action.by_name, action.note, action.at, silent, case.id, until)


def _without(case: Case, now: datetime, but: Action | None = None) -> Case:
    """A newer word takes the place of those that stand or are asked for."""
    acts = tuple(
        replace(one, state=ActionState.UNDONE, settled_at=now, result="A newer word took its place.")
        if one.kind in WORDS and one.state.stands and one is not but
        else one
        for one in case.actions
    )
    return replace(case, actions=acts)
