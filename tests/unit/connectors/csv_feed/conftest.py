"""A feed in one line: its connection settings over sensible ones, and a file through its door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from sync.connectors.base import Inbound, Parsed
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.model.ids import SystemId
from sync.policy.system_rules import Source, System, Trust

ACME = SystemId("acme")
ARRIVED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

ReadsFeed = Callable[..., Parsed]


def a_feed(
    *, timezone: str | None = None, absent: Literal["unknown", "zero"] = "unknown", **connection: Any
) -> CsvFeedConnector:
    """A connector whose files say their time in a comment line, unless told otherwise."""
    defaults: dict[str, Any] = {
        "folder": "drops",
        "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
        "as_of_header": r"as of (\S+)",
    }
    system = System(
        kind="csv_feed",
        name="Acme",
        source=Source(trust=Trust.VENDOR, timezone=timezone, absent=absent),
        connection={name: value for name, value in {**defaults, **connection}.items() if value is not None},
    )
    return CsvFeedConnector(ACME, system, now=lambda: ARRIVED)


@pytest.fixture
def read_feed() -> ReadsFeed:
    """Parse a file (text or bytes) of a feed with these settings."""

    def read(body: str | bytes, *, name: str = "stock.csv", **feed: Any) -> Parsed:
        raw = body.encode() if isinstance(body, str) else body
        return a_feed(**feed).parse(Inbound(ACME, "file", raw, ARRIVED, name=name))

    return read
