"""Steps of a slice put together: rounds as one, limits that passed, what policy does by itself, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sync.actions.applied import Applied, Setting
from sync.detect.picture import ListingPicture, SkuPicture
from sync.exceptions.lifecycle import Step
from sync.inbox.looking import case_view
from sync.model.exceptions import Case
from sync.model.ids import ListingId
from sync.model.made import replaced
from sync.model.outbox import Target, next_revision
from sync.owners.escalation import late, next_instants
from sync.owners.fallback import fall_back, is_due, without_listing
from sync.policy.schema import Policy

AWAY_AGAIN = timedelta(minutes=5)


def merged(before: Sequence[Case], first: Sequence[Step], then: Sequence[Step]) -> list[Step]:
    """Two rounds of steps as one: each known case rises by one version, its entries in order."""
    if not first and len(then) <= 1:
        return list(then)
    versions = {case.id: case.version for case in before}
    steps: dict[int, Step] = {}
    opened: list[Step] = []
    for step in (*first, *then):
        if step.opened:
            opened.append(step)
            continue
        known = steps.get(int(step.case.id))
        entries = (*known.entries, *step.entries) if known else step.entries
        version = versions[step.case.id] + 1
        case = step.case if step.case.version == version else replaced(step.case, version=version)
        again = step.reopened or (known is not None and known.reopened)
        mentions = (*known.mentions, *step.mentions) if known else step.mentions
        agrees = step.agrees and (known is None or known.agrees)
        steps[int(case.id)] = Step(case, entries, reopened=again, mentions=mentions, agrees=agrees)
    return [*steps.values(), *opened]


def with_limits(
    before: Sequence[Case], steps: Sequence[Step], policy: Policy, now: datetime, *, away: bool = False
) -> list[Step]:
    """The steps, and on top of them the limits that have passed by now; while Slack is ``away`` none of people."""
    passed = late(newest_cases(before, steps), policy, now, away=away)
    return merged(before, steps, passed) if passed else list(steps)


def fallen_back(before: Sequence[Case], steps: Sequence[Step], picture: SkuPicture, setting: Setting) -> list[Applied]:
    """What policy does by itself about cases whose limit has passed."""
    return [
        fall_back(case_view(case, picture, setting.policy, setting.abilities, setting.now), setting)
        for case in newest_cases(before, steps)
        if is_due(case, setting.policy, setting.now)
    ]


def with_final_state(steps: Sequence[Step], picture: SkuPicture, policy: Policy) -> list[Step]:
    """The steps; those that end a case say in the proof what customers see then, of its listing or of all of the SKU's."""
    if not picture.listings or not any(step.case.life.ended and step.entries for step in steps):
        return list(steps)
    shown = {one.listing.id: _seen(one, policy) for one in picture.listings}
    return [_final(step, shown) if step.case.life.ended and step.entries else step for step in steps]


def _final(step: Step, shown: Mapping[ListingId, str]) -> Step:
    own = step.case.fingerprint.listing
    told = "; ".join(seen for listing, seen in shown.items() if own in (None, listing))
    if not told:
        return step
    last = step.entries[-1]
    return replaced(
        step, entries=(*step.entries[:-1], replaced(last, figures=(*last.figures, ("customers_see", told))))
    )


def _seen(one: ListingPicture, policy: Policy) -> str:
    read = f", read back {one.listing.seen.end:%H:%M} UTC" if one.listing.seen is not None else ""
    return f"{policy.systems[one.listing.system].name}: {one.exposure.sentence.rstrip('.')}{read}"


def system_fallen_back(before: Sequence[Case], steps: Sequence[Step], policy: Policy, now: datetime) -> list[Applied]:
    """The same for cases of a whole system, where nothing can be paused by itself."""
    return [without_listing(case, now) for case in newest_cases(before, steps) if is_due(case, policy, now)]


def newest_cases(before: Sequence[Case], steps: Sequence[Step]) -> list[Case]:
    """Known cases as they stand after their steps."""
    if not steps:
        return list(before)
    if not before:
        return []
    moved = {step.case.id: step.case for step in steps if not step.opened}
    return [moved.get(case.id, case) for case in before]


def with_stops(wanted: Sequence[Target], stops: Sequence[Target], known: Sequence[Target]) -> list[Target]:
    """Quantities, and doors to close beside them."""
    if not stops:
        return list(wanted)
    by_key = {target.key: target for target in known}
    return [*wanted, *(next_revision(stop, by_key.get(stop.key)) for stop in stops)]


def clocks(
    before: Sequence[Case], steps: Sequence[Step], policy: Policy, now: datetime, *, away: bool = False
) -> list[datetime]:
    """The next instants of the limits of each case as it stands after its steps, those just opened among them. What stands
    still while Slack is ``away`` is looked at again after a while."""
    newest = newest_cases(before, steps)
    if steps:
        newest += [step.case for step in steps if step.opened]
    instants = [instant for case in newest for instant in next_instants(case, policy)]
    if not instants:
        return []
    stand_still = away and any(instant <= now for instant in instants)
    return [*(instant for instant in instants if instant > now), *([now + AWAY_AGAIN] if stand_still else [])]
