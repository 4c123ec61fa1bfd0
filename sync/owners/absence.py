"""Absences that people told us themselves, laid over policy: they hold like those that policy names. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sync.model.mentions import PersonSettings
from sync.policy.people_rules import Away
from sync.policy.schema import Policy


def with_absences(policy: Policy, chosen: Sequence[PersonSettings]) -> Policy:
    """The policy with the days on which people said that they are away, and who is told in their place. Who is not in policy is
    left out: nobody is told of anything in their name."""
    names = {person.slack: name for name, person in policy.people.items()}
    people = dict(policy.people)
    for one in chosen:
        name = names.get(one.user)
        if name is None or one.away_from is None or one.away_until is None:
            continue
        delegate = names.get(one.delegate) if one.delegate is not None else None
        away = Away(first=one.away_from, last=one.away_until, delegate=delegate if delegate != name else None)
        people[name] = people[name].model_copy(update={"away": (*people[name].away, away)})
    return policy if people == policy.people else policy.model_copy(update={"people": people})
