"""A feed fetched over HTTP: only when it changed, only up to a size, and only from where policy points."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from sync.errors import BadInput, TryAgain

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
REDIRECTS = 3
_CHUNK = 64 * 1024
_AGAIN = frozenset({408, 425, 429})
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A new version of the feed: its bytes and the validators to ask with next time."""

    body: bytes
    etag: str = ""
    last_modified: str = ""


class FeedAddress:
    """One URL. ``allowed_hosts`` are hosts that policy lets be private (a warehouse system in the same network)."""

    def __init__(self, url: str, *, limit: int, authorization: str = "", allowed_hosts: Collection[str] = ()) -> None:
        self.url = URL(url)
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise BadInput(f"{url!r} is not an http or https address. Correct `url:` under this system's connection.")
        if authorization and self.url.scheme != "https" and self.url.host not in allowed_hosts:
            raise BadInput(f"The credential of {self.url.host} would travel in clear. Write the address with https://.")
        self._limit = limit
        self._authorization = authorization
        self._allowed = frozenset(host.casefold() for host in allowed_hosts)
        self._known = Fetched(b"")
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self) -> Fetched | None:
        """The feed when it changed since what was last :meth:`taken`, else None.

        Raises TryAgain when the other side could not answer now, BadInput when asking again would not help.
        """
        headers = {"Accept": "text/csv, text/plain;q=0.9, */*;q=0.1"}
        if self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known.last_modified:
            headers["If-Modified-Since"] = self._known.last_modified
        try:
            return await self._follow(headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryAgain(f"{self.url.host} could not be reached: {error or type(error).__name__}") from error

    def taken(self, fetched: Fetched) -> None:
        """This version is recorded: ask from now on for newer ones only."""
        self._known = Fetched(b"", fetched.etag, fetched.last_modified)

    async def close(self) -> None:
        """Give back the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(self, headers: Mapping[str, str]) -> Fetched | None:
        url = self.url
        for _ in range(REDIRECTS + 1):
            self._check(url)
            own = dict(headers)
            if self._authorization and url.origin() == self.url.origin():
                own["Authorization"] = self._authorization
            async with self._open().get(url, headers=own, allow_redirects=False) as answer:
                if answer.status not in _MOVED:
                    return await self._take(answer)
                url = url.join(URL(answer.headers.get("Location", "")))
        raise BadInput(f"{self.url} sends on more than {REDIRECTS} times. Write the final address into policy.")

    def _check(self, url: URL) -> None:
        """Names are checked by the resolver after they are resolved; addresses written as numbers are checked here."""
        if self.url.scheme == "https" and url.scheme != "https":
            raise BadInput(f"{self.url} sends on to {url.scheme}, which would show the feed to anybody on the way.")
        host = (url.host or "").casefold()
        if host in self._allowed:
            return
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return
        if not address.is_global:
            raise BadInput(_private(host))

    async def _take(self, answer: aiohttp.ClientResponse) -> Fetched | None:
        if answer.status == 304:
            return None
        if answer.status in _AGAIN or answer.status >= 500:
            raise TryAgain(f"{self.url.host} answered {answer.status}", after=_retry_after(answer))
        if answer.status != 200:
            raise BadInput(
                f"{self.url} answered {answer.status}. Check the address in policy and the credential of this system."
            )
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._limit:
                raise BadInput(
                    f"{self.url} sent more than {self._limit} bytes. Raise `max_bytes:` in policy if that is right."
                )
        return Fetched(bytes(body), answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=_PublicResolver(self._allowed), limit=2)
            self._session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT)
        return self._session


class _PublicResolver(AbstractResolver):
    """Resolves names, and refuses those that lead into a private network: what is checked is what is connected to."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host.casefold() not in self._allowed:
            for result in found:
                if not ipaddress.ip_address(result["host"].partition("%")[0]).is_global:
                    raise BadInput(_private(host))
        return found

    async def close(self) -> None:
        await self._inner.close()


def _private(host: str) -> str:
    return f"{host} is an address inside a private network. If that is right, add it to `allowed_hosts:` in policy."


def _retry_after(answer: aiohttp.ClientResponse) -> timedelta | None:
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text))
    sent = answer.headers.get("Date", "")
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(sent)
    except (TypeError, ValueError):
        return None
    return max(wait, timedelta(0))
