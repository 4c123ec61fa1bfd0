"""A client of the events API, as a system would write one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDict

from sync.connectors.events_api.sender import Sender
from sync.model.ids import SystemId

WMS = Sender(SystemId("wms"))


@dataclass
class Reply:
    """An answer, read."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    json: Any


class Client:
    """Posts to the endpoint as one system."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    async def post(
        self,
        body: Any,
        *,
        key: str | None = "k-1",
        media: str | None = "application/json",
        headers: list[tuple[str, str]] | None = None,
        token: str | None = "",
        method: str = "POST",
    ) -> Reply:
        """Send a body; ``token`` None sends none, ``key`` None and ``media`` None leave theirs out."""
        given: list[tuple[str, str]] = list(headers or [])
        if token is not None:
            given.append(("Authorization", f"Bearer {token or self.token}"))
        if key is not None:
            given.append(("Idempotency-Key", key))
        if media is not None:
            given.append(("Content-Type", media))
        skipped = ["Content-Type"] if media is None else []
        async with self.session.request(
            method, self.url, data=body, headers=given, skip_auto_headers=skipped
        ) as answer:
            raw = await answer.read()
            read = await answer.json(content_type=None) if raw else None
            return Reply(answer.status, CIMultiDict(answer.headers), raw, read)
