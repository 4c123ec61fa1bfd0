"""F75: a customer is erased and nothing but the digest of what they sent is left; facts, chains and cards never held them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from storage.erasure import Eraser
from storage.store import SqlStore
from storage.tables import metadata
from storage.tables.deliveries import deliveries, problems, raw_keys, raw_payloads
from storage.tables.facts import facts
from sync.connectors.base import Inbound
from sync.connectors.registry import build, privacy_of
from sync.connectors.shopify.webhooks import sign
from sync.erasing import Wanted, holds
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.model.proof import system_chain
from sync.path.recorder import Receipt, Recorder
from sync.policy.holder import PolicyInForce
from sync.proof import verify_chain
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import a_delivery, a_problem

SHOP, DOMAIN = SystemId("shopify-us"), "demo.myshopify.com"
NAMES = ("Ottilie", "Quillfeather", "ottilie.q@mail.example.com", "+15550001111", "1 Chestnut Street")
CUSTOMER, ORDER = 207119551, 5599001122334
OTHER_NAME = "Bartholomew"


class Door:
    """Shopify's door: signed webhooks through the real connector and recorder."""

    def __init__(self, store: SqlStore, clock: MovableClock) -> None:
        self.policy = rules()
        self.policy.systems["shopify-us"].connection["shop"] = DOMAIN
        self._secret = secrets.token_hex(16)
        environment = {"SHOPIFY_US_SECRET": self._secret, "SHOPIFY_US_TOKEN": secrets.token_hex(16)}
        self._connector = build(SHOP, self.policy.systems["shopify-us"], environment, now=clock.now)
        self._recorder = Recorder(store, PolicyInForce(self.policy), clock)
        self._clock = clock
        self.eraser = Eraser(store, clock, privacy_of(self.policy))

    async def hear(self, topic: str, body: dict[str, Any]) -> Receipt:
        raw = json.dumps(body).encode()
        headers = {
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": sign(self._secret, raw).decode(),
            "x-shopify-shop-domain": DOMAIN,
            "x-shopify-webhook-id": secrets.token_hex(8),
        }
        return await self._recorder.receive(Inbound(SHOP, "webhook", raw, self._clock.now(), headers), self._connector)

    async def close(self) -> None:
        await self._connector.close()


def an_order(number: int, order: int, customer: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": order,
        "order_number": number,
        "name": f"#{number}",
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "currency": "USD",
        "financial_status": "paid",
        "customer": {
            "id": customer,
            "first_name": name,
            "last_name": "Quillfeather",
            "admin_graphql_api_id": f"gid://shopify/Customer/{customer}",
        },
        "email": "ottilie.q@mail.example.com",
        "phone": "+15550001111",
        "shipping_address": {"address1": "1 Chestnut Street"},
        "line_items": [
            {
                "id": 501,
                "variant_id": 701,
                "sku": "KTL-17",
                "quantity": 1,
                "current_quantity": 1,
                "fulfillable_quantity": 1,
                "price": "19.00",
            }
        ],
        "refunds": [],
        "fulfillments": [],
    } | more


def a_refund(order: int) -> dict[str, Any]:
    return {
        "id": 31,
        "order_id": order,
        "created_at": "2026-03-02T10:00:00Z",
        "note": "Ottilie was unhappy",
        "refund_line_items": [],
    }


@pytest.fixture
async def door(store: SqlStore, store_clock: MovableClock) -> Any:
    made = Door(store, store_clock)
    yield made
    await made.close()


async def every_word(store: SqlStore) -> str:
    """Everything in every table, and every delivery that can still be opened."""
    said: list[str] = []
    async with store.reading() as uow:
        for table in metadata.sorted_tables:
            said += [str(tuple(row)) for row in await uow.link.execute(text(f'SELECT * FROM "{table.name}"'))]
        for id_ in (await uow.link.execute(select(raw_keys.c.delivery))).scalars():
            body = await uow.ledger.raw(id_)
            said.append((body or b"").decode())
        for system in (await uow.link.execute(select(deliveries.c.system).distinct())).scalars():
            said += [str(one) for one in await uow.views.problems(SystemId(system), limit=1000)]
    return "\n".join(said)


async def still_kept(store: SqlStore) -> int:
    async with store.reading() as uow:
        return int((await uow.link.execute(select(func.count()).select_from(raw_keys))).scalar_one())


async def the_chain(store: SqlStore) -> Sequence[str]:
    async with store.reading() as uow:
        chain = await uow.proofs.chain(system_chain(SHOP))
        for name in await uow.proofs.names():
            assert verify_chain(await uow.proofs.chain(name)) == []
    return [one.entry.sentence for one in chain]


async def test_f75_an_order_is_erased_with_everything_that_goes_by_its_ids(store: SqlStore, door: Door) -> None:
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    await door.hear("orders/updated", an_order(1042, ORDER, CUSTOMER, "Ottilie", updated_at="2026-03-02T09:30:00Z"))
    await door.hear("refunds/create", a_refund(ORDER))
    other = an_order(
        1043, ORDER + 1, CUSTOMER + 1, OTHER_NAME, email="b@mail.example.com", phone="", shipping_address={}
    )
    other["customer"]["last_name"] = "Throckmorton"
    await door.hear("orders/create", other)
    before = await every_word(store)
    assert all(name in before for name in NAMES), "before, the bytes can be opened"
    async with store.reading() as uow:
        kept = (await uow.link.execute(select(facts.c.key, facts.c.fingerprint).order_by(facts.c.id))).all()
    assert (await door.eraser.find(SHOP, Wanted.of(["#1042"]))) != []
    erased = await door.eraser.erase(SHOP, Wanted.of(["#1042"]), "operator")
    assert (erased.deliveries, erased.chain, erased.entry) == (3, "system:shopify-us", 1)
    after = await every_word(store)
    assert [name for name in NAMES if name in after] == []
    assert OTHER_NAME in after, "nobody else is erased"
    async with store.reading() as uow:
        assert kept == (await uow.link.execute(select(facts.c.key, facts.c.fingerprint).order_by(facts.c.id))).all()
        digests = (await uow.link.execute(select(deliveries.c.digest))).scalars().all()
    assert all(digests), "digests stay"
    assert await the_chain(store) == [
        "On an erasure: key, salt and bytes of 3 deliveries dropped. Facts and hashes stay as they are."
    ]


async def test_f75_shopify_asks_to_erase_a_customer_and_the_request_goes_too(store: SqlStore, door: Door) -> None:
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    request = {
        "shop_id": 1,
        "shop_domain": DOMAIN,
        "customer": {"id": CUSTOMER, "email": NAMES[2], "phone": NAMES[3]},
        "orders_to_redact": [ORDER],
    }
    receipt = await door.hear("customers/redact", request)
    assert receipt.problems == ()
    assert await door.eraser.answer_requests() == 1
    assert await still_kept(store) == 0
    words = await every_word(store)
    assert [name for name in (*NAMES, str(CUSTOMER)) if name in words] == []
    assert (await the_chain(store))[0].startswith("On a request of the shop: key, salt and bytes of 2 deliveries")
    assert await door.eraser.answer_requests() == 0, "it is answered once"


async def test_a_request_that_names_nobody_is_dropped_and_said(store: SqlStore, door: Door) -> None:
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    await door.hear("customers/redact", {"shop_id": 1, "customer": {}, "orders_to_redact": []})
    assert await door.eraser.answer_requests() == 1
    assert await still_kept(store) == 1
    assert (await the_chain(store))[0].startswith("On a request that names nobody: key, salt and bytes of 1 delivery")


async def test_a_shop_that_removed_the_app_is_erased_whole(store: SqlStore, door: Door) -> None:
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    async with store.unit_of_work() as uow:
        await uow.ledger.record_deliveries([a_delivery(system=SystemId("wms"))])
    await door.hear("shop/redact", {"shop_id": 77, "shop_domain": DOMAIN})
    await door.eraser.answer_requests()
    assert await still_kept(store) == 1, "another system's bytes stay"
    assert (await the_chain(store))[0].startswith("On shop 77:")


async def test_a_question_what_is_kept_becomes_an_exception_and_names_nobody(store: SqlStore, door: Door) -> None:
    receipt = await door.hear(
        "customers/data_request", {"customer": {"id": CUSTOMER, "email": NAMES[2]}, "data_request": {"id": 9999}}
    )
    [problem] = receipt.problems
    assert "9999" in problem.why
    assert str(CUSTOMER) not in problem.why
    assert NAMES[2] not in problem.why


async def test_what_was_said_about_a_row_goes_with_it(store: SqlStore, door: Door) -> None:
    faults = [a_problem("Ottilie;five", where="line 17"), a_problem("x", where="line 18, Ottilie's parcel")]
    async with store.unit_of_work() as uow:
        await uow.ledger.record_deliveries([a_delivery(system=SHOP, body=b"Ottilie;five", problems=tuple(faults))])
    await door.eraser.erase(SHOP, Wanted.of(["Ottilie"]), "operator")
    assert "Ottilie" not in await every_word(store)
    async with store.reading() as uow:
        assert (await uow.link.execute(select(problems.c.place).order_by(problems.c.number))).scalars().all() == [
            "line 17",
            "erased on request",
        ]


async def test_bytes_go_by_age_and_the_chain_says_how_many(
    store: SqlStore, store_clock: MovableClock, door: Door
) -> None:
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    store_clock.move(timedelta(days=29))
    await door.hear("orders/create", an_order(1043, ORDER + 1, CUSTOMER + 1, OTHER_NAME))
    assert await door.eraser.drop_old(timedelta(days=30)) == 0
    store_clock.move(timedelta(days=2))
    assert await door.eraser.drop_old(timedelta(days=30), limit=1) == 1
    assert await still_kept(store) == 1
    async with store.reading() as uow:
        assert (await uow.link.execute(select(func.count()).select_from(raw_payloads))).scalar_one() == 1
    assert await the_chain(store) == [
        "Older than 30 days: key, salt and bytes of 1 delivery dropped. Facts and hashes stay as they are."
    ]


async def test_a_dropped_key_is_not_left_in_the_file(sqlite_store: SqlStore, store_clock: MovableClock) -> None:
    door = Door(sqlite_store, store_clock)
    await door.hear("orders/create", an_order(1042, ORDER, CUSTOMER, "Ottilie"))
    async with sqlite_store.reading() as uow:
        key = (await uow.link.execute(select(raw_keys.c.key))).scalar_one()
    await door.eraser.erase(SHOP, Wanted.of(["1042"]), "operator")
    for name in ("", "-wal"):
        with open(sqlite_store.database + name, "rb") as file:  # noqa: ASYNC230 - a small file in a test
            assert key not in file.read()
    await door.close()


@pytest.mark.parametrize(
    ("body", "terms", "found"),
    [
        (b'{"customer": {"email": "a\\u0040b.example"}}', ["A@b.example"], True),
        (b'{"id": 1042}', ["1042"], True),
        (b'{"name": "#1042"}', ["#1042"], True),
        (b'{"note": "order 1042 please"}', ["1042"], False),
        (b'{"note": "call +15550001111 first"}', ["+15550001111"], True),
        (b'{"gid": "gid://shopify/Customer/207119551"}', ["207119551"], True),
        (b'{"id": 12071195510}', ["207119551"], False),
        (b"sku;who\nA;Ottilie Q\n", ["ottilie"], True),
        (b"sku;who\nA;Ottilies\n", ["ottilie"], False),
    ],
)
def test_what_a_payload_holds(body: bytes, terms: list[str], found: bool) -> None:
    assert holds(body, Wanted.of(terms).terms) is found


def test_nothing_to_look_for_is_refused() -> None:
    with pytest.raises(BadInput, match="Nothing to look for"):
        Wanted.of([" ", "#"])
