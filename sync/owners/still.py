"""Still on it? An owner of whom nothing was heard for a while is asked, and without an answer it goes back to the queue.

Every act of the owner counts as an answer. Nobody is asked while something waits for others: a count, an approval, or a write of
ours; nor while it sleeps, or while nothing is left but to resume it or to say what was found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sync.exceptions.lifecycle import SELF
from sync.model.exceptions import STILL, ActionKind, ActionState, Case, Climb, Life
from sync.model.ids import UserId
from sync.model.mentions import Mention, Why
from sync.model.proof import Entry
from sync.owners.clocks import limit_at
from sync.owners.duty import may_be_told_at
from sync.policy.schema import Policy
from sync.policy.spans import span


def rearmed(before: Case, after: Case, actor: UserId, policy: Policy, now: datetime) -> Case:
    """The case after an act: its owner's own act answers the question, a new owner is asked as long after as the first was."""
    if after == before or (before.owner == after.owner and after.owner != actor):
        return after
    rest = tuple(one for one in after.climbs if one.limit != STILL)
    at = _at(after, now, policy)
    if after.owner is None or at is None:
        return replace(after, climbs=rest)
    return replace(after, climbs=(*rest, Climb(STILL, (), at)))


def next_question(case: Case, policy: Policy) -> datetime | None:
    """When the owner is asked, or it goes back without an answer; None: never, or not while it waits for somebody else."""
    if case.owner is None or case.life.ended or case.snoozed_until is not None:
        return None
    climb = case.climb(STILL)
    if climb is not None and climb.told:
        return climb.next_at
    if waits_for_others(case):
        return None
    since = case.owner_since or case.owned_at
    return climb.next_at if climb is not None else _at(case, since, policy) if since is not None else None


def asked(case: Case, policy: Policy, now: datetime) -> tuple[Case, Entry, Mention | None] | None:
    """What follows when that time has come: the question, or the way back to the queue. None: not yet."""
    at, climb = next_question(case, policy), case.climb(STILL)
    if at is None or at > now or case.owner is None:
        return None
    if climb is not None and climb.told:
        return given_back(case, policy, now)
    rules = policy.rules_for(case.fingerprint.cls)
    person = policy.person_of(case.owner)
    name = next((one for one, known in policy.people.items() if known is person), None)
    may_at = now if rules.critical or name is None else may_be_told_at(policy, name, now)
    until = limit_at(policy, case.queue, case.fingerprint.cls, may_at, rules.gives_back_after)
    rest = tuple(one for one in case.climbs if one.limit != STILL)
    entry = Entry("owner_asked", now, SELF, f"{case.owner_name} was asked whether they are still on it.")
    mention = Mention(
        key=f"{case.name}:{case.reopenings}:{STILL}:{now:%Y%m%dT%H%M}",
        case=case.id,
        queue=case.queue,
        why=Why.STILL,
        cause=f"{STILL}:{case.name}",
        wanted_at=now,
        not_before=may_at,
        person=case.owner,
        channel=case.owner,
        critical=rules.critical,
    )
    return replace(case, climbs=(*rest, Climb(STILL, (case.owner,), until))), entry, mention


def given_back(case: Case, policy: Policy, now: datetime) -> tuple[Case, Entry, None]:
    """Back in the queue, which has its whole time to take it. What was stopped stays stopped."""
    rules = policy.rules_for(case.fingerprint.cls)
    back = replace(
        case,
        life=Life.OPEN,
        owner=None,
        owner_name="",
        owner_since=None,
        assign_by=limit_at(policy, case.queue, case.fingerprint.cls, now, rules.assign_within),
        climbs=tuple(one for one in case.climbs if one.limit not in (STILL, "own")),
    )
    waited = span(rules.gives_back_after)
    figures = (("from", case.owner_name),)
    sentence = f"Back in the queue: {case.owner_name} did not answer for {waited}."
    return back, Entry("given_back", now, SELF, sentence, figures), None


def waits_for_others(case: Case) -> bool:
    """Somebody else, or the product itself, has the next move."""
    if case.ready or case.lacks or case.agrees_since is not None:
        return True
    return any(
        (act.kind is ActionKind.COUNT and act.state is ActionState.WANTED)
        or act.state is ActionState.ASKED
        or (act.kind is ActionKind.FILE and act.state is ActionState.WANTED)
        or (act.kind is ActionKind.CORRECTION and act.state in (ActionState.WANTED, ActionState.DONE))
        or (act.kind in (ActionKind.OVERRIDE, ActionKind.VOUCH) and act.state.stands)
        for act in case.actions
    )


def _at(case: Case, since: datetime, policy: Policy) -> datetime | None:
    waits = policy.rules_for(case.fingerprint.cls).asks_owner_after
    return None if waits is None else limit_at(policy, case.queue, case.fingerprint.cls, since, waits)
