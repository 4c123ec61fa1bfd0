"""Order lines while facts are folded in: statements and steps as sets, whatever came first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sync.model.facts import Change, Fact, FactKind, LineStated, LineStep, OrderRef
from sync.model.ids import LocationId
from sync.model.made import replaced
from sync.model.stock import LineEvent, LineRevision, OrderLine, SkuState

LineKey = tuple[str, str, str, str]
Steps = Literal["cancelled", "shipped", "acknowledged", "named_off"]

_STEPS: dict[FactKind, Steps] = {
    FactKind.ORDER_CANCELLED: "cancelled",
    FactKind.ORDER_SHIPPED: "shipped",
    FactKind.ORDER_ACKNOWLEDGED: "acknowledged",
}


class LineBook:
    """The lines of one SKU by key; a step of an unknown line starts a stub, which its statement completes later."""

    def __init__(self, state: SkuState) -> None:
        self._sku = state.sku
        self._before = state.lines
        self._changed: dict[LineKey, OrderLine] = {}
        self._index: dict[LineKey, OrderLine] | None = None

    def known(self) -> Iterable[OrderLine]:
        """All lines as they are now."""
        return (self._lines() | self._changed).values()

    def stated(self, fact: Fact, body: LineStated) -> None:
        """One revision of the line."""
        line = self._line(body.order)
        revision = LineRevision(fact.revision, fact.as_of, body.units, body.state, fact.location)
        if revision in line.statements:
            self._heard(line, fact)
            return
        statements = tuple(sorted((*line.statements, revision), key=_by_revision))
        is_newest = statements[-1] is revision
        self._put(
            replaced(
                line,
                statements=statements,
                location=_assigned(statements),
                placed_at=body.placed_at if line.placed_at is None else min(line.placed_at, body.placed_at),
                price=body.price if body.price is not None and (is_newest or line.price is None) else line.price,
                currency=body.currency if body.currency and (is_newest or not line.currency) else line.currency,
                received_at=_earliest(line.received_at, fact.received_at),
                kit=fact.kit or line.kit,
            )
        )

    def step(self, fact: Fact, body: LineStep) -> None:
        """Units cancelled, shipped or acknowledged."""
        kind = _STEPS[fact.kind]
        location = fact.location if kind == "shipped" else None
        event = LineEvent(fact.key, fact.as_of, body.units, fact.system, location, of_kit=fact.kit is not None)
        self._add(body.order, kind, event, fact)

    def named_off(self, fact: Fact, change: Change, order: OrderRef) -> None:
        """A source's own movement that names its order; putting units back takes it back."""
        if change.on_hand:
            self._add(order, "named_off", LineEvent(fact.key, fact.as_of, -change.on_hand, fact.system), fact)

    def all(self) -> tuple[OrderLine, ...]:
        """All lines in the order of their keys."""
        if not self._changed:
            return self._before
        return tuple(line for _, line in sorted((self._lines() | self._changed).items()))

    def _add(self, order: OrderRef, kind: Steps, event: LineEvent, fact: Fact) -> None:
        line = self._line(order)
        if fact.kit is not None:
            line = replaced(line, kit=fact.kit)
        events: tuple[LineEvent, ...] = getattr(line, kind)
        if any((known.system, known.key) == (event.system, event.key) for known in events):
            self._heard(line, fact)
            return
        events = tuple(sorted((*events, event), key=_by_time))
        received = _earliest(line.received_at, fact.received_at)
        match kind:
            case "cancelled":
                line = replaced(line, cancelled=events, received_at=received)
            case "shipped":
                line = replaced(line, shipped=events, received_at=received)
            case "acknowledged":
                line = replaced(line, acknowledged=events, received_at=received)
            case "named_off":
                line = replaced(line, named_off=events, received_at=received)
        self._put(line)

    def _heard(self, line: OrderLine, fact: Fact) -> None:
        received = _earliest(line.received_at, fact.received_at)
        if received != line.received_at:
            self._put(replaced(line, received_at=received))

    def _line(self, order: OrderRef) -> OrderLine:
        key = (order.channel, order.order, order.line, self._sku)
        known = self._changed.get(key) or self._lines().get(key)
        return known or OrderLine(order.channel, order.order, order.line, self._sku)

    def _put(self, line: OrderLine) -> None:
        self._changed[line.key] = line

    def _lines(self) -> dict[LineKey, OrderLine]:
        if self._index is None:
            self._index = {line.key: line for line in self._before}
        return self._index


def _assigned(statements: tuple[LineRevision, ...]) -> LocationId | None:
    """The place that the newest statement naming one names."""
    return next((one.location for one in reversed(statements) if one.location is not None), None)


def _by_revision(one: LineRevision) -> tuple[object, ...]:
    return (one.revision, one.at, one.units, one.state, one.location or "")


def _by_time(event: LineEvent) -> tuple[object, ...]:
    return (event.at, event.system, event.key)


def _earliest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
