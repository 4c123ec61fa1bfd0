"""A long day of orders, told by webhooks in any order and twice: every key has one content, every line its right weight."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from shopify_shop import SYSTEM, facts

from sandbox.shopify import ShopifyStandIn, ShopRefused, VariantSpec
from sandbox.shopify.shop import Json, Moment
from sandbox.shopify.state import Order, OrderLine
from sync.connectors.base import Inbound
from sync.connectors.shopify.webhooks import parse, sign, verify
from sync.model.facts import FactDraft, FactKind, LineStated, LineStep

SECRET = secrets.token_hex(8)
Line = tuple[str, str]
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Telling:
    """Takes what the shop announces as signed messages."""

    def __init__(self) -> None:
        self.messages: list[Inbound] = []

    def wants(self, topic: str) -> bool:
        return topic not in ("orders/edited",)

    def announce(self, topic: str, moment: Moment, body: Json) -> None:
        raw = json.dumps(body).encode()
        headers = {
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": sign(SECRET, raw).decode(),
            "x-shopify-shop-domain": "demo.myshopify.com",
            "x-shopify-webhook-id": secrets.token_hex(8),
            "x-shopify-triggered-at": moment.at.isoformat(),
        }
        self.messages.append(Inbound(SYSTEM, "webhook", raw, moment.at, headers))


def _refunded(order: Order, line: OrderLine) -> bool:
    return any(part.line is line for refund in order.refunds for part in refund.lines)


def live(shop: ShopifyStandIn, dice: random.Random, pauses: tuple[int, ...], *, calm: bool) -> list[Order]:
    """A hundred things happen, so many seconds apart, by turns. ``calm``: nobody adds units to a line after refunding it."""
    orders: list[Order] = []
    at = START
    for turn in range(100):
        at += timedelta(seconds=pauses[turn % len(pauses)])
        order = dice.choice(orders) if orders else None
        line = dice.choice(order.lines) if order else None
        act = dice.choice(("buy", "buy", "ship", "ship", "cancel", "edit", "return", "free", "lose", "pay"))
        try:
            if act == "buy" or order is None or line is None:
                cart = [(sku, dice.randint(1, 4)) for sku in dice.sample(["A", "B", "C"], dice.randint(1, 3))]
                orders.append(shop.checkout(list(cart), at=at, paid=dice.random() < 0.7, race=True))
            elif act == "ship":
                shop.fulfil(order, [(line.id, dice.randint(1, 3))], at=at)
            elif act == "cancel":
                shop.cancel(order, restock=dice.random() < 0.5, at=at)
            elif act == "edit" and not (calm and _refunded(order, line)):
                shop.edit(order, line.id, dice.choice((-2, -1, 1, 2)), at=at)
            elif act == "pay":
                shop.pay(order, at=at)
            elif act in ("return", "free", "lose"):
                kind = {"return": "return", "free": "cancel", "lose": "no_restock"}[act]
                shop.refund(order, [(line.id, dice.randint(1, 2))], restock_type=kind, at=at)  # type: ignore[arg-type]
        except ShopRefused:
            continue
    return orders


@dataclass(frozen=True)
class Outcome:
    """What the facts say after all was told, in any order and some of it twice, and what the shop knows."""

    weights: dict[Line, int]
    truth: dict[Line, int]
    conflicts: int


def told(seed: int, pauses: tuple[int, ...], *, calm: bool) -> Outcome:
    """As in the ledger: the first content of a key counts, another one is a conflict and does not."""
    dice = random.Random(seed)
    stand_in = ShopifyStandIn(shop_domain="demo.myshopify.com", clock=lambda: START, seed=seed)
    reno = stand_in.add_location("Reno")
    stand_in.add_product("Tea", [VariantSpec(sku, stock={reno.id: 1000}) for sku in "ABC"])
    telling = Telling()
    stand_in.shop.outlet = telling
    orders = live(stand_in, dice, pauses, calm=calm)
    messages = [*telling.messages, *dice.sample(telling.messages, len(telling.messages) // 4)]
    dice.shuffle(messages)
    by_key: dict[str, FactDraft] = {}
    conflicts = 0
    for inbound in messages:
        verify(inbound, [SECRET], "demo.myshopify.com")
        for fact in facts([parse(inbound)]):
            conflicts += by_key.setdefault(fact.key, fact) != fact
    truth = {(str(order.id), str(line.id)): line.fulfillable_quantity for order in orders for line in order.lines}
    return Outcome(_weights(by_key.values()), truth, conflicts)


@pytest.mark.parametrize("seed", range(12))
def test_f01_f02_f03_every_line_weighs_what_is_still_to_be_shipped(seed: int) -> None:
    outcome = told(seed, (1, 2, 40), calm=True)
    assert outcome.conflicts == 0
    assert outcome.weights == outcome.truth
    assert any(outcome.truth.values())


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_and_however_fast_a_line_never_weighs_less_than_it_should(seed: int) -> None:
    outcome = told(seed, (1, 0), calm=False)
    assert outcome.weights.keys() == outcome.truth.keys()
    assert all(outcome.weights[line] >= units for line, units in outcome.truth.items())


def _weights(found: Iterable[FactDraft]) -> dict[Line, int]:
    """Ordered by the newest statement, less every cancellation and shipment once."""
    newest: dict[Line, FactDraft] = {}
    gone: dict[Line, int] = {}
    for fact in found:
        if isinstance(fact.body, LineStated):
            line = (fact.body.order.order, fact.body.order.line)
            newest[line] = max(newest.get(line, fact), fact, key=lambda one: (one.sequence, one.as_of.start, one.tie))
        elif isinstance(fact.body, LineStep) and fact.kind is not FactKind.ORDER_ACKNOWLEDGED:
            line = (fact.body.order.order, fact.body.order.line)
            gone[line] = gone.get(line, 0) + fact.body.units
    return {
        line: fact.body.units - gone.get(line, 0) for line, fact in newest.items() if isinstance(fact.body, LineStated)
    }
