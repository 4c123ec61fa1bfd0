"""From findings to cases: what opens, what is refreshed, what clears. Pure; time and policy are arguments.

A finding opens an exception when it has outlived its settling time, and an exception clears when the agreement has.
While a stop of ours stands an exception does not clear: it turns ready to resume. The same fingerprint within
``reopens_within`` reopens; later it is a new exception that names the old. What a person closed with a reason, other than as
fixed, is answered: it stays closed for as long as the trouble stands and is no worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync.exceptions.standing import OVERRIDE_DETAIL
from sync.model.exceptions import (
    TAKEN_BACK,
    Action,
    ActionKind,
    ActionState,
    Case,
    Evidence,
    Finding,
    Fingerprint,
    Life,
)
from sync.model.ids import ExceptionId, SystemId, UserId
from sync.model.made import quickly, replaced
from sync.model.mentions import Mention
from sync.model.picture import Suspicion
from sync.model.proof import Entry
from sync.owners.clocks import limit_at
from sync.owners.copying import copies
from sync.policy.routing import route
from sync.policy.schema import Policy
from sync.storms.causes import lasting_cause

SELF = "countersign"
"""The actor of what the product does by itself."""


@quickly
@dataclass(frozen=True, slots=True)
class Step:
    """A case after a transition, with what it says in the thread and in the proof. ``opened`` True: its id is not known yet;
    ``moved`` True: it went to another queue, where a card of its own follows. ``agrees`` True: nothing of the case changed but
    whether and since when the finding is true no longer, of which there is no measure."""

    case: Case
    entries: tuple[Entry, ...] = ()
    opened: bool = False
    reopened: bool = False
    moved: bool = False
    mentions: tuple[Mention, ...] = ()
    agrees: bool = False


@dataclass(slots=True)
class Changes:
    """What a judgement changes: steps of cases, suspicions to keep or drop, and when to look again."""

    steps: list[Step] = field(default_factory=list)
    suspicions: list[Suspicion] = field(default_factory=list)
    dropped: list[Fingerprint] = field(default_factory=list)
    look_again: list[datetime] = field(default_factory=list)


def settle(
    findings: Sequence[Finding],
    cases: Sequence[Case],
    suspicions: Sequence[Suspicion],
    policy: Policy,
    now: datetime,
    *,
    family: str = "",
    frozen: frozenset[SystemId] = frozenset(),
) -> Changes:
    """Match findings with what is known and say what follows. ``cases`` are the unresolved ones and those lately ended;
    ``family`` is the SKU's, for routing; what is about a listing of a ``frozen`` channel clears after the thaw only."""
    changes = Changes()
    if not cases and not suspicions and not findings:
        return changes
    found = {finding.fingerprint: finding for finding in findings}
    open_cases = {case.fingerprint: case for case in cases if not case.life.ended}
    over = [case for case in cases if case.life.ended] if len(open_cases) < len(cases) else []
    ended = {case.fingerprint: case for case in sorted(over, key=lambda case: case.id)}
    suspected = {suspicion.finding.fingerprint: suspicion for suspicion in suspicions}
    for fingerprint, finding in found.items():
        if fingerprint in open_cases:
            _refresh(open_cases[fingerprint], finding, policy, now, changes)
        elif _answered(ended.get(fingerprint), finding, policy, now):
            _still_answered(ended[fingerprint], fingerprint, suspected, changes)
        else:
            _suspect(finding, suspected.get(fingerprint), ended.get(fingerprint), family, policy, now, changes)
    for fingerprint, case in open_cases.items():
        if fingerprint not in found and not _waits_for_thaw(case, frozen):
            _agree(case, policy, now, changes)
    for fingerprint, case in ended.items():
        gone = fingerprint not in found and fingerprint not in open_cases and not _waits_for_thaw(case, frozen)
        if gone and is_answer(case) and case.agrees_since is None:
            changes.steps.append(Step(replaced(case, agrees_since=now, version=case.version + 1), agrees=True))
    changes.dropped.extend(fingerprint for fingerprint in suspected if fingerprint not in found)
    return changes


def _waits_for_thaw(case: Case, frozen: frozenset[SystemId]) -> bool:
    """What a frozen channel shows is our stop's doing: it agrees with nothing."""
    return case.fingerprint.listing is not None and not frozen.isdisjoint(case.fingerprint.systems)


def is_answer(case: Case) -> bool:
    """A person closed it with a reason, and not as fixed: the trouble may stand."""
    return case.life is Life.RESOLVED and case.ended_by is not None and case.outcome != "fixed"


def _answered(ended: Case | None, finding: Finding, policy: Policy, now: datetime) -> bool:
    """A person's answer holds until the trouble is worse than when it was given, or has been away for its settling time."""
    if ended is None or not is_answer(ended) or abs(finding.delta) > abs(ended.delta):
        return False
    return ended.agrees_since is None or now - ended.agrees_since < settling_of(ended, policy)


def _still_answered(
    case: Case, fingerprint: Fingerprint, suspected: dict[Fingerprint, Suspicion], changes: Changes
) -> None:
    if fingerprint in suspected:
        changes.dropped.append(fingerprint)
    if case.agrees_since is not None:
        changes.steps.append(Step(replaced(case, agrees_since=None, version=case.version + 1), agrees=True))


def _suspect(
    finding: Finding,
    known: Suspicion | None,
    ended: Case | None,
    family: str,
    policy: Policy,
    now: datetime,
    changes: Changes,
) -> None:
    kept = replaced(finding, evidence=_lasting(finding.evidence, known.finding.evidence)) if known else finding
    since = known.since if known else now
    if now - since < finding.settles_in:
        if known is None or known.finding.delta != finding.delta:
            changes.suspicions.append(Suspicion(kept, since))
        changes.look_again.append(since + finding.settles_in)
        return
    if known is not None:
        changes.dropped.append(finding.fingerprint)
    rules = policy.rules_for(finding.fingerprint.cls)
    if ended is not None and ended.ended_at is not None and now - ended.ended_at <= rules.reopens_within:
        changes.steps.append(_reopen(ended, kept, policy, now))
    else:
        changes.steps.append(_open(kept, ended, family, policy, now))


def _open(finding: Finding, previous: Case | None, family: str, policy: Policy, now: datetime) -> Step:
    rules = policy.rules_for(finding.fingerprint.cls)
    routed = route(policy, finding.fingerprint, family)
    case = Case(
        id=ExceptionId(0),
        fingerprint=finding.fingerprint,
        life=Life.OPEN,
        version=1,
        queue=routed.queue,
        delta=finding.delta,
        evidence=finding.evidence,
        risk=finding.risk,
        since=min(finding.since, now),
        opened_at=now,
        assign_by=limit_at(policy, routed.queue, finding.fingerprint.cls, now, rules.assign_within),
        resolve_by=limit_at(policy, routed.queue, finding.fingerprint.cls, now, rules.resolve_within),
        policy_version=policy.version,
        previous=previous.id if previous else None,
        recurrences=previous.recurrences + 1 if previous else 1,
        opening_risk=finding.risk.total.amount,
    )
    entry = _opening_entry(case, now, "opened", "Opened")
    told = copies(case, policy, now)
    figures = (*entry.figures, ("routed_by", routed.by), *((("copied", ",".join(rules.copies)),) if told else ()))
    return Step(case, (replaced(entry, figures=figures),), opened=True, mentions=told)


def _reopen(case: Case, finding: Finding, policy: Policy, now: datetime) -> Step:
    rules = policy.rules_for(case.fingerprint.cls)
    last = f" Last fix: {case.ended_name}, “{case.note}”." if case.ended_name else ""
    last += f" Cause named then: {case.root_cause}." if case.root_cause else ""
    again = replaced(
        case,
        life=Life.OPEN,
        version=case.version + 1,
        delta=finding.delta,
        evidence=finding.evidence,
        risk=finding.risk,
        since=min(finding.since, now),
        opened_at=now,
        assign_by=limit_at(policy, case.queue, case.fingerprint.cls, now, rules.assign_within),
        resolve_by=limit_at(policy, case.queue, case.fingerprint.cls, now, rules.resolve_within),
        owner=None,
        owner_name="",
        owned_at=None,
        owner_since=None,
        ended_at=None,
        outcome="",
        agrees_since=None,
        ready=False,
        recurrences=case.recurrences + 1,
        reopenings=case.reopenings + 1,
        escalated=0,
        climbs=(),
        fell_back_at=None,
        lacks="",
        found="",
        root_cause="",
        snoozed_until=None,
        opening_risk=finding.risk.total.amount,
    )
    return Step(again, (_opening_entry(again, now, "reopened", f"Open again.{last} Now"),), reopened=True)


def _opening_entry(case: Case, now: datetime, kind: str, word: str) -> Entry:
    evidence = case.evidence
    event = f" ({evidence.event})" if evidence.event else ""
    figures = (
        ("fingerprint", case.fingerprint.text),
        ("delta", str(case.delta)),
        ("risk", f"{case.risk.total.amount:.2f} {case.risk.total.currency}"),
        ("shows", "" if evidence.shows is None else str(evidence.shows)),
        ("can_sell", "" if evidence.can_sell is None else str(evidence.can_sell)),
        ("event", evidence.event or ""),
        ("event_at", evidence.event_at.isoformat() if evidence.event_at else ""),
        ("queue", case.queue),
        ("policy", str(case.policy_version)),
    )
    return Entry(kind, now, SELF, f"{word}: {evidence.changed}{event}", figures)


def _lasting(new: Evidence, old: Evidence) -> Evidence:
    """Only time passed: keep the sentence and the event that started it, take the new numbers."""
    new = replaced(new, cause=lasting_cause(new.cause, old.cause))
    if new.event is not None:
        return new
    return replaced(new, changed=old.changed, event=old.event, event_at=old.event_at)


def _refresh(case: Case, finding: Finding, policy: Policy, now: datetime, changes: Changes) -> None:
    evidence = _lasting(finding.evidence, case.evidence)
    moved = finding.delta != case.delta or evidence.shows != case.evidence.shows
    moved = moved or evidence.can_sell != case.evidence.can_sell or evidence.facts != case.evidence.facts
    moved = moved or evidence.cause != case.evidence.cause
    if not moved:
        if case.agrees_since is not None or case.ready:
            again = replaced(case, agrees_since=None, ready=False, lacks="", version=case.version + 1)
            changes.steps.append(Step(again, agrees=True))
        return
    entries: tuple[Entry, ...] = ()
    if abs(finding.delta) > abs(case.delta):
        woken = " It was snoozed, and is awake again." if case.snoozed_until is not None else ""
        sentence = f"Worse: {finding.delta:+d} units (was {case.delta:+d}). {evidence.changed}{woken}"
        entries = (Entry("worse", now, SELF, sentence, (("delta", str(finding.delta)), ("was", str(case.delta)))),)
    changed = replaced(
        case,
        version=case.version + 1,
        delta=finding.delta,
        evidence=evidence,
        risk=finding.risk,
        agrees_since=None,
        ready=False,
        lacks="",
        snoozed_until=None if entries else case.snoozed_until,
    )
    changes.steps.append(Step(changed, entries))


def _agree(case: Case, policy: Policy, now: datetime, changes: Changes) -> None:
    """The finding is no longer true: wait until the agreement has lasted, then say so, clear, or turn ready to resume."""
    rules = policy.rules_for(case.fingerprint.cls)
    needed = settling_of(case, policy)
    since = case.agrees_since or now
    if now - since < needed:
        if case.agrees_since is None:
            changes.steps.append(Step(replaced(case, agrees_since=now, version=case.version + 1), agrees=True))
        changes.look_again.append(since + needed)
        return
    fix = fix_of(case)
    ended = case.fingerprint.detail == OVERRIDE_DETAIL or (fix is not None and fix.kind is ActionKind.PUBLISH)
    by_person = rules.ended_by == "person" and not ended  # a person gave those their end
    if case.stopped or by_person:
        if not case.ready:
            entry = Entry("agrees", now, SELF, "Counts and channel agree now; a person resumes it.")
            ready = replaced(case, agrees_since=since, ready=True, version=case.version + 1)
            changes.steps.append(Step(ready, (entry,)))
        return
    lacks = lacking(case, policy)
    if not lacks:
        changes.steps.append(_end(case, fix, since, now))
    elif lacks != case.lacks:
        changes.steps.append(wait_for(replaced(case, agrees_since=since), lacks, now))


def settling_of(case: Case, policy: Policy) -> timedelta:
    """How long agreement must last before this case clears."""
    spans = [policy.systems[system].settles_in for system in case.fingerprint.systems if system in policy.systems]
    return max(spans, default=timedelta(0))


def _mends(act: Action) -> bool:
    """An act of a person after which the trouble is gone: what they did, or an override that they ended."""
    if act.kind is ActionKind.OVERRIDE:
        return act.state is ActionState.UNDONE and act.decided_by is not None and act.settled_at is not None
    kinds = (
        ActionKind.CORRECTION,
        ActionKind.COUNT,
        ActionKind.RESUME,
        ActionKind.UNCAP,
        ActionKind.RELEASE,
        ActionKind.FREE,
        ActionKind.CHOOSE,
        ActionKind.PUBLISH,
        ActionKind.RESEND,
        ActionKind.FILE,
    )
    return act.kind in kinds and act.state in (ActionState.SEEN, ActionState.DONE) and act.reason != TAKEN_BACK


def fix_of(case: Case) -> Action | None:
    """What a person did in this life that mended it: the newest correction, count or resume that is done."""
    return next(
        (act for act in reversed(case.actions) if _mends(act) and act.at >= case.opened_at),
        None,
    )


def note_of(case: Case) -> str:
    """What a person said was found, in this life: on its own, or with the correction or the resume."""
    said = (act.note for act in reversed(case.actions) if act.kind in _NOTED and act.at >= case.opened_at)
    return case.found or next((note for note in said if note), "")


_NOTED = (
    ActionKind.CORRECTION,
    ActionKind.RESUME,
    ActionKind.UNCAP,
    ActionKind.RELEASE,
    ActionKind.FREE,
    ActionKind.CHOOSE,
    ActionKind.PUBLISH,
    ActionKind.RESEND,
    ActionKind.FILE,
)
"""The note of a count says why it is asked for, not what was found."""


def cause_of(case: Case) -> str:
    """Why it happened: as somebody named it, else as the newest correction says. ``unknown``: repaired, and nobody knows why.
    Empty: nothing was repaired."""
    corrections = (act for act in reversed(case.actions) if act.kind is ActionKind.CORRECTION)
    done = (act for act in corrections if act.state is ActionState.SEEN and act.at >= case.opened_at)
    return case.root_cause or next((act.reason for act in done), "")


def lacking(case: Case, policy: Policy) -> str:
    """What still keeps it from being resolved though it agrees: a ``cause`` where a repair has none, a ``note`` where the class
    asks for one. Empty: nothing. What clears with nobody having acted lacks nothing: what cleared it is its proof."""
    if fix_of(case) is None:
        return ""
    if cause_of(case) == UNKNOWN:
        return "cause"
    return "note" if policy.rules_for(case.fingerprint.cls).note_required and not note_of(case) else ""


UNKNOWN = "unknown"
"""The cause of a correction that nobody knows."""


def wait_for(case: Case, lacks: str, now: datetime) -> Step:
    """It agrees, and waits for a person's word."""
    if lacks == "cause":
        sentence = "Repaired, and nobody knows why: it stays open until its cause is named."
        entry = Entry("cause_unknown", now, SELF, sentence)
    else:
        entry = Entry("note_wanted", now, SELF, "Counts and channel agree now; it ends with a note of what was found.")
    return Step(replaced(case, ready=True, lacks=lacks, version=case.version + 1), (entry,))


def _end(case: Case, fix: Action | None, since: datetime, now: datetime) -> Step:
    if fix is None:
        entry = Entry("cleared", now, SELF, "Cleared by itself; the numbers agree again. Nobody had to act.")
        ended = replaced(
            case,
            life=Life.CLEARED,
            ended_at=now,
            outcome="cleared by itself",
            agrees_since=since,
            ready=False,
            version=case.version + 1,
        )
        return Step(ended, (entry,))
    case = replaced(case, agrees_since=since)
    who = case.owner_name or fix.by_name
    return Step(*resolved(case, case.owner or fix.by, who, note_of(case) or fix.note or fix.reason, now))


def resolved(case: Case, by: UserId, by_name: str, note: str, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """Ended as fixed in somebody's name, one version on, with what they found and why it happened."""
    cause = cause_of(case)
    said = f"Resolved as fixed: {note}" if note else "Resolved as fixed."
    figures = (("by", by_name), ("note", note), *((("cause", cause),) if cause else ()))
    ended = replaced(
        case,
        life=Life.RESOLVED,
        ended_at=now,
        ended_by=by,
        ended_name=by_name,
        outcome="fixed",
        note=note,
        root_cause=cause,
        ready=False,
        lacks="",
        version=case.version + 1,
    )
    return ended, (Entry("resolved", now, by, said, figures),)
