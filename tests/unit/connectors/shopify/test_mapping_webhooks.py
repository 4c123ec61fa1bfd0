"""Webhooks: only Shopify may speak, only the body counts, and what cannot be used is seen."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from shopify_bodies import SHOP, line, message, order, parcel, refund

from sync.connectors.base import Inbound, Parsed
from sync.connectors.shopify.webhooks import SUBSCRIBED, parse, verify
from sync.errors import BadInput, BadSignature
from sync.model.facts import FactKind, ItemRef, ListingStated

LEVEL = {"inventory_item_id": 601, "location_id": 88, "available": 2, "updated_at": "2026-11-02T11:29:59-05:00"}
SECRET = secrets.token_hex(16)


def told(topic: str, body: object, **headers: str) -> Parsed:
    inbound = message(topic, body, SECRET, **headers)
    verify(inbound, [SECRET], SHOP)
    return parse(inbound)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\xef\xbb\xbf" + json.dumps(LEVEL).encode(), id="with a byte order mark"),
        pytest.param(json.dumps(LEVEL, indent=2).replace("\n", "\r\n").encode(), id="with CRLF"),
        pytest.param(json.dumps(LEVEL | {"note": "é"}).encode(), id="with unicode escapes"),
    ],
)
def test_f07_the_signature_is_over_the_bytes_as_they_came(raw: bytes) -> None:
    assert len(told("inventory_levels/update", raw).facts) == 1
    rewritten = Inbound(
        **{name: getattr(message("x", raw, SECRET), name) for name in Inbound.__slots__}
        | {"body": json.dumps(json.loads(raw), separators=(",", ":")).encode()}
    )
    with pytest.raises(BadSignature, match="does not fit"):
        verify(rewritten, [SECRET], SHOP)


def test_a_missing_or_foreign_signature_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(message("orders/create", order(), secrets.token_hex(16)), [SECRET], SHOP)
    with pytest.raises(BadSignature, match="no X-Shopify-Hmac-Sha256"):
        verify(message("orders/create", order(), SECRET, x_shopify_hmac_sha256=""), [SECRET], SHOP)


def test_while_the_secret_is_rotated_both_sign() -> None:
    fresh = secrets.token_hex(16)
    for secret in (SECRET, fresh):
        verify(message("orders/create", order(), secret), [fresh, SECRET], SHOP)


def test_a_webhook_of_another_shop_is_refused() -> None:
    with pytest.raises(BadSignature, match=r"other\.myshopify\.com"):
        verify(message("orders/create", order(), SECRET, x_shopify_shop_domain="other.myshopify.com"), [SECRET], SHOP)


def test_header_names_are_read_in_any_case_and_with_both_prefixes() -> None:
    plain = message("inventory_levels/update", LEVEL, SECRET)
    for rename in (str.title, lambda name: name.removeprefix("x-")):
        renamed = Inbound(
            plain.system,
            plain.door,
            plain.body,
            plain.received_at,
            {rename(name): value for name, value in plain.headers.items()},
        )
        verify(renamed, [SECRET], SHOP)
        assert parse(renamed) == parse(plain)


def test_f08_fresh_headers_make_no_other_fact() -> None:
    once = told("orders/create", order())
    again = told(
        "orders/create", order(), x_shopify_webhook_id="another", x_shopify_triggered_at="2027-01-01T00:00:00Z"
    )
    assert again.facts == once.facts
    assert again.key != once.key


def test_f02_created_paid_and_updated_with_one_body_are_one_fact() -> None:
    topics = ("orders/create", "orders/paid", "orders/updated")
    assert len({told(topic, order()).facts for topic in topics}) == 1


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("inventory_levels/update", order()),
        ("orders/create", LEVEL),
        ("refunds/create", order()),
        ("fulfillments/create", LEVEL),
        ("products/update", LEVEL),
        ("inventory_items/update", LEVEL),
        ("inventory_items/delete", {"id": 601, "sku": "KTL-17", "tracked": True}),
    ],
)
def test_a_body_under_another_topic_is_refused(topic: str, body: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="no body of"):
        told(topic, body)


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'"text"', b'{"id": NaN}', b"\xff\xfe\x00"])
def test_a_verified_body_that_is_no_object_is_bad_input(raw: bytes) -> None:
    with pytest.raises(BadInput):
        told("orders/create", raw)


def test_what_is_wrong_with_a_body_is_said_without_its_values() -> None:
    with pytest.raises(BadInput) as raised:
        told("orders/create", order(line(quantity="Ottilie Quillfeather")))
    assert "/line_items/0/quantity" in str(raised.value)
    assert "Ottilie" not in str(raised.value)


def test_disconnected_stock_is_read_anew() -> None:
    parsed = told("inventory_levels/disconnect", {"inventory_item_id": 601, "location_id": 88})
    assert (parsed.facts, parsed.reads) == ((), ("601",))


def test_a_deleted_item_takes_its_listing_off() -> None:
    [fact] = told("inventory_items/delete", {"id": 601}).facts
    assert (fact.kind, fact.item) == (FactKind.LISTING_SEEN, ItemRef("item", "601"))
    assert isinstance(fact.body, ListingStated)
    assert fact.body.removed


@pytest.mark.parametrize(
    ("topic", "body", "kind"),
    [
        ("app/uninstalled", {"id": 1, "email": "owner@shop.example.com"}, "missing"),
        ("orders/edited", {"order_edit": {"id": 1, "order_id": 9001}}, "unknown"),
        ("carts/update", {"id": "c1"}, "unknown"),
    ],
)
def test_what_cannot_be_counted_is_seen(topic: str, body: dict[str, Any], kind: str) -> None:
    parsed = told(topic, body)
    assert parsed.facts == ()
    assert [problem.kind for problem in parsed.problems] == [kind]


def test_a_test_order_is_counted_and_ignored() -> None:
    parsed = told("orders/create", order(test=True))
    assert (parsed.facts, parsed.problems, parsed.rows) == ((), (), 1)


def test_every_subscribed_topic_has_somebody_who_reads_it() -> None:
    for name in SUBSCRIBED:
        resource, _, verb = name.lower().rpartition("_")
        body = {"id": 1}
        try:
            problems = told(f"{resource}/{verb}", body).problems
        except BadInput:
            continue
        assert [problem.kind for problem in problems] in ([], ["missing"]), name


def test_nothing_of_a_customer_leaves_with_the_facts() -> None:
    whole = order(refunds=[refund("return", 1, location_id=None)], fulfillments=[parcel(1)])
    text = repr(told("orders/updated", whole))
    for secret in ("Ottilie", "mail.example.com", "Chestnut", "15550001111"):
        assert secret not in text
