"""Access tokens: one that never expires, or those of the client credentials grant, renewed before they end.

Source: shopify.dev, access tokens, client credentials grant: 24 hours, no refresh token, ask again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from sync.connectors.base import Fault
from sync.connectors.http import CallFailed, Web

RENEW_AT = 0.8
"""Share of a token's life after which a new one is asked for."""


class Tokens(Protocol):
    """Where the client gets its token."""

    async def token(self) -> str:
        """A token that should work now. Raises CallFailed."""

    def refused(self, token: str) -> bool:
        """The platform refused this token. True when asking again may bring another."""


class StaticToken:
    """The token of an existing custom app; it does not expire, and there is no other."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token.get_secret_value()

    def refused(self, token: str) -> bool:
        del token
        return False


class ClientCredentials:
    """Tokens of our own app: asked for with its id and secret, kept in memory only, one request at a time."""

    def __init__(self, web: Web, url: str, client_id: str, secret: SecretStr, now: Callable[[], datetime]) -> None:
        self._web = web
        self._url = url
        self._client_id = client_id
        self._secret = secret
        self._now = now
        self._token: str | None = None
        self._renew_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        async with self._lock:
            if self._token is None or self._renew_at is None or self._now() >= self._renew_at:
                self._token, lifetime = await self._ask()
                self._renew_at = self._now() + lifetime * RENEW_AT
            return self._token

    def refused(self, token: str) -> bool:
        if token == self._token:
            self._token = None
        return True

    async def _ask(self) -> tuple[str, timedelta]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(),
        }
        reply = await self._web.post(self._url, headers={"Accept": "application/json"}, form=form)
        if reply.status in (400, 401, 403):
            raise CallFailed(
                Fault.PERMISSION,
                f"Shopify gave no access token ({reply.status}). Check the client id and secret of the app, and that it is "
                "installed in this shop.",
            )
        if reply.status != 200:
            raise CallFailed(Fault.INTERMITTENT, f"Shopify gave no access token (HTTP {reply.status}).")
        try:
            answer = json.loads(reply.body)
            return str(answer["access_token"]), timedelta(seconds=int(answer["expires_in"]))
        except (ValueError, TypeError, KeyError):
            raise CallFailed(Fault.PARSE, "Shopify's answer to the token request was no token.") from None
