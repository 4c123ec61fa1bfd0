"""The quick reading of orders takes what Shopify sends, and nothing that the careful one would refuse or read otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from shopify_bodies import LATER, SYSTEM, line, message, order, parcel, refund

from sync.connectors.shopify import shapes
from sync.connectors.shopify.mapping import kept
from sync.connectors.shopify.orders import order_facts
from sync.connectors.shopify.plain import order_of
from sync.connectors.shopify.webhooks import parse, read_model
from sync.errors import BadInput
from sync.model.facts import FactDraft

WHOLE = order(
    line(),
    line(id=502, variant_id=None, quantity=2, current_quantity=1, fulfillment_status="partial"),
    updated_at=LATER,
    cancelled_at=LATER,
    refunds=[refund("return", 1), refund("CANCEL", 1, identity=32)],
    fulfillments=[parcel(2), parcel(1, identity=62, status="cancelled")],
)
Path = tuple[str | int, ...]


def paths(node: object, above: Path = ()) -> Iterator[Path]:
    if above:
        yield above
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        yield from paths(value, (*above, step))


def changed(path: Path, value: object) -> Any:
    body = json.loads(json.dumps(WHOLE))
    *above, last = path
    at = body
    for step in above:
        at = at[step]
    at[last] = value
    return body


def carefully(raw: bytes) -> Sequence[FactDraft] | None:
    try:
        body = json.loads(raw)
        return order_facts(read_model(shapes.Order, kept(body), "orders/updated"), SYSTEM).facts
    except (BadInput, ValueError):
        return None


@pytest.mark.parametrize("body", [order(), WHOLE, order(line(price=None, sku=" KTL "))])
def test_what_shopify_sends_is_taken(body: dict[str, Any]) -> None:
    taken = order_of(json.dumps(body).encode())
    assert taken is not None
    assert order_facts(taken, SYSTEM) == order_facts(read_model(shapes.Order, kept(body), "orders/updated"), SYSTEM)


odd = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-3, 3),
    some.sampled_from(
        [10**30, 1.0, 1.5, 1e300, "", " ", "7", " 7", "7.50", "-7.5", "1e3", "NaN", "1_0", "٣", "x" * 300]
    ),
    some.sampled_from(
        ["gid://shopify/Order/5?x=1", "gid://shopify/Order/x", LATER, "2026-11-02T10:30:00", "2026-11-02"]
    ),
    some.sampled_from(
        ["2026-11-02T10:30:00.123456789Z", " 2026-11-02T10:30:00Z ", "2026-11-02T10:30:00.1234567+01:00"]
    ),
    some.sampled_from([[], {}, [None], [{}], [[]], {"nodes": []}]),
)


@settings(max_examples=600)
@given(some.sampled_from(sorted(set(paths(WHOLE)), key=str)), odd)
def test_what_it_takes_the_careful_reading_takes_alike(path: Path, value: object) -> None:
    raw = json.dumps(changed(path, value)).encode()
    taken = order_of(raw)
    if taken is not None:
        assert order_facts(taken, SYSTEM).facts == carefully(raw)


@settings(max_examples=600)
@given(some.data())
def test_broken_bytes_are_taken_by_neither(data: some.DataObject) -> None:
    raw = bytearray(json.dumps(WHOLE, ensure_ascii=False).encode())
    for _ in range(data.draw(some.integers(1, 3))):
        raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    message_ = message("orders/updated", bytes(raw), "s")
    taken = order_of(bytes(raw))
    if taken is not None:
        assert list(parse(message_).facts) == order_facts(taken, SYSTEM).facts == carefully(bytes(raw))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            json.dumps(WHOLE).encode().replace(b"Ottilie", b"Ott\xfflie"), id="no UTF-8, in a field that is not kept"
        ),
        pytest.param(json.dumps(WHOLE).encode().replace(b"Ottilie", b"Ott\\ud800"), id="half a character"),
        pytest.param(json.dumps(WHOLE).encode().replace(b'"Ottilie"', b"NaN"), id="not a number"),
        pytest.param(json.dumps(WHOLE).encode() + b"x", id="more behind it"),
        pytest.param(b"[" + json.dumps(WHOLE).encode() + b"]", id="a list"),
    ],
)
def test_what_is_no_json_is_none_for_it_either(raw: bytes) -> None:
    assert order_of(raw) is None
    with pytest.raises(BadInput, match="is no JSON"):
        parse(message("orders/updated", raw, "s"))


def test_what_is_wrong_is_still_said_field_by_field() -> None:
    with pytest.raises(BadInput, match=r"/line_items/0/quantity: .*valid integer"):
        parse(message("orders/create", order(line(quantity="many")), "s"))
