"""What happens to goods and orders: picked in parts, received, lost, moved, brought back, edited, cancelled; booked later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.simulator.orders import Line
from sandbox.simulator.plan import Happening
from sandbox.simulator.ways import DROP, EAST, HOUR, MINUTE, SOURCE_OF, WEST, WMS

if TYPE_CHECKING:
    from sandbox.simulator.world import World


def book(world: World, sku: str, place: str, units: int) -> None:
    """A source changes its number; the ERP follows it a little later."""
    truth = world.truth
    truth.book[sku, place] += units

    def follow() -> None:
        truth.erp[sku, place] += units
        world.referee.look(sku)

    world.agenda.after(world.ways.dice("erp", sku, place, world.now).uniform(0, world.ways.erp_lags), follow)
    world.referee.look(sku)


# -- an order's life


def plan_line(world: World, line: Line) -> None:
    """What will become of a line, whatever else happens: drawn from its own dice."""
    dice = world.ways.dice("life", line.key)
    if not line.names_place:
        world.agenda.after(dice.uniform(2, 25) * MINUTE, lambda: _tell_place(world, line))
    if dice.random() < world.ways.edits:
        world.agenda.after(dice.uniform(5, 60) * MINUTE, lambda: _edit(world, line))
    if dice.random() < world.ways.cancels:
        world.agenda.after(dice.uniform(5, 120) * MINUTE, lambda: _cancel(world, line))
    if not line.sticks:
        world.agenda.after(dice.uniform(0.1, 1) * world.ways.ships_after, lambda: _ship(world, line))


def _tell_place(world: World, line: Line) -> None:
    if line.open > 0 and not line.names_place:
        line.names_place = True
        event = world.revised(line, line.ordered)
        world.channels[line.channel].publish(f"place:{line.key}", event)


def _edit(world: World, line: Line) -> None:
    """A customer changes the order; units are added only where the line leaves from and has some."""
    front, dice = world.channels[line.channel], world.ways.dice("edit", line.key)
    more = dice.choice((-1, 1, 2))
    room = min(front.buyable(line.sku), max(0, world.truth.free(line.sku, line.place)))
    if line.open == 0 or more > room or line.ordered + more < max(1, line.shipped + line.cancelled):
        return
    if more > 0:
        world.referee.sold_units(line.sku, line.channel, more, 0)
    event = world.revised(line, line.ordered + more)
    front.publish(f"edit:{line.key}", event, front.move(line.sku, -more))


def _cancel(world: World, line: Line) -> None:
    """Money back before it left: the channel puts the units on sale again. The vendor may never hear of it."""
    if line.open == 0:
        return
    dice, front = world.ways.dice("cancel", line.key), world.channels[line.channel]
    units = dice.randint(1, line.open)
    line.cancelled += units
    event = world.event(
        line.channel,
        "order.cancelled",
        f"cancel:{line.order}:{line.line}",
        line.sku,
        order=line.order,
        line=line.line,
        units=units,
    )
    front.publish(f"cancel:{line.key}", event, front.move(line.sku, units))
    if line.place == DROP and dice.random() < 0.7:
        world.agenda.after(dice.uniform(0, 1) * HOUR, lambda: _forget(line, units))


def _forget(line: Line, units: int) -> None:
    line.learned = max(0, line.learned - units)


def _ship(world: World, line: Line) -> None:
    """As many as are there leave, not always all at once; what is not there is looked for again."""
    truth, dice = world.truth, world.ways.dice("ship", line.key, line.parcels, int(world.now))
    there = min(line.open, truth.shelf[line.sku, line.place])
    if there > 0:
        units = there if dice.random() < 0.6 else dice.randint(1, there)
        line.shipped += units
        line.parcels += 1
        truth.shelf[line.sku, line.place] -= units
        parcel = f"{line.key}:{line.parcels}"
        if dice.random() < 0.8:
            _tell_parcel(world, line, units, named=dice.random() < 0.5)
        world.agenda.after(dice.uniform(0, world.ways.books), lambda: _book_parcel(world, line, units, parcel))
        if dice.random() < world.ways.returns / 10:
            world.agenda.after(dice.uniform(1, 3) * HOUR, lambda: _come_back(world, line, parcel))
        world.referee.look(line.sku)
    if line.open > 0:
        world.agenda.after(dice.uniform(20, 60) * MINUTE, lambda: _ship(world, line))


def _tell_parcel(world: World, line: Line, units: int, *, named: bool) -> None:
    where: dict[str, object] = {"location": line.place} if named else {}
    event = world.event(
        line.channel,
        "order.shipped",
        f"parcel:{line.order}:{line.line}:{line.parcels}",
        line.sku,
        order=line.order,
        line=line.line,
        units=units,
        **where,
    )
    world.channels[line.channel].publish(str(event["id"]), event)


def _book_parcel(world: World, line: Line, units: int, parcel: str) -> None:
    line.booked += units
    book(world, line.sku, line.place, -units)
    if line.place != DROP:
        event = world.event(
            WMS,
            "stock.changed",
            f"pick:{parcel}",
            line.sku,
            location=line.place,
            on_hand_delta=-units,
            channel=line.channel,
            order=line.order,
            line=line.line,
        )
        world.tell(WMS, event)
    world.truth.forget_done(line.sku)


def _come_back(world: World, line: Line, parcel: str) -> None:
    """One unit comes back; three of ten are broken and never sold again. Some channels put it on sale by themselves."""
    dice = world.ways.dice("back", parcel)
    place = line.place if line.place != DROP else EAST
    broken = dice.random() < 0.3
    if not broken:
        world.truth.shelf[line.sku, place] += 1
    front = world.channels[line.channel]
    if dice.random() < 0.5 and not broken:
        refund = world.event(
            line.channel, "return.received", f"refund:{parcel}", line.sku, location=front.place, on_hand_delta=1
        )
        front.publish(f"refund:{parcel}", refund, front.move(line.sku, 1))

    def booked() -> None:
        if not broken:
            book(world, line.sku, place, 1)
        delta = {"quarantined_delta": 1} if broken else {"on_hand_delta": 1}
        world.tell(WMS, world.event(WMS, "return.received", f"back:{parcel}", line.sku, location=place, **delta))

    world.agenda.after(dice.uniform(0, world.ways.books), booked)
    world.referee.look(line.sku)


# -- goods by themselves


def _receive(world: World, event: Happening) -> None:
    _arrive(world, f"in:{event.number}", event.sku, event.place, event.units)


def _arrive(world: World, name: str, sku: str, place: str, units: int, *, was_incoming: bool = False) -> None:
    """Goods are on the shelf now, and in the books later."""
    world.truth.shelf[sku, place] += units
    world.referee.look(sku)

    def booked() -> None:
        book(world, sku, place, units)
        if SOURCE_OF[place] == WMS:
            rest = {"incoming_delta": -units} if was_incoming else {}
            event = world.event(WMS, "stock.received", name, sku, location=place, on_hand_delta=units, **rest)
            world.tell(WMS, event)

    world.agenda.after(world.ways.dice("booked", name).uniform(0, world.ways.books), booked)


def _lose(world: World, event: Happening) -> None:
    """Something breaks and is booked at once; nobody can know before the news has come through."""
    units = min(event.units, world.truth.shelf[event.sku, event.place])
    if units > 0:
        told = world.event(
            WMS, "stock.changed", f"lost:{event.number}", event.sku, location=event.place, on_hand_delta=-units
        )
        _gone(world, event.sku, event.place, units, str(told["id"]))
        world.tell(WMS, told)


def _gone(world: World, sku: str, place: str, units: int, told: str) -> None:
    truth = world.truth
    truth.shelf[sku, place] -= units
    truth.unknown[sku, place] += units

    def known() -> None:
        truth.unknown[sku, place] -= units

    world.referee.when_heard(told, known)
    book(world, sku, place, -units)


def _transfer(world: World, event: Happening) -> None:
    """A pallet goes to the other warehouse, and is on the road for hours."""
    units = min(event.units, max(0, world.truth.free(event.sku, event.place)))
    if units == 0:
        return
    other = WEST if event.place == EAST else EAST
    told = world.event(
        WMS,
        "stock.transferred",
        f"leaves:{event.number}",
        event.sku,
        location=event.place,
        to_location=other,
        on_hand_delta=-units,
    )
    _gone(world, event.sku, event.place, units, str(told["id"]))
    world.tell(WMS, told)
    name = f"arrives:{event.number}"
    world.agenda.after(event.lasts, lambda: _arrive(world, name, event.sku, other, units, was_incoming=True))


HAPPENINGS: dict[str, Callable[[World, Happening], None]] = {"receipt": _receive, "loss": _lose, "transfer": _transfer}
"""By the plan's names."""
