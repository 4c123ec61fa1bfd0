"""Every dataclass that is stored as a document comes back equal, whatever it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.codecs import _codec, from_json, instant_to_text, list_from_json, list_to_json, to_json
from storage.repositories.facts import BODIES
from storage.repositories.state_rows import Steps
from sync.model.exceptions import Action, Case
from sync.model.facts import (
    Change,
    Count,
    FactKind,
    LineState,
    LineStated,
    LineStep,
    ListingStated,
    OrderRef,
    SnapshotRead,
)
from sync.model.ids import SystemId
from sync.model.picture import RaiseMemo, Suspicion
from sync.model.stock import Listing
from sync.model.time import AsOf

INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def intervals(pair: tuple[datetime, datetime]) -> AsOf:
    return AsOf(min(pair), max(pair))


st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(timedelta, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=4))
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(AsOf, st.tuples(INSTANTS, INSTANTS).map(intervals))

PLACED_AT = datetime(2026, 3, 2, tzinfo=UTC)
STORED = (
    Count,
    Change,
    LineStated,
    LineStep,
    ListingStated,
    SnapshotRead,
    Listing,
    Steps,
    RaiseMemo,
    Suspicion,
    Case,
    Action,
)


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored.__name__)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_stored_dataclass_comes_back_equal(stored: type, data: st.DataObject) -> None:
    value = data.draw(st.from_type(stored))
    document = json.loads(json.dumps(to_json(value)))
    assert from_json(stored, document) == value


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored.__name__)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_both_ways_to_read_a_document_read_the_same(stored: type, data: st.DataObject) -> None:
    """At once, and field by field as what msgspec does not take: an instance is one, with every field of the same type."""
    document = json.loads(json.dumps(to_json(data.draw(st.from_type(stored)))))
    by_field = _codec(stored)[1](document)
    assert repr(from_json(stored, document)) == repr(by_field)


def test_what_a_field_holds_that_is_of_another_type_is_read_as_it_always_was() -> None:
    assert from_json(Change, {"on_hand": "3"}) == Change(on_hand="3")  # type: ignore[arg-type]


def test_a_document_that_lacks_what_it_must_have_is_refused() -> None:
    with pytest.raises(TypeError, match="units"):
        from_json(LineStep, {"order": {"channel": "shop", "order": "1"}})


def test_every_kind_of_fact_has_one_body() -> None:
    assert set(BODIES) == set(FactKind)


def test_what_equals_its_default_is_left_out() -> None:
    assert to_json(Count(on_hand=0)) == {"on_hand": 0}
    assert to_json(Change()) == {}


def test_an_unknown_field_is_passed_over_and_a_missing_one_takes_its_default() -> None:
    assert from_json(Change, {"on_hand": 3, "of a later version": {"a": 1}}) == Change(on_hand=3)


def test_a_decimal_keeps_its_digits() -> None:
    line = LineStated(OrderRef(SystemId("shop"), "1", "2"), 1, LineState.CONFIRMED, PLACED_AT, Decimal("19.90"))
    assert to_json(line)["price"] == "19.90"


def test_times_of_other_zones_are_the_same_instant_in_utc() -> None:
    athens = datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert instant_to_text(athens) == "2026-03-02T12:00:00.000000+00:00"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_to_text(datetime(2026, 3, 2))  # noqa: DTZ001


def test_lists_of_dataclasses_come_back() -> None:
    given_ = (Count(1), Count(reserved=2))
    assert list_from_json(Count, list_to_json(given_, Count)) == given_


@dataclass(frozen=True)
class Vague:
    """A body of no stored type."""

    what: Any


@dataclass(frozen=True)
class Either:
    """A body of a union."""

    what: int | str


@pytest.mark.parametrize("vague", [Vague(object()), Either(3)])
def test_a_type_that_cannot_be_stored_is_refused(vague: object) -> None:
    with pytest.raises(TypeError, match="stored"):
        to_json(vague)
