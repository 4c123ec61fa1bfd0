"""What is truly so, second by second: which troubles stand, since when and until when, and what was sold beyond the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.simulator.orders import Truth
from sandbox.simulator.storefront import Storefront
from sandbox.simulator.ways import CHANNELS, EAST, HOUR, MINUTE, WEST, Ways

SETTLES = 5 * MINUTE
FRESH = 50 * MINUTE
HELD = 5 * HOUR
SAFETY = 1
"""The rules that the world's people agreed on: how long a disagreement may last, how old a feed may be, how long an order may
hold units, and how many units each channel keeps back."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A trouble by its class (the names of exception classes), and what it is about; empty where it is about none."""

    cls: str
    sku: str = ""
    system: str = ""
    place: str = ""
    direction: str = ""


@dataclass(slots=True)
class Episode:
    """A trouble that stood from ``began`` to ``ended`` (None: still). ``firm``: somebody must be told of it."""

    subject: Subject
    began: float
    ended: float | None = None
    firm: bool = False

    def lasted(self, now: float) -> float:
        """Seconds."""
        return (self.ended if self.ended is not None else now) - self.began


FIRM_AFTER: dict[str, float] = {
    # Sold beyond what is certain is known once numbers of all places have come that leave no doubt.
    "oversell": 110 * MINUTE,
    "exposure_mismatch:over": SETTLES + 10 * MINUTE,
    "negative_stock": SETTLES + 5 * MINUTE,
    "manual_override": SETTLES + 15 * MINUTE,
    "wms_erp_variance": 2.5 * HOUR,
    "stale_feed": 2 * MINUTE,
    "feed_suppression": SETTLES + 20 * MINUTE,
    "stuck_reservation": 20 * MINUTE,
    "failed_update": SETTLES + 5 * MINUTE,
    "catalog_fault": 0.0,
}
"""After so many seconds a trouble of the kind must have been noticed; classes that are not here must not be noticed at all."""


@dataclass(frozen=True, slots=True)
class Oversold:
    """Units of one order that are nowhere, and what let the channel show them.

    ``why``: ``hand`` (somebody typed more into its admin), ``down`` (its API took no lower number), ``unheard`` (orders or losses
    of which no news had come through: nobody could know), or ``listener``: whoever listens could have known better.
    """

    second: float
    sku: str
    channel: str
    units: int
    why: str


@dataclass
class Referee:
    """Watches the world. ``now`` is the world's clock; ``episodes`` are all troubles that ever stood."""

    ways: Ways
    truth: Truth
    channels: dict[str, Storefront]
    now: Callable[[], float]
    episodes: list[Episode] = field(default_factory=list)
    sold: int = 0
    beyond: list[Oversold] = field(default_factory=list)
    _open: dict[Subject, Episode] = field(default_factory=dict)
    _waiting: dict[str, list[Callable[[], None]]] = field(default_factory=dict)

    # -- hearing

    def when_heard(self, event_id: str, then: Callable[[], None]) -> None:
        """Do something when an event has come through for the first time."""
        self._waiting.setdefault(event_id, []).append(then)

    def hear(self, event_id: str) -> None:
        """Somebody who listens has got this event now."""
        for then in self._waiting.pop(event_id, ()):
            then()

    # -- troubles

    def holds(self, subject: Subject, so: bool) -> None:
        """A trouble stands now, or does not."""
        known = self._open.get(subject)
        if so and known is None:
            self._open[subject] = episode = Episode(subject, self.now())
            self.episodes.append(episode)
        elif not so and known is not None:
            known.ended = self.now()
            known.firm = known.firm or self._firm(known)
            del self._open[subject]

    def must_be_noticed(self, subject: Subject) -> None:
        """Whoever listens has to notice this trouble, however short it is."""
        episode = self._open.get(subject)
        if episode is not None:
            episode.firm = True

    def look(self, sku: str) -> None:
        """Judge one SKU anew: what every channel shows against what it may sell."""
        truth = self.truth
        at = truth.knowable_at(sku)
        known = {channel: sum(at[place] for place in places) for channel, places in CHANNELS.items()}
        self.holds(Subject("oversell", sku), min(known.values()) < 0)
        books = truth.booked_at(sku)
        beyond = any(sum(books[place] for place in places) < 0 for places in CHANNELS.values())
        self.holds(Subject("beyond_books", sku), beyond)
        for name, front in self.channels.items():
            shelf, may = front.shelves[sku], max(0, known[name])
            shown = max(0, shelf.level) if shelf.live else 0
            self.holds(Subject("exposure_mismatch", sku, name, direction="over"), shown > may)
            self.holds(Subject("kept_back", sku, name), shown > max(0, may - SAFETY))
            self.holds(Subject("hidden", sku, name), shown < may)
            self.holds(Subject("manual_override", sku, name), shelf.by_hand != 0)
            off = not shelf.live and shelf.level > 0 and may > SAFETY
            self.holds(Subject("feed_suppression", sku, name), off)
        for place in (EAST, WEST):
            below = truth.book[sku, place] < 0
            self.holds(Subject("negative_book", sku, place=place), below)
            if not below:
                self.holds(Subject("negative_stock", sku, place=place), False)
            apart = abs(truth.book[sku, place] - truth.erp[sku, place])
            self.holds(Subject("wms_erp_variance", sku, place=place), apart > 1)

    def look_at_time(self) -> None:
        """What only time brings about: orders that hold units for too long."""
        now = self.now()
        for sku in self.truth.lines:
            oldest = self.truth.oldest_open(sku)
            self.holds(Subject("stuck_reservation", sku), oldest is not None and now - oldest > HELD)

    @property
    def oversold(self) -> int:
        """Units sold that were nowhere."""
        return sum(one.units for one in self.beyond)

    def sold_units(self, sku: str, channel: str, units: int, oversold: int) -> None:
        """An order is being taken; ``oversold`` of its units are nowhere."""
        self.sold += units
        if oversold:
            self.beyond.append(Oversold(self.now(), sku, channel, oversold, self._why(sku, channel)))

    def _why(self, sku: str, channel: str) -> str:
        front, truth = self.channels[channel], self.truth
        if front.shelves[sku].by_hand > 0:
            return "hand"
        if front.down:
            return "down"
        return "unheard" if truth.knowable(sku, channel) > truth.sellable(sku, channel) else "listener"

    def _firm(self, episode: Episode) -> bool:
        subject = episode.subject
        kind = f"{subject.cls}:{subject.direction}" if subject.direction else subject.cls
        return kind in FIRM_AFTER and episode.lasted(self.now()) > FIRM_AFTER[kind]

    def troubles(self) -> Iterator[Episode]:
        """All troubles, those that still stand judged by now."""
        for episode in self.episodes:
            if episode.ended is None:
                episode.firm = episode.firm or self._firm(episode)
            yield episode
