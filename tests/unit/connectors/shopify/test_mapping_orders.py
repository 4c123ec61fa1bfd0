"""Orders, refunds and parcels as facts: every unit once, and never more cancelled than the platform said."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from shopify_bodies import CREATED, LATER, SYSTEM, contract, line, order, parcel, refund

from sync.connectors.shopify import shapes
from sync.connectors.shopify.drafts import Found, money
from sync.connectors.shopify.mapping import kept
from sync.connectors.shopify.orders import order_facts, shipment_facts
from sync.connectors.shopify.refunds import refund_facts
from sync.model.facts import Change, FactDraft, FactKind, ItemRef, LineState, LineStated, LineStep


def read(body: dict[str, Any]) -> Found:
    return order_facts(shapes.Order.model_validate(kept(body)), SYSTEM)


def of(facts: Iterable[FactDraft], kind: FactKind) -> list[FactDraft]:
    return [fact for fact in facts if fact.kind is kind]


def stated(body: dict[str, Any]) -> FactDraft:
    [fact] = of(read(body).facts, FactKind.ORDER_LINE)
    return fact


def units(fact: FactDraft) -> int:
    assert isinstance(fact.body, LineStated | LineStep)
    return fact.body.units


def weight(body: dict[str, Any]) -> int:
    """What the line still weighs once everything has settled."""
    facts = read(body).facts
    gone = (FactKind.ORDER_CANCELLED, FactKind.ORDER_SHIPPED)
    return units(stated(body)) - sum(units(fact) for fact in facts if fact.kind in gone)


def test_a_paid_line_is_stated_with_its_order_time_and_price() -> None:
    fact = stated(order())
    placed = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
    assert fact.item == ItemRef("variant", "701")
    assert fact.place is None
    assert isinstance(fact.body, LineStated)
    assert (fact.body.units, fact.body.state, fact.body.price) == (3, LineState.CONFIRMED, Decimal("19.00"))
    assert fact.body.placed_at == placed == fact.as_of.start
    assert (fact.as_of.end - fact.as_of.start).total_seconds() == 1


@pytest.mark.parametrize(
    ("payment", "state"),
    [
        ("pending", LineState.PENDING),
        ("voided", LineState.PENDING),
        (None, LineState.PENDING),
        ("authorized", LineState.CONFIRMED),
        ("partially_paid", LineState.CONFIRMED),
        ("refunded", LineState.CONFIRMED),
    ],
)
def test_only_money_or_its_promise_confirms_a_line(payment: str | None, state: LineState) -> None:
    body = stated(order(financial_status=payment)).body
    assert isinstance(body, LineStated)
    assert body.state is state


def test_a_later_revision_is_as_of_its_own_time_and_the_newest() -> None:
    first, second = stated(order()), stated(order(updated_at=LATER))
    assert first.as_of.start < second.as_of.start
    assert first.sequence < second.sequence
    assert first.key != second.key


def test_paid_within_the_second_of_creation_is_a_fact_of_its_own_and_wins() -> None:
    unpaid, paid = stated(order(financial_status="pending")), stated(order())
    assert unpaid.key != paid.key
    assert (unpaid.sequence, unpaid.as_of.start, unpaid.tie) < (paid.sequence, paid.as_of.start, paid.tie)


def test_a_removed_unit_is_ordered_no_more_and_cancelled_by_nothing() -> None:
    body = order(line(current_quantity=2, fulfillable_quantity=2), updated_at=LATER)
    assert units(stated(body)) == 2
    assert weight(body) == 2


def test_f65_cancel_restock_frees_the_units_once() -> None:
    body = order(line(current_quantity=1, fulfillable_quantity=1), refunds=[refund("cancel", 2)], updated_at=LATER)
    assert units(stated(body)) == 3
    [cancelled] = of(read(body).facts, FactKind.ORDER_CANCELLED)
    assert (cancelled.key, units(cancelled)) == ("refund:31:310", 2)
    assert not of(read(body).facts, FactKind.RETURNED)
    assert weight(body) == 1


def test_a_return_puts_units_back_at_its_location_and_ends_no_line() -> None:
    body = order(
        line(current_quantity=2, fulfillable_quantity=0, fulfillment_status="fulfilled"),
        fulfillments=[parcel(3, at=CREATED)],
        refunds=[refund("return", 1)],
        updated_at=LATER,
    )
    [returned] = of(read(body).facts, FactKind.RETURNED)
    assert (returned.key, returned.place, returned.body) == ("refund:31:310", "88", Change(on_hand=1))
    assert weight(body) == 0


def test_f03_f64_a_refund_is_the_same_fact_by_its_webhook_and_inside_the_order() -> None:
    for restock in ("cancel", "return"):
        after = line(current_quantity=1, fulfillable_quantity=1)
        alone = refund_facts(shapes.Refund.model_validate(kept(refund(restock, 2, line_item=after))), SYSTEM)
        inside = read(order(after, refunds=[refund(restock, 2)], updated_at=LATER))
        assert [fact for fact in inside.facts if fact.key == "refund:31:310"] == alone.facts


@pytest.mark.parametrize(
    ("after", "shipped", "cancelled"),
    [
        pytest.param({"current_quantity": 1, "fulfillable_quantity": 1}, 0, 2, id="nothing shipped"),
        pytest.param({"current_quantity": 1, "fulfillable_quantity": 3}, 0, 0, id="still to be shipped"),
        pytest.param({"current_quantity": 1, "fulfillable_quantity": 0}, 2, 1, id="one of two had shipped"),
        pytest.param({"current_quantity": 1, "fulfillable_quantity": 0}, 3, 0, id="all shipped"),
    ],
)
def test_a_refund_without_restock_cancels_only_what_can_no_longer_ship(
    after: dict[str, int], shipped: int, cancelled: int
) -> None:
    parcels = [parcel(shipped, at=CREATED)] if shipped else []
    body = order(line(**after), fulfillments=parcels, refunds=[refund("no_restock", 2)], updated_at=LATER)
    assert sum(units(fact) for fact in of(read(body).facts, FactKind.ORDER_CANCELLED)) == cancelled
    assert weight(body) == after["fulfillable_quantity"]


def test_a_refund_without_restock_alone_says_nothing_where_it_cannot_know() -> None:
    partly = line(current_quantity=1, fulfillable_quantity=0, fulfillment_status="partial")
    still_open = line(current_quantity=1, fulfillable_quantity=3)
    for state in (partly, still_open):
        body = refund("no_restock", 2, line_item=state)
        assert refund_facts(shapes.Refund.model_validate(kept(body)), SYSTEM).facts == []


def test_two_refunds_without_restock_share_what_was_open_in_the_order_they_happened() -> None:
    first = refund("no_restock", 1, identity=31, at=CREATED)
    second = refund("no_restock", 2, identity=32)
    after = line(current_quantity=0, fulfillable_quantity=0)
    body = order(after, fulfillments=[parcel(1, at=CREATED)], refunds=[second, first], updated_at=LATER)
    cancelled = {fact.key: units(fact) for fact in of(read(body).facts, FactKind.ORDER_CANCELLED)}
    assert cancelled == {"refund:31:310": 1, "refund:32:320": 1}


@pytest.mark.parametrize(("shipped", "kind"), [(0, FactKind.ORDER_CANCELLED), (3, FactKind.RETURNED)])
def test_legacy_restock_is_a_return_after_shipping_and_a_cancellation_before(shipped: int, kind: FactKind) -> None:
    parcels = [parcel(shipped, at=CREATED)] if shipped else []
    after = line(current_quantity=1, fulfillable_quantity=0 if shipped else 1)
    gone = refund("legacy_restock", 2, location_id=88)
    facts = read(order(after, fulfillments=parcels, refunds=[gone], updated_at=LATER)).facts
    assert [fact.kind for fact in facts if fact.key == "refund:31:310"] == [kind]


def test_a_return_of_units_that_never_left_cancels_them_and_moves_nothing() -> None:
    after = line(current_quantity=1, fulfillable_quantity=1)
    body = order(after, refunds=[refund("return", 2)], updated_at=LATER)
    assert not of(read(body).facts, FactKind.RETURNED)
    assert [units(fact) for fact in of(read(body).facts, FactKind.ORDER_CANCELLED)] == [2]
    assert weight(body) == 1


def test_a_return_of_more_than_had_shipped_is_told_in_its_two_parts() -> None:
    after = line(current_quantity=0, fulfillable_quantity=0, fulfillment_status="fulfilled")
    body = order(after, fulfillments=[parcel(1, at=CREATED)], refunds=[refund("return", 3)], updated_at=LATER)
    parts = {fact.key: fact.body for fact in read(body).facts if fact.key.startswith("refund:")}
    assert parts["refund:31:310"] == Change(on_hand=1)
    assert isinstance(parts["refund:31:310:unshipped"], LineStep)
    assert parts["refund:31:310:unshipped"].units == 2
    assert weight(body) == 0


@pytest.mark.parametrize(
    ("after", "told"),
    [
        pytest.param({"current_quantity": 1}, True, id="all shipped and some kept"),
        pytest.param({"current_quantity": 0}, False, id="all gone: two of them may never have left"),
        pytest.param({"current_quantity": 1, "fulfillment_status": "partial"}, False, id="partly shipped"),
        pytest.param({}, False, id="a line as it was before the refund"),
    ],
)
def test_a_return_alone_is_told_only_where_it_is_certain_that_the_units_had_shipped(
    after: dict[str, Any], told: bool
) -> None:
    shipped = line(**{"fulfillable_quantity": 0, "fulfillment_status": "fulfilled"} | after)
    units_back = 3 - shipped["current_quantity"] or 2
    body = refund("return", units_back, line_item=shipped)
    found = refund_facts(shapes.Refund.model_validate(kept(body)), SYSTEM).facts
    assert [fact.kind for fact in found] == ([FactKind.RETURNED] if told else [])
    if told:
        whole = order(shipped, fulfillments=[parcel(3, at=CREATED)], refunds=[body], updated_at=LATER)
        assert found == of(read(whole).facts, FactKind.RETURNED)


def test_a_return_to_no_location_is_a_visible_problem_and_no_fact() -> None:
    body = order(line(current_quantity=2), refunds=[refund("return", 1, location_id=None)], updated_at=LATER)
    found = read(body)
    assert not of(found.facts, FactKind.RETURNED)
    assert [problem.kind for problem in found.problems] == ["missing"]


def test_an_unknown_restock_type_is_a_visible_problem_and_no_fact() -> None:
    found = read(order(refunds=[refund("teleport", 1)], updated_at=LATER))
    assert [problem.kind for problem in found.problems] == ["value"]
    assert [fact.kind for fact in found.facts] == [FactKind.ORDER_LINE]


def test_a_parcel_is_one_shipment_per_line_wherever_it_is_told() -> None:
    inside = of(read(order(line(fulfillable_quantity=1), fulfillments=[parcel(2)])).facts, FactKind.ORDER_SHIPPED)
    alone = shipment_facts(shapes.Fulfillment.model_validate(kept(parcel(2))), SYSTEM).facts
    assert inside == alone
    assert [(fact.key, units(fact), fact.place) for fact in alone] == [("fulfillment:61:501", 2, "88")]


def test_a_parcel_that_failed_ships_nothing() -> None:
    facts = read(order(fulfillments=[parcel(2, status="failure")])).facts
    assert not of(facts, FactKind.ORDER_SHIPPED)


def test_a_cancelled_parcel_opens_its_units_again_though_its_shipment_was_recorded() -> None:
    sent = read(order(line(fulfillable_quantity=1), fulfillments=[parcel(2)], updated_at=LATER)).facts
    body = order(line(fulfillable_quantity=3), fulfillments=[parcel(2, status="cancelled")], updated_at=LATER)
    assert of(read(body).facts, FactKind.ORDER_SHIPPED) == of(sent, FactKind.ORDER_SHIPPED)
    assert weight(body) == 3


def test_a_cancelled_order_frees_what_neither_shipped_nor_was_refunded() -> None:
    body = order(
        line(current_quantity=2, fulfillable_quantity=1),
        fulfillments=[parcel(1, at=CREATED)],
        refunds=[refund("cancel", 1)],
        cancelled_at=LATER,
        updated_at=LATER,
    )
    cancelled = {fact.key: units(fact) for fact in of(read(body).facts, FactKind.ORDER_CANCELLED)}
    assert cancelled == {"refund:31:310": 1, "cancel:9001:501": 1}
    assert weight(body) == 0


def test_a_cancelled_order_whose_refunds_name_every_unit_adds_nothing() -> None:
    body = order(
        line(current_quantity=0, fulfillable_quantity=0),
        refunds=[refund("cancel", 3)],
        cancelled_at=LATER,
        updated_at=LATER,
    )
    assert [fact.key for fact in of(read(body).facts, FactKind.ORDER_CANCELLED)] == ["refund:31:310"]


def test_test_orders_say_nothing() -> None:
    assert read(order(test=True)).facts == []


def test_postage_and_other_custom_items_have_no_stock() -> None:
    assert read(order(line(variant_id=None, sku=None))).facts == []


def test_a_line_whose_variant_is_gone_is_known_by_its_sku() -> None:
    assert stated(order(line(variant_id=None))).item == ItemRef("sku", "KTL-17")


def test_ids_above_two_to_the_53_keep_every_digit() -> None:
    body = order(line(id=9007199254740993, variant_id=9007199254740995), id=788032119674292922)
    fact = stated(body)
    assert isinstance(fact.body, LineStated)
    assert (fact.body.order.order, fact.body.order.line) == ("788032119674292922", "9007199254740993")
    assert fact.item == ItemRef("variant", "9007199254740995")


def test_unknown_fields_change_nothing() -> None:
    plain, odd = order(), copy.deepcopy(order())
    odd["a_new_field"] = {"deep": [1, 2]}
    odd["line_items"][0]["another"] = "thing"
    assert read(odd).facts == read(plain).facts


def test_the_vendors_own_example_order_reads_whole() -> None:
    found = read(contract("samples/rest.order.json"))
    assert len(of(found.facts, FactKind.ORDER_LINE)) == 3
    assert len({fact.key for fact in found.facts}) == len(found.facts)
    assert not of(found.facts, FactKind.ORDER_SHIPPED), "its only parcel failed"


def test_the_vendors_own_example_refund_reads_whole() -> None:
    found = refund_facts(shapes.Refund.model_validate(kept(contract("samples/rest.refund.json"))), SYSTEM)
    assert {fact.key for fact in found.facts} == {"refund:509562969:104689539", "refund:509562969:709875399"}


def test_money_is_the_same_however_it_is_written() -> None:
    written = ["199", "199.0", "199.00", "1.99E+2"]
    assert {str(money(Decimal(text))) for text in written} == {"199.00"}
    assert str(money(Decimal("0.125"))) == "0.125"


def test_whatever_happens_to_a_line_it_weighs_what_is_still_to_be_shipped() -> None:
    """Edits, parcels and refunds in every small combination: ordered - cancelled - shipped = fulfillable."""
    for removed, shipped, freed, lost in itertools.product(range(3), range(4), range(3), range(3)):
        left = 6 - removed - shipped - freed - lost
        if left < 0:
            continue
        after = line(quantity=6, current_quantity=6 - removed - freed - lost, fulfillable_quantity=left)
        refunds = [refund("cancel", freed, identity=31)] if freed else []
        refunds += [refund("no_restock", lost, identity=32)] if lost else []
        parcels = [parcel(shipped, at=CREATED)] if shipped else []
        body = order(after, fulfillments=parcels, refunds=refunds, updated_at=LATER)
        assert weight(body) == left, (removed, shipped, freed, lost)
