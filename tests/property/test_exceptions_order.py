"""The set of open exceptions is a function of the facts: arrival order, duplicates, replays and batches change it not at all.

What the product remembers of the way there (suspicions, cases, raise memos) is kept as a slice keeps it; once all is heard and
has settled, only what is so may be open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model.exceptions import Case, ExceptionClass, Fingerprint
from sync.model.facts import Fact
from sync.model.ids import ExceptionId, ListingId
from sync.model.picture import RaiseMemo, Suspicion, Whole
from sync.model.stock import Sku, SkuState
from sync.path.judge import judge
from tests.builders import RENO, SKU, a_policy, a_source, at, counted, line, listed
from tests.property.test_counting_order import counts, levels, movements, statements, steps

POLICY = a_policy(
    channel={"locations": ["reno", "acme"], "safety_stock": 1},
    systems={
        "erp": a_source(trust="financial", basis="available"),
        "acme-dropship": a_source(trust="vendor", basis="available"),
        "carrier": a_source(trust="advisory"),
    },
    deciders={"reno": ["wms"], "acme": ["acme-dropship"]},
    # An incident that stands until its orders are done tells of what was known at some moment, on purpose.
    classes={"oversell": {"ended_by": "itself"}, "stuck_reservation": {"held_for": "9 h"}},
)
HEARD = at("20:00")
"""When the last fact has been heard; every fact is older."""

Open = frozenset[tuple[str, int]]
STATES = (
    ExceptionClass.OVERSELL,
    ExceptionClass.NEGATIVE_STOCK,
    ExceptionClass.STUCK_RESERVATION,
    ExceptionClass.EXPOSURE_MISMATCH,
)
"""Classes that are found in what is so now, and not in how it became so."""

facts_of_all_kinds = st.lists(
    st.one_of(counts(), levels(), movements(), statements(), steps()),
    max_size=18,
    unique_by=lambda fact: (fact.system, fact.key),
)


def open_after(batches: Sequence[Sequence[Fact]]) -> Open:
    """Judge batch after batch, a second apart, then twice with nothing new until all has settled; what is open then."""
    state, number = SkuState(SKU), 0
    cases: dict[ExceptionId, Case] = {}
    suspected: dict[Fingerprint, Suspicion] = {}
    memos: dict[ListingId, RaiseMemo] = {}
    begin = [listed("06:00", buyable=True, tracked=True), counted(0, "06:00")]
    times = [HEARD + timedelta(seconds=second) for second in range(len(batches) + 1)]
    quiet = [times[-1] + timedelta(minutes=7 * late) for late in (1, 2, 3)]
    for now, facts in zip([*times, *quiet], [begin, *batches, (), (), ()], strict=True):
        verdict = judge(_whole(state, facts, cases, suspected, memos), POLICY, now)
        state = verdict.state
        memos |= {listing: memo for listing, _, memo in verdict.memos}
        for fingerprint in verdict.changes.dropped:
            suspected.pop(fingerprint, None)
        suspected |= {one.finding.fingerprint: one for one in verdict.changes.suspicions}
        for step in verdict.changes.steps:
            case = step.case
            if step.opened:
                number += 1
                case = replace(case, id=ExceptionId(number))
            cases[case.id] = case
    standing = [case for case in cases.values() if not case.life.ended and case.fingerprint.cls in STATES]
    return frozenset((case.fingerprint.text, case.delta) for case in standing)


def _whole(
    state: SkuState,
    facts: Sequence[Fact],
    cases: dict[ExceptionId, Case],
    suspected: dict[Fingerprint, Suspicion],
    memos: dict[ListingId, RaiseMemo],
) -> Whole:
    return Whole(
        sku=Sku(SKU),
        state=state,
        fresh=tuple(facts),
        memos=tuple(memos.items()),
        cases=tuple(cases.values()),
        suspicions=tuple(suspected.values()),
    )


def _over_only(found: Open) -> Open:
    """Hidden stock is looked for only as far as a raise was let out, and that takes its time by design."""
    return frozenset(one for one in found if not (one[0].startswith("exposure_mismatch") and one[1] < 0))


@settings(max_examples=40, deadline=None)
@given(facts=facts_of_all_kinds, data=st.data())
def test_any_arrival_order_with_duplicates_in_any_batches_leaves_the_same_exceptions_open(
    facts: list[Fact], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    arriving = data.draw(st.permutations([*facts, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=3)))
    batches = [arriving[start:end] for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True)]
    assert _over_only(open_after(batches)) == _over_only(open_after([facts]))


@settings(max_examples=25, deadline=None)
@given(facts=facts_of_all_kinds)
def test_a_replay_of_all_facts_opens_and_ends_nothing(facts: list[Fact]) -> None:
    assert _over_only(open_after([facts, facts])) == _over_only(open_after([facts]))


def test_the_facts_drawn_here_do_open_exceptions() -> None:
    """So that the equal sets above are not the empty ones."""
    sold = [counted(1, "08:00"), *(line(order, 1, "09:00", location=RENO) for order in ("1001", "1002"))]
    assert {text.partition("|")[0] for text, _ in open_after([sold])} == {"oversell", "stuck_reservation"}
