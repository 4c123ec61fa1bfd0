"""The pool is never above what really can be promised, whatever the world does; how often it is below is printed (``-s``)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model.ids import LocationId
from tests.builders import ACME, RENO
from tests.property.counting_world import MINUTE, Outcome, Ways, World

bases = st.sampled_from(["on_hand", "available"])


@st.composite
def ways(draw: st.DrawFn) -> Ways:
    """Worlds of every kind: quick or slow sources, skewed clocks, late and reordered news, places told late or never."""
    streams = draw(st.booleans())
    basis: dict[LocationId, str] = {place: "on_hand" if streams else draw(bases) for place in (RENO, ACME)}
    return Ways(
        basis=basis,
        books=draw(st.sampled_from([0, 30 * MINUTE, 120 * MINUTE])),
        learns=draw(st.sampled_from([0, 15 * MINUTE, 60 * MINUTE])),
        margin=draw(st.sampled_from([0, 5, 7 * MINUTE])),
        busy=draw(st.sampled_from([2.0, 6.0, 20.0])),
        hours=8,
        reading=draw(st.sampled_from([0, MINUTE, 19 * MINUTE])),
        late=0 if streams else draw(st.sampled_from([0, MINUTE, 40 * MINUTE])),
        moves=streams or draw(st.booleans()),
        names=streams or draw(st.booleans()),
        streams=streams,
        stamps=draw(st.booleans()),
        places_told=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), world=ways())
def test_the_pool_is_never_above_the_truth(seed: int, world: Ways) -> None:
    outcome = World(seed, world).run()
    assert outcome.breaches == []


CALM = {"busy": 1.0, "books": 60, "learns": 60, "late": 0, "reading": 0, "reads_every": 10 * MINUTE, "places_told": 1.0}
ORDINARY = {"busy": 3.0, "books": 600, "learns": 300, "late": 60, "reading": 60, "reads_every": 15 * MINUTE}


@pytest.mark.parametrize(
    ("name", "figures", "most_below", "most_units"),
    [("calm", CALM, 0.15, 0.5), ("ordinary", ORDINARY, 0.6, 3.0)],
    ids=["calm", "ordinary"],
)
def test_caution_costs_little(name: str, figures: dict[str, float], most_below: float, most_units: float) -> None:
    """Never above; below only for as long as a source lags."""
    whole = Outcome()
    for seed in range(4):
        for basis in ("on_hand", "available"):
            found = World(seed, Ways(basis={RENO: basis, ACME: basis}, **figures)).run()  # type: ignore[arg-type]
            whole.checks += found.checks
            whole.below += found.below
            whole.units_below += found.units_below
            whole.breaches.extend(found.breaches)
    share, gap = whole.below / whole.checks, whole.units_below / whole.checks
    print(f"\n{name} world: below the truth at {share:.0%} of {whole.checks} looks, by {gap:.2f} units on average")
    assert whole.breaches == []
    assert share <= most_below
    assert gap <= most_units
