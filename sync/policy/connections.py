"""What ``systems.<name>.connection`` holds, by the system's kind: addresses and names, never a secret.

Texts of errors are ``what is wrong; how to mend it``: :mod:`sync.policy.reading` puts the line before them.
"""

from __future__ import annotations

import codecs
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator

from sync.policy.fields import Rules
from sync.policy.system_rules import System

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")


def _shop(value: str) -> str:
    if not _SHOP.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a shop's own address; write it as Shopify names it, like example.myshopify.com, without https://"
        )
    return value


def _address(value: str) -> SplitResult:
    """The parts of an http address. ValueError when it is none, or carries credentials."""
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        parts, has_port = SplitResult("", "", "", "", ""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port:
        raise ValueError(f"{value!r} is not an address; write one like https://example.com/stock.csv")
    if parts.username or parts.password:
        raise ValueError(
            "the address carries a password; take it out and put the credential into the environment (docs/install.md)"
        )
    return parts


def _is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _stand_in(value: str) -> str:
    """A shop's token goes to the shop alone: another address is a stand-in on this machine, or a mistake."""
    if not _is_loopback(_address(value).hostname or ""):
        raise ValueError(
            f"{value!r} is not on this machine, and a shop's token is sent to the shop only; take `url:` out"
        )
    return value


def _web(value: str) -> str:
    _address(value)
    return value


def _encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except (LookupError, ValueError) as error:
        raise ValueError(f"there is no encoding {value!r}; write for example utf-8 or cp1252") from error
    return value


def _expression(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(
            f"{value!r} is not a regular expression ({error}); write one like 'as of: (.+)', in quotes"
        ) from error
    if groups == 0:
        raise ValueError(f"{value!r} does not say which part is the time; put ( ) around that part")
    return value


Mark = Annotated[str, Field(min_length=1, max_length=1)]
"""One character between or around the cells of a file."""

Expression = Annotated[str, AfterValidator(_expression)]
"""A regular expression whose first group is the time of a feed."""

Bucket = Literal["on_hand", "available", "reserved", "quarantined", "held", "incoming"]
"""The numbers that a column of a feed can hold, in units."""


class ShopifyConnection(Rules):
    """One shop. ``shop``: its own address, ``x.myshopify.com``; ``client_id``: of the app, for tokens by client credentials;
    ``url``: where a stand-in of the shop answers on this machine (sandbox and tests only)."""

    shop: Annotated[str, AfterValidator(_shop)]
    client_id: Annotated[str, Field(min_length=1)] | None = None
    url: Annotated[str, AfterValidator(_stand_in)] | None = None


class Columns(Rules):
    """The sender's column names. ``sku`` and at least one number are needed; ``as_of`` is a time per row."""

    sku: str = "sku"
    location: str | None = None
    as_of: str | None = None
    on_hand: str | None = None
    available: str | None = None
    reserved: str | None = None
    quarantined: str | None = None
    held: str | None = None
    incoming: str | None = None

    def named(self) -> dict[str, str]:
        """Their names by ours, those that policy gives."""
        return {ours: theirs for ours, theirs in self.model_dump().items() if theirs is not None}


class FeedConnection(Rules):
    """One feed: a ``folder`` to drop files into, a ``url`` to fetch, or both; how its files are written; whose time counts.

    The content's time comes from exactly one of ``columns.as_of``, ``as_of_header`` (a regular expression found in a
    comment line before the header) and ``as_of_name`` (one found in the file's name); its first group is the time, written
    as ``as_of_format`` (directives of strptime; ISO 8601 without). ``full`` files list everything there is at their places.
    ``allowed_hosts``: hosts that may be private addresses, separated by blanks. ``max_bytes``: of the largest file.
    """

    folder: Path | None = None
    files: str = "*.csv"
    url: Annotated[str, AfterValidator(_web)] | None = None
    allowed_hosts: str = ""
    max_bytes: Annotated[int, Field(gt=0)] = 64 * 1024 * 1024
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    cp1252: bool = False
    delimiter: Mark = ","
    quote: Mark = '"'
    comment: str = "#"
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    columns: Columns = Columns(on_hand="on_hand", location="location")
    location: str | None = None
    as_of_header: Expression | None = None
    as_of_name: Expression | None = None
    as_of_format: str | None = None
    full: bool = True

    @model_validator(mode="after")
    def _fits(self) -> FeedConnection:
        if self.folder is None and self.url is None:
            raise ValueError(
                "the feed comes from nowhere; add `folder:` (files are dropped there) or `url:` (it is fetched)"
            )
        if self.columns.location is None and self.location is None:
            raise ValueError(
                "nothing says where its units stand; name the location column (`columns: {location: …}`) or its one `location:`"
            )
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("`decimal:` and `thousands:` are the same mark; change one")
        times = [one for one in (self.columns.as_of, self.as_of_header, self.as_of_name) if one is not None]
        if len(times) != 1:
            found = (
                "has two times" if times else "does not say as of when its numbers are, and every file would be held"
            )
            raise ValueError(
                f"the feed {found}; give exactly one of `columns: {{as_of: …}}`, `as_of_header:`, `as_of_name:`"
            )
        if not self.columns.named().keys() - {"sku", "location", "as_of"}:
            raise ValueError("no column holds a number; name one under `columns:`, on_hand or available")
        return self


class EventsConnection(Rules):
    """Nothing: the sender calls us. Its token and keys stand in the environment."""


Connection = ShopifyConnection | FeedConnection | EventsConnection

SHAPES: dict[str, type[ShopifyConnection] | type[FeedConnection] | type[EventsConnection]] = {
    "shopify": ShopifyConnection,
    "csv_feed": FeedConnection,
    "events_api": EventsConnection,
}
"""The shape of a connection, by the system's kind."""


def connection_of(system: System) -> Connection:
    """The connection of a system, typed. Raises pydantic's ValidationError; a policy that was read has none."""
    return SHAPES[system.kind].model_validate(system.connection)
