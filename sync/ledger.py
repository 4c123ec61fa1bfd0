"""Folding facts into what is known of one SKU: positions, order lines, listings. Pure, and the same for any arrival order.

*Statements*: the newest revision wins, a source's sequence before its stamp. Of two levels of equal revision the lower number
counts (of what is reserved or quarantined the higher), and ``conflicting`` asks for a read (F60); what only one of them tells
is taken from it. A source numbers all its statements or none. *Movements* are added once by key and dropped once they are
certainly in the number. Steps of an order line are sets by (teller, key). Facts arrive in any order, batch or number of
copies; only a count's release looks at numbers as they pass (see :func:`_releases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sync.counting.closing import closed
from sync.counting.listings import ListingBook
from sync.counting.orders import LineBook
from sync.counting.subsets import reaches
from sync.counting.transit import KEPT, is_of_transfer
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    Fact,
    FactKind,
    LeftOut,
    LineStated,
    LineStep,
    ListingStated,
    RecipeStated,
    Revision,
    SnapshotConfirmed,
    SnapshotRead,
)
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.kits import NO_RECIPES, Recipes
from sync.model.made import replaced
from sync.model.stock import Acknowledgement, Movement, Omission, OrderLine, Position, Recipe, SkuState, Statement
from sync.model.time import AsOf
from sync.policy.schema import COUNT_SYSTEM, Policy
from sync.policy.system_rules import Basis

LineKey = tuple[str, str, str, str]

ECHOES = 50
"""Movements of a channel that are kept although they are certainly in its level: a level is recognised as our own number by
what the channel itself changed since we wrote it (F20). A channel that changes more than this between two of our writes is told
of as set by hand, and asks a person."""


def fold(state: SkuState, facts: Iterable[Fact], policy: Policy, recipes: Recipes = NO_RECIPES) -> SkuState:
    """The state with these facts of its SKU folded in. Facts that were folded before change nothing. ``recipes`` are those of the
    kits whose orders it holds."""
    given = list(facts)
    if not given:
        return state
    if len(given) > 1:
        given.sort(key=_in_turn)
    book = _Book(state, policy, recipes)
    for fact in given:
        book.take(fact)
    return book.state()


def cover(state: SkuState, system: SystemId, location: LocationId, as_of: AsOf, policy: Policy) -> SkuState:
    """The state with a full snapshot of (system, location): an unchanged number there still is a new count (F61)."""
    book = _Book(state, policy)
    book.cover(system, location, as_of)
    return book.state()


def confirm(state: SkuState, system: SystemId, location: LocationId, as_of: AsOf, policy: Policy) -> SkuState:
    """The state with a snapshot of (system, location) that was compared whole: what it did not change or leave out stands."""
    book = _Book(state, policy)
    book.confirm(system, location, as_of)
    return book.state()


def closed_lines(state: SkuState, policy: Policy, now: datetime) -> frozenset[LineKey]:
    """Keys of the lines that can be left out of the live set until a fact names them again: see :mod:`sync.counting.closing`."""
    return closed(state, policy, now)


_LAST = SnapshotRead.kinds | SnapshotConfirmed.kinds


def _in_turn(fact: Fact) -> tuple[int, Revision, AsOf, str, str]:
    """Counts by people, then steps and movements, then statements, snapshots last; within each as their sources order them."""
    if fact.system == COUNT_SYSTEM:
        turn = 0
    elif fact.kind in Count.kinds:
        turn = 2
    else:
        turn = 3 if fact.kind in _LAST else 1
    return (turn, fact.revision, fact.as_of, fact.system, fact.key)


class _Book:
    """The parts of a state while facts are folded in: only what is touched is made anew."""

    def __init__(self, state: SkuState, policy: Policy, recipes: Recipes = NO_RECIPES) -> None:
        self._before = state
        self._policy = policy
        self._recipes = recipes
        self._told = {(recipe.system, recipe.since): recipe for recipe in state.recipes}
        self._positions = {(position.system, position.location): position for position in state.positions}
        self._moved = False
        self.lines = LineBook(state)
        self.listings = ListingBook(state)

    def take(self, fact: Fact) -> None:
        """Fold one fact."""
        body = fact.body
        match body:
            case Count():
                if fact.location is not None:
                    self._state(fact, fact.location, body)
            case Change():
                if fact.location is not None:
                    self._move(fact, fact.location, body)
                if body.order is not None and fact.kind is FactKind.CHANGED:
                    self.lines.named_off(fact, body, body.order)
            case Acknowledged():
                if fact.location is not None:
                    self._acknowledge(fact, fact.location, body)
            case LineStated():
                self.lines.stated(fact, body)
            case LineStep():
                self.lines.step(fact, body)
            case ListingStated():
                self.listings.seen(fact, body)
            case RecipeStated():
                self._tell(fact, body)
            case SnapshotRead():
                if fact.location is not None:
                    self.cover(fact.system, fact.location, fact.as_of)
            case SnapshotConfirmed():
                if fact.location is not None:
                    self.confirm(fact.system, fact.location, fact.as_of)
            case LeftOut():
                if fact.location is not None:
                    self._leave_out(fact, fact.location, body)

    def cover(self, system: SystemId, location: LocationId, as_of: AsOf) -> None:
        """A full snapshot confirms the number that is known there; the newest counts."""
        position = self._positions.get((system, location))
        if position is not None and (position.covered is None or position.covered < as_of):
            self._put(replaced(position, covered=as_of))

    def confirm(self, system: SystemId, location: LocationId, as_of: AsOf) -> None:
        """A snapshot that was compared whole confirms the number that is known there; the newest counts."""
        position = self._positions.get((system, location))
        if position is not None and (position.confirmed is None or position.confirmed < as_of):
            self._put(replaced(position, confirmed=as_of))

    def _leave_out(self, fact: Fact, location: LocationId, body: LeftOut) -> None:
        """The newest omission counts; of two of one time the one that was confirmed later."""
        position = self._at(fact.system, location)
        known, told = position.left_out, Omission(fact.as_of, body.last)
        if known is None or _omitted(known) < _omitted(told):
            self._put(replaced(position, left_out=told))

    def state(self) -> SkuState:
        """The new state, every part in its canonical order; the very same state when nothing changed."""
        positions = self._before.positions
        if self._moved:
            positions = tuple([self._positions[key] for key in sorted(self._positions)])
        recipes = self._before.recipes
        if self._told:
            recipes = tuple(sorted(self._told.values(), key=lambda one: (one.since, one.system)))
        return replaced(
            self._before,
            positions=positions,
            lines=self.lines.all(),
            listings=self.listings.all(),
            recipes=recipes,
        )

    def _tell(self, fact: Fact, body: RecipeStated) -> None:
        """One version of a recipe; of two of one time and teller the newest revision counts."""
        parts = tuple(sorted((SkuId(sku), units) for sku, units in body.parts))
        told = Recipe(fact.system, fact.as_of.start, fact.revision, parts)
        known = self._told.get((told.system, told.since))
        if known is None or (known.revision, known.parts) < (told.revision, told.parts):
            self._told[told.system, told.since] = told

    def _at(self, system: SystemId, location: LocationId) -> Position:
        return self._positions.get((system, location)) or Position(system, self._before.sku, location, None)

    def _put(self, position: Position) -> None:
        rules = self._policy.systems.get(position.system)
        sells = rules is not None and rules.channel is not None
        self._positions[(position.system, position.location)] = _pruned(position, ECHOES if sells else 0)
        self._moved = True

    def _state(self, fact: Fact, location: LocationId, count: Count) -> None:
        known = self._at(fact.system, location)
        statement = Statement(count, fact.as_of, fact.revision, fact.key)
        self._release(location, fact.system, statement, known)
        position = _stated(known, statement)
        if position is not known:
            self._put(position)
        if fact.system == COUNT_SYSTEM:
            self._release_by_known(location)

    def _move(self, fact: Fact, location: LocationId, change: Change) -> None:
        position = self._at(fact.system, location)
        if any(movement.key == fact.key for movement in position.movements):
            return
        movements = sorted((*position.movements, Movement(fact.key, fact.as_of, change)), key=_by_time)
        self._put(replaced(position, movements=tuple(movements)))

    def _acknowledge(self, fact: Fact, location: LocationId, body: Acknowledged) -> None:
        """The newest word counts; of two of one revision the one that promises less."""
        position = self._at(fact.system, location)
        known, told = position.acknowledged, Acknowledgement(fact.as_of, fact.revision, body.units, body.until)
        if known is not None and _order(known.revision) > _order(told.revision):
            return
        if known is not None and _order(known.revision) == _order(told.revision):
            told = Acknowledgement(
                min(known.at, told.at),
                min(known.revision, told.revision),
                _least(known.units, told.units),
                min((until for until in (known.until, told.until) if until is not None), default=None),
            )
        if told != known:
            self._put(replaced(position, acknowledged=told))

    # -- the release of a count by a person ------------------------------------------------------------------------------

    def _release(self, location: LocationId, system: SystemId, statement: Statement, position: Position) -> None:
        """A master's statement that agrees with a standing count ends the count, also when a newer one is known by now."""
        counted = self._positions.get((COUNT_SYSTEM, location))
        if counted is None or counted.released or system != self._master(location):
            return
        if self._agrees(counted, statement, position.movements, location):
            self._put(replaced(counted, released=True))

    def _release_by_known(self, location: LocationId) -> None:
        master = self._master(location)
        position = self._positions.get((master, location)) if master is not None else None
        if position is not None and position.statement is not None:
            self._release(location, position.system, position.statement, position)

    def _master(self, location: LocationId) -> SystemId | None:
        place = self._policy.locations.get(location)
        deciders = place.deciders if place is not None else ()
        return next((system for system in deciders if system != COUNT_SYSTEM), None)

    def _agrees(
        self, counted: Position, statement: Statement, movements: Sequence[Movement], location: LocationId
    ) -> bool:
        """The master's newer number equals the count, less what may have been shipped and plus what it booked in between."""
        if counted.statement is None or counted.statement.count.on_hand is None:
            return False
        since = counted.statement.as_of
        if not statement.as_of.certainly_after(since):
            return False
        number = self._number(statement, location)
        if number is None:
            return False
        shipped = (
            -event.units * (self._each(line) if event.of_kit else 1)
            for line in self.lines.known()
            for event in line.shipped
            if event.location in (None, location)
            and not event.at.certainly_before(since)
            and not event.at.certainly_after(statement.as_of)
        )
        booked = (
            movement.change.on_hand
            for movement in movements
            if not movement.at.certainly_before(since) and not movement.at.certainly_after(statement.as_of)
        )
        return reaches(counted.statement.count.on_hand, (*shipped, *booked), number)

    def _each(self, line: OrderLine) -> int:
        """Units of this SKU in one unit of the line's kit when it was ordered."""
        if line.kit is None:
            return 1
        heard = (event.at.start for event in (*line.shipped, *line.cancelled, *line.acknowledged))
        ordered = line.placed_at or min(heard)
        return self._recipes.units(line.kit, self._before.sku, ordered)

    def _number(self, statement: Statement, location: LocationId) -> int | None:
        master = self._master(location)
        rules = self._policy.systems.get(master) if master is not None else None
        if statement.count.on_hand is None and rules is not None and rules.source is not None:
            return statement.count.available if rules.source.basis is Basis.AVAILABLE else None
        return statement.count.on_hand


def _by_time(movement: Movement) -> tuple[AsOf, str]:
    return (movement.at, movement.key)


def _order(revision: Revision) -> tuple[int, datetime]:
    """A source's own order of its statements. The tie-break decides nothing between two numbers."""
    return (revision.sequence, revision.stamp)


def _stated(position: Position, statement: Statement) -> Position:
    known = position.statement
    if known is None or _order(statement.revision) > _order(known.revision):
        return replaced(position, statement=statement, conflicting=False, released=False)
    if _order(statement.revision) < _order(known.revision):
        return position
    merged, differ = _merged(known, statement)
    if merged == known and (position.conflicting or not differ):
        return position
    return replaced(position, statement=merged, conflicting=position.conflicting or differ)


def _merged(one: Statement, other: Statement) -> tuple[Statement, bool]:
    """Two statements of one revision as one, and whether they differ: of what is there the lower, of what is taken the higher."""
    a, b = one.count, other.count
    pairs = (
        (a.on_hand, b.on_hand),
        (a.available, b.available),
        (a.incoming, b.incoming),
        (a.reserved, b.reserved),
        (a.quarantined, b.quarantined),
        (a.held, b.held),
    )
    differ = any(first is not None and second is not None and first != second for first, second in pairs)
    count = Count(
        on_hand=_least(a.on_hand, b.on_hand),
        available=_least(a.available, b.available),
        incoming=_least(a.incoming, b.incoming),
        reserved=_most(a.reserved, b.reserved),
        quarantined=_most(a.quarantined, b.quarantined),
        held=_most(a.held, b.held),
    )
    as_of = AsOf(min(one.as_of.start, other.as_of.start), max(one.as_of.end, other.as_of.end))
    return Statement(count, as_of, min(one.revision, other.revision), min(one.key, other.key)), differ


def _omitted(omission: Omission) -> tuple[AsOf, bool, AsOf]:
    return omission.at, omission.last is not None, omission.last or omission.at


def _least(one: int | None, other: int | None) -> int | None:
    return min((number for number in (one, other) if number is not None), default=None)


def _most(one: int | None, other: int | None) -> int | None:
    return max((number for number in (one, other) if number is not None), default=None)


def _pruned(position: Position, settled: int) -> Position:
    """Without the movements that are certainly in the number, but for the newest ``settled`` of them and, for a while, those of
    transfers: no number is changed."""
    as_of = position.as_of
    if as_of is None or not position.movements:
        return position
    over = [movement for movement in position.movements if movement.at.certainly_before(as_of)]
    if len(over) <= settled:
        return position
    long_ago = as_of.start - KEPT
    dropped = {
        movement.key
        for movement in over[: len(over) - settled]
        if not is_of_transfer(movement) or movement.at.end < long_ago
    }
    return replaced(position, movements=tuple(one for one in position.movements if one.key not in dropped))
