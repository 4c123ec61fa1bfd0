"""From policy and environment to connectors: what is missing is named, with the place to get it."""

from __future__ import annotations

import secrets

import pytest

from sync.connectors.registry import build
from sync.errors import BadInput, SettingMissing
from sync.model.ids import SystemId
from sync.policy.system_rules import Channel, System

US = SystemId("shopify-us")


def system(**connection: str) -> System:
    return System(kind="shopify", name="Shopify US", channel=Channel(locations=("reno",)), connection=dict(connection))


def environment(**fields: str) -> dict[str, str]:
    return {"SHOPIFY_US_SECRET": secrets.token_hex(16), "SHOPIFY_US_TOKEN": secrets.token_hex(16)} | fields


def test_a_shop_is_built_with_what_it_can_do() -> None:
    connector = build(US, system(shop="demo.myshopify.com"), environment())
    assert connector.system == US
    assert connector.abilities.guarded_writes
    assert connector.abilities.pause


@pytest.mark.parametrize("missing", ["SHOPIFY_US_SECRET", "SHOPIFY_US_TOKEN"])
def test_a_missing_secret_is_named_with_the_place_to_get_it(missing: str) -> None:
    given = environment()
    del given[missing]
    with pytest.raises(SettingMissing, match=missing):
        build(US, system(shop="demo.myshopify.com"), given)


def test_an_app_with_a_client_id_needs_no_token() -> None:
    given = environment()
    del given["SHOPIFY_US_TOKEN"]
    assert build(US, system(shop="demo.myshopify.com", client_id="abc"), given).abilities.publishes


@pytest.mark.parametrize(
    "connection",
    [
        {},
        {"shop": "https://demo.myshopify.com"},
        {"shop": "demo.example.com"},
        {"shop": "demo.myshopify.com", "tokn": "x"},
    ],
)
def test_a_connection_that_does_not_fit_is_refused_with_the_line_to_write(connection: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"systems\.shopify-us\.connection"):
        build(US, system(**connection), environment())


def test_a_stand_in_on_this_machine_is_for_the_sandbox_only() -> None:
    here = system(shop="demo.myshopify.com", url="http://127.0.0.1:9")
    assert build(US, here, environment(), loopback=True).abilities.publishes
    with pytest.raises(BadInput, match="sandbox only"):
        build(US, here, environment())
