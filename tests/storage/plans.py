"""Which statements a database would answer by reading a large table whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

from storage.dialect import Link
from storage.tables import metadata

LARGE = frozenset(
    {
        "bulk_items",
        "chain_entries",
        "deliveries",
        "episodes",
        "exceptions",
        "facts",
        "identities",
        "listings",
        "movements",
        "order_lines",
        "positions",
        "posts",
        "raise_memos",
        "raw_keys",
        "raw_payloads",
        "seen",
        "skus",
        "stock",
        "targets",
        "title_words",
    }
)
"""Tables that grow with SKUs or with time."""

PARTIAL = frozenset(
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
)
"""Indexes of what waits or stands: reading one whole is reading what was asked for."""

FILLED = "facts_early"
"""The month of the ledger that has rows; how the empty ones are read is all the same."""

_PARTIAL = "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE i.indpred IS NOT NULL"
"""The same on PostgreSQL, those of partitions among them."""

_KINDS = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")


@contextmanager
def listening() -> Iterator[dict[str, Any]]:
    """Every different statement that is run meanwhile in this process, with the parameters of its first run."""
    heard: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(_KINDS):
            heard.setdefault(statement, parameters[0] if many and parameters else parameters)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def read_whole(link: Link, statement: str, parameters: Any) -> frozenset[str]:
    """The large tables that a statement would read whole, had they any size."""
    if link.postgres:
        partial = frozenset((await link.execute(text(_PARTIAL))).scalars())
        await link.execute(text("SET LOCAL enable_seqscan = off"))
        await link.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        await link.connection.exec_driver_sql(f"PREPARE planned AS {statement}")
        count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
        given = f"({', '.join(['NULL'] * count)})" if count else ""
        plan = await link.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE planned{given}")
        [[whole]] = plan
        await link.execute(text("DEALLOCATE planned"))
        return frozenset(_whole(whole[0]["Plan"], partial)) & LARGE
    plan = await link.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    scans = [re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3]) for row in plan]
    found = {scan.group(1) for scan in scans if scan is not None and scan.group(2) not in PARTIAL}
    return frozenset(_aliased(statement, name) for name in found) & LARGE


def _whole(node: Mapping[str, Any], partial: Set[str]) -> Iterator[str]:
    """The tables that a node of a plan and those below it read whole: in any order, or along an index without a condition.
    A limit above stops the latter."""
    kind, index = node["Node Type"], node.get("Index Name", "")
    if kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node and index not in partial):
        name = node["Relation Name"]
        if not name.startswith("facts_"):
            yield name
        elif name == FILLED:
            yield "facts"
    for below in node.get("Plans", ()):
        if not (kind == "Limit" and below["Node Type"].startswith("Index")):
            yield from _whole(below, partial)


def _aliased(statement: str, name: str) -> str:
    """The table behind the name that a plan uses."""
    found = re.search(rf'(\w+)"? AS "?{re.escape(name)}\b', statement)
    return found.group(1) if found else name
