"""One Shopify shop behind the connector protocol: hears its webhooks, reads it, writes to it, looks at what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from sync.connectors.base import (
    Abilities,
    Answer,
    Inbound,
    Lack,
    ListingRef,
    Parsed,
    Seen,
    SetDoors,
    SetHold,
    SetQuantity,
)
from sync.connectors.http import Web, checked_address
from sync.connectors.shopify import holds, seen, subscriptions, webhooks, writes
from sync.connectors.shopify.client import Client
from sync.connectors.shopify.reading import Reading
from sync.connectors.shopify.tokens import ClientCredentials, StaticToken, Tokens
from sync.errors import BadInput
from sync.model.ids import SystemId

TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 - a path, not a secret


@dataclass(frozen=True, slots=True)
class Account:
    """One shop as the connector needs it.

    ``domain`` is ``x.myshopify.com``; ``address`` where its API answers (https://``domain`` by default). ``client_secrets``
    sign webhooks: one, or two while it is being rotated, the newest first. Either ``access_token`` (an existing custom app) or
    ``client_id`` with the newest secret (client credentials) opens the API.
    """

    domain: str
    client_secrets: tuple[SecretStr, ...]
    access_token: SecretStr | None = None
    client_id: str | None = None
    address: str | None = None


class ShopifyConnector:
    """See :class:`sync.connectors.base.Connector`. ``loopback`` lets it call a stand-in on this machine."""

    abilities = Abilities(
        receives_webhooks=True,
        snapshots=True,
        publishes=True,
        guarded_writes=True,
        idempotent_writes=True,
        pause=True,
        corrects=True,
        reads_back=True,
        reads_orders=True,
        holds_orders=True,
    )

    def __init__(
        self,
        system: SystemId,
        name: str,
        account: Account,
        *,
        loopback: bool = False,
        total: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``name`` is what people call the shop. ``total`` are seconds for a whole call. Raises BadInput when the
        account cannot work."""
        self.system = system
        self._name = name
        self._account = account
        self._now = now
        address = checked_address(account.address or f"https://{account.domain}", loopback=loopback).rstrip("/")
        if not account.client_secrets:
            raise BadInput(f"{system}: the app's client secret is missing; without it no webhook can be believed")
        self._web = Web(loopback=loopback, total=total, now=now)
        self._client = Client(self._web, address, _tokens(system, account, self._web, address, now))

    def parse(self, inbound: Inbound) -> Parsed:
        """Verify the signature and the shop, then read the body. Raises BadSignature and BadInput."""
        secrets = [secret.get_secret_value() for secret in self._account.client_secrets]
        webhooks.verify(inbound, secrets, self._account.domain)
        return webhooks.parse(inbound)

    def snapshot(self, since: datetime | None = None) -> AsyncIterator[Parsed]:
        """Everything with all open orders, or what changed since. Raises TryAgain."""
        reading = Reading(self._client, self.system, self._now())
        return reading.everything() if since is None else reading.since(since)

    async def set_quantity(self, write: SetQuantity) -> Answer:
        """Write one quantity under its guard and key."""
        return await writes.set_quantity(self._client, write)

    async def set_doors(self, write: SetDoors) -> Answer:
        """Take a variant off the channels that show it, or put it back on exactly those given."""
        return await writes.set_doors(self._client, write)

    async def set_hold(self, write: SetHold) -> Answer:
        """Hold all of an order that is still to ship, or release what we hold of it."""
        return await holds.set_hold(self._client, write)

    async def read_back(self, listing: ListingRef, places: Sequence[str]) -> Seen:
        """What customers see now. Raises TryAgain, or BadInput when the variant is gone."""
        return await seen.read_back(self._client, self._name, listing, places)

    async def ensure_subscriptions(self, callback_url: str) -> tuple[str, ...]:
        """See to it that every topic we live on is sent to ``callback_url``; returns those that were made.

        Raises TryAgain, and BadInput when Shopify refuses the address or a topic.
        """
        return await subscriptions.ensure_subscriptions(self._client, callback_url)

    async def missing_topics(self, callback_url: str | None = None) -> tuple[str, ...]:
        """Topics that nobody sends us; a missing one is silence that looks like peace (F04). Raises TryAgain."""
        return await subscriptions.missing_topics(self._client, callback_url)

    async def missing_scopes(self) -> tuple[str, ...]:
        """Access scopes that the shop did not grant. Raises TryAgain."""
        return await subscriptions.missing_scopes(self._client)

    async def lacking(self, callback_url: str | None) -> Sequence[Lack]:
        """Scopes that were not granted and topics that nobody sends us. Raises TryAgain."""
        lacks = [
            Lack(
                f"the scope {scope} is not granted",
                "Grant it: Shopify → Apps → the app → Configuration → Admin API scopes.",
            )
            for scope in await self.missing_scopes()
        ]
        if callback_url is None:
            told = "no webhook can reach us; the shop is only read at its interval"
            return [*lacks, Lack(told, "Set COUNTERSIGN_PUBLIC_URL.", stops=False)]
        topics = ", ".join(await self.missing_topics(callback_url))
        if topics:
            mend = "`countersign run` subscribes to them at its start; start it, or look why Shopify dropped them."
            lacks.append(Lack(f"nobody sends us {topics}", mend, stops=False))
        return lacks

    async def close(self) -> None:
        """Give back the HTTP session."""
        await self._web.close()


def _tokens(system: SystemId, account: Account, web: Web, address: str, now: Callable[[], datetime]) -> Tokens:
    if account.access_token is not None:
        return StaticToken(account.access_token)
    if account.client_id is not None:
        return ClientCredentials(web, f"{address}{TOKEN_PATH}", account.client_id, account.client_secrets[0], now)
    raise BadInput(f"{system}: give either the app's client id or an existing access token")
