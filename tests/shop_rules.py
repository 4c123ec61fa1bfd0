"""The rules of a tiny shop, for tests that need a whole policy but care about one line of it."""

from __future__ import annotations

from typing import Any

from sync.policy.schema import Policy


def rules(**changed: Any) -> Policy:
    """One storefront, one warehouse, one vendor, three queues. Top-level sections given replace the defaults."""
    document: dict[str, Any] = {
        "company": "Tiny Shop",
        "currency": "USD",
        "systems": {
            "shopify-us": {
                "kind": "shopify",
                "name": "Shopify US",
                "mode": "full",
                "channel": {"locations": ["reno"], "publish_to": "reno"},
                "settles_in": "10 s",
            },
            "wms": {
                "kind": "csv_feed",
                "name": "WMS",
                "source": {"trust": "physical", "fresh_for": "1 h", "books_within": "10 min"},
                "settles_in": "10 s",
            },
        },
        "locations": {
            "reno": {
                "name": "Reno",
                "deciders": ["wms"],
                "known_as": {"shopify-us": "111", "wms": "Reno"},
                "count_queue": "warehouse",
            }
        },
        "people": {
            "dana": {"name": "Dana", "slack": "U0DANA"},
            "lee": {"name": "Lee", "slack": "U0LEE"},
            "ana": {"name": "Ana", "slack": "U0ANA"},
            "sam": {"name": "Sam", "slack": "U0SAM"},
            "kim": {"name": "Kim", "slack": "U0KIM"},
        },
        "queues": {
            "marketplaces": {"name": "Marketplaces", "channel": "inv-marketplaces", "lead": "dana", "stand_in": "lee"},
            "warehouse": {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"},
            "finance": {"name": "Finance", "channel": "inv-finance", "lead": "lee", "approvers": ["lee", "ana"]},
        },
        "ops_lead": "kim",
        "default_queue": "marketplaces",
        "warehouse_queue": "warehouse",
        "corrections": {"four_eyes_above": "250.00", "queue": "finance"},
        "identity": {"catalogue": ["shopify-us"]},
        "digest": {"channel": "inv-ops"},
        "not_automated": ["Kits"],
    }
    return Policy.model_validate(document | changed)
