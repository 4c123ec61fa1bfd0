"""Connections to PostgreSQL that end when the other side is gone, and the next host when one does not answer.

A host that vanishes (its power, its network) says nothing. By the systems' defaults the server would keep its locks for two
hours, and we would wait for an answer as long; so either side takes the other for gone after ``GONE_AFTER``. A relay or a pooler
in between keeps up its own connection to the server and hides who vanished behind it: there it is the transaction that may not
stand still for long.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from sync.errors import BadInput

CONNECT = 10.0
"""Seconds to wait for a PostgreSQL connection."""
CONNECT_EACH = 4.0
"""The same where there are several hosts, for each: one that vanished must leave time for the next."""

QUIET, ASKED_EVERY, ASKED = 8, 4, 3
"""After so many seconds without a word the other side is asked whether it is there, every so many, so often."""
GONE_AFTER = QUIET + ASKED_EVERY * ASKED
"""Seconds until a side that says nothing counts as gone; also for what was sent and is not acknowledged."""

IDLE = "idle_in_transaction_session_timeout"
STANDS_STILL = "60s"
"""How long a writing transaction may wait for its next statement before the server ends it; the URL may name another span."""

_SPAN = re.compile(r"\d+ ?(ms|s|min|h)?")

_WATCHING = {
    "tcp_keepalives_idle": QUIET,
    "tcp_keepalives_interval": ASKED_EVERY,
    "tcp_keepalives_count": ASKED,
    "tcp_user_timeout": GONE_AFTER * 1000,
}
_ELSEWHERE = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""Why the next host is tried."""


@dataclass(frozen=True, slots=True)
class Address:
    """A PostgreSQL address: one URL per host as asyncpg reads it, what is shown of it, and what was ours in it."""

    hosts: tuple[str, ...]
    shown: str
    behind_pooler: bool
    stands_still: str
    named: frozenset[str]


def address_of(url: str) -> Address:
    """The URL with our own parts taken out and its hosts apart; nothing else is touched: asyncpg reads ports, sockets and
    libpq's parameters. Raises BadInput for an unknown pooler."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    poolers = [value for name, value in query if name == "pooler"]
    if any(value != "transaction" for value in poolers):
        raise BadInput(
            "The parameter `pooler` of the database URL can only be `transaction`; leave it out without a pooler."
        )
    still = next((value for name, value in reversed(query) if name == IDLE), STANDS_STILL)
    if not _SPAN.fullmatch(still):
        raise BadInput(f"The parameter `{IDLE}` of the database URL is {still!r}; write a span like `60s` or `5min`.")
    kept = [(name, value) for name, value in query if name not in ("pooler", IDLE)]
    scheme = parts.scheme.split("+", 1)[0]
    shown = urlunsplit((scheme, parts.netloc.rsplit("@", 1)[-1], parts.path, "", ""))
    hosts = tuple(
        urlunsplit((scheme, netloc, parts.path, urlencode(own) if own != query else parts.query, ""))
        for netloc, own in _apart(parts.netloc, kept)
    )
    return Address(hosts, shown, bool(poolers), still, frozenset(name for name, _ in kept))


def _apart(netloc: str, query: list[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Network part and parameters for each host, which stand before the path or in ``host``, their ports beside them or in
    ``port``: one for all, or one for each."""
    given = dict(query)
    user, at, before = netloc.rpartition("@")
    hosts = (before or given.get("host", "")).split(",")
    if len(hosts) == 1:
        return [(netloc, query)]
    ports = given.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    rest = [(name, value) for name, value in query if name not in ("host", "port")]
    each = []
    for host, port in zip_longest(hosts, ports, fillvalue=""):
        own = [*rest, *([("port", port)] if port else [])]
        each.append((f"{user}{at}{host}", own) if before else (netloc, [*own, ("host", host)]))
    return each


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Ends its own writing transactions when they stand still: told with BEGIN, which costs no round trip and holds behind a
    transaction pooler, too."""

    stands_still = STANDS_STILL

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        """Run a statement; BEGIN of a writing transaction with its bound."""
        if query.startswith("BEGIN") and "READ ONLY" not in query:
            query = f"{query.rstrip('; ')}; SET LOCAL {IDLE} = '{self.stands_still}'"
        told: str = await super().execute(query, *args, timeout=timeout)
        return told


def connecting(address: Address) -> Callable[..., Awaitable[asyncpg.Connection]]:
    """Opens connections, first to the host that answered last. Their own statement cache is off: SQLAlchemy keeps prepared
    statements itself."""
    last = 0

    async def connect(**_ignored: object) -> asyncpg.Connection:
        nonlocal last
        failure: BaseException | None = None
        within = CONNECT if len(address.hosts) == 1 else CONNECT_EACH
        for step in range(len(address.hosts)):
            host = (last + step) % len(address.hosts)
            try:
                connection = await asyncpg.connect(
                    address.hosts[host], timeout=within, statement_cache_size=0, connection_class=_Connection
                )
            except _ELSEWHERE as error:
                failure = error
                continue
            last = host
            connection.stands_still = address.stands_still
            await _watched(connection, address)
            return connection
        raise failure or AssertionError("an address has a host")

    return connect


async def _watched(connection: asyncpg.Connection, address: Address) -> None:
    """Let both sides look whether the other is still there. What the URL itself sets stays as it says; a transaction pooler's
    connections to the server are its own affair."""
    _ask_for_life(connection._transport.get_extra_info("socket"))
    ours = [f"SET {name} = {value}" for name, value in _WATCHING.items() if name not in address.named]
    if ours and not address.behind_pooler:
        await connection.execute("; ".join(ours))


def _ask_for_life(wire: Any) -> None:
    """Keep-alive of our side's socket, as far as this system has it; a local one needs none."""
    if wire.family not in (socket.AF_INET, socket.AF_INET6):
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", QUIET),
        ("TCP_KEEPINTVL", ASKED_EVERY),
        ("TCP_KEEPCNT", ASKED),
        ("TCP_USER_TIMEOUT", GONE_AFTER * 1000),
    ):
        if hasattr(socket, name):
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
