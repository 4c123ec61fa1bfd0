"""Small webhook bodies, written by hand, and a signed message around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.connectors.base import Inbound
from sync.connectors.shopify.webhooks import sign
from sync.model.ids import SystemId

SYSTEM = SystemId("shopify-us")
SHOP = "demo.myshopify.com"
CREATED = "2026-11-02T09:00:00-05:00"
LATER = "2026-11-02T10:30:00-05:00"
HEARD = datetime(2026, 11, 2, 15, 31, tzinfo=UTC)
CONTRACTS = Path(__file__).resolve().parents[5] / "shared" / "contracts" / "shopify"


def contract(name: str) -> Any:
    """A file of the platform's contract data; the one check that needs it is skipped where there is none."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"NOT CHECKED: contract data {name} is not beside this repository")
    return json.loads(path.read_text())


def line(**fields: Any) -> dict[str, Any]:
    return {
        "id": 501,
        "variant_id": 701,
        "sku": "KTL-17",
        "quantity": 3,
        "current_quantity": 3,
        "fulfillable_quantity": 3,
        "fulfillment_status": None,
        "price": "19.00",
        "title": "Kettle",
    } | fields


def order(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": 9001,
        "created_at": CREATED,
        "updated_at": CREATED,
        "cancelled_at": None,
        "test": False,
        "currency": "USD",
        "financial_status": "paid",
        "email": "ottilie@mail.example.com",
        "customer": {"first_name": "Ottilie", "phone": "+15550001111"},
        "shipping_address": {"address1": "1 Chestnut Street"},
        "line_items": list(lines) or [line()],
        "refunds": [],
        "fulfillments": [],
    } | fields


def refund(restock: str, units: int, *, identity: int = 31, at: str = LATER, **fields: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "order_id": 9001,
        "created_at": at,
        "note": "Ottilie was unhappy",
        "refund_line_items": [
            {
                "id": identity * 10,
                "line_item_id": 501,
                "quantity": units,
                "restock_type": restock,
                "location_id": 88 if restock in ("return", "cancel") else None,
                "line_item": line(),
            }
            | fields
        ],
    }


def parcel(units: int, *, identity: int = 61, at: str = LATER, status: str = "success") -> dict[str, Any]:
    return {
        "id": identity,
        "order_id": 9001,
        "status": status,
        "created_at": at,
        "location_id": 88,
        "line_items": [line(quantity=units)],
    }


def message(topic: str, body: object, secret: str, **headers: str) -> Inbound:
    """A signed webhook; ``body`` may be the raw bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named: Mapping[str, str] = {
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": sign(secret, raw).decode(),
        "x-shopify-shop-domain": SHOP,
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return Inbound(SYSTEM, "webhook", raw, HEARD, named)
