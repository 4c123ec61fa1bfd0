"""The other one: last writer wins. Whatever number arrives last is written to every channel, as many a sync does it.

It is no straw man: it knows each event by its id, keeps the same units back, takes orders off as soon as they arrive and puts
cancelled, returned and received units back. It does not know what a number is as of, and writes without looking.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.simulator.network import Event
from sandbox.simulator.referee import SAFETY
from sandbox.simulator.storefront import ChannelDown
from sandbox.simulator.ways import CHANNELS, ERP, MINUTE, Ways
from sandbox.simulator.world import World

SAYS_NUMBERS = (
    "stock.counted",
    "stock.received",
    "return.received",
    "stock.transferred",
    "order.line",
    "order.cancelled",
)
"""What it acts on. Levels of channels are its own numbers coming back."""


class LastWriterWins:
    """``hear`` events, then ``write`` a moment later."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers: dict[tuple[str, str], int] = {}
        self._lines: dict[tuple[str, str, str], tuple[str, int]] = {}
        self._known: set[str] = set()
        self._changed: set[str] = set()
        self.writes = 0

    def hear(self, system: str, events: Iterable[Event]) -> None:
        """Take every event at its word, the newest last."""
        for event in events:
            name, sku = str(event["id"]), str(event["sku"])
            if name in self._known or sku not in self._world.truth.lines or system == ERP:
                continue
            self._known.add(name)
            if event["type"] in SAYS_NUMBERS:
                self._take(system, event, sku)
                self._changed.add(sku)

    def _take(self, system: str, event: Event, sku: str) -> None:
        kind, place = event["type"], str(event.get("location", ""))
        if kind == "stock.counted":
            self._numbers[sku, place] = _units(event, "on_hand" if "on_hand" in event else "available")
        elif kind in ("stock.received", "return.received", "stock.transferred") and system not in CHANNELS:
            self._add(sku, place, _units(event, "on_hand_delta"))
        elif kind == "order.line":
            key = (system, str(event["order"]), str(event["line"]))
            place, before = self._lines.get(key, (place or self._first_with_stock(sku, system), 0))
            self._lines[key] = (place, _units(event, "units"))
            self._add(sku, place, before - _units(event, "units"))
        elif kind == "order.cancelled":
            key = (system, str(event["order"]), str(event["line"]))
            place, before = self._lines.get(key, (self._first_with_stock(sku, system), 0))
            self._add(sku, place, _units(event, "units"))

    def _add(self, sku: str, place: str, units: int) -> None:
        self._numbers[sku, place] = self._numbers.get((sku, place), 0) + units

    def _first_with_stock(self, sku: str, channel: str) -> str:
        places = CHANNELS[channel]
        return next((place for place in places if self._numbers.get((sku, place), 0) > 0), places[0])

    def write(self) -> None:
        """Every changed SKU to every channel; a channel that is down is tried again with the next change."""
        for sku in sorted(self._changed):
            for name, places in CHANNELS.items():
                units = sum(self._numbers.get((sku, place), 0) for place in places)
                self.writes += 1
                try:
                    self._world.channels[name].write(sku, max(0, units - SAFETY))
                except ChannelDown:
                    continue
        self._changed.clear()


def run_naive(ways: Ways, world: World) -> LastWriterWins:
    """Let the world live with a last writer that wins."""
    sync = LastWriterWins(world)
    while world.now < ways.ends:
        for message in world.advance_to_news(min(world.now + MINUTE, ways.ends), 0.5):
            sync.hear(message.system, message.events)
        world.advance_quietly(world.now + ways.reaction)
        sync.write()
    return sync


def _units(event: Event, field: str) -> int:
    found = event.get(field, 0)
    return found if isinstance(found, int) else 0
