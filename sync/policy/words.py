"""The policy read back in plain English, section by section."""

from __future__ import annotations

from collections.abc import Iterable

from sync.model.exceptions import ExceptionClass
from sync.model.ids import SystemId
from sync.policy.schema import Basis, Channel, Mode, Policy, Source, Trust
from sync.policy.spans import span

__all__ = ["CLASS_NAMES", "explain", "explain_system", "span"]

CLASS_NAMES = {
    ExceptionClass.EXPOSURE_MISMATCH: "a channel shows more or less than can be sold",
    ExceptionClass.STALE_FEED: "a source is silent",
    ExceptionClass.FAILED_UPDATE: "a channel does not take an update",
    ExceptionClass.WMS_ERP_VARIANCE: "two stock systems differ",
    ExceptionClass.MANUAL_OVERRIDE: "somebody set a number by hand",
    ExceptionClass.FEED_SUPPRESSION: "a product feed hides a product",
    ExceptionClass.CATALOG_FAULT: "a code maps to no product, or to two",
    ExceptionClass.OVERSELL: "more was sold than there is",
    ExceptionClass.NEGATIVE_STOCK: "a system states less than nothing",
    ExceptionClass.STUCK_RESERVATION: "an order holds stock for too long",
}
_MODES = {
    Mode.SHADOW: "is in shadow: nothing is sent to it, cards say what would be done",
    Mode.GUARD: "is guarded: listings can be stopped there, quantities are never published",
    Mode.FULL: "is published to",
}
_TRUST = {
    Trust.PHYSICAL: "counts what is there",
    Trust.FINANCIAL: "holds the books",
    Trust.VENDOR: "speaks for a vendor's stock",
    Trust.ADVISORY: "is only compared, it decides nothing by itself",
}


def explain(policy: Policy) -> str:
    """The whole document in sentences a lead can check in two minutes."""
    sections = [
        ("Systems", [line for name in policy.systems for line in _system(policy, SystemId(name))]),
        ("Places", _places(policy)),
        ("Exceptions", _classes(policy)),
        ("Queues", _queues(policy)),
        ("Corrections", _corrections(policy)),
        ("Digest", [_digest(policy)]),
        ("Not automated", list(policy.not_automated)),
    ]
    version = f", version {policy.version}" if policy.version else ""
    head = f"{policy.company}: money in {policy.currency}, times in {policy.timezone}{version}."
    return "\n\n".join([head, *(f"{title}\n" + "\n".join(f"- {line}" for line in lines) for title, lines in sections)])


def explain_system(policy: Policy, system: SystemId) -> str:
    """One system in sentences. KeyError when policy does not list it."""
    return "\n".join(_system(policy, system))


def _system(policy: Policy, system: SystemId) -> list[str]:
    rules = policy.systems[system]
    lines = []
    if rules.source is not None:
        lines.append(f"{rules.name} {_TRUST[rules.source.trust]}. {_source(rules.source)}")
    if rules.channel is not None:
        lines.append(f"{rules.name} sells and {_MODES[rules.mode]}. {_channel(policy, rules.channel)}")
    settled = f"A difference there must last {span(rules.settles_in)} before it is an exception."
    lines[-1] = f"{lines[-1]} {settled}"
    return lines


def _source(source: Source) -> str:
    number = "units on hand" if source.basis is Basis.ON_HAND else "units still available"
    books = f"its number is {number}; what was shipped is off it within {span(source.books_within)}"
    if source.basis is Basis.AVAILABLE:
        books = f"its number is {number}; an order is off it within {span(source.learns_within)}"
    if source.fresh_for is None:
        return f"It never turns stale by age; {books}."
    share = "nothing" if source.stale_counts_as == 0 else f"{source.stale_counts_as:.0%} of its number"
    return f"After {span(source.fresh_for)} without newer content it is silent and counts as {share}; {books}."


def _channel(policy: Policy, channel: Channel) -> str:
    places = _list(policy.locations[place].name for place in channel.locations)
    kept = []
    if channel.safety_stock:
        kept.append(f"{channel.safety_stock} units of safety stock")
    if channel.buffer:
        kept.append(f"a buffer of {channel.buffer}")
    text = f"It may sell what is at {places}" + (f", less {_list(kept)}" if kept else "")
    if channel.share != 1:
        text += f", at most {channel.share:.0%} of it"
    if channel.maximum_shown is not None:
        text += f", and never shows more than {channel.maximum_shown}"
    return f"{text}. An unpaid order holds its units for {span(channel.pending_orders_weigh_for)}."


def _places(policy: Policy) -> list[str]:
    lines = []
    for location in policy.locations.values():
        deciders = [policy.systems[one].name if one in policy.systems else one for one in location.deciders]
        then = f"; when it is silent, {', then '.join(deciders[1:])}" if len(deciders) > 1 else ""
        counts = f" {policy.queues[location.count_queue].name} counts there." if location.count_queue else ""
        lines.append(f"At {location.name} the number of {deciders[0]} decides{then}.{counts}")
    return lines


def _classes(policy: Policy) -> list[str]:
    lines = []
    for cls, name in CLASS_NAMES.items():
        rules = policy.rules_for(cls)
        queue = policy.queues[policy.queue_for(cls)].name
        limits = f"somebody within {span(rules.assign_within)}, fixed within {span(rules.resolve_within)}"
        line = f"When {name}, {queue} owns it: {limits}"
        if rules.limit.units or rules.limit.percent:
            line += f"; up to {rules.limit.units} units or {rules.limit.percent}% is left alone"
        lines.append(f"{line}.")
    return lines


def _queues(policy: Policy) -> list[str]:
    lines = []
    for queue in policy.queues.values():
        lead = policy.people[queue.lead].name if queue.lead else f"{policy.people[policy.ops_lead].name} (ops lead)"
        stand_in = f", then {policy.people[queue.stand_in].name}" if queue.stand_in else ""
        lines.append(f"{queue.name} works in #{queue.channel.removeprefix('#')}; {lead} leads it{stand_in}.")
    return lines


def _corrections(policy: Policy) -> list[str]:
    queue = policy.queues[policy.corrections.queue or policy.default_queue]
    who = _list(policy.people[name].name for name in queue.approvers)
    limit = f"{policy.corrections.four_eyes_above:,.2f} {policy.currency}"
    return [
        f"A correction worth more than {limit} at cost needs a second person: {who}. Nobody approves a number they gave."
    ]


def _digest(policy: Policy) -> str:
    digest = policy.digest
    day = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"}
    name = day.get(digest.day, "Saturday" if digest.day == "sat" else "Sunday")
    return f"Posted to #{digest.channel.removeprefix('#')} every {name} at {digest.at}, {digest.timezone}."


def _list(parts: Iterable[str]) -> str:
    *most, last = list(parts) or ["nobody"]
    return f"{', '.join(most)} and {last}" if most else last
