"""The world: buyers buy, people pick, pack and mistype, systems tell of it in their own time.

Nothing here knows who listens. Two runs of one seed have the same shoppers, goods and faults; they differ only by what the
listener wrote to the channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from sandbox.simulator import goods, sources, trouble
from sandbox.simulator.network import Agenda, Event, Message, Network
from sandbox.simulator.orders import Line, Truth
from sandbox.simulator.plan import Shopper, happenings, opening, shoppers
from sandbox.simulator.referee import Referee, Subject
from sandbox.simulator.storefront import Shelf, Storefront
from sandbox.simulator.ways import CHANNELS, DROP, MINUTE, SKEW, Ways


class World:
    """Lives until ``ways.ends``. ``began`` is the instant of its second 0."""

    def __init__(self, ways: Ways, began: datetime) -> None:
        self.ways = ways
        self.began = began
        self.agenda = Agenda()
        self.network = Network(ways, self.agenda)
        self.truth = Truth()
        self.channels = {name: self._storefront(name) for name in CHANNELS}
        self.referee = Referee(ways, self.truth, self.channels, lambda: self.now)
        self.feed_dead = False
        self.fed_at = 0.0
        self._open_shelves()
        self._plan()

    # -- time

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self.agenda.now

    def instant(self, second: float | None = None) -> datetime:
        """A second of the world as a time, by nobody's clock but the truth's."""
        return self.began + timedelta(seconds=self.now if second is None else second)

    def stamp(self, system: str, second: float | None = None) -> str:
        """The same as a system's own clock shows it, in milliseconds."""
        at = self.instant(second) + timedelta(seconds=SKEW[system])
        return at.isoformat(timespec="milliseconds")

    def advance(self, moment: float) -> list[Message]:
        """Live up to a second, and hand over what has arrived by then. Its events count as heard."""
        self.agenda.run_until(moment)
        return self._taken()

    def advance_to_news(self, moment: float, within: float) -> list[Message]:
        """The same, but no further than to ``within`` seconds after the first arrival: what listens wakes up then."""
        while not self.network.arrived and (following := self.agenda.next_at) is not None and following <= moment:
            self.agenda.run_until(following)
        return self.advance(min(moment, self.now + within) if self.network.arrived else moment)

    def advance_quietly(self, moment: float) -> None:
        """Live up to a second; what arrives meanwhile waits to be handed over."""
        self.agenda.run_until(moment)

    def _taken(self) -> list[Message]:
        arrived = self.network.take()
        for message in arrived:
            self.hear(message.events)
        return arrived

    def hear(self, events: Iterable[Event]) -> None:
        """Whoever listens has these events now."""
        skus = set()
        for event in events:
            self.referee.hear(str(event["id"]))
            skus.add(str(event["sku"]))
        for sku in sorted(skus & self.truth.lines.keys()):
            self.truth.forget_done(sku)
            self.referee.look(sku)

    # -- the beginning

    def _storefront(self, name: str) -> Storefront:
        return Storefront(
            name,
            CHANNELS[name][0],
            tell=lambda title, events: self.network.send(name, title, events, may_lose=True),
            now=lambda: self.now,
            stamp=lambda: self.stamp(name),
            changed=lambda sku: self.referee.look(sku),
            written_over=lambda sku, units: self._written_over(name, sku, units),
            refused=lambda down: self.referee.holds(Subject("failed_update", system=name), down),
        )

    def _written_over(self, channel: str, sku: str, units: int) -> None:
        """A number set by hand was replaced: somebody has to be told, unless there was nothing left to sell."""
        if units > 0:
            self.referee.must_be_noticed(Subject("manual_override", sku, channel))

    def _open_shelves(self) -> None:
        truth, stock = self.truth, opening(self.ways)
        for key, units in stock.items():
            truth.shelf[key] = truth.book[key] = truth.erp[key] = units
            truth.unknown[key] = 0
        truth.lines = {sku: [] for sku in self.ways.codes}
        for front in self.channels.values():
            front.shelves = {sku: Shelf() for sku in self.ways.codes}

    def _plan(self) -> None:
        for shopper in shoppers(self.ways):
            self.agenda.at(shopper.at, partial(self._shop, shopper))
        for event in happenings(self.ways):
            happen = goods.HAPPENINGS.get(event.kind) or trouble.FAULTS[event.kind]
            self.agenda.at(event.at, partial(happen, self, event))
        sources.begin(self)
        self.agenda.at(MINUTE, self._each_minute)

    def _each_minute(self) -> None:
        self.referee.look_at_time()
        self.agenda.after(MINUTE, self._each_minute)

    # -- telling

    def event(self, system: str, kind: str, name: str, sku: str, **fields: object) -> Event:
        """An event by a system's own clock; ``name`` is unique there."""
        return {"type": kind, "id": f"{system}:{name}", "occurred_at": self.stamp(system), "sku": sku, **fields}

    def tell(self, system: str, *events: Event, late: float = 0.0) -> None:
        """A source tells of events, and again until it is heard."""
        self.network.send(system, str(events[0]["id"]), events, may_lose=False, late=late)

    # -- orders

    def _shop(self, shopper: Shopper) -> None:
        front = self.channels[shopper.channel]
        units = min(shopper.units, front.buyable(shopper.sku))
        if units == 0:
            return
        order, dice = str(10_000 + shopper.number), self.ways.dice("order", shopper.number)
        events, parts = [], self._placed(shopper.sku, shopper.channel, units)
        self.referee.sold_units(shopper.sku, shopper.channel, units, sum(beyond for _, _, beyond in parts))
        for number, (place, part, beyond) in enumerate(parts, 1):
            line = Line(shopper.channel, order, str(number), shopper.sku, place, self.now, part, beyond)
            line.names_place = dice.random() < self.ways.places_told
            line.sticks = dice.random() < self.ways.stuck
            self.truth.lines[shopper.sku].append(line)
            events.append(self.revised(line, part))
            goods.plan_line(self, line)
        front.publish(f"order:{order}", *events, front.move(shopper.sku, -units))

    def _placed(self, sku: str, channel: str, units: int) -> list[tuple[str, int, int]]:
        """(place, units, of them oversold): from where there are some, the first place first; what is nowhere is owed there."""
        parts: dict[str, int] = {}
        for place in CHANNELS[channel]:
            taken = min(units - sum(parts.values()), max(0, self.truth.free(sku, place)))
            if taken > 0:
                parts[place] = taken
        beyond = units - sum(parts.values())
        if beyond:
            parts[CHANNELS[channel][0]] = parts.get(CHANNELS[channel][0], 0) + beyond
        first = CHANNELS[channel][0]
        return [(place, part, beyond if place == first else 0) for place, part in parts.items()]

    def revised(self, line: Line, units: int) -> Event:
        """A line is stated anew by its channel; the vendor learns of what it has to ship in time."""
        line.ordered = units
        line.revision += 1
        revision = line.revision
        fields: dict[str, object] = {"location": line.place} if line.names_place else {}
        event = self.event(
            line.channel,
            "order.line",
            f"line:{line.order}:{line.line}:{revision}",
            line.sku,
            order=line.order,
            line=line.line,
            units=units,
            state="confirmed",
            **fields,
        )
        self.referee.when_heard(str(event["id"]), lambda: line.heard.__setitem__(revision, units))
        if line.place == DROP:
            wait = self.ways.dice("learns", line.key, revision).uniform(0, self.ways.learns)

            def learn() -> None:
                line.learned = max(line.learned, units)

            self.agenda.after(wait, learn)
        return event
