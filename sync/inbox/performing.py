"""What each act does, and what its modal shows before: the one place that knows them all. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from sync.actions import (
    asking,
    caps,
    cause,
    correction,
    count,
    counting_anyway,
    doors,
    feeds,
    freeing,
    handing,
    holds,
    judging,
    overriding,
    ownership,
    publishing,
    reasons,
    reopening,
    reporting,
    resending,
    speaking,
    undoing,
)
from sync.actions.applied import Applied, Setting
from sync.inbox.acts import (
    Act,
    Actor,
    AddNote,
    AskFeed,
    AskHelp,
    AskReason,
    CancelCount,
    Cap,
    Close,
    CountAnyway,
    CountByPolicy,
    DecideCorrection,
    DoneByHand,
    EndOverride,
    EnterCount,
    GiveBack,
    GiveReason,
    HandOver,
    HoldOrders,
    Judge,
    NameCause,
    Override,
    Pause,
    ProposeCorrection,
    PublishOver,
    ReleaseOrders,
    ReleaseUnits,
    Remind,
    Reopen,
    Report,
    RequestCount,
    Resume,
    SendData,
    Snooze,
    StillOnIt,
    Take,
    TreatAsNothing,
    TryAgain,
    Uncap,
    Undo,
    Vouch,
    Wake,
    Withdraw,
)
from sync.inbox.view import CaseView

FIELDS = {
    "pause": {"reason": "note", "input": "listings"},
    "resume": {"reason": "note", "input": "note"},
    "cap": {"reason": "reason", "input": "units"},
    "override": {"reason": "reason", "input": "units"},
    "endoverride": {"reason": "note", "input": "note"},
    "nothing": {"reason": "reason", "input": "reason"},
    "vouch": {"reason": "reason", "input": "until"},
    "countfile": {"reason": "reason", "input": "reason"},
    "bypolicy": {"reason": "note", "input": "note"},
    "report": {"reason": "words", "input": "where"},
    "uncap": {"reason": "note", "input": "note"},
    "hold": {"reason": "reason", "input": "orders"},
    "release": {"reason": "note", "input": "orders"},
    "free": {"reason": "reason", "input": "orders"},
    "askfeed": {"reason": "text", "input": "whom"},
    "askreason": {"reason": "text", "input": "whom"},
    "givereason": {"reason": "reason", "input": "owner"},
    "publish": {"reason": "reason", "input": "reason"},
    "senddata": {"reason": "note", "input": "note"},
    "reopen": {"reason": "reason", "input": "reason"},
    "count": {"reason": "note", "input": "where"},
    "entercount": {"reason": "repeated", "input": "units"},
    "correct": {"reason": "reason", "input": "units"},
    "decide": {"reason": "reason", "input": "decision"},
    "note": {"reason": "text", "input": "text"},
    "close": {"reason": "reason", "input": "outcome"},
    "cause": {"reason": "note", "input": "cause"},
    "handover": {"reason": "reason", "input": "to"},
    "snooze": {"reason": "reason", "input": "until"},
}
"""Which field of a modal an error of each kind belongs to."""


SHOWN_AGAIN = frozenset(
    {
        "pause",
        "resume",
        "cap",
        "uncap",
        "override",
        "endoverride",
        "correct",
        "decide",
        "close",
        "free",
        "publish",
        "senddata",
        "countfile",
    }
)
"""Acts on numbers: when a form of theirs would say something new, it is shown again before anything is done."""


def perform(view: CaseView, act: Act, actor: Actor, setting: Setting) -> Applied:
    """What an act does, decided purely. Raises the errors of the act."""
    match act:
        case Take():
            return ownership.take(view, act, actor, setting)
        case GiveBack():
            return ownership.give_back(view, act, actor, setting)
        case TryAgain():
            return ownership.try_again(view, act, actor, setting)
        case AddNote():
            return ownership.add_note(view, act, actor, setting)
        case HandOver():
            return handing.hand_over(view, act, actor, setting)
        case Snooze():
            return handing.snooze(view, act, actor, setting)
        case Wake():
            return handing.wake(view, act, actor, setting)
        case Close():
            return ownership.close(view, act, actor, setting)
        case StillOnIt():
            return ownership.still_on_it(view, act, actor, setting)
        case Reopen():
            return reopening.reopen(view, act, actor, setting)
        case ReleaseUnits():
            return freeing.release_units(view, act, actor, setting)
        case AskFeed():
            return feeds.ask_for_feed(view, act, actor, setting)
        case AskReason():
            return reasons.ask_reason(view, act, actor, setting)
        case GiveReason():
            return reasons.give_reason(view, act, actor, setting)
        case PublishOver():
            return publishing.publish_over(view, act, actor, setting)
        case SendData():
            return resending.send_data(view, act, actor, setting)
        case Undo():
            return undoing.undo(view, act, actor, setting)
        case Withdraw():
            return asking.withdraw(view, act, actor, setting)
        case CancelCount():
            return asking.cancel_count(view, act, actor, setting)
        case Remind():
            return asking.remind(view, act, actor, setting)
        case AskHelp():
            return asking.ask_help(view, act, actor, setting)
        case NameCause():
            return cause.name_cause(view, act, actor, setting)
        case Pause():
            return doors.pause(view, act, actor, setting)
        case Resume():
            return doors.resume(view, act, actor, setting)
        case Cap():
            return caps.cap(view, act, actor, setting)
        case Uncap():
            return caps.uncap(view, act, actor, setting)
        case HoldOrders():
            return holds.hold(view, act, actor, setting)
        case ReleaseOrders():
            return holds.release(view, act, actor, setting)
        case DoneByHand():
            return holds.done_by_hand(view, act, actor, setting)
        case Override():
            return overriding.override(view, act, actor, setting)
        case Judge():
            return judging.judge(view, act, actor, setting)
        case Report():
            return reporting.report(view, act, actor, setting)
        case EndOverride():
            return overriding.end_override(view, act, actor, setting)
        case TreatAsNothing():
            return speaking.treat_as_nothing(view, act, actor, setting)
        case Vouch():
            return speaking.vouch(view, act, actor, setting)
        case CountByPolicy():
            return speaking.count_by_policy(view, act, actor, setting)
        case CountAnyway():
            return counting_anyway.count_anyway(view, act, actor, setting)
        case RequestCount():
            return count.request_count(view, act, actor, setting)
        case EnterCount():
            return count.enter_count(view, act, actor, setting)
        case ProposeCorrection():
            return correction.propose(view, act, actor, setting)
        case DecideCorrection():
            return correction.decide(view, act, actor, setting)


def preview_of(kind: str, view: CaseView) -> tuple[str, ...]:
    """What a modal of this kind shows of the effect, before anything is done."""
    previews: dict[str, Callable[[CaseView], tuple[str, ...]]] = {
        "pause": doors.preview_pause,
        "resume": doors.preview_resume,
        "cap": caps.preview_cap,
        "uncap": caps.preview_uncap,
        "hold": holds.preview_hold,
        "release": holds.preview_release,
        "reopen": reopening.preview_reopen,
        "free": freeing.preview_free,
        "askfeed": feeds.preview_ask,
        "askreason": reasons.preview_ask,
        "givereason": reasons.preview_give,
        "publish": publishing.preview_publish,
        "senddata": resending.preview_send,
        "override": overriding.preview_override,
        "endoverride": overriding.preview_end,
        "report": reporting.preview_report,
        "countfile": counting_anyway.preview_held,
        "count": count.preview_request,
        "correct": correction.preview_correction,
        "decide": correction.preview_correction,
        "close": ownership.preview_close,
        "handover": handing.preview_hand_over,
        "snooze": handing.preview_snooze,
    }
    return previews[kind](view) if kind in previews else ()


def shown_hash(preview: Sequence[str]) -> str:
    """SHA-256 of what a modal showed."""
    return hashlib.sha256("\n".join(preview).encode()).hexdigest()


def field_of(act: Act, kind: str) -> str:
    """The field of its modal that an error of this kind (``reason`` or ``input``) belongs to."""
    return FIELDS.get(act.verb, {}).get(kind, "note")
