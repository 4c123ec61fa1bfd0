"""Whatever was counted and sold: a word that something counts as nothing promises no more than without it, what is vouched for no
more than a fresh number would be, and a judgement by either is the same however often it is made."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.counting.spoken import with_words
from sync.model.ids import ExceptionId, LocationId, SystemId, UserId
from sync.model.source_word import SourceWord, WordKind
from sync.model.stock import SkuState
from sync.policy.schema import Policy
from sync.promise import next_change, promise
from tests.builders import a_listing, a_policy, a_source, at, counted, folded, line

WMS, ERP = SystemId("wms"), SystemId("erp")
NOW, OLD, UNTIL = at("12:00"), "09:00", at("14:00")
share = st.sampled_from(["0", "0.3", "0.5", "1"])
sources = st.fixed_dictionaries(
    {"fresh_for": st.sampled_from(["1 h", "2 h", "6 h"]), "stale_counts_as": share},
    optional={"acknowledged_for": st.sampled_from(["1 h", "9 h"]), "counts_acknowledge": st.booleans()},
)
count = st.tuples(
    st.sampled_from([WMS, ERP]),
    st.integers(0, 30),
    st.sampled_from(["08:00", "09:00", "10:30", "11:50"]),
    st.sampled_from(["reno", "dock"]),
)
world = st.fixed_dictionaries(
    {
        "wms": sources,
        "erp": sources,
        "counts": st.lists(count, max_size=6),
        "sold": st.lists(st.integers(1, 20), max_size=3),
    }
)


def made(given_: dict[str, Any]) -> tuple[Policy, SkuState]:
    """Two places, two sources at each, and orders."""
    places = {"reno": ["wms", "erp"], "dock": ["erp", "wms"]}
    policy = a_policy(
        wms=given_["wms"],
        channel={"locations": ["reno", "dock"]},
        systems={"erp": a_source(**given_["erp"])},
        deciders=places,
    )
    facts = [
        counted(units, when, system=system, location=LocationId(place), key=f"{system}:{place}:{when}")
        for system, units, when, place in {(s, w, p): (s, u, w, p) for s, u, w, p in given_["counts"]}.values()
    ]
    orders = [line(f"{nth}", units, "11:00") for nth, units in enumerate(given_["sold"])]
    return policy, folded(policy, *facts, *orders)


def a_word(kind: WordKind, system: SystemId = WMS) -> SourceWord:
    until = UNTIL if kind is WordKind.VOUCHED else None
    return SourceWord(system, kind, UserId("U0DANA"), "Dana", "why", NOW, at("11:00"), ExceptionId(1), until)


def units(policy: Policy, state: SkuState, *words: SourceWord) -> tuple[int, int]:
    """(What may be shown, the pool)."""
    told = promise(with_words(state, words), a_listing(), policy, NOW)
    return told.units, told.pool.units


@settings(max_examples=200, deadline=None)
@given(given=world, system=st.sampled_from([WMS, ERP]))
def test_nothing_never_promises_more_and_never_oversells(given: dict[str, Any], system: SystemId) -> None:
    policy, state = made(given)
    without, pool = units(policy, state)
    with_it, left = units(policy, state, a_word(WordKind.NOTHING, system))
    assert with_it <= without
    assert min(0, pool) <= left <= pool, "growing old alone oversells nothing, nor does a person's word"
    both = units(policy, state, a_word(WordKind.NOTHING, WMS), a_word(WordKind.NOTHING, ERP))
    assert both[0] <= with_it


@settings(max_examples=200, deadline=None)
@given(given=world)
def test_vouched_for_it_counts_as_if_it_never_aged_and_not_above(given: dict[str, Any]) -> None:
    """Of one source: with two, which one decides may differ."""
    alone = given | {"counts": [one for one in given["counts"] if one[0] == WMS]}
    policy, state = made(alone)
    ageless = a_policy(
        wms={key: value for key, value in given["wms"].items() if key not in ("fresh_for", "acknowledged_for")},
        channel={"locations": ["reno", "dock"]},
        systems={"erp": a_source(**given["erp"])},
        deciders={"reno": ["wms", "erp"], "dock": ["erp", "wms"]},
    )
    without, vouched = units(policy, state), units(policy, state, a_word(WordKind.VOUCHED))
    assert without[0] <= vouched[0] <= units(ageless, state)[0]


@settings(max_examples=100, deadline=None)
@given(given=world, kind=st.sampled_from(list(WordKind)))
def test_a_state_is_the_same_with_or_without_words_said_of_it_and_looked_at_in_time(
    given: dict[str, Any], kind: WordKind
) -> None:
    policy, state = made(given)
    spoken = with_words(state, [a_word(kind)])
    assert with_words(spoken, [a_word(kind)]) == spoken
    assert units(policy, spoken) == units(policy, state, a_word(kind))
    again = next_change(spoken, policy, NOW)
    if kind is WordKind.VOUCHED and any(one.system == WMS for one in state.positions):
        assert again is not None
        assert NOW < again <= UNTIL
    if kind is WordKind.VOUCHED:
        over = promise(spoken, a_listing(), policy, UNTIL), promise(state, a_listing(), policy, UNTIL)
        assert over[0].units == over[1].units, "at its time it is as if nobody had said it"
