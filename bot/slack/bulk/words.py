"""A bulk act in words: what it would do, who is left out and why."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.bulk.bulk import Bulk, Deed, LeftCount, Why


def items(count: int) -> str:
    """``37 exceptions``."""
    return fmt.counted(count, t.EXCEPTIONS)


def would(bulk: Bulk, currency: str) -> str:
    """What it would do, what that saves and costs, and who is left out, as sentences."""
    found, asked = bulk.figures, bulk.asked
    told = [
        t.BULK_WOULD[asked.deed.value].format(
            listings=fmt.counted(found.listings, t.LISTINGS),
            channels=fmt.counted(found.channels, t.BULK_CHANNELS),
            orders=fmt.counted(found.orders, t.ORDERS),
            items=items(found.items),
            now=fmt.units(found.units_now),
            then=fmt.number(found.units_then),
            most=fmt.units(asked.units),
            outcome=fmt.within(t.OUTCOMES.get(asked.outcome, "")),
            until=_until(bulk),
        )
    ]
    if found.uncounted:
        told.append(fmt.agreeing(found.uncounted, t.BULK_SHOW_NO_NUMBER))
    if found.saves:
        costs = t.BULK_COSTS.format(costs=fmt.estimate(found.costs, currency)) if found.costs else ""
        told.append(t.BULK_SAVES.format(saves=fmt.estimate(found.saves, currency), costs=costs))
    if found.left:
        total = sum(one.count for one in found.left)
        told.append(t.BULK_LEFT.format(count=fmt.number(total), reasons=reasons(found.left)))
    return " ".join(told)


def _until(bulk: Bulk) -> str:
    until = bulk.asked.until
    return t.BULK_UNTIL.format(at=fmt.at(until, bulk.frozen_at)) if until is not None else t.BULK_UNTIL_WORSE


def reasons(left: Sequence[LeftCount]) -> str:
    """``3 are Lee's, 1 changed``."""
    ordered = sorted(left, key=lambda one: (one.why is not Why.OWNED, -one.count, one.why, one.who))
    return t.LIST_COMMA.join(_reason(one) for one in ordered)


def _reason(one: LeftCount) -> str:
    count = fmt.number(one.count)
    if one.why is Why.OWNED:
        return t.BULK_OWNED_BY.of(one.count).format(n=count, who=fmt.mrkdwn(one.who, 40))
    return t.BULK_WHY[one.why.value].format(count=count)


def quoted(bulk: Bulk) -> str:
    """Why, as typed; empty where nothing was asked."""
    chosen = t.PAUSE_WHYS.get(bulk.asked.reason, "") if bulk.asked.deed is Deed.PAUSE else ""
    said = bulk.asked.note.strip() or fmt.within(chosen)
    return t.BULK_REASON.format(note=fmt.mrkdwn(said, 300)) if said else ""


def changes_cards(deed: Deed) -> bool:
    """Whether something is to be sent and read back, so that its being taken is not yet its being so."""
    return deed in (Deed.PAUSE, Deed.CAP, Deed.HOLD, Deed.RESUME, Deed.RELEASE)
