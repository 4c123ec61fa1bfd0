"""What follows when a limit passes: who is told, in turn, until the ops lead as the last resort. Each is told once.

The ladder is read when a rung is reached, so that duty, absence and hours of that moment count. The next rung is reached
``escalate_every`` after the one before, in the working time of the queue. A limit that passes while an exception is snoozed is
told when it wakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from sync.exceptions.lifecycle import SELF, Step
from sync.model.exceptions import DECIDED, Action, ActionState, Case, Climb
from sync.model.ids import QueueId, UserId
from sync.model.mentions import Mention, Why
from sync.model.proof import Entry
from sync.owners.clocks import limit_at
from sync.owners.duty import instead_of, is_away, ladder, may_be_told_at
from sync.owners.still import asked, next_question
from sync.policy.routing import may_approve, who_can
from sync.policy.schema import Policy

ASKED_OF_GROUPS = 3
"""People of user groups who are asked for one approval, one after the other; all of them may give it."""


def late(cases: Sequence[Case], policy: Policy, now: datetime, *, away: bool = False) -> list[Step]:
    """Limits that have passed, and sleep that is over: each is told on the card, in the thread, in the proof, and to somebody.
    ``away``: nobody can be reached now, so that no limit of people passes, only the one to fix it."""
    steps = []
    for case in cases:
        if case.life.ended or (case.snoozed_until is not None and case.snoozed_until > now):
            continue
        told = _Told(case)
        if case.snoozed_until is not None:
            told.entries.append(Entry("woken", now, SELF, "The snooze is over; it still stands."))
        if not away:
            _to_own(told, policy, now)
        if not away or case.climb("end") is None:
            _to_end(told, policy, now)
        if not away:
            _still_on_it(told, policy, now)
            for act in case.actions:
                _to_approve(told, act, policy, now)
        if told.entries or (told.case is not case and told.case != case):
            awake = replace(told.case, snoozed_until=None, version=case.version + 1)
            steps.append(Step(awake, tuple(told.entries), mentions=tuple(told.mentions)))
    return steps


def next_instants(case: Case, policy: Policy) -> Iterator[datetime]:
    """When a limit of an unresolved case passes next, or the next one is told of it."""
    if case.life.ended:
        return
    if case.snoozed_until is not None:
        yield case.snoozed_until
    limits = [("own", case.assign_by)] if case.owner is None else []
    limits.append(("end", case.resolve_by))
    limits += [(_approval(act), act.at) for act in case.actions if _asked(act)]
    for limit, at in limits:
        climb = case.climb(limit)
        instant = climb.next_at if climb is not None else at
        if instant is not None:
            yield instant
    question = next_question(case, policy)
    if question is not None:
        yield question


def answers_for(case: Case, policy: Policy, now: datetime) -> UserId:
    """Who has it: its owner; else whoever was told last; before anybody was, who would be. Never nobody."""
    if case.owner is not None:
        return case.owner
    climb = case.climb("own")
    if climb is not None and climb.told:
        return climb.told[-1]
    return policy.people[ladder(policy, case.queue, now)[0]].slack


@dataclass(slots=True)
class _Told:
    """A case on its way through what passed, and what is said of it."""

    case: Case
    entries: list[Entry] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)

    def due(self, limit: str, since: datetime | None, now: datetime) -> bool:
        """Whether the next rung of a limit is reached."""
        climb = self.case.climb(limit)
        at = climb.next_at if climb is not None else since
        return at is not None and at <= now

    def climbed(self, limit: str, who: UserId | None, next_at: datetime | None) -> None:
        """One rung higher; without anybody only the time of the next one changes."""
        known = self.case.climb(limit)
        told = known.told if known is not None else ()
        climb = Climb(limit, told if who is None else (*told, who), next_at)
        self.case = replace(self.case, climbs=(*(one for one in self.case.climbs if one.limit != limit), climb))


@dataclass(frozen=True, slots=True)
class _Rung:
    """Who is told now, from when on they may be, and whether nobody follows."""

    person: UserId
    name: str
    may_at: datetime
    last: bool


def _rung(people: Sequence[UserId], told: Sequence[UserId], case: Case, policy: Policy, now: datetime) -> _Rung:
    """The first of those not told yet who may be told now; where nobody may, the first, as soon as they may. The last of
    ``people`` is the last resort, and stays it though told before in another part."""
    rest = [*(one for one in people[:-1] if one not in told), people[-1]]
    at = [_may_be_told(case, one, policy, now) for one in rest]
    nth = next((nth for nth, may_at in enumerate(at) if may_at <= now), 0)
    person = policy.person_of(rest[nth])
    return _Rung(rest[nth], person.name if person is not None else case.owner_name, at[nth], nth == len(rest) - 1)


def _may_be_told(case: Case, user: UserId, policy: Policy, now: datetime) -> datetime:
    name = policy.name_of(user)
    if name is None or policy.rules_for(case.fingerprint.cls).critical:
        return now
    return may_be_told_at(policy, name, now)


def _next_at(case: Case, rung: _Rung, policy: Policy, now: datetime) -> datetime | None:
    if rung.last:
        return None
    every = policy.rules_for(case.fingerprint.cls).escalate_every
    return limit_at(policy, case.queue, case.fingerprint.cls, max(now, rung.may_at), every)


def _still_on_it(told: _Told, policy: Policy, now: datetime) -> None:
    following = asked(told.case, policy, now)
    if following is not None:
        told.case, entry, mention = following
        told.entries.append(entry)
        told.mentions.extend([mention] if mention is not None else [])


def _to_own(told: _Told, policy: Policy, now: datetime) -> None:
    case = told.case
    if case.owner is not None or case.assign_by is None or not told.due("own", case.assign_by, now):
        return
    climb = case.climb("own")
    people = [policy.people[name].slack for name in ladder(policy, case.queue, now)]
    rung = _rung(people, climb.told if climb is not None else (), case, policy, now)
    figures = (("told", rung.person),)
    if climb is None:
        turn = f"it is {rung.name}'s turn" if not rung.last else "nobody else is left to be told"
        told.entries.append(
            Entry("late_to_own", now, SELF, f"Nobody took it by {case.assign_by:%H:%M} UTC: {turn}.", figures)
        )
    elif not rung.last:
        told.entries.append(Entry("escalated", now, SELF, f"Still nobody has it: it is {rung.name}'s turn.", figures))
    if rung.last:
        sentence = f"{rung.name}, the ops lead, answers for it until somebody takes it."
        told.entries.append(Entry("last_resort", now, SELF, sentence, figures))
    told.climbed("own", rung.person, _next_at(case, rung, policy, now))
    told.case = replace(told.case, escalated=max(case.escalated, 1))
    told.mentions.append(_mention(case, "own", Why.LAST_RESORT if rung.last else Why.OWN, rung, policy, now))


def _to_end(told: _Told, policy: Policy, now: datetime) -> None:
    case = told.case
    if case.resolve_by is None or not told.due("end", case.resolve_by, now):
        return
    climb, ops = case.climb("end"), policy.people[policy.ops_lead].slack
    people = [ops]
    if case.owner is not None:
        leads = [policy.people[name].slack for name in ladder(policy, case.queue, now)]
        people = [*dict.fromkeys([case.owner, *_delegate(case, policy, now), *leads[:-1]]), ops]
    rung = _rung(people, climb.told if climb is not None else (), case, policy, now)
    has = f"{case.owner_name} has it" if case.owner is not None else "Nobody has it"
    first = f"Not fixed by {case.resolve_by:%H:%M} UTC. {has}" if climb is None else f"Still not fixed. {has}"
    next_ = "" if rung.person == case.owner else f"; {rung.name}{', the ops lead,' if rung.last else ''} is told"
    figures = (("told", rung.person),)
    entry = (
        Entry("late_to_end", now, SELF, "", figures) if climb is None else Entry("escalated", now, SELF, "", figures)
    )
    told.entries.append(replace(entry, sentence=f"{first}{next_}."))
    told.climbed("end", rung.person, _next_at(case, rung, policy, now))
    told.case = replace(told.case, escalated=2)
    told.mentions.append(_mention(case, "end", Why.END, rung, policy, now))


def _delegate(case: Case, policy: Policy, now: datetime) -> list[UserId]:
    """Who is told in the place of an owner who is away, by their own word or by policy's."""
    name = policy.name_of(case.owner)
    one = instead_of(policy, case.queue, name, now) if name is not None else None
    return [policy.people[one].slack] if one is not None else []


def _approval(act: Action) -> str:
    return f"approve:{act.id}"


def _asked(act: Action) -> bool:
    return act.kind in DECIDED and act.state is ActionState.ASKED


def _to_approve(told: _Told, act: Action, policy: Policy, now: datetime) -> None:
    """An approval is asked of one person after the other, directly: only they can give it."""
    case, limit = told.case, _approval(act)
    if not _asked(act) or not told.due(limit, act.at, now):
        return
    climb = case.climb(limit)
    before = climb.told if climb is not None else ()
    able = [one for one in _able(act, policy, now) if one not in before]
    there = [one for one in able if _may_be_told(case, one, policy, now) <= now]
    if there:
        who = policy.person_of(there[0])
        rung = _Rung(there[0], who.name if who is not None else there[0], now, last=False)
        if before:
            sentence = f"No decision yet; {rung.name} is asked, too."
            told.entries.append(Entry("escalated", now, SELF, sentence, (("told", rung.person),)))
        told.climbed(limit, rung.person, _next_at(case, rung, policy, now))
    elif able:
        told.climbed(limit, None, min(_may_be_told(case, one, policy, now) for one in able))
    else:
        lead = policy.people[policy.ops_lead]
        sentence = f"Nobody else is left to ask for the approval; {lead.name}, the ops lead, answers for it."
        told.entries.append(Entry("last_resort", now, SELF, sentence, (("told", lead.slack),)))
        rung = _Rung(lead.slack, lead.name, _may_be_told(case, lead.slack, policy, now), last=True)
        told.mentions.append(_mention(case, limit, Why.LAST_RESORT, rung, policy, now))
        told.climbed(limit, None, None)


def _able(act: Action, policy: Policy, now: datetime) -> list[UserId]:
    """Whom to ask for it in turn: who may approve it and is there, in policy's order, then some of its user groups."""
    queue = QueueId(policy.corrections.queue or policy.default_queue)
    approving = policy.queues[queue]
    value, gave = Decimal(act.figure("value") or 0), frozenset((act.by, *act.contributors))
    named = [name for name in approving.approvers if name in policy.people]
    stand_in = [instead_of(policy, queue, name, now) for name in named]
    there = [name for name in dict.fromkeys(stand_in) if name in named]
    users = [policy.people[name].slack for name in there]
    able = [user for user in users if may_approve(policy, user, value, gave).allowed]
    by_name = {policy.people[name].slack for name in named}
    of_groups = [user for user in who_can(policy, queue, "approve") if user not in by_name]
    here = [
        user for user in of_groups if not _away(policy, user, now) and may_approve(policy, user, value, gave).allowed
    ]
    return [*able, *here[:ASKED_OF_GROUPS]]


def _away(policy: Policy, user: UserId, now: datetime) -> bool:
    name = policy.name_of(user)
    return name is not None and is_away(policy, name, now)


def _mention(case: Case, limit: str, why: Why, rung: _Rung, policy: Policy, now: datetime) -> Mention:
    climb = case.climb(limit)
    nth = len(climb.told) if climb is not None else 0
    return Mention(
        key=f"{case.name}:{case.reopenings}:{limit}:{nth}",
        case=case.id,
        queue=case.queue,
        why=why,
        cause=case.gathered or case.evidence.cause or case.fingerprint.text,
        wanted_at=now,
        not_before=rung.may_at,
        person=rung.person,
        channel=policy.digest.channel if rung.last else "",
        critical=policy.rules_for(case.fingerprint.cls).critical,
    )
