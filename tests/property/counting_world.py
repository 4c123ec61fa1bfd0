"""A small world with a referee: it knows what really lies on the shelves, while the counting hears of it late and in part.

One SKU, two places, two channels, a stock source per place. Orders are edited, moved, shipped in parts and cancelled;
sources learn and book within their times; snapshots take minutes to read and arrive late and out of order; clocks differ within
the margin; places are told late or never. After everything that is heard, every channel's pool is held against the truth.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from sync.ledger import fold
from sync.model.facts import Change, Fact, LineStep
from sync.model.ids import LocationId, SystemId
from sync.model.stock import SkuState
from sync.policy.schema import Policy
from sync.promise import pool
from tests.builders import (
    ACME,
    RENO,
    SHOP,
    SKU,
    VENDOR,
    WMS,
    a_channel,
    a_policy,
    a_source,
    acknowledged,
    at,
    cancelled,
    changed,
    counted,
    line,
    received,
    returned,
    shipped,
    snapshot,
)

OUTLET = SystemId("outlet")
MINUTE = 60
PLACES = {RENO: WMS, ACME: VENDOR}
DRAWS = {SHOP: (RENO, ACME), OUTLET: (RENO,)}


@dataclass(frozen=True)
class Ways:
    """How this world behaves. Times in seconds. ``busy`` events per hour; ``moves`` and ``names`` say whether sources send
    their movements, and name orders in picks; ``streams``: all of them at once and in order. ``stamps``: rows bear the time of
    their last change, so that an unchanged one is the same fact again, confirmed by the snapshot's coverage row."""

    basis: dict[LocationId, str]
    books: int = 30 * MINUTE
    learns: int = 15 * MINUTE
    margin: int = 5
    busy: float = 6.0
    hours: int = 12
    reads_every: int = 40 * MINUTE
    reading: int = 19 * MINUTE
    late: int = 40 * MINUTE
    moves: bool = True
    names: bool = True
    streams: bool = False
    stamps: bool = False
    places_told: float = 0.5


@dataclass
class Sold:
    """A line as it truly is, and as its channel has told us of it."""

    channel: SystemId
    order: str
    place: LocationId
    placed: float
    ordered: int
    cancelled: int = 0
    shipped: int = 0
    names_place: bool = False
    revision: int = 0
    heard: dict[int, int] = field(default_factory=dict)
    learned: dict[LocationId, int] = field(default_factory=dict)
    let_go: dict[LocationId, int] = field(default_factory=dict)
    booked: dict[LocationId, int] = field(default_factory=dict)
    acknowledged: dict[LocationId, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        return self.ordered - self.cancelled - self.shipped

    def owed_as_heard(self) -> int:
        """Units off the shelves or owed, as far as we have heard of them being ordered."""
        known = self.heard[max(self.heard)] if self.heard else 0
        return max(0, min(known, self.ordered) - self.cancelled)


@dataclass
class Outcome:
    """What the referee saw: share of checks below the truth, the largest and the mean gap, and any breach."""

    checks: int = 0
    below: int = 0
    units_below: int = 0
    breaches: list[str] = field(default_factory=list)


class World:
    """Runs by itself; ``heard`` are the facts in the order in which they arrived."""

    def __init__(self, seed: int, ways: Ways) -> None:
        self.random = random.Random(seed)
        self.ways = ways
        self.policy = _policy(ways)
        half = ways.margin / 2
        self.skew = {system: self.random.uniform(-half, half) for system in (SHOP, OUTLET, WMS, VENDOR)}
        self.shelf = {place: self.random.randint(5, 30) for place in PLACES}
        self.book = dict(self.shelf)
        self.numbers: dict[LocationId, tuple[int, int]] = {}
        self.changed = dict.fromkeys(PLACES, 0.0)
        self.unknown_losses = dict.fromkeys(PLACES, 0)
        self._lost: list[tuple[LocationId, float]] = []
        self.sold: list[Sold] = []
        self.state = SkuState(SKU)
        self.heard: list[Fact] = []
        self.outcome = Outcome()
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()

    # -- time ----------------------------------------------------------------------------------------------------------

    def after(self, seconds: float, happening: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._queue, (self.now + seconds, next(self._serial), happening))

    def run(self) -> Outcome:
        """Live for the hours of these ways, then let everything arrive."""
        for place in PLACES:
            self.after(1, lambda place=place: self._read(place))  # type: ignore[misc]
        end = self.ways.hours * 3600
        self._next_happening(end)
        while self._queue:
            self.now, _, happening = heapq.heappop(self._queue)
            if self.now > end + 4 * 3600:
                break
            happening()
            for place in PLACES:
                numbers = self._stated_now(place)
                if numbers != self.numbers.get(place):
                    self.numbers[place], self.changed[place] = numbers, self.now
        return self.outcome

    def _next_happening(self, end: float) -> None:
        wait = self.random.expovariate(self.ways.busy / 3600)
        if self.now + wait > end:
            return
        happenings: tuple[Callable[[], None], ...] = (
            (self._order,) * 5 + (self._ship,) * 5 + (self._edit, self._cancel, self._move, self._lose)
        )
        happenings += (self._receive, self._return)

        def happen() -> None:
            self.random.choice(happenings)()
            self._next_happening(end)

        self.after(wait, happen)

    def stamp(self, system: SystemId, moment: float | None = None) -> datetime:
        """A moment as the clock of a system shows it."""
        shown = (self.now if moment is None else moment) + self.skew[system]
        return at("00:00") + timedelta(seconds=round(shown, 3))

    # -- what truly happens --------------------------------------------------------------------------------------------

    def _order(self) -> None:
        channel = self.random.choice((SHOP, SHOP, OUTLET))
        one = Sold(channel, str(1000 + len(self.sold)), self.random.choice(DRAWS[channel]), self.now, 0)
        one.names_place = self.random.random() < self.ways.places_told
        self.sold.append(one)
        self._revise(one, self.random.randint(1, 4))

    def _revise(self, one: Sold, units: int, *, late: bool = True) -> None:
        """The channel states the line anew; the source at its place learns of it in time."""
        one.ordered = units
        one.revision += 1
        place, revision = one.place if one.names_place else None, one.revision
        stated = line(
            one.order,
            units,
            self.stamp(one.channel),
            placed=self.stamp(one.channel, one.placed),
            location=place,
            channel=one.channel,
            sequence=revision,
        )

        def hear() -> None:
            one.heard[revision] = units
            self._hear(stated)

        self.after(self.random.uniform(0, self.ways.late) if late and self.random.random() < 0.2 else 0, hear)
        at_place = one.place

        def learn() -> None:
            if revision >= one.let_go.get(at_place, 0):
                one.let_go[at_place] = revision
                one.learned[at_place] = units
                self._acknowledge(one, at_place, units)

        self.after(self.random.uniform(0, self.ways.learns), learn)

    def _acknowledge(self, one: Sold, place: LocationId, units: int) -> None:
        more, source = units - one.acknowledged.get(place, 0), PLACES[place]
        if more > 0 and self.random.random() < 0.3:
            one.acknowledged[place] = units
            key = f"ack:{one.order}:{one.revision}:{units}"
            self._tell(self._of(acknowledged(one.order, more, self.stamp(source), system=source, key=key), one))

    def _ship(self) -> None:
        ready = [one for one in self.sold if one.open > 0 and self.shelf[one.place] > 0]
        if not ready:
            return
        one = self.random.choice(ready)
        units = self.random.randint(1, min(one.open, self.shelf[one.place]))
        one.shipped += units
        self.shelf[one.place] -= units
        key, place = f"parcel:{one.order}:{one.shipped}", one.place
        named = place if self.random.random() < 0.5 else None
        tellers = [one.channel] if self.random.random() < 0.8 else []
        for teller in tellers:
            self._tell(
                self._of(shipped(one.order, units, self.stamp(teller), system=teller, location=named, key=key), one)
            )
        self.after(self.random.uniform(0, self.ways.books), lambda: self._book_parcel(one, place, units, key))

    def _book_parcel(self, one: Sold, place: LocationId, units: int, key: str) -> None:
        self.book[place] -= units
        before = self._reserved(one, place)
        one.booked[place] = one.booked.get(place, 0) + units
        if self.ways.moves and self.ways.names:
            source = PLACES[place]
            freed = self._reserved(one, place) - before
            pick = changed(
                -units,
                self.stamp(source),
                system=source,
                location=place,
                order=one.order,
                key=f"pick:{key}",
                reserved=freed,
            )
            self._tell(self._of(pick, one))

    def _edit(self) -> None:
        ready = [one for one in self.sold if one.open > 0]
        if ready:
            one = self.random.choice(ready)
            least = one.shipped + one.cancelled
            self._revise(one, max(least, 1, one.ordered + self.random.choice((-1, 1, 2))))

    def _cancel(self) -> None:
        ready = [one for one in self.sold if one.open > 0]
        if not ready:
            return
        one = self.random.choice(ready)
        units = self.random.randint(1, one.open)
        one.cancelled += units
        key = f"cancel:{one.order}:{one.cancelled}"
        self._tell(self._of(cancelled(one.order, units, self.stamp(one.channel), system=one.channel, key=key), one))
        place = one.place

        def release() -> None:
            one.learned[place] = max(0, one.learned.get(place, 0) - units)

        # A source that never heard of the cancellation keeps the units off: lower, never higher.
        if self.random.random() < 0.7 and one.learned.get(place, 0):
            self.after(self.random.uniform(0, 3 * 3600), release)

    def _move(self) -> None:
        """Unshipped work goes to the other place; the channel says so at once."""
        ready = [one for one in self.sold if one.channel == SHOP and one.open > 0 and not one.shipped]
        if not ready:
            return
        one = self.random.choice(ready)
        left, one.names_place = one.place, True
        one.place = ACME if left == RENO else RENO
        self._revise(one, one.ordered, late=False)

        def forget() -> None:
            if one.place != left:
                one.let_go[left] = one.revision
                one.learned[left] = 0

        self.after(self.random.uniform(0, 3 * 3600), forget)

    def _receive(self) -> None:
        place, units = self.random.choice(list(PLACES)), self.random.randint(1, 8)
        self.shelf[place] += units

        def book() -> None:
            self.book[place] += units
            if self.ways.moves:
                source = PLACES[place]
                self._tell(received(units, self.stamp(source), system=source, location=place, key=f"in:{self.now}"))

        self.after(self.random.uniform(0, self.ways.books), book)

    def _return(self) -> None:
        ready = [one for one in self.sold if one.shipped]
        if not ready:
            return
        place = self.random.choice(ready).place
        self.shelf[place] += 1

        def book() -> None:
            self.book[place] += 1
            if self.ways.moves:
                source = PLACES[place]
                self._tell(returned(1, self.stamp(source), system=source, location=place, key=f"back:{self.now}"))
                self._tell(returned(1, self.stamp(SHOP), system=SHOP, location=place, key=f"refund:{self.now}"))

        self.after(self.random.uniform(0, self.ways.books), book)

    def _lose(self) -> None:
        """Something breaks, and the source books it at once; nobody can promise less before its next word arrives."""
        place = self.random.choice(list(PLACES))
        if self.shelf[place] == 0:
            return
        self.shelf[place] -= 1
        self.book[place] -= 1
        self.unknown_losses[place] += 1
        source = PLACES[place]

        def known() -> None:
            self.unknown_losses[place] -= 1

        if self.ways.moves:
            self._tell(
                changed(-1, self.stamp(source), system=source, location=place, key=f"lost:{self.now}"), known=known
            )
        else:
            self._lost.append((place, self.now))

    # -- what sources say ----------------------------------------------------------------------------------------------

    def _reserved(self, one: Sold, place: LocationId) -> int:
        return max(0, one.learned.get(place, 0) - one.booked.get(place, 0))

    def _stated_now(self, place: LocationId) -> tuple[int, int]:
        """(on hand, available) as the source would state them now."""
        return self.book[place], self.book[place] - sum(self._reserved(one, place) for one in self.sold)

    def _read(self, place: LocationId) -> None:
        """A snapshot: the row is read somewhere inside the interval."""
        lasts = self.random.uniform(0, self.ways.reading)
        begin, source = self.now, PLACES[place]
        read: list[tuple[int, int, float]] = []
        self.after(self.random.uniform(0, lasts), lambda: read.append((*self._stated_now(place), self.changed[place])))

        def done() -> None:
            [(on_hand, available, changed_at)] = read
            interval = (self.stamp(source, begin), self.stamp(source, self.now))
            rows = []
            if self.ways.stamps:
                row_at = (self.stamp(source, changed_at), self.stamp(source, changed_at))
                rows.append(snapshot(*interval, system=source, location=place))
            else:
                row_at = interval
            rows.insert(0, counted(on_hand, *row_at, system=source, location=place, available=available))
            self._tell(*rows, known=lambda: self._losses_known(place, begin))

        self.after(lasts, done)
        if self.now < self.ways.hours * 3600:
            self.after(lasts + self.random.uniform(0.5, 1.5) * self.ways.reads_every, lambda: self._read(place))

    def _losses_known(self, place: LocationId, before: float) -> None:
        told = [one for one in self._lost if one[0] == place and one[1] < before]
        self._lost = [one for one in self._lost if one not in told]
        self.unknown_losses[place] -= len(told)

    def _of(self, fact: Fact, one: Sold) -> Fact:
        """The same fact about an order of the right channel."""
        body = fact.body
        if not isinstance(body, (Change, LineStep)) or body.order is None:
            raise TypeError(f"{fact.kind} names no order")
        order = replace(body.order, channel=one.channel)
        return replace(fact, body=replace(body, order=order))

    def _tell(self, *facts: Fact, known: Callable[[], None] | None = None) -> None:
        """A delivery sets out; it arrives late, perhaps after younger ones, perhaps twice."""
        at_once = self.ways.streams and facts[0].system in PLACES.values()
        late = 0.0 if at_once else self.random.uniform(0, self.ways.late)

        def arrive() -> None:
            if known is not None:
                known()
            self._hear(*facts)

        self.after(late, arrive)
        if self.random.random() < 0.1:
            self.after(late + self.random.uniform(1, 3600), lambda: self._hear(*facts))

    def _hear(self, *facts: Fact) -> None:
        self.heard.extend(facts)
        self.state = fold(self.state, facts, self.policy)
        self._check(facts[0])

    # -- the referee ---------------------------------------------------------------------------------------------------

    def truth(self, channel: SystemId) -> int:
        """What lies at the channel's places less what is owed from there, as far as we have heard of it being ordered."""
        places = DRAWS[channel]
        there = sum(self.shelf[place] + self.unknown_losses[place] for place in places)
        gone = sum(one.shipped for one in self.sold if one.place in places)
        return there + gone - sum(one.owed_as_heard() for one in self.sold if one.place in places)

    def _check(self, fact: Fact) -> None:
        for channel, places in DRAWS.items():
            found = pool(self.state, channel, self.policy, self.stamp(channel))
            if found.unknown or len(found.decided_by) < len(places):
                continue
            true = self.truth(channel)
            self.outcome.checks += 1
            if found.units < true:
                self.outcome.below += 1
                self.outcome.units_below += true - found.units
            elif found.units > true:
                self.outcome.breaches.append(f"{self.now / 3600:.2f} h, {channel}: {found.units} > {true} after {fact}")


def _policy(ways: Ways) -> Policy:
    rules = {
        place: {
            "basis": ways.basis[place],
            "books_within": f"{ways.books} s",
            "learns_within": f"{ways.learns} s",
            "clock_margin": f"{ways.margin} s",
            "streams_movements": ways.streams,
        }
        for place in PLACES
    }
    return a_policy(
        wms=rules[RENO],
        channel={"locations": ["reno", "acme"]},
        systems={"acme-dropship": a_source(**rules[ACME]), "outlet": a_channel(locations=["reno"])},
        deciders={"acme": ["acme-dropship"]},
    )
