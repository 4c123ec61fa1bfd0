"""Steps that name only their order, dealt out to the order's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.counting.weights import newest
from sync.model.ids import SystemId
from sync.model.stock import LineEvent, OrderLine


def orders_steps(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The stubs that hold steps of an order without a line."""
    return [line for line in lines if not line.line and not line.statements]


def with_orders_steps(lines: Sequence[OrderLine]) -> Sequence[OrderLine]:
    """Lines with the steps that name only their order (no line) dealt out to the order's lines.

    Such steps are kept on a line of their own without statements, so that it cannot matter which came first.
    """
    bare = orders_steps(lines)
    if not bare:
        return lines
    dealt = {line.key: line for line in lines}
    for stub in bare:
        family = [
            line for line in lines if (line.channel, line.order, line.sku) == (stub.channel, stub.order, stub.sku)
        ]
        family = [line for line in family if line.statements]
        if not family:
            continue
        del dealt[stub.key]
        for line, share in zip(family, _dealt(stub, family), strict=True):
            dealt[line.key] = share
    return list(dealt.values())


def _dealt(stub: OrderLine, family: Sequence[OrderLine]) -> list[OrderLine]:
    """Each kind of step fills the order's lines one after the other; what is left over stays with the last."""
    if len(family) == 1:
        return [_joined(family[0], stub.cancelled, stub.shipped, stub.acknowledged, stub.named_off)]
    shares: list[list[list[LineEvent]]] = [[[] for _ in range(4)] for _ in family]
    for kind, events in enumerate((stub.cancelled, stub.shipped, stub.acknowledged, stub.named_off)):
        room: dict[tuple[SystemId, int], int] = {}
        for event in events:
            left = event.units
            for index, line in enumerate(family):
                statement = newest(line)
                fits = room.setdefault((event.system, index), statement.units if statement else 0)
                part = left if index == len(family) - 1 else max(0, min(left, fits))
                if part:
                    shares[index][kind].append(replace(event, units=part))
                    room[(event.system, index)] = fits - part
                    left -= part
    return [_joined(line, *share) for line, share in zip(family, shares, strict=True)]


def _joined(
    line: OrderLine,
    cancelled: Sequence[LineEvent],
    shipped: Sequence[LineEvent],
    acknowledged: Sequence[LineEvent],
    named_off: Sequence[LineEvent],
) -> OrderLine:
    return replace(
        line,
        cancelled=(*line.cancelled, *cancelled),
        shipped=(*line.shipped, *shipped),
        acknowledged=(*line.acknowledged, *acknowledged),
        named_off=(*line.named_off, *named_off),
    )
