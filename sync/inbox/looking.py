"""Reading one SKU or one exception whole, for cards, modals and answers. Pure: pictures in, views out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from sync.actions.handing import finance_queue
from sync.catching_up import unread, waits_for
from sync.connectors.base import Abilities
from sync.counting.numbers import NOTHING_THERE, is_absent, source_of
from sync.counting.orders import LineKey
from sync.counting.transit import in_transit
from sync.counting.weights import newest, owed, told
from sync.detect.cause import place_name, system_name
from sync.detect.picture import ListingPicture, SkuPicture
from sync.exceptions.standing import cap_on
from sync.inbox.view import CaseView, Colleague, Feed, HeldLine, ListingLine, PositionLine, QueueFace, SkuView
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass
from sync.model.freezing import Freeze, freeze_on
from sync.model.ids import ListingId, LocationId, QueueId, SystemId, UserId
from sync.model.money import known_in
from sync.model.outbox import Target, TargetState
from sync.model.proof import ChainedEntry
from sync.model.reading import Reading
from sync.model.stock import OrderLine, Position
from sync.owners.duty import ladder
from sync.policy.rates import in_own_currency
from sync.policy.routing import users_of, who_can
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Mode
from sync.ports import RecentFact
from sync.promise import decider, is_fresh

Can = Mapping[SystemId, Abilities]
OF_GROUPS = 40
"""People known by a user group alone whom a list to hand over to takes."""


def sku_view(
    picture: SkuPicture, policy: Policy, abilities: Can, now: datetime, recent: Sequence[RecentFact] = ()
) -> SkuView:
    """One SKU for `/inventory sku` and for cards."""
    return SkuView(
        sku=in_own_currency(picture.sku, policy, now),
        listings=tuple(_listing_line(one, picture, policy, abilities) for one in picture.listings),
        positions=tuple(_position_line(one, picture, policy, abilities, now) for one in picture.state.positions),
        held=_held(picture, policy),
        arithmetic=tuple((one.listing.id, one.promise.arithmetic) for one in picture.listings),
        caution=max((one.promise.pool.caution for one in picture.listings), default=0),
        pace_7d=picture.pace_of_all,
        cases=tuple(case for case in picture.cases if not case.life.ended),
        recent=tuple(recent),
    )


def _listing_line(one: ListingPicture, picture: SkuPicture, policy: Policy, abilities: Can) -> ListingLine:
    listing, quantity = one.listing, one.quantity
    rules = policy.systems[listing.system]
    shows = one.exposure.units_high if one.exposure.kind == "number" else None
    can = abilities.get(listing.system)
    by_zero = rules.channel is not None and rules.channel.pause_by == "quantity"
    orders = {line.order for line in picture.state.lines if line.channel == listing.system and _to_ship(line)}
    return ListingLine(
        listing=listing.id,
        system=listing.system,
        system_name=rules.name,
        shows=0 if one.exposure.live is False else shows,
        shows_text="" if shows is not None or one.exposure.live is False else one.exposure.sentence,
        can_sell=None if one.promise.unknown else one.promise.units,
        live=one.exposure.live,
        paused_by_us=listing.stopped,
        read_at=listing.seen.end if listing.seen else None,
        read_sentence=_reading(one, rules.name, shows),
        can_pause=bool(can and (can.publishes and rules.mode is not Mode.GUARD if by_zero else can.pause)),
        open_orders=len(orders),
        wanted=quantity.wanted if quantity else None,
        wanted_at=quantity.wanted_at if quantity else None,
        sent_at=quantity.sent_at.end if quantity and quantity.sent_at else None,
        accepted=bool(quantity and quantity.confirmed and quantity.sent == quantity.wanted),
        failing=_failing(quantity, one.doors),
        shadow=rules.mode is Mode.SHADOW,
        zero_only=by_zero,
        capped=cap_on(picture.cases, listing.id),
        fixed=one.fixed,
        may_show=None if one.promise.unknown else one.allowed,
        closed=tuple((door.id, door.name or door.id) for door in listing.doors if not door.open),
        can_publish=bool(can and can.pause) and not by_zero and rules.mode is Mode.FULL,
        held_off=listing.buyable is False and (not listing.doors or any(door.open for door in listing.doors)),
        holds_orders=bool(can and can.holds_orders),
        pool=None if one.promise.unknown else one.promise.pool.units,
        writable=rules.mode is Mode.FULL and rules.channel is not None and rules.channel.publish_to is not None,
    )


def _to_ship(line: OrderLine) -> bool:
    """Units of it are still to leave: ordered less cancelled and shipped ones."""
    return owed(line) > told(line.shipped)


def _reading(one: ListingPicture, name: str, shows: int | None) -> str:
    if one.listing.seen is None:
        return ""
    seen = 0 if one.exposure.live is False else shows
    what = f"see {seen}" if seen is not None else f"see {one.exposure.sentence}"
    return f"Customers {what} on {name}, read back {one.listing.seen.end:%H:%M} UTC."


def _failing(*targets: Target | None) -> str:
    for target in targets:
        if target is not None and target.fault:
            return target.fault_text or target.fault
    return ""


def _position_line(one: Position, picture: SkuPicture, policy: Policy, abilities: Can, now: datetime) -> PositionLine:
    source = source_of(policy, one.system, one.location)
    gone = source is not None and is_absent(one, source)
    count = NOTHING_THERE if gone else one.statement.count if one.statement else None
    deciding = decider(picture.state, one.location, policy, now)
    can = abilities.get(one.system)
    return PositionLine(
        system=one.system,
        system_name=system_name(policy, one.system),
        location=one.location,
        location_name=place_name(policy, one.location),
        on_hand=count.on_hand if count else None,
        available=count.available if count else None,
        reserved=count.reserved if count else None,
        quarantined=count.quarantined if count else None,
        incoming=coming(one),
        held=count.held if count else None,
        as_of=one.as_of.end if one.as_of else None,
        fresh=is_fresh(one, policy, now),
        decides=deciding is not None and (deciding.system, deciding.location) == (one.system, one.location),
        writable=can.corrects if can else False,
    )


def coming(one: Position) -> int | None:
    """Units on their way: those stated, and what the system announced or took off since; None when it never told of any."""
    as_of = one.as_of
    stated = one.statement.count.incoming if one.statement else None
    since = [
        movement.change.incoming
        for movement in one.movements
        if movement.change.incoming and (as_of is None or not movement.at.certainly_before(as_of))
    ]
    if stated is not None:
        return stated + sum(since)
    on_their_way = in_transit(one)
    return sum(transit.units for transit in on_their_way) if on_their_way else sum(since) if since else None


def _held(picture: SkuPicture, policy: Policy) -> tuple[HeldLine, ...]:
    by_line: dict[LineKey, tuple[OrderLine, int]] = {}
    for one in picture.listings:
        for line, units in one.promise.pool.held:
            if units > by_line.get(line.key, (line, 0))[1]:
                by_line[line.key] = (line, units)
    orders: dict[tuple[SystemId, str], list[tuple[OrderLine, int]]] = {}
    for line, units in by_line.values():
        orders.setdefault((line.channel, line.order), []).append((line, units))
    held = [_held_line(channel, order, lines, policy) for (channel, order), lines in orders.items()]
    return tuple(sorted(held, key=lambda one: (one.placed_at is None, one.placed_at or 0, one.order)))


def _held_line(channel: SystemId, order: str, lines: Sequence[tuple[OrderLine, int]], policy: Policy) -> HeldLine:
    """An order with all its lines of this SKU."""
    placed = [line.placed_at for line, _ in lines if line.placed_at is not None]
    free = [(line.line, *_releasable(line)) for line, _ in lines if line.kit is None]
    return HeldLine(
        channel,
        order,
        sum(units for _, units in lines),
        min(placed, default=None),
        system_name(policy, channel),
        any(_to_ship(line) for line, _ in lines),
        tuple((name, tell) for name, tell, units in free if units > 0),
        sum(units for _, _, units in free),
    )


def _releasable(line: OrderLine) -> tuple[int, int]:
    """How many cancelled units a person tells so that nothing of a line is left to leave, and how many that releases. Of what
    several tell the largest sum counts, so theirs must reach all that was ordered and has not left."""
    statement = newest(line)
    gone = told(line.shipped)
    mine = sum(event.units for event in line.cancelled if event.system == COUNT_SYSTEM)
    return (statement.units if statement is not None else 0) - gone - mine, owed(line) - gone


def queue_face(policy: Policy, queue: QueueId, now: datetime | None = None) -> QueueFace:
    """A queue with its people as Slack ids; with ``now`` its lead and stand-in are those who are on duty then."""
    rules = policy.queues[queue]
    lead, stand_in = rules.lead, rules.stand_in
    if now is not None:
        lead, stand_in = [*ladder(policy, queue, now), None][:2]

    def slack(person: str | None) -> UserId | None:
        return policy.people[person].slack if person else None

    return QueueFace(
        id=queue,
        name=rules.name,
        channel=rules.channel,
        lead=slack(lead),
        stand_in=slack(stand_in),
        members=users_of(policy, rules.members),
        approvers=users_of(policy, rules.approvers),
    )


def case_view(
    case: Case,
    picture: SkuPicture | None,
    policy: Policy,
    abilities: Can,
    now: datetime,
    history: Sequence[ChainedEntry] = (),
    recent: Sequence[RecentFact] = (),
    readings: Mapping[SystemId, Reading] = MappingProxyType({}),
    freezes: Sequence[Freeze] = (),
) -> CaseView:
    """One exception with all that its card says."""
    seen = sku_view(picture, policy, abilities, now, recent) if picture is not None else None
    queue = case.queue if case.queue in policy.queues else policy.default_queue
    approving = policy.corrections.queue or policy.default_queue
    finance = finance_queue(policy)
    count = case.newest(ActionKind.COUNT)
    correction = case.newest(ActionKind.CORRECTION)
    own = _own_line(case, seen)
    place = place_of(case, seen)
    warehouse = policy.locations[place].count_queue if place in policy.locations else None
    warehouse = warehouse or policy.warehouse_queue
    return CaseView(
        case=case,
        queue=queue_face(policy, queue, now),
        system_name=", ".join(system_name(policy, system) for system in case.fingerprint.systems),
        location_name=place_name(policy, place) if place else "",
        sku=seen,
        agrees=case.ready or case.agrees_since is not None,
        sending=_sending(case, picture),
        policy_version=policy.version,
        limit_money=policy.corrections.four_eyes_above,
        currency=policy.currency,
        pause_cost=_pause_cost(case, own, seen, policy.currency, now),
        now=now,
        history=tuple(history),
        count=count,
        correction=correction,
        counters=queue_people(policy, warehouse) if warehouse else (),
        approvers=queue_face(policy, approving).approvers,
        warehouse=queue_face(policy, warehouse) if warehouse else None,
        shadow=own.shadow if own else False,
        note_required=policy.rules_for(case.fingerprint.cls).note_required,
        runbook=policy.rules_for(case.fingerprint.cls).runbook or "",
        unread=_unread(case, readings, policy, now),
        queues=tuple((QueueId(name), rules.name) for name, rules in policy.queues.items()),
        frozen=_frozen(case, freezes, policy),
        finance=finance if finance != queue else None,
        vendor=policy.vendor_queue if policy.vendor_queue != queue else None,
        feed=_feed(case, policy),
    )


def _feed(case: Case, policy: Policy) -> Feed | None:
    """The source whose silence a case is about; None for all else, a vendor's missing word too."""
    about = case.fingerprint
    if about.cls is not ExceptionClass.STALE_FEED or about.detail or not about.systems:
        return None
    rules = policy.systems.get(about.systems[0])
    if rules is None:
        return None
    due = rules.source.fresh_for if rules.source is not None else None
    asked = rules.contact
    if asked is None:
        return Feed(about.systems[0], policy.company, due_every=due)
    return Feed(about.systems[0], policy.company, asked.name, asked.slack, asked.mail or "", due)


def _frozen(case: Case, freezes: Sequence[Freeze], policy: Policy) -> Freeze | None:
    channels = [system for system in case.fingerprint.systems if system in policy.channels]
    return next((found for system in channels if (found := freeze_on(freezes, system)) is not None), None)


def colleagues(view: CaseView, policy: Policy, owns: Mapping[UserId, int]) -> tuple[Colleague, ...]:
    """Whom it may be handed to, the suggested one first: of its own queue whoever has least open work, then of the others. Of
    those who are known by a user group alone ``OF_GROUPS`` at most: the rest may take it themselves."""
    found: dict[UserId, Colleague] = {}
    own = view.queue.id
    for queue in sorted(policy.queues, key=lambda name: name != own):
        for user in who_can(policy, QueueId(queue), "act"):
            person = policy.person_of(user)
            if person is not None and user not in found and user != view.case.owner:
                found[user] = Colleague(user, person.name, QueueId(queue), policy.queues[queue].name, owns.get(user, 0))
    listed = {person.slack for person in policy.people.values()}
    ordered = sorted(found.values(), key=lambda one: (one.queue != own, one.owns))
    of_groups = [one.user for one in ordered if one.user not in listed]
    return tuple(one for one in ordered if one.user not in of_groups[OF_GROUPS:])


def _unread(case: Case, readings: Mapping[SystemId, Reading], policy: Policy, now: datetime) -> str:
    """What the raises of the channels that the case is about wait for."""
    channels = [system for system in case.fingerprint.systems if system in policy.channels]
    return unread(
        {name: why for one in channels for name, why in waits_for(one, readings, policy, now).items()}, policy
    )


def queue_people(policy: Policy, queue: QueueId) -> tuple[UserId, ...]:
    """Everybody whom a queue names: lead, stand-in, members, and who is in its user groups."""
    face = queue_face(policy, queue)
    people = [face.lead, face.stand_in, *face.members]
    return tuple(dict.fromkeys(person for person in people if person is not None))


def _own_line(case: Case, seen: SkuView | None) -> ListingLine | None:
    if seen is None:
        return None
    return next((line for line in seen.listings if line.listing == case.fingerprint.listing), None)


def place_of(case: Case, seen: SkuView | None) -> LocationId | None:
    """The place that a count of this case would be of: its own, else the first place whose number decides."""
    if case.fingerprint.location is not None:
        return case.fingerprint.location
    if seen is None:
        return None
    deciding = [line for line in seen.positions if line.decides]
    physical = [line for line in deciding if line.system == COUNT_SYSTEM] or deciding
    return physical[0].location if physical else None


def _sending(case: Case, picture: SkuPicture | None) -> bool:
    """Waiting for ourselves: a standing act whose target is still to be sent."""
    if picture is None:
        return False
    due = {target.key for target in picture.targets if target.state in (TargetState.DUE, TargetState.IN_FLIGHT)}
    return any(act.target in due and act.state is ActionState.WANTED for act in case.actions)


def _pause_cost(case: Case, own: ListingLine | None, seen: SkuView | None, currency: str, now: datetime) -> Decimal:
    """Sales missed while paused, until the limit: the pace of the SKU, at most what can be sold, at price."""
    price = known_in(currency, seen.sku.price) if seen is not None else None
    if own is None or seen is None or price is None or not own.can_sell or case.resolve_by is None:
        return Decimal(0)
    weeks = Decimal(str(max(0.0, (case.resolve_by - now).total_seconds()))) / Decimal(7 * 86400)
    expected = min(Decimal(own.can_sell), seen.pace_7d * weeks)
    return (expected * price).quantize(Decimal("0.01"))


def listing_ids(view: CaseView) -> tuple[ListingId, ...]:
    """The listings that a pause of this case would close: its own, else all live ones."""
    if view.case.fingerprint.listing is not None:
        return (view.case.fingerprint.listing,)
    return tuple(line.listing for line in (view.sku.listings if view.sku else ()) if line.live)
