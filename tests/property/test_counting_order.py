"""The counting is a function of the set of facts: arrival order, batches, duplicates and replays change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.exposure import exposure, unexplained_level
from sync.ledger import closed_lines, cover, fold
from sync.model.facts import Fact, FactKind
from sync.model.ids import SystemId
from sync.model.stock import SkuState
from sync.model.time import AsOf
from sync.promise import next_change, pool, promise
from tests.builders import (
    ACME,
    CARRIER,
    ERP,
    RENO,
    SHOP,
    SKU,
    VENDOR,
    WMS,
    a_listing,
    a_policy,
    a_source,
    acknowledged,
    at,
    cancelled,
    changed,
    counted,
    counted_by_hand,
    level,
    line,
    listed,
    shipped,
    supplies,
)

POLICY = a_policy(
    wms={"fresh_for": "6 h", "contains": ["quarantined"], "absent": "zero"},
    channel={"locations": ["reno", "acme"], "safety_stock": 1},
    systems={
        "erp": a_source(trust="financial", basis="available", reserved="both"),
        "acme-dropship": a_source(
            trust="vendor",
            basis="available",
            stale_counts_as="0.5",
            acknowledged_for="9 h",
            unacknowledged_counts_as="0.5",
        ),
        "carrier": a_source(trust="advisory"),
    },
    deciders={"reno": ["wms", "erp"], "acme": ["acme-dropship"]},
)
NOW = at("20:00")

minutes = st.integers(0, 60).map(lambda step: at("08:00") + timedelta(minutes=10 * step))
spans = st.sampled_from([0, 1, 19 * 60]).map(lambda seconds: timedelta(seconds=seconds))
units = st.integers(0, 12)
orders = st.sampled_from(["1001", "1002", "1003"])
order_lines = st.sampled_from(["1", "2", ""])
places = st.sampled_from([RENO, ACME])
maybe_places = st.sampled_from([None, RENO, ACME])


@st.composite
def counts(draw: st.DrawFn) -> Fact:
    """Numbers of a stock source; two of one time may differ."""
    system, place = draw(st.sampled_from([(WMS, RENO), (ERP, RENO), (VENDOR, ACME)]))
    begin, number = draw(minutes), st.none() | units
    return counted(
        draw(number),
        begin,
        begin + draw(spans),
        system=system,
        location=place,
        available=draw(number),
        reserved=draw(number),
        quarantined=draw(number),
        incoming=draw(number),
        held=draw(number),
    )


@st.composite
def hand_counts(draw: st.DrawFn) -> Fact:
    """Counts by a person that no master ever agrees with: a release looks at numbers as they come by."""
    return counted_by_hand(draw(st.none() | st.integers(1000, 1010)), draw(minutes), location=draw(places))


@st.composite
def levels(draw: st.DrawFn) -> Fact:
    """What the shop shows."""
    begin = draw(minutes)
    return level(draw(st.none() | units), begin, begin + draw(spans), on_hand=draw(st.none() | units))


@st.composite
def movements(draw: st.DrawFn) -> Fact:
    """Receipts, returns and picks, some naming their order."""
    kind = draw(st.sampled_from([FactKind.CHANGED, FactKind.RECEIVED, FactKind.RETURNED]))
    system, place = draw(st.sampled_from([(WMS, RENO), (ERP, RENO), (VENDOR, ACME), (SHOP, RENO)]))
    return changed(
        draw(st.integers(-4, 4)),
        draw(minutes),
        kind=kind,
        system=system,
        location=place,
        order=draw(st.sampled_from(["", "1001", "1002"])),
        order_line=draw(order_lines),
        reserved=draw(st.integers(-2, 2)),
        quarantined=draw(st.integers(-1, 1)),
        incoming=draw(st.integers(-3, 3)),
        held=draw(st.integers(-1, 1)),
        transfer=draw(st.sampled_from(["", "", "T1", "T2"])),
    )


@st.composite
def statements(draw: st.DrawFn) -> Fact:
    """Revisions of order lines; several may share one sequence."""
    return line(
        draw(orders),
        draw(units),
        draw(minutes),
        placed="08:00",
        pending=draw(st.booleans()),
        location=draw(maybe_places),
        order_line=draw(order_lines),
        sequence=draw(st.integers(0, 3)),
    )


@st.composite
def steps(draw: st.DrawFn) -> Fact:
    """Cancelled, shipped and acknowledged units, told by several systems, some without the line."""
    kind = draw(st.sampled_from(["cancelled", "shipped", "acknowledged"]))
    order, number, when, name = draw(orders), draw(st.integers(1, 4)), draw(minutes), draw(order_lines)
    if kind == "shipped":
        teller = draw(st.sampled_from([SHOP, CARRIER, WMS]))
        return shipped(order, number, when, system=teller, order_line=name, location=draw(maybe_places))
    if kind == "cancelled":
        return cancelled(order, number, when, system=draw(st.sampled_from([SHOP, ERP])), order_line=name)
    return acknowledged(order, number, when, system=draw(st.sampled_from([WMS, ERP, VENDOR])), order_line=name)


@st.composite
def listings(draw: st.DrawFn) -> Fact:
    """Statements of one listing, each telling some of its fields; some name only the item."""
    maybe = st.none() | st.booleans()
    return listed(
        draw(minutes),
        variant=draw(st.sampled_from(["39", None])),
        tracked=draw(maybe),
        sells_below_zero=draw(maybe),
        buyable=draw(maybe),
        doors=draw(st.none() | st.dictionaries(st.sampled_from(["1", "2"]), st.booleans(), min_size=1)),
    )


words = st.builds(
    lambda many, when, lasts: supplies(many, when, until=when + lasts if lasts else None),
    st.none() | units,
    minutes,
    st.none() | st.integers(0, 9).map(lambda hours: timedelta(hours=hours)),
)
facts_of_all_kinds = st.lists(
    st.one_of(counts(), hand_counts(), levels(), movements(), statements(), steps(), listings(), words),
    max_size=25,
    unique_by=lambda fact: (fact.system, fact.key),
)
Coverage = tuple[SystemId, AsOf]
coverages = st.lists(
    st.tuples(st.sampled_from([WMS, ERP]), minutes.map(lambda begin: AsOf(begin, begin + timedelta(minutes=19)))),
    max_size=3,
)


def folded_in(batches: Sequence[Sequence[Fact]], rows: Sequence[Coverage]) -> SkuState:
    """Fold batch after batch; the coverage rows known so far are joined each time the state is read, as storage does."""
    state = SkuState(SKU)
    for number, batch in enumerate(batches):
        state = fold(state, batch, POLICY)
        for system, as_of in rows[: number + 1] if number + 1 < len(batches) else rows:
            state = cover(state, system, RENO, as_of, POLICY)
    return state


def everything_said_of(state: SkuState) -> tuple[object, ...]:
    """All that follows from a state."""
    listing = a_listing(published=(7, "09:00", "09:01"))
    return (
        state,
        pool(state, SHOP, POLICY, NOW),
        promise(state, listing, POLICY, NOW),
        [exposure(state, one, POLICY, NOW) for one in (listing, *state.listings)],
        unexplained_level(state, listing, POLICY, NOW),
        next_change(state, POLICY, NOW),
        closed_lines(state, POLICY, NOW + timedelta(days=9)),
    )


@settings(max_examples=200, deadline=None)
@given(facts=facts_of_all_kinds, rows=coverages, data=st.data())
def test_any_arrival_order_with_duplicates_in_any_batches_counts_the_same(
    facts: list[Fact], rows: list[Coverage], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(facts), max_size=6)) if facts else []
    arriving = data.draw(st.permutations([*facts, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=5)))
    batches = [arriving[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True)]
    other_rows = data.draw(st.permutations(rows))
    assert everything_said_of(folded_in(batches, other_rows)) == everything_said_of(folded_in([facts], rows))


@settings(max_examples=100, deadline=None)
@given(facts=facts_of_all_kinds)
def test_a_replay_of_the_whole_ledger_changes_nothing(facts: list[Fact]) -> None:
    state = fold(SkuState(SKU), facts, POLICY)
    assert fold(state, facts, POLICY) == state


@settings(max_examples=100, deadline=None)
@given(facts=facts_of_all_kinds)
def test_the_terms_of_a_pool_add_up_and_a_promise_is_never_below_zero(facts: list[Fact]) -> None:
    state = fold(SkuState(SKU), facts, POLICY)
    found = promise(state, a_listing(), POLICY, NOW)
    assert sum(term.units for term in found.pool.terms) == found.pool.units
    assert found.units >= 0
    assert found.pool.caution >= 0
    assert all(weight > 0 for _, weight in found.pool.held)


@settings(max_examples=100, deadline=None)
@given(facts=facts_of_all_kinds)
def test_a_line_that_is_put_aside_weighs_nothing(facts: list[Fact]) -> None:
    later = NOW + timedelta(days=9)
    state = fold(SkuState(SKU), facts, POLICY)
    aside = closed_lines(state, POLICY, later)
    kept = [one for one in state.lines if one.key not in aside]
    without = SkuState(SKU, state.positions, tuple(kept), state.listings)
    whole, less = pool(state, SHOP, POLICY, later), pool(without, SHOP, POLICY, later)
    assert (whole.units, whole.unknown) == (less.units, less.unknown)


@settings(max_examples=100, deadline=None)
@given(facts=facts_of_all_kinds)
def test_what_is_shown_is_never_less_than_its_lower_side(facts: list[Fact]) -> None:
    found = exposure(fold(SkuState(SKU), facts, POLICY), a_listing(), POLICY, NOW)
    assert found.kind == "unknown" or found.units_low is None or found.units_high is not None
    if found.units_low is not None and found.units_high is not None:
        assert 0 <= found.units_low <= found.units_high
