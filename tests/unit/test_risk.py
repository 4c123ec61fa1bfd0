"""Revenue at risk is a sum that a person can redo."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from sync.model.money import Money
from sync.risk import expected_beyond, hidden_risk, oversell_risk

DAY = timedelta(days=1)


def test_chances_are_those_of_a_poisson_process() -> None:
    assert [expected_beyond(1.0, sold, 1) for sold in (0, 1)] == pytest.approx([1 - 0.36788, 1 - 2 * 0.36788], abs=1e-4)


def test_the_total_is_the_sum_of_its_terms() -> None:
    risk = oversell_risk(
        over=7, can_sell=1, units_7d=672, price=Money(Decimal(89), "USD"), cancel=Decimal(14), lasts=DAY, currency="USD"
    )
    assert risk.total.amount == sum(term.amount for term in risk.terms)
    assert risk.terms[0].amount == pytest.approx(Decimal(89) * 7, abs=1)


def test_what_can_be_sold_sells_first() -> None:
    few = oversell_risk(
        over=1, can_sell=0, units_7d=7, price=Money(Decimal(10), "USD"), cancel=Decimal(0), lasts=DAY, currency="USD"
    )
    many = oversell_risk(
        over=1, can_sell=5, units_7d=7, price=Money(Decimal(10), "USD"), cancel=Decimal(0), lasts=DAY, currency="USD"
    )
    assert many.total.amount < few.total.amount


def test_without_a_price_nothing_is_guessed_and_it_says_so() -> None:
    risk = oversell_risk(over=3, can_sell=0, units_7d=7, price=None, cancel=Decimal(14), lasts=DAY, currency="USD")
    assert "No price is known" in risk.basis
    assert len(risk.terms) == 1


def test_hidden_stock_misses_nothing_while_some_is_shown() -> None:
    risk = hidden_risk(
        hidden=12, units_7d=70, price=Money(Decimal(10), "USD"), lasts=DAY, currency="USD", has_stock=True
    )
    assert risk.total.amount == 0


@pytest.mark.parametrize(
    ("demand", "can_sell", "over", "expected"),
    [
        (0.3, 0, 1, 0.2592),
        (7, 1, 7, 5.3592),
        (96, 100, 50, 2.2518),
        (50, 800, 100, 0.0),
        (600, 580, 100, 22.8),
        (1500, 1400, 300, 100.05),
        (5000, 4900, 500, 102.48),
        (750, 0, 500, 500.0),
        (0, 3, 4, 0.0),
    ],
)
def test_units_expected_to_sell_beyond_what_is_there_however_many_there_are(
    demand: float, can_sell: int, over: int, expected: float
) -> None:
    """The exact sums of P(demand >= k), worked out apart from the product."""
    assert expected_beyond(demand, can_sell, over) == pytest.approx(expected, rel=0.003, abs=1e-4)


def test_a_large_stock_that_sells_fast_has_its_risk_too() -> None:
    risk = oversell_risk(
        over=100,
        can_sell=800,
        units_7d=6300,
        price=Money(Decimal(10), "USD"),
        cancel=Decimal(14),
        lasts=DAY,
        currency="USD",
    )
    sold = Decimal(str(expected_beyond(900, 800, 100)))
    assert sold > 80
    assert risk.total.amount == pytest.approx(sold * (10 + 14), abs=Decimal("0.1"))
