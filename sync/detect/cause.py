"""What changed, and by which event: the first question that a card answers."""

from __future__ import annotations

from datetime import datetime

from sync.connectors.base import Fault
from sync.counting.numbers import fresh_until
from sync.detect.picture import ListingPicture, SkuPicture
from sync.model.exceptions import Evidence
from sync.model.facts import Acknowledged, Change, Count, Fact, FactKind, LineStated, LineStep
from sync.model.ids import LocationId, SystemId
from sync.model.outbox import TargetState
from sync.model.stock import SkuState
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Mode
from sync.storms.causes import EXPOSURE, ORDERS, SILENT, counts_cause, movements_cause, policy_cause

_WEIGHT = {
    FactKind.COUNTED: 5,
    FactKind.STOCK_ACKNOWLEDGED: 3,
    FactKind.CHANGED: 5,
    FactKind.RECEIVED: 5,
    FactKind.RETURNED: 4,
    FactKind.ORDER_LINE: 3,
    FactKind.ORDER_CANCELLED: 3,
    FactKind.ORDER_SHIPPED: 2,
    FactKind.LEVEL_SEEN: 1,
}


def system_name(policy: Policy, system: SystemId) -> str:
    """What people call a system."""
    if system == COUNT_SYSTEM:
        return "Count by a person"
    known = policy.systems.get(system)
    return known.name if known else system


def place_name(policy: Policy, location: LocationId | None) -> str:
    """What people call a place."""
    if location is None:
        return "an unknown place"
    known = policy.locations.get(location)
    return known.name if known else location


def units(number: int) -> str:
    """``1 unit``, ``9 units``, with a space that does not break."""
    return f"{number}\u00a0unit{'' if abs(number) == 1 else 's'}"


def signed(number: int) -> str:
    """A difference with its sign (U+2212 for minus)."""
    return f"+{number}" if number > 0 else f"\u2212{-number}" if number < 0 else "0"


def cause_of(sku: SkuPicture, one: ListingPicture, policy: Policy) -> Evidence:
    """Evidence for one listing: the weightiest fresh fact told in a sentence, and what our own update came to.

    Without fresh facts (only time passed) ``event`` is None and the sentence tells of the update alone.
    """
    fact = _weightiest(sku)
    parts = [told(fact, policy, sku.before)] if fact is not None else []
    update = _update_told(one, policy)
    if update:
        parts.append(update)
    exposure = one.exposure
    return Evidence(
        changed=" ".join(parts) or "No new event; the difference is older than this card.",
        event=f"{fact.system}:{fact.key}" if fact is not None else None,
        event_at=fact.as_of.start if fact is not None else None,
        shows=exposure.units_high if exposure.kind == "number" else None,
        shows_text="" if exposure.kind == "number" else exposure.sentence,
        can_sell=one.allowed,
        arithmetic=one.promise.arithmetic,
        cause=f"{one.listing.system}:{EXPOSURE}",
    )


def _weightiest(sku: SkuPicture) -> Fact | None:
    told_by = [fact for fact in sku.fresh if fact.kind in _WEIGHT and not fact.key.startswith("read:")]
    return max(told_by, key=lambda fact: (_WEIGHT.get(fact.kind, 0), fact.as_of.end, fact.key), default=None)


def cause_key(sku: SkuPicture, one: ListingPicture, policy: Policy, now: datetime) -> str:
    """What a wrong offer belongs to (:mod:`sync.storms.causes`): what stands first, then what happened, then what is seen."""
    channel, fact = one.listing.system, _weightiest(sku)
    refused = _refused(one)
    if refused:
        return f"{channel}:{refused}"
    silent = _silent(one, policy, now)
    if silent is not None:
        return f"{silent}:{SILENT}"
    if fact is None:
        again = one.reckoned_by and one.reckoned_by != policy.version
        return policy_cause(policy.version) if again else f"{channel}:{EXPOSURE}"
    return _happened(fact)


def _refused(one: ListingPicture) -> str:
    """Why the account refuses what waits to be shown here; empty when it does not."""
    waits = one.quantity
    if waits is None or waits.state not in (TargetState.DUE, TargetState.IN_FLIGHT):
        return ""
    if waits.lane_fault:
        return waits.lane_fault
    return waits.fault if waits.fault and Fault(waits.fault).of_account else ""


def _silent(one: ListingPicture, policy: Policy, now: datetime) -> SystemId | None:
    """A source whose stale number decides what may be promised here."""
    for position in one.promise.pool.decided_by:
        until = fresh_until(position, policy)
        if until is not None and until < now:
            return position.system
    return None


def _happened(fact: Fact) -> str:
    """The cause that a fact is: counts or movements of a system at a place, or orders of a channel."""
    match fact.body:
        case Count() if fact.kind is not FactKind.LEVEL_SEEN:
            return counts_cause(fact.system, fact.location)
        case Change():
            return movements_cause(fact.system, fact.location)
        case LineStated() | LineStep():
            return f"{fact.body.order.channel}:{ORDERS}"
        case _:
            return f"{fact.system}:{EXPOSURE}"


def told(fact: Fact, policy: Policy, before: SkuState | None = None) -> str:
    """One fact as a plain sentence; its time is told beside it."""
    who, where, body = system_name(policy, fact.system), place_name(policy, fact.location), fact.body
    match body:
        case Count():
            number = body.on_hand if body.on_hand is not None else body.available
            was = _number_before(fact, before)
            if number is None:
                return f"{who} reported on {where}."
            change = f" ({signed(number - was)})" if was is not None and was != number else ""
            arrow = f"{was} → " if was is not None and was != number else ""
            if fact.kind is FactKind.LEVEL_SEEN:
                return f"{who} shows {arrow}{units(number)} at {where}{change}."
            return f"{who} counts {arrow}{units(number)} at {where}{change}."
        case Change():
            return _moved(fact, who, signed(body.on_hand or body.quarantined or body.held), where)
        case Acknowledged():
            how_many = "it" if body.units is None else units(body.units)
            return f"{who} can supply {how_many} from {where}."
        case LineStated():
            return f"Order {body.order.order} on {system_name(policy, body.order.channel)}: {units(body.units)}."
        case LineStep():
            return _stepped(fact, body.order.order, system_name(policy, body.order.channel), units(body.units))
        case _:
            return f"{who} changed the listing."


def _moved(fact: Fact, who: str, by: str, where: str) -> str:
    match fact.kind:
        case FactKind.RECEIVED:
            return f"{who}: receipt of {by} at {where}."
        case FactKind.RETURNED:
            return f"{who}: return of {by} at {where}."
        case _:
            return f"{who}: adjustment of {by} at {where}."


def _stepped(fact: Fact, order: str, channel: str, how_many: str) -> str:
    match fact.kind:
        case FactKind.ORDER_CANCELLED:
            return f"Order {order} on {channel}: {how_many} cancelled."
        case FactKind.ORDER_SHIPPED:
            return f"Order {order} on {channel}: {how_many} shipped."
        case _:
            return f"Order {order} on {channel}: {how_many} acknowledged."


def _number_before(fact: Fact, before: SkuState | None) -> int | None:
    if before is None:
        return None
    for position in before.positions:
        if position.system == fact.system and position.location == fact.location and position.statement is not None:
            count = position.statement.count
            return count.on_hand if count.on_hand is not None else count.available
    return None


def _update_told(one: ListingPicture, policy: Policy) -> str:
    target = one.quantity
    if target is None:
        return ""
    name = system_name(policy, one.listing.system)
    if target.fault:
        return f"{name} did not take our update to {target.wanted}: {target.fault_text or target.fault}."
    sends = policy.systems[one.listing.system].mode is not Mode.SHADOW
    if sends and target.confirmed and target.sent is not None and target.sent == target.wanted:
        shows = one.offered
        if shows is not None and shows != target.sent:
            return f"{name} accepted our update to {target.sent}, but shows {shows}."
    return ""


def newest(*instants: datetime | None) -> datetime | None:
    """The latest of those that are known."""
    known = [instant for instant in instants if instant is not None]
    return max(known) if known else None
