"""One HTTP session per account, time-outs at every edge, and what a failed call means.

Addresses are checked before a call and again after names are resolved, so that no setting can point a connector into a
private network; redirects are never followed.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from sync.connectors.base import Fault
from sync.errors import BadInput, CountersignError
from sync.model.time import AsOf

LONGEST_BODY = 32 * 1024 * 1024
"""Bytes of an answer at most; more is not what we asked for."""


class CallFailed(CountersignError):
    """A call brought no answer. ``fault`` says why; CONNECTION means that nothing can have reached the other side."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status. Header names are in lower case. ``at`` spans request to answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: AsOf


def checked_address(url: str, *, loopback: bool = False) -> str:
    """The address, when it may be called: https, or http to this machine where ``loopback`` is allowed. Raises BadInput."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password:
        raise BadInput(f"the address of {host} carries a password; put credentials into the environment")
    if _is_loopback(host):
        if loopback and parts.scheme in ("http", "https"):
            return url
        raise BadInput(f"{host} is this machine; a connector may call it in the sandbox only")
    if parts.scheme != "https" or not host:
        raise BadInput(f"{url!r} cannot be called: an address begins with https:// and names a host")
    if _is_private(host):
        raise BadInput(f"{host} is an address inside a private network; write the public name of the platform")
    return url


def fault_of(error: BaseException) -> Fault:
    """What an exception of a call means. A connection never made cannot have done anything; a lost one may have."""
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return Fault.CONNECTION
    if isinstance(error, (TimeoutError, aiohttp.ClientError, OSError)):
        return Fault.INTERMITTENT
    return Fault.PARSE


class Web:
    """The session of one account. ``total`` and ``silent`` are seconds: for a whole call, and between two bytes."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        total: float = 30.0,
        silent: float = 15.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._loopback = loopback
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=10.0, sock_read=silent)
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None, body: object = None
    ) -> Reply:
        """Send a form, or ``body`` as JSON. Raises CallFailed when no whole answer came, BadInput for a refused address."""
        checked_address(url, loopback=self._loopback)
        data = None if form is not None else json.dumps(body, separators=(",", ":")).encode()
        started = self._now()
        try:
            async with self._open().post(
                url, headers=headers, data=form if form is not None else data, allow_redirects=False
            ) as answer:
                raw = bytearray()
                async for chunk in answer.content.iter_any():
                    raw += chunk
                    if len(raw) > LONGEST_BODY:
                        raise CallFailed(Fault.TOO_LARGE, f"{answer.url.host} sent more than {LONGEST_BODY} bytes")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status, names, bytes(raw), AsOf(started, self._now()))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            host = urlsplit(url).hostname
            raise CallFailed(fault_of(error), f"{host} gave no answer ({type(error).__name__})") from error

    def instant(self) -> AsOf:
        """Now, for what brought no answer."""
        return AsOf.at(self._now())

    async def close(self) -> None:
        """Give back the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=_Resolver(self._loopback), limit=8)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self._session


class _Resolver(AbstractResolver):
    """Refuses names that lead into a private network: what is checked is what is connected to."""

    def __init__(self, loopback: bool) -> None:
        self._loopback = loopback
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            address = result["host"]
            if _is_private(address) and not (self._loopback and _is_loopback(address)):
                raise BadInput(f"{host} leads to {address}, inside a private network; nothing was sent")
        return found

    async def close(self) -> None:
        await self._inner.close()


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host.casefold() == "localhost" or (address is not None and address.is_loopback)


def _is_private(host: str) -> bool:
    address = _address(host)
    return address is not None and not address.is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
