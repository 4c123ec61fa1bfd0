"""Prices in other currencies count by policy's dated rate, which the figure names; without one they are left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.actions.applied import unvalued
from sync.detect.limits import exceeds, grade_of
from sync.detect.picture import SkuPicture
from sync.inbox.acts import Override
from sync.measures.rated import in_own_currency as rated_records
from sync.measures.records import Lowering, Recorded
from sync.model.exceptions import Action, ActionState, ExceptionClass, Fingerprint
from sync.model.ids import SkuId, SystemId
from sync.model.money import Converted, Money, known_in
from sync.model.picture import Whole
from sync.model.stock import Sku, SkuState
from sync.path.judge import look
from sync.policy.faults import PolicyFaulty
from sync.policy.rates import converted, in_own_currency, rates_as_of
from sync.policy.reading import read_policy
from sync.policy.schema import Policy
from sync.policy.words import explain
from sync.risk import hidden_risk, oversell_risk, sold_beyond_risk
from tests.acting.acting_world import an_acting_world
from tests.acting.desk import DANA
from tests.builders import a_policy, at, counted, level, listed
from tests.shop_rules import rules
from tests.unit.policy.policy_texts import EXAMPLE

RATES = {
    "EUR": {"2026-11-01": "1.05", "2026-11-22": "1.08"},
    "JPY": {"2026-11-01": "0.0064"},
    "KWD": {"2026-12-24": "3.25"},
}
NOW = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
MUG = SkuId("MUG")


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def shop(**changed: Any) -> Policy:
    return rules(rates=RATES, **changed)


def pictured(policy: Policy, price: Money | None, cost: Money | None = None) -> SkuPicture:
    """What detectors see of a SKU."""
    whole = Whole(sku=Sku(MUG, price=price, unit_cost=cost), state=SkuState(MUG))
    return look(whole, whole.state, policy, NOW)


@pytest.mark.parametrize(
    ("now", "factor", "day"),
    [
        ("2026-10-31T23:59:59+00:00", None, None),
        ("2026-11-01T00:00:00+00:00", "1.05", date(2026, 11, 1)),
        ("2026-11-21T23:59:59+00:00", "1.05", date(2026, 11, 1)),
        ("2026-11-22T00:00:00+00:00", "1.08", date(2026, 11, 22)),
        ("2027-06-01T00:00:00+00:00", "1.08", date(2026, 11, 22)),
    ],
)
def test_a_rate_holds_from_its_day_until_the_next(now: str, factor: str | None, day: date | None) -> None:
    made = converted(euro("100"), shop(), datetime.fromisoformat(now))
    if factor is None:
        assert made == euro("100")
        return
    assert isinstance(made, Converted)
    assert (made.amount, made.currency) == (Decimal(100) * Decimal(factor), "USD")
    assert (made.own, made.day) == (euro("100"), day)


def test_its_day_begins_at_midnight_where_people_work() -> None:
    tokyo = shop(timezone="Asia/Tokyo")
    made = converted(euro("100"), tokyo, datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    assert made.amount == Decimal("108.0000")


def test_currencies_without_decimals_and_with_three_are_converted_alike() -> None:
    assert converted(Money(Decimal(12_800), "JPY"), shop(), NOW).amount == Decimal("81.9200")
    christmas = datetime(2026, 12, 24, 12, tzinfo=UTC)
    assert converted(Money(Decimal("1.234"), "KWD"), shop(), christmas).amount == Decimal("4.0105")
    assert converted(Money(Decimal("1.234"), "KWD"), shop(), NOW).currency == "KWD", "its rate comes later"


def test_a_sku_in_policys_currency_is_left_alone() -> None:
    sku = Sku(MUG, price=Money(Decimal(5), "USD"))
    assert in_own_currency(sku, shop(), NOW) is sku
    assert known_in("USD", None, sku.price) == 5
    assert known_in("USD", euro("5"), sku.price) is None, "a cost without a rate is not replaced by the price"


def test_revenue_at_risk_is_by_the_rate_and_says_which() -> None:
    picture = pictured(shop(), euro("100"), euro("50"))
    risk = oversell_risk(
        over=1,
        can_sell=0,
        units_7d=70_000,
        price=picture.sku.price,
        cancel=Decimal(14),
        lasts=timedelta(days=1),
        currency="USD",
        unit_cost=picture.sku.unit_cost,
    )
    assert risk.total == Money(Decimal("122.00"), "USD")
    assert "Price 100.00 EUR at 1.08 USD, rate of 22 Nov 2026." in risk.basis
    assert "Margin in it: 54.00" in risk.basis


def test_without_a_rate_sales_are_left_out_and_it_says_so() -> None:
    dinar = Money(Decimal("1.500"), "KWD")
    over = oversell_risk(
        over=3, can_sell=0, units_7d=70_000, price=dinar, cancel=Decimal(14), lasts=timedelta(days=1), currency="USD"
    )
    hidden = hidden_risk(hidden=3, units_7d=70, price=dinar, lasts=timedelta(days=1), currency="USD", has_stock=False)
    sold = sold_beyond_risk(missing=2, price=dinar, unit_cost=None, cancel=Decimal(14), currency="USD")
    assert (over.total.amount, hidden.total.amount, sold.total.amount) == (Decimal("42.00"), Decimal(0), Decimal(28))
    for risk in (over, hidden, sold):
        assert "Its price is in KWD, and policy has no rate for it, so sales are not counted." in risk.basis


def test_limits_and_grades_are_held_against_converted_money() -> None:
    limit = {"exposure_mismatch": {"limit": {"units": 100, "money": 200}}}
    policy, about = shop(classes=limit), Fingerprint(ExceptionClass.EXPOSURE_MISMATCH, sku=MUG)
    two_hundred = pictured(policy, euro("100"))
    assert exceeds(two_hundred, about, 2, 0, policy), "2 x 108 USD"
    assert not exceeds(pictured(policy, euro("92")), about, 2, 0, policy), "2 x 99.36 USD"
    assert not exceeds(pictured(policy, Money(Decimal(9_000), "KWD")), about, 2, 0, policy), "not compared"
    assert exceeds(pictured(policy, Money(Decimal(9_000), "KWD")), about, 101, 0, policy), "units are"
    sells = replace(two_hundred, paces=())
    assert grade_of(sells, policy) == "C"


def test_more_units_than_there_are_need_a_second_person_when_nobody_knows_their_worth() -> None:
    """One unit too many is worth little; in a currency without a rate it may be worth anything."""

    def asked(cost: Money) -> Action:
        world = an_acting_world(a_policy(channel={}, rates=RATES))
        world.sku = replace(world.sku, unit_cost=cost)
        world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(5, "08:00"), counted(5, "08:00"))
        listing = world.state.listings[0].id
        world.act(DANA, Override(listing, 6, at("12:00"), DANA, "a fair"), world.draft("09:00"), "09:00")
        view = world.view(world.cases[-1], "09:01")
        assert unvalued(view) == ("KWD" if cost.currency == "KWD" else "")
        (act,) = world.cases[-1].actions
        return act

    known, unknown = asked(Money(Decimal(41), "USD")), asked(Money(Decimal(41), "KWD"))
    assert (known.state, known.figure("value")) == (ActionState.WANTED, "41.00")
    assert (unknown.state, unknown.figure("value")) == (ActionState.ASKED, "0.00")


def test_what_was_prevented_is_worth_the_rate_of_its_day() -> None:
    def lowered(day: int, currency: str) -> Lowering:
        at = datetime(2026, 11, day, tzinfo=UTC)
        return Lowering(
            listing=None,
            sku=MUG,
            family="",
            system=SystemId("shop"),
            at=at,
            until=None,
            shown=5,
            can_sell=0,
            ordered=9,
            price=Decimal(100),
            currency=currency,
            paused=False,
        )

    lowerings = (lowered(2, "EUR"), lowered(23, "EUR"), lowered(23, "KWD"))
    recorded = Recorded(NOW, NOW, NOW, (), (), lowerings, {}, {}, (), 0, 0)
    rated = rated_records(recorded, shop()).lowerings
    assert [(one.price, one.currency) for one in rated] == [
        (Decimal(105), "USD"),
        (Decimal(108), "USD"),
        (Decimal(100), "KWD"),
    ]


def test_policy_says_its_rates_in_words_and_refuses_one_of_its_own_currency() -> None:
    assert "One EUR is 1.05 USD from 1 Nov 2026 on, 1.08 USD from 22 Nov 2026 on." in explain(shop())
    assert rates_as_of(shop(), NOW) == date(2026, 11, 22)
    assert rates_as_of(rules(), NOW) is None
    for wrong in (
        "USD: { 2026-11-01: 1 }",
        "EUR: { 2026-11-01: 0 }",
        "EUR: {}",
        "EUR: { today: 1 }",
        "euro: { 2026-11-01: 1 }",
    ):
        with pytest.raises(PolicyFaulty, match="rates"):
            read_policy(f"{EXAMPLE}\nrates:\n  {wrong}\n")
