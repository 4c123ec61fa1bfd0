"""Who belongs to a storm: pure rules over one case and its step."""

from __future__ import annotations

from datetime import datetime

from sync.exceptions.lifecycle import SELF, Step
from sync.model.exceptions import Case
from sync.model.made import replaced
from sync.model.proof import Entry
from sync.policy.schema import Policy
from sync.storms.causes import told
from sync.storms.storm import Key, Storm


def key_of(case: Case) -> Key:
    """The cause and queue that a case waits in."""
    return case.evidence.cause, case.queue


def loose(case: Case) -> bool:
    """What a storm may gather: it is unresolved, nobody has it, nothing was done about it, and its cause is known."""
    free = case.storm is None and case.owner is None and not case.life.ended and bool(case.evidence.cause)
    return free and not _acted(case)


def _acted(case: Case) -> bool:
    return any(act.state.stands for act in case.actions)


def _acted_alone(case: Case) -> bool:
    """Something stands that was done to this one, not to many at once."""
    return any(act.state.stands and act.figure("bulk") is None for act in case.actions)


def of_its_cause(step: Step, policy: Policy, now: datetime) -> Step:
    """The step without the storm to which its case no longer belongs, because its cause is another now or it began anew."""
    case = step.case
    if step.reopened:
        return replaced(step, case=replaced(case, storm=None, gathered="", left_storm=None))
    if case.storm is None or case.life.ended or case.evidence.cause == case.gathered:
        return step
    why = f"its cause is another now ({told(policy, case.evidence.cause)})"
    return leaving(step, f"Left storm ST-{case.storm}: {why}.", now)


def of_its_people(step: Step, now: datetime) -> Step:
    """The step without the storm that a person took its case from: into another queue, or by acting on it alone."""
    case = step.case
    if case.storm is None or case.life.ended or not (step.moved or _acted_alone(case)):
        return step
    why = "it went to another queue" if step.moved else "somebody acts on it, so it has a card of its own"
    return leaving(step, f"Left storm ST-{case.storm}: {why}.", now)


def leaving(step: Step, sentence: str, now: datetime, by: str = SELF) -> Step:
    """The step of a case that leaves its storm and does not join it again."""
    case = step.case
    entry = Entry("left_storm", now, by, sentence, (("storm", f"ST-{case.storm}"), ("cause", case.gathered)))
    apart = replaced(case, storm=None, gathered="", left_storm=case.storm)
    return replaced(step, case=apart, entries=(*step.entries, entry))


def joining(step: Step, storm: Storm | None, policy: Policy, now: datetime) -> Step:
    """The step of a case that joins this storm, if it may."""
    case = step.case
    if storm is None or not loose(case) or case.left_storm == storm.id:
        return step
    sentence = f"Joined storm {storm.name}: {told(policy, storm.cause)}."
    entry = Entry("gathered", now, SELF, sentence, (("storm", storm.name), ("cause", storm.cause)))
    inside = replaced(case, storm=storm.id, gathered=storm.cause)
    return replaced(step, case=inside, entries=(*step.entries, entry))
