"""Which state a card shows, read from a case and the acts beside it (inbox-design 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.actions.speaking import in_force
from sync.exceptions.standing import ends_at
from sync.inbox.view import CaseView, ListingLine, PositionLine
from sync.model.exceptions import Action, ActionKind, ActionState, Life
from sync.model.ids import LocationId, UserId

Names = Mapping[UserId, str]
"""Plain names of people, where a mention would notify somebody who need not act."""


class CardState(StrEnum):
    """The states of a card, each with a look of its own."""

    OPEN = "open"
    OWNED = "owned"
    SNOOZED = "snoozed"
    SENDING = "sending"
    PAUSED = "paused"
    CAPPED = "capped"
    HELD = "held"
    FIXED = "fixed"
    ZEROED = "zeroed"
    VOUCHED = "vouched"
    READING = "reading"
    READY = "ready"
    COUNTING = "counting"
    APPROVAL = "approval"
    WRITING = "writing"
    FAILED = "failed"
    RESOLVED = "resolved"
    CLEARED = "cleared"


SENT_BY_US = (
    ActionKind.PAUSE,
    ActionKind.RESUME,
    ActionKind.CAP,
    ActionKind.UNCAP,
    ActionKind.HOLD,
    ActionKind.RELEASE,
    ActionKind.OVERRIDE,
    ActionKind.CORRECTION,
    ActionKind.RETRY,
    ActionKind.PUBLISH,
    ActionKind.RESEND,
)


def state_of(view: CaseView) -> CardState:
    """The state that the card's first line names: the newest of what is going on."""
    case = view.case
    if case.life is Life.RESOLVED:
        return CardState.RESOLVED
    if case.life is Life.CLEARED:
        return CardState.CLEARED
    if sending_since(view) is not None:
        return CardState.SENDING
    acting = acting_states(view)
    if acting:
        return acting[0][1]
    if asleep(view):
        return CardState.SNOOZED
    return CardState.OPEN if case.owner is None else CardState.OWNED


def asleep(view: CaseView) -> bool:
    """Snoozed, and not yet to be woken."""
    return view.case.snoozed_until is not None and view.case.snoozed_until > view.now


def sending_since(view: CaseView) -> datetime | None:
    """When the write was asked for that we wait for; None when nothing of this case is on its way."""
    if not view.sending:
        return None
    waiting = [act.at for act in view.case.actions if act.kind in SENT_BY_US and act.state is ActionState.WANTED]
    return max(waiting, default=None)


def acting_states(view: CaseView) -> list[tuple[datetime, CardState, Action]]:
    """What is going on beside the life of the case, newest first."""
    found = []
    failed = failed_act(view)
    if failed is not None:
        found.append((failed.settled_at or failed.at, CardState.FAILED, failed))
    correction = view.case.standing(ActionKind.CORRECTION)
    if correction is not None and correction.state is not ActionState.SEEN:
        state = CardState.APPROVAL if correction.state is ActionState.ASKED else CardState.WRITING
        found.append((correction.decided_at or correction.at, state, correction))
    override = view.case.standing(ActionKind.OVERRIDE)
    if override is not None:
        state = CardState.APPROVAL if override.state is ActionState.ASKED else CardState.FIXED
        found.append((override.at, state, override))
    said = in_force(view.case)
    if said is not None:
        state = CardState.ZEROED if said.kind is ActionKind.NOTHING else CardState.VOUCHED
        found.append((said.decided_at or said.at, state, said))
    vouch = view.case.standing(ActionKind.VOUCH)
    if vouch is not None and vouch.state is ActionState.ASKED:
        found.append((vouch.at, CardState.APPROVAL, vouch))
    file = view.case.standing(ActionKind.FILE)
    if file is not None and file.state is not ActionState.DONE:
        state = CardState.APPROVAL if file.state is ActionState.ASKED else CardState.READING
        found.append((file.decided_at or file.at, state, file))
    free = view.case.standing(ActionKind.FREE)
    if free is not None and free.state is ActionState.ASKED:
        found.append((free.at, CardState.APPROVAL, free))
    count = view.case.standing(ActionKind.COUNT)
    if count is not None and count.state is ActionState.WANTED:
        found.append((count.at, CardState.COUNTING, count))
    pause = view.case.standing(ActionKind.PAUSE)
    if pause is not None:
        found.append((pause.at, CardState.READY if view.agrees else CardState.PAUSED, pause))
    cap = view.case.standing(ActionKind.CAP)
    if cap is not None:
        found.append((cap.at, CardState.CAPPED, cap))
    hold = view.case.standing(ActionKind.HOLD)
    if hold is not None:
        found.append((hold.at, CardState.HELD, hold))
    return sorted(found, key=lambda one: one[0], reverse=True)


def failed_act(view: CaseView) -> Action | None:
    """The newest act that failed and was not followed by another of its kind."""
    failed = [
        act
        for kind in (*SENT_BY_US, ActionKind.FILE)
        if (act := view.case.newest(kind)) is not None and act.state is ActionState.FAILED
    ]
    return max(failed, key=lambda act: act.settled_at or act.at, default=None)


# -- what the card is about --------------------------------------------------------------------------------------------


def own_listing(view: CaseView) -> ListingLine | None:
    """The line of the case's own listing, if it is about one."""
    wanted = view.case.fingerprint.listing
    return next((line for line in (view.sku.listings if view.sku else ()) if line.listing == wanted), None)


def paused_listings(view: CaseView) -> list[ListingLine]:
    """The lines of listings that a pause of this case stands on."""
    paused = {
        act.listing for act in view.case.actions if act.kind is ActionKind.PAUSE and act.state.stands and act.listing
    }
    return [line for line in (view.sku.listings if view.sku else ()) if line.listing in paused]


def subject(view: CaseView) -> str:
    """What the case is about, as plain text: its SKU, else its system."""
    sku = view.case.fingerprint.sku
    return fmt.sku_code(sku) if sku else fmt.plain(view.system_name)


def product_title(view: CaseView) -> str:
    """The product's title as plain text, empty when there is none."""
    return fmt.plain(view.sku.sku.title, 60, 150) if view.sku and view.sku.sku.title else ""


def shows(line: ListingLine | None) -> str:
    """What customers are offered there, in words."""
    if line is None:
        return t.NOT_KNOWN
    if line.live is False:
        return "0"
    if line.shows is not None:
        return fmt.number(line.shows)
    return fmt.clean(line.shows_text) or t.NOT_KNOWN


def read_back(line: ListingLine | None, now: datetime) -> str:
    """``read back 14:44`` as mrkdwn."""
    return t.READ_NOT_YET if line is None or line.read_at is None else t.READ_BACK.format(at=fmt.at(line.read_at, now))


def mention(user: UserId | None, name: str = "", names: Names | None = None) -> str:
    """A person as mrkdwn: plain where ``names`` has them, else as a mention, else by the name alone."""
    if user is not None and names and user in names:
        return fmt.mrkdwn(names[user], 40)
    return f"<@{user}>" if user else fmt.mrkdwn(name or "somebody", 40)


def place_name(view: CaseView, location: LocationId | None) -> str:
    """What people call a place, as plain text."""
    for line in view.sku.positions if view.sku else ():
        if line.location == location:
            return fmt.plain(line.location_name, 40)
    return fmt.plain(view.location_name or location or "", 40)


def position_of(view: CaseView, act: Action) -> PositionLine | None:
    """The line whose number a correction is about."""
    system = act.figure("system")
    for line in view.sku.positions if view.sku else ():
        if line.system == system and line.location == act.location:
            return line
    return None


def correction_system(view: CaseView, act: Action) -> str:
    """The name of the system that a correction is about, as plain text."""
    line = position_of(view, act)
    return fmt.plain(line.system_name if line else act.figure("system") or "", 40)


def money(view: CaseView) -> str:
    """Revenue at risk, an estimate in whole units."""
    return fmt.estimate(view.case.risk.total.amount, view.case.risk.total.currency)


def change_of(view: CaseView, act: Action) -> str:
    """``NetSuite Reno 16 → 9 units (−7), −$287.00 at cost``, inert for mrkdwn."""
    if act.kind is ActionKind.FREE:
        return t.CHANGE_FREE.format(
            units=fmt.units(int(act.figure("units") or 0)),
            orders=fmt.mrkdwn(act.figure("orders") or "", 120),
            value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
        )
    if act.kind is ActionKind.FILE:
        return t.CHANGE_FILE.format(
            file=fmt.mrkdwn(act.figure("file") or "", 80),
            zero=fmt.counted(int(act.figure("to_zero") or 0), t.SKUS_COUNTED),
            lowered=fmt.number(int(act.figure("lowered") or 0)),
            raised=fmt.number(int(act.figure("raised") or 0)),
            value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
        )
    if act.kind is ActionKind.VOUCH:
        return t.CHANGE_VOUCH.format(
            system=fmt.mrkdwn(view.system_name, 40),
            until=fmt.at(ends_at(act), view.now),
            units=fmt.units(int(act.figure("units") or 0)),
            value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
        )
    was, to = int(act.figure("from") or 0), int(act.figure("to") or 0)
    value = Decimal(act.figure("value") or 0).copy_abs() * (-1 if to < was else 1)
    system, place = correction_system(view, act), place_name(view, act.location)
    change = f"{fmt.number(was)} → {fmt.units(to)} ({fmt.signed(to - was)})"
    return t.CHANGE_AT_COST.format(
        where=fmt.mrkdwn(f"{system} {place}", 60), change=change, value=fmt.signed_booked(value, view.currency)
    )
