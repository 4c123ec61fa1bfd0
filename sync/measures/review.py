"""The weekly questions, answered from two weeks' records: what improved, what grew, who carries too much, which rules to tighten,
which checks to drop, and what kept coming back. Pure; every answer carries the numbers it rests on."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from sync.measures.figures import CLEARED, FALSE_ALARM, Figures
from sync.measures.records import CheckTally, Episode, Recorded, UpdateOutcome
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, LocationId, QueueId, SystemId, UserId
from sync.policy.schema import Policy

NOTABLE = 2
"""A change of fewer exceptions than this is no change."""
NOTABLE_SHARE = Decimal("0.2")
"""Nor is one of a smaller share of what was before."""
CHECKS_ENOUGH = 20
"""Fewer checks than this prove nothing."""
ENOUGH = 5
"""Fewer exceptions than this make no rule."""
TAKEN_ENOUGH = 10
HALF = Decimal("0.5")
FEW_IN_TIME = Decimal("0.8")
MOST_CAUSES = 5


@dataclass(frozen=True, slots=True)
class Improved:
    """A sync path with fewer exceptions, or with more of its updates taken (shares of one, None: none were sent)."""

    system: SystemId
    opened: int
    before: int
    success: Decimal | None
    success_before: Decimal | None


@dataclass(frozen=True, slots=True)
class Grew:
    """A class that opened more often than the week before."""

    cls: ExceptionClass
    opened: int
    before: int


@dataclass(frozen=True, slots=True)
class Overloaded:
    """A person who took at least half of everything, or has several late ones."""

    owner: UserId
    taken: int
    of: int
    standing: int
    late: int


class Advice(StrEnum):
    """What to do about a rule."""

    WAIT = "wait"
    RAISE_LIMIT = "raise_limit"
    MEND_REFUSED = "mend_refused"
    NAME_STAND_IN = "name_stand_in"
    SHORTER_SNOOZE = "shorter_snooze"


@dataclass(frozen=True, slots=True)
class Tighten:
    """One rule to change. ``count`` of ``of`` are the exceptions (or updates, or limits) that speak for it.

    WAIT: of a class on a system, ``count`` of ``of`` cleared before anybody took them; waiting ``wait`` instead of ``now`` would
    not have opened ``dropped`` of them, and would have told of ``delayed`` others later. MEND_REFUSED: ``detail`` is the kind of
    refusal. NAME_STAND_IN: of a queue, ``count`` of ``of`` were taken in time. SHORTER_SNOOZE: snoozed ones that came to be late.
    """

    advice: Advice
    count: int
    of: int
    cls: ExceptionClass | None = None
    system: SystemId | None = None
    queue: QueueId | None = None
    detail: str = ""
    now: timedelta | None = None
    wait: timedelta | None = None
    dropped: int = 0
    delayed: int = 0


@dataclass(frozen=True, slots=True)
class DropCheck:
    """Counts by hand of one class at one place that never changed anything."""

    location: LocationId | None
    cls: ExceptionClass
    done: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Exceptions of one class on one system: how many, of how many of the class, how many of them had been there before, and how
    many cleared by themselves."""

    cls: ExceptionClass
    system: SystemId | None
    count: int
    of_class: int
    again: int
    cleared: int


@dataclass(frozen=True, slots=True)
class Review:
    """The answers of a week."""

    improved: Sequence[Improved]
    grew: Sequence[Grew]
    overloaded: Sequence[Overloaded]
    tighten: Sequence[Tighten]
    drop: Sequence[DropCheck]
    causes: Sequence[Cause]
    longest: Mapping[QueueId, tuple[ExceptionId, timedelta]]


def review(this: Recorded, before: Recorded | None, now: Figures, past: Figures | None, policy: Policy) -> Review:
    """The answers for ``this`` week, compared with the week ``before`` where there is one."""
    opened = [one for one in this.episodes if this.start <= one.opened_at < this.end]
    return Review(
        improved=_improved(this, before) if before is not None else (),
        grew=_grew(now, past) if past is not None else (),
        overloaded=_overloaded(now),
        tighten=[
            *_waits(opened, policy),
            *_false_alarms(this),
            *_refused(this),
            *_slow_queues(this),
            *_snoozed(this),
        ],
        drop=_idle_checks(this.checks),
        causes=_causes(opened),
        longest=_longest(this),
    )


def _first(one: Episode) -> SystemId | None:
    return one.systems[0] if one.systems else None


def _share(count: int, of: int) -> Decimal:
    return Decimal(count) / of if of else Decimal(0)


def _improved(this: Recorded, before: Recorded) -> list[Improved]:
    now, past = _opened_by_system(this), _opened_by_system(before)
    success, success_before = _success(this), _success(before)
    found = []
    for system in sorted({*now, *past, *success, *success_before}):
        fell = past[system] - now[system]
        taken, taken_before = success.get(system), success_before.get(system)
        more = taken is not None and taken_before is not None and taken - taken_before >= Decimal("0.01")
        fewer = fell >= NOTABLE and _share(fell, past[system]) >= NOTABLE_SHARE
        if fewer or more:
            found.append(Improved(system, now[system], past[system], taken, taken_before))
    return sorted(found, key=lambda one: (one.opened - one.before, one.system))


def _opened_by_system(recorded: Recorded) -> Counter[SystemId]:
    return Counter(
        system
        for one in recorded.episodes
        if recorded.start <= one.opened_at < recorded.end
        for system in one.systems[:1]
    )


def _success(recorded: Recorded) -> dict[SystemId, Decimal]:
    done: Counter[SystemId] = Counter()
    ended: Counter[SystemId] = Counter()
    for one in recorded.updates:
        if one.outcome is not UpdateOutcome.AGAIN:
            ended[one.system] += one.count
            done[one.system] += one.count * (one.outcome is UpdateOutcome.DONE)
    return {system: _share(done[system], count) for system, count in ended.items()}


def _grew(now: Figures, past: Figures) -> list[Grew]:
    found = [Grew(cls, count, past.count(cls)) for cls, count in now.by_class.items()]
    grown = [
        one for one in found if one.opened - one.before >= NOTABLE and one.opened >= one.before * (1 + NOTABLE_SHARE)
    ]
    return sorted(grown, key=lambda one: (one.before - one.opened, one.cls))


def _overloaded(now: Figures) -> list[Overloaded]:
    taken = sum(load.taken for load in now.load.values())
    found = []
    for owner, load in now.load.items():
        most = taken >= TAKEN_ENOUGH and len(now.load) > 1 and _share(load.taken, taken) >= HALF
        if most or load.late >= NOTABLE:
            found.append(Overloaded(owner, load.taken, taken, load.standing, load.late))
    return sorted(found, key=lambda one: (-one.late, -one.taken, one.owner))


def _waits(opened: Sequence[Episode], policy: Policy) -> list[Tighten]:
    """Where most clear before anybody takes them, waiting longer would spare the others' attention."""
    groups: dict[tuple[ExceptionClass, SystemId], list[Episode]] = defaultdict(list)
    for one in opened:
        system = _first(one)
        if system is not None and system in policy.systems and one.cls is not ExceptionClass.OVERSELL:
            groups[one.cls, system].append(one)
    found = []
    for (cls, system), lives in sorted(groups.items()):
        alone = [one for one in lives if one.outcome == CLEARED and one.owned_at is None and one.ended_at is not None]
        if len(alone) < ENOUGH or _share(len(alone), len(lives)) < HALF:
            continue
        lasted = sorted(one.ended_at - one.opened_at for one in alone if one.ended_at is not None)
        longer = _whole_minutes(lasted[math.ceil(len(lasted) * 0.8) - 1])
        dropped = sum(span <= longer for span in lasted)
        now = policy.systems[system].settles_in
        rest = len(lives) - len(alone)
        found.append(
            Tighten(Advice.WAIT, len(alone), len(lives), cls, system, None, "", now, now + longer, dropped, rest)
        )
    return sorted(found, key=lambda one: -one.dropped)


def _whole_minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=max(1, math.ceil(span.total_seconds() / 60)))


def _false_alarms(this: Recorded) -> list[Tighten]:
    ended: Counter[tuple[ExceptionClass, SystemId | None]] = Counter()
    false: Counter[tuple[ExceptionClass, SystemId | None]] = Counter()
    for one in this.episodes:
        if one.ended_at is not None and this.start <= one.ended_at < this.end:
            ended[one.cls, _first(one)] += 1
            false[one.cls, _first(one)] += one.outcome == FALSE_ALARM
    return [
        Tighten(Advice.RAISE_LIMIT, count, ended[key], key[0], key[1])
        for key, count in sorted(false.items(), key=lambda one: (-one[1], str(one[0])))
        if count >= NOTABLE and _share(count, ended[key]) >= NOTABLE_SHARE
    ]


def _refused(this: Recorded) -> list[Tighten]:
    refused: Counter[tuple[SystemId, str]] = Counter()
    sent: Counter[SystemId] = Counter()
    for one in this.updates:
        if one.outcome is not UpdateOutcome.AGAIN:
            sent[one.system] += one.count
        if one.outcome in (UpdateOutcome.FAILED, UpdateOutcome.REFUSED):
            refused[one.system, one.fault] += one.count
    return [
        Tighten(Advice.MEND_REFUSED, count, sent[system], None, system, None, fault)
        for (system, fault), count in sorted(refused.items(), key=lambda one: (-one[1], one[0]))
        if count >= ENOUGH
    ]


def _slow_queues(this: Recorded) -> list[Tighten]:
    """Queues in which many are taken too late."""
    in_time: Counter[QueueId] = Counter()
    judged: Counter[QueueId] = Counter()
    for one in this.episodes:
        if one.assign_by is None:
            continue
        met = min((at for at in (one.owned_at, one.ended_at) if at is not None), default=None)
        kept = met is not None and met <= one.assign_by
        if this.start <= (met if kept and met is not None else one.assign_by) < min(this.end, this.now):
            judged[one.queue] += 1
            in_time[one.queue] += kept
    return [
        Tighten(Advice.NAME_STAND_IN, in_time[queue], count, queue=queue)
        for queue, count in sorted(judged.items(), key=lambda one: (_share(in_time[one[0]], one[1]), one[0]))
        if count >= ENOUGH and _share(in_time[queue], count) < FEW_IN_TIME
    ]


def _snoozed(this: Recorded) -> list[Tighten]:
    slept = [
        one
        for one in this.episodes
        if one.snoozes and one.resolve_by is not None and this.start <= one.resolve_by < min(this.end, this.now)
    ]
    late = sum(one.ended_at is None or one.ended_at > one.resolve_by for one in slept if one.resolve_by is not None)
    if late < NOTABLE + 1 or _share(late, len(slept)) < HALF:
        return []
    return [Tighten(Advice.SHORTER_SNOOZE, late, len(slept))]


def _idle_checks(checks: Iterable[CheckTally]) -> list[DropCheck]:
    idle = [
        DropCheck(one.location, one.cls, one.done) for one in checks if one.done >= CHECKS_ENOUGH and not one.differed
    ]
    return sorted(idle, key=lambda one: (-one.done, one.cls, one.location or ""))


def _causes(opened: Sequence[Episode]) -> list[Cause]:
    classes = Counter(one.cls for one in opened)
    counted = Counter((one.cls, _first(one)) for one in opened)
    again = Counter((one.cls, _first(one)) for one in opened if one.recurrences > 1)
    cleared = Counter((one.cls, _first(one)) for one in opened if one.outcome == CLEARED)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0][0], one[0][1] or ""))
    return [
        Cause(cls, system, count, classes[cls], again[cls, system], cleared[cls, system])
        for (cls, system), count in ordered
        if count >= NOTABLE
    ][:MOST_CAUSES]


def _longest(this: Recorded) -> dict[QueueId, tuple[ExceptionId, timedelta]]:
    """Per queue the one that stands longest at the end of the week."""
    found: dict[QueueId, tuple[ExceptionId, timedelta]] = {}
    for one in sorted(this.episodes, key=lambda life: (life.opened_at, life.exception)):
        if one.stands_at(this.end) and one.queue not in found:
            found[one.queue] = (one.exception, this.end - one.opened_at)
    return found
