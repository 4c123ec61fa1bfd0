"""Whatever the figures of policy: what channels may show together is never more than what is there or can be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model.ids import ListingId, SystemId
from sync.policy.schema import Policy
from sync.promise import promise
from tests.builders import SKU, a_channel, a_listing, a_policy, at, counted, folded, line

NOW = at("12:00")
CHANNELS = ("shop", "shop-eu", "shop-uk")
few = st.integers(0, 9)
figures = st.fixed_dictionaries(
    {}, optional={"safety_stock": few, "buffer": few, "maximum_shown": few, "floor": st.integers(0, 4)}
)
selling = st.fixed_dictionaries(
    {"share": st.sampled_from(["0.2", "0.3", "0.5", "0.9"])},
    optional={"safety_stock": few, "buffer": few, "slow_buffer": few, "maximum_shown": few, "floor": st.integers(0, 4)},
)


rules = st.fixed_dictionaries(
    {
        "channels": st.tuples(selling, selling, selling),
        "family": figures,
        "there": st.dictionaries(st.sampled_from(CHANNELS), figures),
        "own": figures,
        "made_to_order": few,
    }
)


def policy_of(given: Mapping[str, Any], *, floors: bool = True) -> Policy:
    """Three storefronts that share Reno, a family's figures, some of them for one channel, and a SKU's own."""

    def told(level: Mapping[str, Any]) -> dict[str, Any]:
        return {name: figure for name, figure in level.items() if floors or name != "floor"}

    first, *others = given["channels"]
    there = {name: told(level) for name, level in given["there"].items()}
    return a_policy(
        channel=told(first),
        systems={name: a_channel(**told(one)) for name, one in zip(CHANNELS[1:], others, strict=True)},
        families={"Kettles": told(given["family"]) | {"channels": there}},
        skus={SKU: told(given["own"]) | {"made_to_order": given["made_to_order"], "family": "Kettles"}},
    )


def shown(policy: Policy, there: int, sold: int) -> dict[str, int]:
    """What each channel may show of so many units, so many of them sold."""
    state = folded(policy, counted(there, "11:00"), line("1001", sold, "11:30"))
    return {
        name: promise(state, a_listing(system=SystemId(name), id=ListingId(name)), policy, NOW).units
        for name in CHANNELS
    }


@settings(max_examples=120, deadline=None)
@given(given=rules, there=st.integers(0, 30), sold=st.integers(0, 40))
def test_shares_never_sum_above_the_pool_and_what_can_be_made(given: Mapping[str, Any], there: int, sold: int) -> None:
    made = max(0, given["made_to_order"] - max(0, sold - there))
    each = shown(policy_of(given), there, sold)
    assert sum(each.values()) <= max(0, there - sold) + made
    assert min(each.values()) >= 0


@settings(max_examples=120, deadline=None)
@given(given=rules, there=st.integers(0, 30), sold=st.integers(0, 40))
def test_no_maximum_is_passed_and_a_floor_hides_all_or_nothing(given: Mapping[str, Any], there: int, sold: int) -> None:
    with_floors, without = shown(policy_of(given), there, sold), shown(policy_of(given, floors=False), there, sold)
    for name, channel in zip(CHANNELS, given["channels"], strict=True):
        levels = (channel, given["own"], given["family"], given["there"].get(name, {}))
        assert all(with_floors[name] <= level["maximum_shown"] for level in levels if "maximum_shown" in level)
        assert with_floors[name] in (0, without[name])
