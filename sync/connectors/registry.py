"""One line per platform: from a system in policy to the connector that speaks with it.

Policy holds addresses and names; secrets come from the environment, under the system's name in capitals: ``shopify-us`` reads
``SHOPIFY_US_SECRET``. Modules are imported when a system needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from sync.connectors.base import Connector
from sync.erasing import Privacy
from sync.errors import BadInput, SettingMissing
from sync.model.ids import SystemId
from sync.policy.schema import Policy
from sync.policy.system_rules import System

SHOPIFY_SECRET = "the app's client secret (Shopify admin → the app → API credentials); it signs webhooks"  # noqa: S105
"""Where the one secret that every shop needs is found."""


SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")


def build(
    system_id: SystemId,
    system: System,
    environment: Mapping[str, str],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    loopback: bool = False,
) -> Connector:
    """The connector of one system. ``now`` is the product's clock, so that what is read and what is decided have one time.
    ``loopback`` True lets it call stand-ins on this machine (demo and tests only).

    Raises SettingMissing with the variable's name and where to get its value, and BadInput for a connection in policy that
    does not fit.
    """
    match system.kind:
        case "shopify":
            return _shopify(system_id, system, environment, now, loopback)
        case "csv_feed":
            from sync.connectors.csv_feed.connector import CsvFeedConnector

            authorization = environment.get(variable(system_id, "AUTHORIZATION"), "")
            return CsvFeedConnector(system_id, system, authorization=authorization, now=now)
        case "events_api":
            from sync.connectors.events_api.connector import EventsApiConnector

            names = [variable(system_id, what) for what in ("TOKEN", "TOKEN_BEFORE", "SIGNING_KEYS")]
            given = [name for name in names if environment.get(name)]
            return EventsApiConnector(system_id, system, credentials=given, now=now)


def privacy_of(policy: Policy) -> dict[SystemId, Privacy]:
    """What is known of privacy requests, for the systems whose platform sends them."""
    from sync.connectors.shopify.redact import REDACTING, asked, order_names

    shopify = Privacy(REDACTING, asked, order_names)
    return {SystemId(name): shopify for name, system in policy.systems.items() if system.kind == "shopify"}


def variable(system_id: SystemId, what: str) -> str:
    """The environment variable of a system's secret: ``SHOPIFY_US_SECRET``."""
    return f"{system_id.upper().replace('-', '_')}_{what}"


def _shopify(
    system_id: SystemId, system: System, environment: Mapping[str, str], now: Callable[[], datetime], loopback: bool
) -> Connector:
    """``connection:`` has ``shop`` (x.myshopify.com), and may have ``client_id`` and ``url``.

    ``…_SECRET`` is the client secret, ``…_SECRET_BEFORE`` the one before it while it is rotated, ``…_TOKEN`` the access token of
    an existing custom app, needed where there is no ``client_id``.
    """
    from sync.connectors.shopify.connector import Account, ShopifyConnector

    for name in system.connection.keys() - {"shop", "client_id", "url"}:
        raise BadInput(
            f"systems.{system_id}.connection.{name}: a Shopify connection has `shop`, `client_id` and `url` only"
        )
    shop, client_id, url = (_text(system_id, system, name) for name in ("shop", "client_id", "url"))
    if shop is None or not SHOP.fullmatch(shop):
        raise BadInput(
            f"systems.{system_id}.connection.shop: write the shop's own address as Shopify names it, "
            "like example.myshopify.com, without https://"
        )
    names = [variable(system_id, what) for what in ("SECRET", "SECRET_BEFORE")]
    secrets = tuple(SecretStr(environment[name]) for name in names if environment.get(name))
    if not environment.get(names[0]):
        raise SettingMissing(f"Set {names[0]}: {SHOPIFY_SECRET}.")
    token = environment.get(variable(system_id, "TOKEN"))
    if not token and client_id is None:
        raise SettingMissing(
            f"Set {variable(system_id, 'TOKEN')}: the Admin API access token of an existing custom app; or write the app's "
            f"`client_id:` under systems.{system_id}.connection."
        )
    account = Account(
        domain=shop,
        client_secrets=secrets,
        access_token=SecretStr(token) if token else None,
        client_id=client_id,
        address=url,
    )
    return ShopifyConnector(system_id, system.name, account, loopback=loopback, now=now)


def _text(system_id: SystemId, system: System, name: str) -> str | None:
    value = system.connection.get(name)
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    raise BadInput(f"systems.{system_id}.connection.{name}: write text")
