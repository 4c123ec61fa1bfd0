"""However numbers lie, no finding comes of a SKU that the comparison leaves out: perhaps too many candidates, never too few."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.detect import SKU_DETECTORS, detectors_for
from sync.model.exceptions import Finding
from sync.model.facts import Count, Revision
from sync.model.ids import ListingId, LocationId, SkuId, SystemId
from sync.model.outbox import Priority, Target, TargetKind, TargetState, target_key
from sync.model.picture import Whole
from sync.model.stock import Listing, Position, Sku, SkuState, Statement
from sync.model.time import AsOf
from sync.path.judge import judge, look
from sync.policy.schema import Policy
from sync.reconciliation.basis import side_of
from sync.reconciliation.frames import BUCKETS, COLUMNS, SHOWN, candidates
from tests.builders import a_policy, a_source, at

NOW = at("12:00")
RENO, ACME = LocationId("reno"), LocationId("acme")
SOURCES = tuple(SystemId(name) for name in ("wms", "erp", "advice"))
SHOP = SystemId("shop")

parts = st.sampled_from([None, 0, 0, 1, 2])


@st.composite
def counts(draw: st.DrawFn) -> Count:
    """Mostly a number that makes sense by itself, so that only another one contradicts it."""
    on_hand = draw(st.sampled_from([None, -1, 0, 2, 3, 5, 5, 5, 9]))
    less = draw(st.sampled_from([None, 0, 0, 0, 1, 2, -3]))
    available = None if on_hand is None or less is None else on_hand - less
    return Count(on_hand, available, draw(parts), draw(parts), draw(parts))


places = [(system, place) for system in SOURCES for place in (RENO, ACME)]
stocks = st.fixed_dictionaries({}, optional=dict.fromkeys(places, counts()))
readings = st.lists(st.tuples(stocks, st.one_of(st.none(), st.integers(0, 6))), min_size=1, max_size=5)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    def source(**fixed: Any) -> dict[str, Any]:
        basis = draw(st.sampled_from(["on_hand", "available"]))
        contains = draw(st.lists(st.sampled_from(["quarantined", "reserved"]), unique=True, max_size=2))
        reserved = draw(st.sampled_from(["ours", "others", "both"]))
        return a_source(basis=basis, contains=contains, reserved=reserved, **fixed)

    return a_policy(
        systems={"wms": source(), "erp": source(trust="financial"), "advice": source(trust="advisory")},
        deciders={"reno": ["wms", "erp"], "acme": ["erp", "wms"]},
        channel={"safety_stock": draw(st.integers(0, 2)), "locations": ["reno", "acme"]},
    )


def a_position(system: SystemId, sku: SkuId, place: LocationId, count: Count) -> Position:
    as_of = AsOf.at(NOW - timedelta(minutes=20))
    return Position(system, sku, place, Statement(count, as_of, Revision(0, as_of.start), f"{system}:{place}"))


def a_whole(number: int, stock: dict[tuple[SystemId, LocationId], Count], level: int | None) -> Whole:
    sku = SkuId(f"SKU-{number}")
    positions = [a_position(system, sku, place, count) for (system, place), count in stock.items()]
    listings: tuple[Listing, ...] = ()
    if level is not None:
        positions.append(a_position(SHOP, sku, RENO, Count(available=level)))
        seen = AsOf.at(NOW - timedelta(minutes=20))
        external = (("item", str(number)), ("variant", str(number)))
        listings = (Listing(ListingId(f"shop:{number}"), SHOP, sku, external, buyable=True, seen=seen),)
    return Whole(
        Sku(sku), SkuState(sku, tuple(sorted(positions, key=lambda one: (one.system, one.location))), (), listings)
    )


def settled(whole: Whole, policy: Policy) -> Whole:
    """The SKU as it was judged and sent once: what was wanted is shown, nothing is on its way."""
    verdict = judge(whole, policy, NOW)
    targets = tuple(replace(one, state=TargetState.IDLE) for one in verdict.targets if one.kind is TargetKind.QUANTITY)
    return replace(whole, targets=targets, memos=tuple((listing, memo) for listing, _, memo in verdict.memos))


def moving(whole: Whole) -> bool:
    """What storage marks whatever the numbers say: here only raises that wait."""
    return any(memo.candidate is not None for _, memo in whole.memos)


def findings(whole: Whole, policy: Policy) -> list[Finding]:
    picture = look(whole, whole.state, policy, NOW)
    every = [finding for detect in SKU_DETECTORS for finding in detect(picture, policy, NOW)]
    assert every == [finding for detect in detectors_for(picture) for finding in detect(picture, policy, NOW)]
    return every


def found(wholes: list[Whole], policy: Policy) -> set[SkuId]:
    """What the comparison of their positions yields."""
    snapshots, wanted = [], []
    for name in policy.systems:
        side = side_of(SystemId(name), policy)
        rows = [
            (one.sku, one.location, *(getattr(one.statement.count, bucket, None) for bucket in BUCKETS))
            for whole in wholes
            for one in whole.state.positions
            if one.system == name and one.statement is not None
        ]
        schema = {column: pl.String if column in ("sku", "location") else pl.Int64 for column in COLUMNS}
        snapshots.append((side, pl.DataFrame(rows, schema=schema, orient="row").lazy()))
        if side.sells:
            shown = [(one.sku, one.wanted) for whole in wholes for one in whole.targets if one.lane == name]
            frame = pl.DataFrame(shown, schema=dict(zip(SHOWN, (pl.String, pl.Int64), strict=True)), orient="row")
            wanted.append((side, frame.lazy()))
    return {sku for skus in candidates(snapshots, wanted) for sku in skus}


@settings(max_examples=60, deadline=None)
@given(policies(), readings, readings)
def test_no_finding_lies_outside_the_candidates(policy: Policy, before: list[Any], after: list[Any]) -> None:
    known = [settled(a_whole(number, *one), policy) for number, one in enumerate(before)]
    now = [
        replace(whole, state=a_whole(number, *after[number]).state) if number < len(after) else whole
        for number, whole in enumerate(known)
    ]
    chosen = found(now, policy)
    for whole in now:
        if findings(whole, policy) and not moving(whole):
            assert whole.sku.id in chosen, findings(whole, policy)


def test_equal_numbers_give_no_candidate() -> None:
    policy = a_policy(systems={"erp": a_source(trust="financial")})
    stock = {(SystemId("wms"), RENO): Count(on_hand=5), (SystemId("erp"), RENO): Count(on_hand=5)}
    wholes = [settled(a_whole(number, stock, 5), policy) for number in range(3)]
    wholes = [replace(whole, targets=(a_target(whole),)) for whole in wholes]
    assert found(wholes, policy) == set()


def a_target(whole: Whole) -> Target:
    listing = whole.state.listings[0].id
    return Target(
        key=target_key(TargetKind.QUANTITY, listing, RENO),
        kind=TargetKind.QUANTITY,
        lane=SHOP,
        sku=whole.sku.id,
        listing=listing,
        location=RENO,
        wanted=5,
        revision=1,
        priority=Priority.DECREASE,
        wanted_at=NOW,
        state=TargetState.IDLE,
    )
