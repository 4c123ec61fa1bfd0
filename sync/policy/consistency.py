"""What contradicts itself across the sections of a policy. Each problem: ``path: what is wrong; how to mend it``."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from sync.model.groups import is_group
from sync.model.ids import QueueId, SkuId, UserId
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Channel, Mode, Trust


def consistency_problems(policy: Policy) -> list[str]:
    """Every contradiction, with its mend. Empty when the document hangs together."""
    return [
        *_system_problems(policy),
        *_location_problems(policy),
        *_people_problems(policy),
        *_queue_problems(policy),
        *_approval_problems(policy),
        *_kit_problems(policy),
        *_family_problems(policy),
        *_copy_problems(policy),
        *_rate_problems(policy),
    ]


def _rate_problems(policy: Policy) -> Iterator[str]:
    if policy.currency in policy.rates:
        yield f"rates.{policy.currency}: figures are in {policy.currency} already; rates are for other currencies"


def _system_problems(policy: Policy) -> Iterator[str]:
    if COUNT_SYSTEM in policy.systems:
        yield f"systems.{COUNT_SYSTEM}: counts by people have this name; give the system another one"
    for name, system in policy.systems.items():
        if system.channel is not None:
            yield from _channel_problems(policy, name, system.channel, system.mode)
        if system.source is not None and system.source.absent == "zero" and system.kind != "csv_feed":
            yield (
                f"systems.{name}.source.absent: only a file names all that it has each time it comes; write unknown, "
                f"{system.name} says itself when something is gone"
            )
        if system.channel is None and system.mode is Mode.FULL:
            yield f"systems.{name}.mode: full is for systems that sell; add `channel:`, or set the mode to guard or shadow"
        for spoken in system.speaks_for:
            if spoken not in policy.systems:
                yield _unknown(f"systems.{name}.speaks_for", "system", spoken, policy.systems)
    for listed in policy.identity.catalogue:
        if listed not in policy.systems:
            yield _unknown("identity.catalogue", "system", listed, policy.systems)


def _channel_problems(policy: Policy, name: str, channel: Channel, mode: Mode) -> Iterator[str]:
    for place in channel.locations:
        if place not in policy.locations:
            yield _unknown(f"systems.{name}.channel.locations", "location", place, policy.locations)
    if channel.decided_by and not any(kind in channel.decided_by for kind in _kinds_at(policy, channel.locations)):
        yield (
            f"systems.{name}.channel.decided_by: no decider of its locations is {' or '.join(channel.decided_by)}, so nothing "
            f"could ever be sold there; add a kind, or such a system to `deciders:` of {' or '.join(channel.locations)}"
        )
    written = channel.publish_to
    if written is None:
        if mode is Mode.FULL:
            yield (
                f"systems.{name}.channel: mode full has nowhere to write; add `publish_to:`, the location there that our "
                "quantities are written to"
            )
        return
    if written not in policy.locations:
        yield _unknown(f"systems.{name}.channel.publish_to", "location", written, policy.locations)
    elif mode is Mode.FULL and name in policy.locations[written].deciders:
        yield (
            f"locations.{written}.deciders: {name!r} shows what we publish there, and what we publish is never a count; "
            f"take {name} off the deciders, or set its mode to guard"
        )


def _kinds_at(policy: Policy, places: Iterable[str]) -> Iterator[Trust]:
    """The kinds of trust of all deciders at some places."""
    for place in places:
        for decider in policy.locations[place].deciders if place in policy.locations else ():
            known = policy.systems.get(decider)
            if decider == COUNT_SYSTEM:
                yield Trust.PHYSICAL
            elif known is not None and known.source is not None:
                yield known.source.trust


def _location_problems(policy: Policy) -> Iterator[str]:
    counting = [name for name, system in policy.systems.items() if system.source is not None]
    advising = {name for name, source in policy.sources.items() if source.trust is Trust.ADVISORY}
    for name, location in policy.locations.items():
        for decider in location.deciders:
            if decider in policy.systems and policy.systems[decider].source is None:
                mend = (
                    f"add `source:` under systems.{decider}, or name one of {', '.join(counting) or 'those that count'}"
                )
                yield f"locations.{name}.deciders: {decider!r} is not a system with `source:`, so it counts nothing; {mend}"
            elif decider != COUNT_SYSTEM and decider not in policy.systems:
                mend = _mend(decider, counting)
                yield f"locations.{name}.deciders: {decider!r} is not a system with `source:`; {mend}"
            elif decider in advising:
                yield (
                    f"locations.{name}.deciders: {decider!r} gives advice (`trust: advisory`), and advice never decides; take it "
                    f"off the deciders, or say under systems.{decider}.source what its counts are"
                )
        for system in location.known_as:
            if system not in policy.systems:
                yield _unknown(f"locations.{name}.known_as.{system}", "system", system, policy.systems)
        if location.count_queue is not None and location.count_queue not in policy.queues:
            yield _unknown(f"locations.{name}.count_queue", "queue", location.count_queue, policy.queues)
    yield from _two_places_with_one_name(policy)


def _two_places_with_one_name(policy: Policy) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for name, location in policy.locations.items():
        for system, theirs in location.known_as.items():
            other = seen.setdefault((system, theirs.strip().casefold()), name)
            if other != name:
                yield (
                    f"locations.{name}.known_as.{system}: {theirs!r} is {other} already; "
                    "write what this place is called there, each place has its own"
                )


def _people_problems(policy: Policy) -> Iterator[str]:
    if policy.ops_lead not in policy.people:
        yield _nobody("ops_lead", policy.ops_lead, policy)
    behind: dict[UserId, list[str]] = defaultdict(list)
    for name, person in policy.people.items():
        behind[person.slack].append(name)
    for name, person in policy.people.items():
        for index, one in enumerate(person.away):
            if one.delegate is not None and one.delegate not in policy.people:
                yield _nobody(f"people.{name}.away.{index}.delegate", one.delegate, policy)
    for user, names in behind.items():
        for name in names[1:]:
            yield f"people.{name}.slack: {user} is {names[0]} already; write this person's own member ID, or keep one of the two"


def _queue_problems(policy: Policy) -> Iterator[str]:
    for name, queue in policy.queues.items():
        for field, person in (("lead", queue.lead), ("stand_in", queue.stand_in)):
            if person is not None and person not in policy.people:
                yield _nobody(f"queues.{name}.{field}", person, policy)
        for one in queue.oncall.people if queue.oncall is not None else ():
            if one not in policy.people:
                yield _nobody(f"queues.{name}.oncall.people", one, policy)
        for field, people in (("members", queue.members), ("approvers", queue.approvers)):
            yield from _named_problems(f"queues.{name}.{field}", people, policy)
    named: dict[str, QueueId | None] = {
        "default_queue": policy.default_queue,
        "warehouse_queue": policy.warehouse_queue,
        "finance_queue": policy.finance_queue,
        "vendor_queue": policy.vendor_queue,
        "corrections.queue": policy.corrections.queue,
        **{f"classes.{cls}.queue": rules.queue for cls, rules in policy.classes.items()},
        **{f"routes.{index}.queue": route.queue for index, route in enumerate(policy.routes)},
    }
    for where, queue_id in named.items():
        if queue_id is not None and queue_id not in policy.queues:
            yield _unknown(where, "queue", queue_id, policy.queues)
    for index, route in enumerate(policy.routes):
        if route.system is not None and route.system not in policy.systems:
            yield _unknown(f"routes.{index}.system", "system", route.system, policy.systems)
        if route.location is not None and route.location not in policy.locations:
            yield _unknown(f"routes.{index}.location", "location", route.location, policy.locations)


def _named_problems(where: str, names: Iterable[str], policy: Policy) -> Iterator[str]:
    """Where a right is given: names of people, and user groups of Slack."""
    for one in names:
        if is_group(one):
            if not re.fullmatch(r"@[^\s@#<>,]{1,80}|S[A-Z0-9]+", one):
                yield (
                    f"{where}: {one!r} is no handle of a user group; write it as Slack shows it, in quotes and without blanks, "
                    'like "@warehouse-leads"'
                )
        elif one not in policy.people:
            yield (
                f"{where}: {one!r} is not under `people:`; {_mend(one, policy.people)}; a user group of Slack is written in "
                f'quotes with its @, like "@{one}"'
            )


def _copy_problems(policy: Policy) -> Iterator[str]:
    for cls, rules in policy.classes.items():
        for one in rules.copies:
            if not one.startswith("#") and one not in policy.people:
                yield f"classes.{cls}.copies: {one!r} is not under `people:`; {_mend(one, policy.people)}, or a #channel"


def _family_problems(policy: Policy) -> Iterator[str]:
    for family, rules in policy.families.items():
        for channel in rules.channels:
            if channel not in policy.channels:
                yield _unknown(f"families.{family}.channels", "channel", channel, policy.channels)


def _approval_problems(policy: Policy) -> Iterator[str]:
    name = policy.corrections.queue or policy.default_queue
    approving = policy.queues.get(name)
    if approving is None:
        return
    users = {policy.people[one].slack if one in policy.people else one for one in approving.approvers}
    if len(users) < 2 and not any(
        is_group(one) for one in users
    ):  # who is in a group is looked at by preflight and at the start
        yield (
            f"queues.{name}.approvers: corrections are approved here, and that takes two people, so that nobody approves alone; "
            "name two different people, a user group, or another queue under `corrections: { queue: … }`"
        )


def _kit_problems(policy: Policy) -> Iterator[str]:
    for sku in policy.packs.keys() & policy.kits.keys():
        yield f"packs.{sku}: it is under `kits:`, too; keep one of the two"
    parts = {sku: set(kit.parts) for sku, kit in policy.kits.items()} | {
        sku: {pack.of} for sku, pack in policy.packs.items()
    }
    for sku in parts:
        within, below = set[SkuId](), set(parts[sku])
        while below:
            within |= below
            below = {part for one in below for part in parts.get(one, ())} - within
        if sku in within:
            section = "packs" if sku in policy.packs else "kits"
            yield f"{section}.{sku}: it is a part of itself; name what it is made of"


def _nobody(where: str, name: str, policy: Policy) -> str:
    if is_group(name):
        return f"{where}: {name!r} is a user group, and one person is asked for; {_mend(name, policy.people)}"
    return f"{where}: {name!r} is not under `people:`; {_mend(name, policy.people)}"


def _unknown(where: str, what: str, name: str, known: Iterable[str]) -> str:
    return f"{where}: there is no {what} {name!r}; {_mend(name, known)}"


def _mend(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"name one of {', '.join(names)}, or add it" if names else "add it"
