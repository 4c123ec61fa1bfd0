"""Frozen dataclasses that are made quickly are what the standard library makes of them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest

from sync.model.made import quickly, replaced
from sync.model.time import AsOf

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Plain:
    """A field that must be given, two that may be."""

    units: int
    names: tuple[str, ...] = ()
    place: str | None = None


@quickly
@dataclass(frozen=True, slots=True, order=True)
class Quick:
    """The same."""

    units: int
    names: tuple[str, ...] = ()
    place: str | None = None


@pytest.mark.parametrize("given", [((1,), {}), ((1, ("a",)), {}), ((), {"units": 2, "place": "reno"})])
def test_it_takes_and_holds_the_same(given: tuple[tuple[int, ...], dict[str, object]]) -> None:
    args, named = given
    plain, quick = Plain(*args, **named), Quick(*args, **named)  # type: ignore[arg-type]
    assert [getattr(plain, one.name) for one in fields(Plain)] == [getattr(quick, one.name) for one in fields(Quick)]
    assert repr(quick) == repr(plain).replace("Plain", "Quick")
    assert replace(quick, units=9) == Quick(9, quick.names, quick.place) > quick
    assert hash(quick) == hash(replace(quick))


def test_it_asks_for_the_same() -> None:
    assert [*signature(Quick).parameters] == [*signature(Plain).parameters]
    with pytest.raises(TypeError, match="'units'"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'more'"):
        Quick(1, more=2)  # type: ignore[call-arg]


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick(1).units = 2  # type: ignore[misc]


def test_what_is_checked_on_making_still_is() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        AsOf(AT, AT - timedelta(seconds=1))
    with pytest.raises(ValueError, match="cannot end"):
        replaced(AsOf(AT, AT), end=AT - timedelta(seconds=1))


@quickly
@dataclass(frozen=True, slots=True)
class OddlyNamed:
    """Fields that are called as its makers might call their own."""

    cls: str
    self_: str
    other: str = "other"
    kept: object = None


@pytest.mark.parametrize("changes", [{}, {"units": 2}, {"names": ("b",), "place": None}])
def test_another_with_some_fields_changed_is_what_the_standard_library_makes(changes: dict[str, object]) -> None:
    quick = Quick(1, ("a",), "reno")
    assert replaced(quick, **changes) == replace(quick, **changes)  # type: ignore[arg-type]
    assert quick == Quick(1, ("a",), "reno")


def test_of_a_plain_one_it_is_what_the_standard_library_makes() -> None:
    assert replaced(Plain(1, ("a",)), units=2) == Plain(2, ("a",))


def test_fields_may_have_any_name() -> None:
    odd = OddlyNamed("a", "b")
    assert replaced(odd, cls="c", kept=1) == OddlyNamed("c", "b", "other", 1)


def test_another_asks_for_fields_that_there_are() -> None:
    with pytest.raises(TypeError, match="'more'"):
        replaced(Quick(1), more=2)  # type: ignore[call-arg]


def test_a_field_that_is_made_on_making_is_left_to_the_standard_library() -> None:
    with pytest.raises(TypeError, match=r"Listed\.names"):

        @quickly
        @dataclass(frozen=True, slots=True)
        class Listed:
            names: list[str] = field(default_factory=list)
