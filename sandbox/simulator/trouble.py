"""Faults: an API that is down, a feed that dies, hands in the admin, bookings gone wrong, codes that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.simulator.goods import book
from sandbox.simulator.plan import Happening
from sandbox.simulator.referee import Subject
from sandbox.simulator.ways import WMS

if TYPE_CHECKING:
    from sandbox.simulator.world import World


def _outage(world: World, event: Happening) -> None:
    front = world.channels[event.channel]
    front.down = True

    def over() -> None:
        front.down = False
        world.referee.holds(Subject("failed_update", system=front.name), False)

    world.agenda.after(event.lasts, over)


def _feed_dies(world: World, event: Happening) -> None:
    world.feed_dead = True

    def lives() -> None:
        world.feed_dead = False

    world.agenda.after(event.lasts, lives)


def _hand_up(world: World, event: Happening) -> None:
    _by_hand(world, event, event.units)


def _hand_down(world: World, event: Happening) -> None:
    front = world.channels[event.channel]
    _by_hand(world, event, -min(event.units, max(0, front.shelves[event.sku].level)))


def _by_hand(world: World, event: Happening, units: int) -> None:
    """Somebody mistypes a level, and puts it right later if nobody has done so."""
    front = world.channels[event.channel]
    if units == 0 or front.shelves[event.sku].by_hand:
        return
    front.set_by_hand(event.sku, units)

    def put_right() -> None:
        if front.shelves[event.sku].by_hand == units:
            front.set_by_hand(event.sku, -units)

    world.agenda.after(event.lasts, put_right)


def _phantom(world: World, event: Happening) -> None:
    """A pick is booked that never was, and the book is below zero until it is found."""
    sku, place = event.sku, event.place
    units = max(0, world.truth.book[sku, place]) + event.units
    told = world.event(WMS, "stock.changed", f"phantom:{event.number}", sku, location=place, on_hand_delta=-units)

    def heard() -> None:
        world.referee.holds(
            Subject("negative_stock", sku, place=place),
            world.truth.book[sku, place] < 0,
        )

    world.referee.when_heard(str(told["id"]), heard)
    book(world, sku, place, -units)
    world.tell(WMS, told)

    def found() -> None:
        event_back = world.event(
            WMS, "stock.changed", f"phantom-found:{event.number}", sku, location=place, on_hand_delta=units
        )
        book(world, sku, place, units)
        world.tell(WMS, event_back)

    world.agenda.after(event.lasts, found)


def _drift(world: World, event: Happening) -> None:
    """The ERP has units that are not there, until somebody puts it right."""
    key, units = (event.sku, event.place), event.units + 12
    world.truth.erp[key] += units
    world.referee.look(event.sku)

    def put_right() -> None:
        world.truth.erp[key] -= units
        world.referee.look(event.sku)

    world.agenda.after(event.lasts, put_right)


def _unknown_code(world: World, event: Happening) -> None:
    told = world.event(
        WMS,
        "stock.counted",
        f"unknown:{event.number}",
        f"NEW-{event.number}",
        location=event.place,
        on_hand=event.units,
    )
    world.referee.when_heard(str(told["id"]), lambda: world.referee.holds(Subject("catalog_fault", system=WMS), True))
    world.tell(WMS, told)


def _suppressed(world: World, event: Happening) -> None:
    front = world.channels[event.channel]
    front.set_live(event.sku, False)
    world.agenda.after(event.lasts, lambda: front.set_live(event.sku, True))


FAULTS: dict[str, Callable[[World, Happening], None]] = {
    "outage": _outage,
    "feed_dies": _feed_dies,
    "hand_up": _hand_up,
    "hand_down": _hand_down,
    "phantom": _phantom,
    "drift": _drift,
    "unknown_code": _unknown_code,
    "suppressed": _suppressed,
}
"""By the plan's names."""
