"""Available to sell: the channel's share of the pool, and the arithmetic a person can redo."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sync.counting.pool import Pools, pool
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.policy.schema import Policy
from sync.policy.sku_rules import Demand, SkuRules
from sync.promise import Promise, allocate, promise, safety_stock
from tests.builders import (
    ACME,
    SHOP,
    a_channel,
    a_listing,
    a_policy,
    a_source,
    at,
    counted,
    counted_by_hand,
    folded,
    level,
    line,
)


def promised(policy: Policy, *facts: object, system: SystemId = SHOP) -> Promise:
    return promise(folded(policy, *facts), a_listing(system=system), policy, at("12:00"))  # type: ignore[arg-type]


def test_safety_stock_and_buffer_are_kept_back_and_the_lines_say_so() -> None:
    found = promised(a_policy(channel={"safety_stock": 2, "buffer": 1}), counted(9, "11:02"), line("1", 4, "11:30"))
    assert found.units == 2
    assert found.arithmetic == (
        "Reno 9 (wms, as of 11:02 UTC)",
        "\u2212 held 4",
        "\u2212 safety 2",
        "\u2212 buffer 1",
    )


def test_dipping_into_safety_stock_is_no_oversell() -> None:
    found = promised(a_policy(channel={"safety_stock": 5}), counted(3, "11:00"))
    assert (found.units, found.pool.units) == (0, 3)


def test_a_sku_may_have_its_own_figures() -> None:
    policy = a_policy(channel={"safety_stock": 5, "buffer": 3}, skus={"KTL-17-BLK": {"safety_stock": 0}})
    assert promised(policy, counted(9, "11:00")).units == 6


def test_safety_stock_is_computed_from_demand_and_lead_time() -> None:
    demand = {"per_day": 4, "per_day_deviation": 2, "lead_days": 9, "lead_days_deviation": 1}
    found = promised(a_policy(skus={"KTL-17-BLK": {"demand": demand}}), counted(20, "11:00"))
    # 1.645 x sqrt(9 x 2^2 + 4^2 x 1^2) = 11.86, rounded up
    assert (found.units, found.arithmetic[-1]) == (8, "\u2212 safety 12")


def test_a_service_level_of_one_half_needs_no_safety_stock() -> None:
    assert (
        safety_stock(
            Demand(per_day=Decimal(4), lead_days=Decimal(9), per_day_deviation=Decimal(2), service=Decimal("0.5"))
        )
        == 0
    )


def test_a_fixed_and_a_computed_safety_stock_together_are_refused() -> None:
    with pytest.raises(ValueError, match="keep one of the two"):
        SkuRules(safety_stock=1, demand=Demand(per_day=Decimal(4), lead_days=Decimal(9)))


def test_at_most_the_maximum_is_shown() -> None:
    found = promised(a_policy(channel={"maximum_shown": 5}), counted(9, "11:00"))
    assert (found.units, found.arithmetic[-1]) == (5, "at most 5 shown")


def test_never_below_zero() -> None:
    assert promised(a_policy(), counted(1, "11:00"), line("1", 4, "11:30")).units == 0


def test_what_nobody_counts_cannot_be_promised() -> None:
    found = promised(a_policy(), level(5, "11:00"))
    assert (found.units, found.unknown) == (0, True)
    assert found.arithmetic == ("Nobody has stated a number at Reno yet",)


def test_a_system_that_does_not_sell_promises_nothing() -> None:
    with pytest.raises(BadInput, match="add `channel:`"):
        promised(a_policy(), counted(9, "11:00"), system=SystemId("wms"))


def test_shares_are_whole_units_by_largest_remainder() -> None:
    shares = {SystemId(name): Decimal(share) for name, share in (("a", "0.5"), ("b", "0.3"), ("c", "0.2"))}
    assert allocate(10, shares) == {"a": 5, "b": 3, "c": 2}
    assert allocate(1, shares) == {"a": 1, "b": 0, "c": 0}
    assert allocate(3, shares) == {"a": 1, "b": 1, "c": 1}
    assert allocate(-4, shares) == {"a": 0, "b": 0, "c": 0}


def test_shares_above_one_in_all_are_scaled_down() -> None:
    assert sum(allocate(7, {SystemId("a"): Decimal("0.8"), SystemId("b"): Decimal("0.8")}).values()) == 7


def test_two_channels_that_share_never_show_more_than_the_pool() -> None:
    policy = a_policy(
        channel={"share": "0.6"}, systems={"shop-eu": a_channel(share="0.4", safety_stock=1, locations=["reno"])}
    )
    for stock in range(12):
        facts = (counted(stock, "11:00"),)
        both = [promised(policy, *facts, system=SystemId(name)).units for name in ("shop", "shop-eu")]
        assert sum(both) <= stock
    assert [promised(policy, counted(10, "11:00"), system=SystemId(name)).units for name in ("shop", "shop-eu")] == [
        6,
        4,
    ]


def test_a_channel_that_draws_elsewhere_does_not_share() -> None:
    policy = a_policy(
        channel={"share": "0.5"},
        systems={"shop-eu": a_channel(share="0.5", locations=["acme"]), "acme-dropship": a_source(trust="vendor")},
        deciders={"acme": ["acme-dropship"]},
    )
    facts = (counted(4, "11:00"), counted(7, "11:00", system=SystemId("acme-dropship"), location=ACME))
    assert promised(policy, *facts).units == 2


def test_f66_a_storefront_that_is_its_own_master_with_a_buffer_does_not_spiral() -> None:
    """What it shows is 10; 8 may be promised; nothing is written there, so it goes on showing 10 and promising 8."""
    own = {"trust": "physical", "basis": "available", "learns_within": "0 s"}
    policy = a_policy(channel={"mode": "guard", "source": own, "buffer": 2}, deciders={"reno": ["shop"]})
    state = folded(policy, level(10, "09:00"))
    for clock in ("10:00", "10:15", "10:30"):
        assert promise(state, a_listing(), policy, at(clock)).units == 8
        state = folded(policy, level(10, clock), onto=state)


def test_f66_a_place_we_write_to_is_refused_as_its_own_master() -> None:
    with pytest.raises(ValueError, match="what we publish is never a count"):
        a_policy(channel={"source": {"trust": "physical", "basis": "available"}}, deciders={"reno": ["shop"]})


def test_f66_its_own_order_is_off_its_own_level() -> None:
    own = {"trust": "physical", "basis": "available", "learns_within": "0 s"}
    policy = a_policy(channel={"mode": "guard", "source": own}, deciders={"reno": ["shop"]})
    sold = line("1", 1, "10:00")
    assert promised(policy, level(10, "09:00"), sold).units == 9
    assert promised(policy, level(9, "10:01"), sold).units == 9


def trusting(*kinds: str) -> Policy:
    """A shop that sells from Reno (WMS, else the books) and from Acme, decided by these kinds only."""
    return a_policy(
        wms={"fresh_for": "1 h"},
        channel={"locations": ["reno", "acme"], "decided_by": list(kinds)},
        systems={"erp": a_source(trust="financial"), "acme-dropship": a_source(trust="vendor")},
        deciders={"reno": ["wms", "erp"], "acme": ["acme-dropship"]},
    )


@pytest.mark.parametrize(
    ("kinds", "units"),
    [
        ((), 9 + 7),
        (("physical", "vendor"), 9 + 7),
        (("physical",), 9),
        (("financial",), 20),
        (("vendor",), 7),
        (("financial", "vendor"), 20 + 7),
    ],
)
def test_a_channel_sees_only_the_numbers_of_kinds_that_may_decide_for_it(kinds: tuple[str, ...], units: int) -> None:
    facts = (
        counted(9, "11:30"),
        counted(20, "11:45", system=SystemId("erp")),
        counted(7, "11:40", system=SystemId("acme-dropship"), location=ACME),
    )
    for arriving in (facts, facts[::-1]):
        assert promised(trusting(*kinds), *arriving).units == units, "who spoke last decides nothing"


def test_a_person_s_count_is_physical() -> None:
    facts = (counted(20, "11:45", system=SystemId("erp")), counted_by_hand(4, "11:50"))
    assert promised(trusting("physical"), *facts).units == 4
    assert promised(trusting("financial"), *facts).units == 20


def test_the_books_do_not_step_in_where_they_may_not_decide() -> None:
    facts = (counted(9, "09:00"), counted(20, "11:45", system=SystemId("erp")))
    assert promised(trusting(), *facts).units == 20, "the warehouse is silent, so the books decide"
    assert promised(trusting("physical"), *facts).units == 0
    found = promised(trusting("vendor"), *facts)
    assert (found.unknown, found.arithmetic) == (True, ("No vendor source has stated a number at Reno or Acme yet",))


def test_advice_is_refused_as_a_decider() -> None:
    with pytest.raises(ValueError, match="advice never decides; take it off the deciders"):
        a_policy(systems={"till": a_source(trust="advisory")}, deciders={"reno": ["wms", "till"]})


def test_a_channel_that_nobody_may_decide_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no decider of its locations is vendor"):
        a_policy(channel={"decided_by": ["vendor"]})


FAMILY = {"Kettles": {"buffer": 2, "maximum_shown": 8, "channels": {"shop": {"buffer": 4, "floor": 2}}}}


def of_family(policy: Policy, units: int, family: str = "Kettles") -> Promise:
    return promise(folded(policy, counted(units, "11:00")), a_listing(), policy, at("12:00"), family)


def test_a_family_s_figures_for_the_channel_go_before_its_own_and_the_channel_s() -> None:
    policy = a_policy(channel={"buffer": 1, "safety_stock": 1}, families=FAMILY)
    assert of_family(policy, 10).units == 10 - 1 - 4
    assert of_family(policy, 20).arithmetic[-1] == "at most 8 shown"
    assert of_family(policy, 10, "Rugs").units == 10 - 1 - 1


def test_a_sku_s_own_figures_go_before_its_family_s() -> None:
    policy = a_policy(families=FAMILY, skus={"KTL-17-BLK": {"buffer": 0, "maximum_shown": 20}})
    assert of_family(policy, 6).units == 6
    assert of_family(policy, 30).units == 8, "of several maxima the smallest holds"


def test_policy_s_own_word_for_a_family_goes_before_the_catalogue_s() -> None:
    policy = a_policy(families=FAMILY, skus={"KTL-17-BLK": {"family": "Kettles"}})
    assert of_family(policy, 10, "Rugs").units == 6


def test_below_the_floor_nothing_is_shown() -> None:
    policy = a_policy(channel={"floor": 3})
    assert [promised(policy, counted(there, "11:00")).units for there in (2, 3)] == [0, 3]
    assert promised(policy, counted(2, "11:00")).arithmetic[-1] == "below 3 nothing is shown"


def test_a_slow_channel_keeps_its_buffer_beside_a_sku_s_own() -> None:
    policy = a_policy(channel={"buffer": 3, "slow_buffer": 2}, skus={"KTL-17-BLK": {"buffer": 1}})
    assert promised(policy, counted(9, "11:00")).units == 9 - 1 - 2


def test_units_made_to_order_may_be_sold_beyond_the_stock_and_no_further() -> None:
    policy = a_policy(channel={"safety_stock": 2}, skus={"KTL-17-BLK": {"made_to_order": 5}})
    assert promised(policy, counted(4, "11:00")).units == 4 - 2 + 5
    found = promised(policy, counted(1, "11:00"))
    assert (found.units, found.arithmetic[-2:]) == (5, ("\u2212 safety 1", "+ made to order 5"))
    for sold, left in ((3, 3), (6, 0), (8, 0)):
        assert promised(policy, counted(1, "11:00"), line("1", sold, "11:30")).units == left


def test_a_family_s_channel_that_does_not_sell_is_refused() -> None:
    with pytest.raises(ValueError, match=r"families\.Kettles\.channels: there is no channel 'wms'"):
        a_policy(families={"Kettles": {"channels": {"wms": {"buffer": 1}}}})


def test_channels_of_the_same_places_draw_on_one_pool() -> None:
    policy = a_policy(
        systems={
            "erp": a_source(trust="financial"),
            "acme-shop": a_channel(),
            "outlet": a_channel(decided_by=["financial"]),
        },
        deciders={"reno": ["wms", "erp"]},
    )
    outlet, other = SystemId("outlet"), SystemId("acme-shop")
    state = folded(policy, counted(9, "11:00"), counted(7, "11:01", system=SystemId("erp")), line("1", 4, "11:30"))
    pools = Pools(state, policy, at("12:00"))
    assert pools.of(other) is pools.of(SHOP)
    for channel in (SHOP, other, outlet):
        assert pools.of(channel) == pool(state, channel, policy, at("12:00"))
    assert (pools.of(SHOP).units, pools.of(outlet).units) == (5, 3)
