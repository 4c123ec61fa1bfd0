"""The policy read back in plain English, section by section. It says what holds, defaults included, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from sync.model.exceptions import ExceptionClass
from sync.model.ids import LocationId, SystemId
from sync.policy.class_rules import Limit, LimitFor, Route
from sync.policy.people_words import (
    DAY_NAMES,
    approvers_told,
    channel_told,
    copies_told,
    day_told,
    escalation_told,
    groups_told,
    named,
    owners_told,
    people_told,
    queue_time,
)
from sync.policy.schema import COUNT_SYSTEM, Policy, Queue
from sync.policy.sku_rules import Demand, FamilyRules, Figures
from sync.policy.spans import span
from sync.policy.system_rules import Basis, Channel, Contact, Mode, Source, System, Trust

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
    ExceptionClass.REPORTED: "a person reports a wrong number",
}
"""What each class says, as the end of a sentence that begins with *when*."""

_MODES = {
    Mode.SHADOW: "is in shadow: nothing is sent to it, cards say what would be done",
    Mode.GUARD: "is guarded: listings can be stopped there, quantities are never published",
    Mode.FULL: "is published to",
}
_KINDS = {"physical": "counts of what is there", "financial": "the books", "vendor": "vendors' numbers"}
_TRUST = {
    Trust.PHYSICAL: "counts what is there",
    Trust.FINANCIAL: "holds the books",
    Trust.VENDOR: "speaks for a vendor's stock",
    Trust.ADVISORY: "gives advice",
}


def explain(policy: Policy) -> str:
    """The whole document in sentences a lead can check in two minutes."""
    sections = {
        "Where counts come from": [_source(policy, SystemId(name)) for name in policy.sources],
        "Which number decides": [_place(policy, LocationId(name)) for name in policy.locations],
        "What is published": [_channel(policy, SystemId(name)) for name in policy.channels]
        + [_family(policy, family, rules) for family, rules in policy.families.items()],
        "Who owns what, and by when": _routes(policy)
        + _classes(policy)
        + [escalation_told(policy), owners_told(policy)],
        "Who may act": [
            *(_queue(policy, queue) for queue in policy.queues.values()),
            *people_told(policy),
            *groups_told(policy),
            _ops_lead(policy),
            *_routed(policy),
        ],
        "Corrections and money": _corrections(policy),
        "Codes and products": _codes(policy),
        "Digest": [_digest(policy)],
        "Not automated": [_sentence(line) for line in policy.not_automated],
    }
    version = f", version {policy.version}" if policy.version else ""
    texts = f", texts in {policy.language}" if policy.language != "en-US" else ""
    head = f"{policy.company}: money in {policy.currency}, times in {policy.timezone}{texts}{version}."
    return "\n\n".join([head, *(_section(title, lines) for title, lines in sections.items() if lines)])


def explain_system(policy: Policy, system: SystemId) -> str:
    """One system in sentences. KeyError when policy does not list it."""
    rules = policy.systems[system]
    lines = [_source(policy, system)] if rules.source is not None else []
    lines += [_channel(policy, system)] if rules.channel is not None else []
    return "\n".join(lines)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)])


def _source(policy: Policy, system: SystemId) -> str:
    rules = policy.systems[system]
    source = rules.source
    if source is None:
        raise KeyError(system)
    decides = [place.name for place in policy.locations.values() if system in place.deciders]
    part = f"decides at {_list(decides)}" if decides else "decides nowhere, it is only compared"
    sentences = [f"{rules.name} {_TRUST[source.trust]}: it {part}.", _number(source), _silence(source)]
    sentences += [_word_of_the_vendor(source)] if source.acknowledged_for is not None else []
    if rules.kind == "csv_feed":
        sentences.append(_plausible(rules))
        sentences += ["What its full files no longer name counts as zero."] if source.absent == "zero" else []
    if rules.kind == "events_api" and source.trust is not Trust.ADVISORY:
        sentences.append(
            f"What it transfers must have come within {span(source.transit_within)}, else somebody is asked."
        )
    if rules.channel is None:
        sentences.append(_settles(rules))
    sentences += [f"When it is silent, {_contact(rules.contact)} is asked."] if rules.contact is not None else []
    return " ".join(sentences)


def _contact(contact: Contact) -> str:
    ways = [way for way in ("in Slack" if contact.slack else "", contact.mail or "") if way]
    return f"{contact.name} ({', '.join(ways)})" if ways else contact.name


def _number(source: Source) -> str:
    if source.basis is Basis.AVAILABLE:
        text = f"Its number is units still available: an order is off it within {span(source.learns_within)}"
    else:
        text = f"Its number is units on hand: what was shipped is off it within {span(source.books_within)}"
    text += f"; it includes {_list(source.contains)} units, which are taken off" if source.contains else ""
    if source.incoming_counts_as:
        text += f"; {_percent(source.incoming_counts_as)} of what is on its way there is sold already"
    return f"{text}."


def _silence(source: Source) -> str:
    if source.fresh_for is None:
        return "It never turns silent by age."
    share = "nothing" if source.stale_counts_as == 0 else f"{_percent(source.stale_counts_as)} of its number"
    return f"After {span(source.fresh_for)} without newer content it is silent and counts as {share}."


def _word_of_the_vendor(source: Source) -> str:
    counts = " (its counts are that word)" if source.counts_acknowledge else ""
    share, buffer = source.unacknowledged_counts_as, source.unacknowledged_buffer
    worth = "nothing" if not share else f"{_percent(share)} of its number"
    less = f", less {_units(buffer)}" if share and buffer else ""
    every = span(source.acknowledged_for or timedelta())
    return (
        f"It must say of each SKU every {every} that it can supply it{counts}; else its stock counts as {worth}{less}, "
        "raises nothing, and who owns its silence decides."
    )


def _plausible(rules: System) -> str:
    fall, zeros = rules.plausible.rows_fall_by_at_most, rules.plausible.zeros_at_most
    return f"A file that lost more than {_percent(fall)} of its rows, or has more than {_percent(zeros)} zeros, is held whole."


def _settles(rules: System) -> str:
    return f"A difference there must last {span(rules.settles_in)} before it is an exception."


def _place(policy: Policy, place: LocationId) -> str:
    location = policy.locations[place]
    names = [_system_name(policy, decider) for decider in location.deciders]
    then = f"; when that is silent, {', then '.join(names[1:])}" if len(names) > 1 else ""
    queue = location.count_queue or policy.warehouse_queue
    counts = f" People's counts there are asked of {policy.queues[queue].name}." if queue else ""
    return f"At {location.name} the number of {names[0]} decides{then}.{counts}"


def _system_name(policy: Policy, system: SystemId) -> str:
    return "counts by people" if system == COUNT_SYSTEM else policy.systems[system].name


def _channel(policy: Policy, system: SystemId) -> str:
    rules = policy.systems[system]
    channel = rules.channel
    if channel is None:
        raise KeyError(system)
    written = policy.locations[channel.publish_to].name if channel.publish_to else ""
    at = f" at {written}" if written and rules.mode is Mode.FULL else ""
    return " ".join(
        [
            f"{rules.name} sells and {_MODES[rules.mode]}{at}.",
            _share(policy, channel),
            *_decided_by(channel),
            f"An unpaid order holds its units for {span(channel.pending_orders_weigh_for)}.",
            _settles(rules),
        ]
    )


def _decided_by(channel: Channel) -> list[str]:
    if not channel.decided_by:
        return []
    kinds = _list([_KINDS[kind] for kind in channel.decided_by])
    return [f"Only {kinds} decide what it shows; other numbers are not sold there."]


def _share(policy: Policy, channel: Channel) -> str:
    text = f"It may sell what is at {_list(policy.locations[place].name for place in channel.locations)}"
    kept = [f"{_units(channel.safety_stock)} of safety stock"] if channel.safety_stock else []
    kept += [f"a buffer of {_units(channel.buffer)}"] if channel.buffer else []
    kept += [f"{_units(channel.slow_buffer)} more, since it shows updates late"] if channel.slow_buffer else []
    text += f", less {_list(kept)}" if kept else ""
    text += f", at most {_percent(channel.share)} of it" if channel.share != 1 else ""
    text += f", and never shows more than {_units(channel.maximum_shown)}" if channel.maximum_shown is not None else ""
    text += f"; below {_units(channel.floor)} it shows 0" if channel.floor else ""
    text += (
        "; a pause there shows 0, since a listing cannot be taken off sale" if channel.pause_by == "quantity" else ""
    )
    return f"{text}."


def _figures(rules: Figures) -> list[str]:
    told = [f"{_units(rules.safety_stock)} of safety stock"] if rules.safety_stock is not None else []
    told += [f"a buffer of {_units(rules.buffer)}"] if rules.buffer is not None else []
    told += [f"at most {_units(rules.maximum_shown)} shown"] if rules.maximum_shown is not None else []
    told += [f"0 shown below {_units(rules.floor)}"] if rules.floor is not None else []
    return told


def _family(policy: Policy, family: str, rules: FamilyRules) -> str:
    told = [f"Family {family} has its own figures: {_list(_figures(rules))}."] if _figures(rules) else []
    told += [
        f"Of family {family} on {policy.systems[channel].name}: {_list(_figures(figures))}."
        for channel, figures in rules.channels.items()
        if _figures(figures)
    ]
    return " ".join(told) or f"Family {family} has no figures of its own."


def _routes(policy: Policy) -> list[str]:
    return [_route(policy, one, "First" if index == 0 else "Else") for index, one in enumerate(policy.routes)]


def _route(policy: Policy, one: Route, word: str) -> str:
    parts = [f"when {CLASS_NAMES[one.class_name]}"] if one.class_name is not None else []
    parts += [f"it is about {policy.systems[one.system].name}"] if one.system is not None else []
    parts += [f"it is at {policy.locations[one.location].name}"] if one.location is not None else []
    parts += [f"the product family is {one.family}"] if one.family is not None else []
    parts += [f"the product is tagged {one.tag}"] if one.tag is not None else []
    joined = _list(parts)
    fits = joined if joined.startswith("when ") else f"when {joined}"
    return f"{word}, {fits}: {policy.queues[one.queue].name} owns it, whatever is said below."


def _classes(policy: Policy) -> list[str]:
    return [_class(policy, CLASS_NAMES[cls], cls) for cls in CLASS_NAMES] + [
        _storms(policy),
        _bulk(policy),
        _grades(policy),
    ]


def _storms(policy: Policy) -> str:
    rules = policy.storms
    return (
        f"More than {rules.above} exceptions of one cause in one queue that nobody has, opened within {span(rules.within)}, "
        "are told in one storm card."
    )


def _bulk(policy: Policy) -> str:
    rules = policy.bulk
    return (
        f"One act on more than {rules.second_person_above} exceptions that changes what customers see or get needs a second "
        f"person, who decides within {span(rules.decided_within)}."
    )


def _class(policy: Policy, when: str, cls: ExceptionClass) -> str:
    rules = policy.rules_for(cls)
    told = (
        f"When {when}, {policy.queues[policy.queue_for(cls)].name} owns it: taken within {span(rules.assign_within)}, "
    )
    told += f"fixed within {span(rules.resolve_within)}."
    told += " If it is not, the listing is paused." if rules.fallback == "pause" else ""
    told += " No note is needed to end it." if not rules.note_required else ""
    told += copies_told(policy, rules)
    told += _limit(policy, rules.limit) + "".join(_limit_for(policy, one) for one in rules.limits)
    told += _CRITICAL if rules.critical else ""
    told += " Until somebody owns it, nothing it touches is raised." if rules.stop == "raises" else ""
    if cls is ExceptionClass.STUCK_RESERVATION:
        told += f" Too long is more than {span(rules.held_for)}."
    told += f" What to do then stands at {rules.runbook}." if rules.runbook else ""
    return told + _ENDED[rules.ended_by if rules.ended_by != "orders" or cls is ExceptionClass.OVERSELL else "itself"]


_CRITICAL = " It is critical: its limits run at all times, and people are told outside their hours."

_ENDED = {
    "itself": "",
    "person": " Only a person ends it.",
    "orders": " It ends when every order named in it is shipped, moved or cancelled.",
}


def _limit(policy: Policy, limit: Limit) -> str:
    within = _within(policy, limit)
    return f" A difference of up to {within}." if within else ""


def _limit_for(policy: Policy, limit: LimitFor) -> str:
    system = policy.systems[limit.channel].name if limit.channel in policy.systems else limit.channel
    named = [
        text
        for text in (
            limit.sku,
            f"family {limit.family}" if limit.family is not None else None,
            system,
            f"grade {limit.grade}" if limit.grade is not None else None,
        )
        if text is not None
    ]
    within = _within(policy, limit)
    return f" For {_list(named)} {f'up to {within}' if within else 'every difference counts'}."


def _within(policy: Policy, limit: Limit) -> str:
    small = [_units(limit.units)] if limit.units else []
    small += [f"{limit.percent.normalize():f}%"] if limit.percent else []
    if not small:
        return ""
    which = ", whichever is larger," if len(small) > 1 else ""
    worth = f", unless it is worth more than {limit.money:,.2f} {policy.currency}" if limit.money is not None else ""
    return f"{' or '.join(small)}{which} is left alone{worth}"


def _grades(policy: Policy) -> str:
    a, b = (f"{amount:,.2f} {policy.currency}" for amount in (policy.grades.a_from, policy.grades.b_from))
    return f"A SKU that sells for {a} or more in 7 days is grade A, for {b} or more grade B, else C."


def _queue(policy: Policy, queue: Queue) -> str:
    names = list(dict.fromkeys(name for name in (queue.lead, queue.stand_in) if name is not None))
    if not names:
        leads = f"nobody leads it, {policy.people[policy.ops_lead].name} is asked"
    else:
        leads = f"{policy.people[names[0]].name} leads it"
        leads += f", {policy.people[names[1]].name} stands in" if len(names) > 1 else ""
    more = [named(policy, name) for name in dict.fromkeys((*queue.members, *queue.approvers)) if name not in names]
    also = f"; {_list(more)} may act, too" if more else ""
    return f"{queue.name} works in {channel_told(queue.channel)}: {leads}{also}.{queue_time(policy, queue)}"


def _ops_lead(policy: Policy) -> str:
    return (
        f"{policy.people[policy.ops_lead].name} is the ops lead: may act everywhere, and gets what nobody else owns. "
        "Everybody in a queue's private channel may act there; others read and add notes."
    )


def _routed(policy: Policy) -> list[str]:
    named = {"finance": policy.finance_queue, "vendor follow-up": policy.vendor_queue}
    return [f"Routed to {what}, a card goes to {policy.queues[queue].name}." for what, queue in named.items() if queue]


def _corrections(policy: Policy) -> list[str]:
    queue = policy.queues[policy.corrections.queue or policy.default_queue]
    approvers = []
    for name in dict.fromkeys(queue.approvers):
        person = policy.people.get(name)
        most = person.approves_up_to if person is not None else None
        upto = f" (up to {most:,.2f} {policy.currency})" if most is not None else ""
        approvers.append(f"{named(policy, name)}{upto}")
    limit = f"{policy.corrections.four_eyes_above:,.2f} {policy.currency}"
    twice = policy.corrections.second_count_above
    return [
        f"Corrections worth more than {limit} at cost, summed per person, SKU and place over 24 h, need a second person: "
        f"{_list(approvers, 'or')}, from {queue.name}. Nobody approves a number they gave.{approvers_told(policy)}",
        f"A person may fix what a listing shows for {span(policy.corrections.override_lasts)} at most; "
        "showing more than there is counts as a correction of that value.",
        f"A person may vouch for the last numbers of a silent source for {span(policy.corrections.vouch_lasts)} at most; "
        "promising more by that counts as a correction of that value, too.",
        *(
            [f"A count further than {twice:g}% from the known number is counted blind by a second person, too."]
            if twice is not None
            else []
        ),
        f"Cancelling one oversold unit is reckoned at {policy.costs.cancel:,.2f} {policy.currency}.",
        *(_rates(policy, currency) for currency in policy.rates),
    ]


def _rates(policy: Policy, currency: str) -> str:
    known = [
        f"{factor} {policy.currency} from {day_told(day)} on" for day, factor in sorted(policy.rates[currency].items())
    ]
    return f"One {currency} is {', '.join(known)}. Without a rate an amount is left out, and that is said."


def _codes(policy: Policy) -> list[str]:
    listed = [policy.systems[system].name for system in policy.identity.catalogue]
    known = f"Products, titles, prices and costs come from {', then '.join(listed)}: the first that has them."
    lines = [known if listed else "No system tells the products, so no SKU is ever known."]
    if policy.identity.ignored_codes:
        lines.append(f"No products, only counted: {_list(policy.identity.ignored_codes)}.")
    for sku, rules in policy.skus.items():
        own = _figures(rules)
        own += [f"{_units(rules.made_to_order)} that may be sold beyond the stock"] if rules.made_to_order else []
        own += [_computed(rules.demand)] if rules.demand is not None else []
        own += [f"family {rules.family}"] if rules.family is not None else []
        own += [f"grade {rules.grade}"] if rules.grade is not None else []
        if own:
            lines.append(f"{sku} has its own: {_list(own)}.")
    return lines + _kits(policy)


def _kits(policy: Policy) -> list[str]:
    made = [
        (sku, kit.valid_from, [f"{units} {part}" for part, units in kit.parts.items()])
        for sku, kit in policy.kits.items()
    ]
    made += [(sku, pack.valid_from, [f"{pack.units} {pack.of}"]) for sku, pack in policy.packs.items()]
    return [
        f"One {sku} is {_list(parts)}{f', from {since:%Y-%m-%d %H:%M %Z} on' if since else ''}; it has no stock of its own."
        for sku, since, parts in made
    ]


def _computed(demand: Demand) -> str:
    return (
        f"a safety stock computed from {demand.per_day:f} a day (deviation {demand.per_day_deviation:f}) and a delivery after "
        f"{demand.lead_days:f} days (deviation {demand.lead_days_deviation:f}), "
        f"enough in {_percent(demand.service)} of deliveries"
    )


def _digest(policy: Policy) -> str:
    digest = policy.digest
    return f"Posted to {channel_told(digest.channel)} every {DAY_NAMES[digest.day]} at {digest.at}, {digest.timezone}."


def _units(count: int) -> str:
    return f"{count:,} unit" if count == 1 else f"{count:,} units"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _list(parts: Iterable[str], word: str = "and") -> str:
    *most, last = list(parts) or ["nobody"]
    return f"{', '.join(most)} {word} {last}" if most else last
