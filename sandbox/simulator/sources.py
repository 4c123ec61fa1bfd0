"""What stock systems say by themselves: slow full counts of the WMS, the ERP's books, the vendor's feed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sandbox.simulator.network import Event
from sandbox.simulator.referee import FRESH, Subject
from sandbox.simulator.ways import DROP, EAST, ERP, MINUTE, VENDOR, WEST, WMS

if TYPE_CHECKING:
    from sandbox.simulator.world import World


def begin(world: World) -> None:
    """Let every source say something soon, and then in its own time."""
    world.agenda.at(0.5, partial(_read_warehouse, world, 0))
    world.agenda.at(0.5, partial(_feed, world, 0))
    world.agenda.at(5 * MINUTE, partial(_erp, world, 0))
    world.agenda.at(MINUTE, partial(_watch_feed, world))


def _read_warehouse(world: World, number: int) -> None:
    """A full count: each row is read somewhere in the interval, and the whole is told when it is through. The first is quick."""
    ways, dice, begun = world.ways, world.ways.dice("count", number), world.now
    lasts = dice.uniform(0, ways.reading) if number else 0.0
    rows: list[Event] = []

    def read(sku: str, place: str) -> None:
        rows.append(
            {
                "type": "stock.counted",
                "id": f"{WMS}:count:{number}:{place}:{sku}",
                "occurred_at": world.stamp(WMS, begun),
                "as_of_end": world.stamp(WMS, begun + lasts),
                "sku": sku,
                "location": place,
                "on_hand": world.truth.book[sku, place],
            }
        )

    for sku in ways.codes:
        for place in (EAST, WEST):
            world.agenda.after(dice.uniform(0, lasts), partial(read, sku, place))

    def done() -> None:
        world.tell(WMS, *rows, late=dice.uniform(0, ways.late) if number else 0.0)
        world.agenda.after(dice.uniform(0.5, 1.5) * ways.reads_every, partial(_read_warehouse, world, number + 1))

    world.agenda.after(lasts, done)


def _erp(world: World, number: int) -> None:
    rows = [
        world.event(ERP, "stock.counted", f"book:{number}:{place}:{sku}", sku, location=place, on_hand=units)
        for (sku, place), units in world.truth.erp.items()
        if place in (EAST, WEST)
    ]
    world.tell(ERP, *rows)
    world.agenda.after(world.ways.erp_every, partial(_erp, world, number + 1))


def _feed(world: World, number: int) -> None:
    """The vendor's file: units there less the orders that it has learned of."""
    truth = world.truth
    if not world.feed_dead:
        rows = []
        for sku in world.ways.codes:
            known = sum(max(0, line.learned - line.booked) for line in truth.lines[sku] if line.place == DROP)
            units = truth.book[sku, DROP] - known
            rows.append(
                world.event(VENDOR, "stock.counted", f"feed:{number}:{sku}", sku, location=DROP, available=units)
            )
        stated = world.now
        world.referee.when_heard(str(rows[0]["id"]), lambda: _fed(world, stated))
        world.tell(VENDOR, *rows)
    world.agenda.after(world.ways.feed_every, partial(_feed, world, number + 1))


def _fed(world: World, stated: float) -> None:
    world.fed_at = max(world.fed_at, stated)
    world.referee.holds(Subject("stale_feed", system=VENDOR), world.now - world.fed_at > FRESH)


def _watch_feed(world: World) -> None:
    world.referee.holds(Subject("stale_feed", system=VENDOR), world.now - world.fed_at > FRESH)
    world.agenda.after(MINUTE, partial(_watch_feed, world))
