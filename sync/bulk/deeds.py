"""What an act on many means for one of them: the acts of its own form, on its own listings. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.actions.holds import holds_of, order_of, to_hold
from sync.bulk.bulk import Asked, Deed, Left, Why
from sync.inbox.acts import (
    PAUSE_REASONS,
    Act,
    Cap,
    Close,
    HoldOrders,
    Pause,
    ReleaseOrders,
    RequestCount,
    Resume,
    Snooze,
    Take,
    Uncap,
)
from sync.inbox.looking import place_of
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import ActionKind

Acts = Sequence[Act] | Left
"""The acts that one exception gets, in order; or why it is left out."""


def acts_for(view: CaseView, asked: Asked) -> Acts:
    """The acts of one exception."""
    return _DEEDS[asked.deed](view, asked)


def own_lines(view: CaseView) -> list[ListingLine]:
    """The listing that an exception is about, else all of its SKU."""
    lines = list(view.sku.listings if view.sku is not None else ())
    own = view.case.fingerprint.listing
    return lines if own is None else [line for line in lines if line.listing == own]


def words(asked: Asked) -> str:
    """Why, in words."""
    return asked.note.strip() or PAUSE_REASONS.get(asked.reason, "").lower()


def _pause(view: CaseView, asked: Asked) -> Acts:
    """Off sale; where a channel cannot pause and its quantity is ours, it shows 0."""
    on_sale = [line for line in own_lines(view) if line.live is not False and not line.paused_by_us]
    if not on_sale:
        return Left(Why.ALREADY if own_lines(view) else Why.NOTHING)
    ours = [line for line in on_sale if not line.shadow]
    if not ours:
        return Left(Why.SHADOW)
    acts: list[Act] = []
    if pausable := tuple(line.listing for line in ours if line.can_pause):
        acts.append(Pause(pausable, asked.reason, asked.note))
    others = [line for line in ours if not line.can_pause and line.writable]
    acts += [Cap(line.listing, 0, words(asked)) for line in others if _lowers(line, 0)]
    if acts:
        return acts
    return Left(Why.ALREADY if others else Why.CANNOT)


def _lowers(line: ListingLine, units: int) -> bool:
    """Whether showing at most so many changes anything."""
    most = max(line.shows or 0, line.can_sell or 0)
    return units < most and (line.capped is None or units < line.capped)


def _cap(view: CaseView, asked: Asked) -> Acts:
    lines = own_lines(view)
    if not lines:
        return Left(Why.NOTHING)
    if all(line.shadow for line in lines):
        return Left(Why.SHADOW)
    ours = [line for line in lines if line.writable]
    if not ours:
        return Left(Why.CANNOT)
    return [Cap(line.listing, asked.units, words(asked)) for line in ours if _lowers(line, asked.units)] or Left(
        Why.ALREADY
    )


def _hold(view: CaseView, asked: Asked) -> Acts:
    orders = tuple(one.key for one in to_hold(view))
    return [HoldOrders(orders, words(asked))] if orders else Left(Why.NOTHING)


def _take(view: CaseView, asked: Asked) -> Acts:
    return Left(Why.ALREADY) if view.case.owner is not None else [Take()]


def _count(view: CaseView, asked: Asked) -> Acts:
    place = place_of(view.case, view.sku)
    return [RequestCount(place, None, None, words(asked))] if place is not None else Left(Why.NOTHING)


def _snooze(view: CaseView, asked: Asked) -> Acts:
    return [Snooze(asked.until, words(asked))]


def _close(view: CaseView, asked: Asked) -> Acts:
    return [Close(asked.outcome, words(asked))]


def _resume(view: CaseView, asked: Asked) -> Acts:
    """Every stop of ours is ended: what is paused goes back on sale, what is capped shows all again."""
    acts: list[Act] = []
    if any(act.kind is ActionKind.PAUSE and act.state.stands for act in view.case.actions):
        acts.append(Resume(words(asked)))
    if any(act.kind is ActionKind.CAP and act.state.stands for act in view.case.actions):
        acts.append(Uncap(words(asked)))
    return acts or Left(Why.NOTHING)


def _release(view: CaseView, asked: Asked) -> Acts:
    orders = tuple(order_of(act) for act in holds_of(view.case))
    return [ReleaseOrders(orders, words(asked))] if orders else Left(Why.NOTHING)


_DEEDS: dict[Deed, Callable[[CaseView, Asked], Acts]] = {
    Deed.PAUSE: _pause,
    Deed.CAP: _cap,
    Deed.HOLD: _hold,
    Deed.TAKE: _take,
    Deed.COUNT: _count,
    Deed.SNOOZE: _snooze,
    Deed.CLOSE: _close,
    Deed.RESUME: _resume,
    Deed.RELEASE: _release,
}
