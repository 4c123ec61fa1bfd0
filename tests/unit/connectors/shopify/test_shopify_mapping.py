"""Levels, products and items as facts, and what of a payload may stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from shopify_bodies import contract, order

from sync.connectors.shopify import shapes
from sync.connectors.shopify.mapping import (
    item_fact,
    kept,
    level_fact,
    product_facts,
    read_level_fact,
    variant_fact,
)
from sync.model.facts import Count, DoorState, FactDraft, ItemRef, ListingStated

LEVEL = {"inventory_item_id": 601, "location_id": 88, "available": 2, "updated_at": "2026-11-02T11:29:59-05:00"}


def level(**fields: Any) -> FactDraft:
    return level_fact(shapes.Level.model_validate(LEVEL | fields))


def test_a_level_is_available_at_a_place_within_its_second() -> None:
    fact = level()
    assert (fact.item, fact.place, fact.body) == (ItemRef("item", "601"), "88", Count(available=2))
    assert fact.key == "level:601:88@2026-11-02T16:29:59Z:2"
    assert fact.as_of.start == datetime(2026, 11, 2, 16, 29, 59, tzinfo=UTC)
    assert (fact.as_of.end - fact.as_of.start).total_seconds() == 1


def test_two_levels_of_one_second_are_two_facts() -> None:
    assert level().key != level(available=1).key


def test_the_offset_of_a_stamp_makes_no_other_fact() -> None:
    assert level(updated_at="2026-11-02T16:29:59Z") == level()


@pytest.mark.parametrize("available", [None, -4])
def test_untracked_is_unknown_and_oversold_is_negative(available: int | None) -> None:
    assert level(available=available).body == Count(available=available)


def node(**fields: Any) -> shapes.LevelNode:
    names = {
        "available": 5,
        "committed": 2,
        "reserved": 1,
        "damaged": 1,
        "quality_control": 1,
        "incoming": 7,
        "on_hand": 10,
    }
    return shapes.LevelNode.model_validate(
        {
            "isActive": True,
            "updatedAt": "2026-11-02T16:29:59Z",
            "location": {"id": "gid://shopify/Location/88"},
            "quantities": [
                {"name": name, "quantity": units, "updatedAt": "2026-11-02T16:30:01Z" if name != "on_hand" else None}
                for name, units in names.items()
            ],
        }
        | fields
    )


def test_a_level_read_has_all_buckets_as_of_its_newest_number() -> None:
    fact = read_level_fact("601", True, node())
    assert fact.body == Count(on_hand=10, available=5, reserved=3, quarantined=2, incoming=7)
    assert fact.as_of.start == datetime(2026, 11, 2, 16, 30, 1, tzinfo=UTC)


def test_a_level_read_is_no_conflict_with_the_same_level_told_by_webhook() -> None:
    told = level(updated_at="2026-11-02T16:30:01Z", available=5)
    assert read_level_fact("601", True, node()).key != told.key


def test_what_is_not_stocked_there_any_more_offers_nothing_and_untracked_has_no_number() -> None:
    assert read_level_fact("601", True, node(isActive=False)).body == Count(available=0)
    assert read_level_fact("601", False, node()).body == Count()


def product(**fields: Any) -> dict[str, Any]:
    variant = {
        "id": 701,
        "inventory_item_id": 601,
        "sku": " KTL-17 ",
        "title": "Black",
        "barcode": "4006381333931",
        "price": "19.00",
        "inventory_policy": "deny",
        "inventory_management": "shopify",
        "updated_at": "2026-11-02T16:29:59Z",
    }
    whole = {"id": 801, "title": "Kettle", "status": "active", "updated_at": "2026-11-02T16:30:00Z"}
    own = {name: value for name, value in fields.items() if name in variant}
    return whole | {"variants": [variant | own]} | {name: value for name, value in fields.items() if name not in own}


def listing(body: dict[str, Any]) -> FactDraft:
    [fact] = product_facts(shapes.Product.model_validate(kept(body)))
    return fact


def test_a_variant_is_a_listing_under_its_sku_with_all_its_ids() -> None:
    fact = listing(product())
    assert fact.item == ItemRef("sku", "KTL-17")
    assert fact.body == ListingStated(
        external=(("variant", "701"), ("item", "601"), ("product", "801")),
        title="Kettle - Black",
        gtin="4006381333931",
        price=Decimal("19.00"),
        tracked=True,
        sells_below_zero=False,
        buyable=True,
    )


@pytest.mark.parametrize(("status", "buyable"), [("draft", False), ("archived", False), ("unlisted", True)])
def test_only_active_and_unlisted_products_can_be_bought(status: str, buyable: bool) -> None:
    body = listing(product(status=status)).body
    assert isinstance(body, ListingStated)
    assert body.buyable is buyable


def test_untracked_and_selling_below_zero_are_told() -> None:
    body = listing(product(inventory_policy="continue", inventory_management=None)).body
    assert isinstance(body, ListingStated)
    assert (body.tracked, body.sells_below_zero) == (False, True)


def test_a_variant_without_sku_stays_visible_under_its_id() -> None:
    assert listing(product(sku="  ")).item == ItemRef("variant", "701")


def test_an_item_tells_cost_and_tracking() -> None:
    fact = item_fact(shapes.Item.model_validate(kept(contract("samples/rest.inventory_item.json"))))
    assert fact.item == ItemRef("sku", "IPOD2008PINK")
    assert fact.body == ListingStated(external=(("item", "808950810"),), unit_cost=Decimal("25.00"), tracked=True)


def test_the_vendors_own_example_product_reads_whole() -> None:
    body = shapes.Product.model_validate(kept(contract("samples/rest.product.json")))
    assert [fact.item for fact in product_facts(body)] == [
        ItemRef("sku", sku) for sku in ("IPOD2008PINK", "IPOD2008RED", "IPOD2008GREEN", "IPOD2008BLACK")
    ]


def test_a_door_is_open_where_both_the_product_and_the_variant_are_published() -> None:
    def doors(*open_ids: int) -> dict[str, Any]:
        rows = [
            {"isPublished": one in open_ids, "publication": {"id": f"gid://shopify/Publication/{one}"}}
            for one in (1, 2)
        ]
        return {"nodes": rows}

    raw = {
        "id": "gid://shopify/ProductVariant/701",
        "sku": "KTL-17",
        "inventoryPolicy": "DENY",
        "updatedAt": "2026-11-02T16:30:00Z",
        "price": "19.0",
        "inventoryItem": {
            "id": "gid://shopify/InventoryItem/601",
            "tracked": True,
            "updatedAt": "2026-11-02T16:30:00Z",
        },
        "product": {
            "id": "gid://shopify/Product/801",
            "status": "ACTIVE",
            "updatedAt": "2026-11-02T16:30:00Z",
            "resourcePublicationsV2": doors(1, 2),
        },
        "resourcePublicationsV2": doors(2),
    }
    fact = variant_fact(shapes.VariantNode.model_validate(raw), {"1": "Online Store", "2": "Shop", "3": "POS"}, "USD")
    assert isinstance(fact.body, ListingStated)
    assert fact.body.doors == (
        DoorState("1", False, "Online Store"),
        DoorState("2", True, "Shop"),
        DoorState("3", False, "POS"),
    )


def test_nothing_of_a_customer_is_kept() -> None:
    text = json.dumps(kept(order(note="call Ottilie", note_attributes=[{"name": "gift", "value": "for Ottilie"}])))
    for secret in ("Ottilie", "mail.example.com", "Chestnut", "15550001111", "gift"):
        assert secret not in text


def test_nothing_of_a_customer_is_kept_of_the_vendors_own_example() -> None:
    text = json.dumps(kept(contract("samples/rest.order.json")))
    for secret in ("Bob", "Norman", "mail.example.com", "Chestnut", "557734881234", "Engraving", "Birthday"):
        assert secret not in text
