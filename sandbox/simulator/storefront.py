"""A channel: levels that buyers buy from, orders, hands in its admin, and an API that can be down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.simulator.network import Event


class ChannelDown(Exception):
    """The channel's API does not answer now. Wait and try again."""


class LevelChanged(Exception):
    """The level is not what the writer expected any more: read it again."""


@dataclass(slots=True)
class Shelf:
    """One SKU on a channel. ``by_hand`` is what a person added (or took) that nobody has written over yet, in units."""

    level: int = 0
    live: bool = True
    revision: int = 0
    by_hand: int = 0


@dataclass
class Storefront:
    """Sells while there is a level, whatever the truth is.

    ``place`` is where its levels stand: it has one number for all places. ``tell`` sends a webhook; ``log`` holds (second,
    event) of all that was ever told, for whoever asks what changed.
    """

    name: str
    place: str
    tell: Callable[[str, list[Event]], None]
    now: Callable[[], float]
    stamp: Callable[[], str]
    changed: Callable[[str], None]
    written_over: Callable[[str, int], None]
    refused: Callable[[bool], None]
    shelves: dict[str, Shelf] = field(default_factory=dict)
    log: list[tuple[float, Event]] = field(default_factory=list)
    down: bool = False

    def publish(self, name: str, *events: Event) -> None:
        """Keep events in the log and send them, each as a webhook of its own."""
        for index, event in enumerate(events):
            self.log.append((self.now(), event))
            self.tell(f"{name}/{index}" if len(events) > 1 else name, [event])

    def level_event(self, sku: str) -> Event:
        """The level as a webhook tells it."""
        shelf = self.shelves[sku]
        return {
            "type": "level.seen",
            "id": f"{self.name}:level:{sku}:{shelf.revision}",
            "occurred_at": self.stamp(),
            "sku": sku,
            "location": self.place,
            "available": shelf.level,
        }

    def move(self, sku: str, units: int) -> Event:
        """Change a level by units of the channel's own (sales below zero); returns the event that tells of it."""
        shelf = self.shelves[sku]
        shelf.level += units
        shelf.revision += 1
        self.changed(sku)
        return self.level_event(sku)

    def buyable(self, sku: str) -> int:
        """Units that a buyer can put into the basket."""
        shelf = self.shelves[sku]
        return max(0, shelf.level) if shelf.live else 0

    def set_by_hand(self, sku: str, units: int) -> None:
        """Somebody types another number into the channel's admin."""
        shelf = self.shelves[sku]
        shelf.by_hand += units
        self.publish(f"hand:{sku}:{shelf.revision + 1}", self.move(sku, units))

    def set_live(self, sku: str, live: bool) -> None:
        """The channel takes a listing off sale, or puts it back. It tells nobody; who asks sees it."""
        self.shelves[sku].live = live
        self.shelves[sku].revision += 1
        self.changed(sku)

    # -- the API

    def write(self, sku: str, units: int, expected: int | None = None) -> None:
        """Set a level. Raises ChannelDown, and LevelChanged when ``expected`` is not what is there."""
        self.refused(self.down)
        if self.down:
            raise ChannelDown(f"{self.name} does not answer (503)")
        shelf = self.shelves[sku]
        if expected is not None and shelf.level != expected:
            raise LevelChanged(f"{self.name} shows {shelf.level} of {sku}, not {expected}")
        if shelf.by_hand:
            shelf.by_hand = 0
            self.written_over(sku, units)
        event = self.move(sku, units - shelf.level)
        self.publish(f"written:{sku}:{shelf.revision}", event)

    def read(self, sku: str) -> Shelf:
        """What customers see of one SKU. Raises ChannelDown."""
        if self.down:
            raise ChannelDown(f"{self.name} does not answer (503)")
        return self.shelves[sku]

    def changes_since(self, since: float) -> list[Event]:
        """Every event told from a second on, as an API reads them. Raises ChannelDown."""
        if self.down:
            raise ChannelDown(f"{self.name} does not answer (503)")
        found: list[Event] = []
        for at, event in reversed(self.log):
            if at < since:
                break
            found.append(event)
        return found[::-1]
