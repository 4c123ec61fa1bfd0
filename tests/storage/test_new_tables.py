"""What PostgreSQL makes of tables that it takes for empty: a plan is kept, and the tables grow in the minute before they
are looked at again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from storage.drawing import Draw
from storage.repositories.catalogue import _resolving
from storage.repositories.whole import _READS
from storage.store import SqlStore
from storage.together import _as_one, alone

pytestmark = pytest.mark.postgres


async def _scans(store: SqlStore, sql: str) -> dict[str, list[str]]:
    """How each table is looked at by the plan that is kept: the index conditions, an empty one where there is none."""
    found: dict[str, list[str]] = {}
    async with store.unit_of_work() as uow:
        connection = uow.link.connection
        await connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        await connection.exec_driver_sql(f"PREPARE planned AS {sql}")
        given = ", ".join(["NULL"] * max(number for number in range(1, 20) if f"${number}" in sql))
        [[whole]] = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE planned({given})")
        await connection.execute(text("DEALLOCATE planned"))
    for table, condition in _looks(whole[0]["Plan"], ""):
        found.setdefault(table, []).append(condition)
    return found


def _looks(node: Mapping[str, Any], table: str) -> Iterator[tuple[str, str]]:
    table = node.get("Relation Name", table)
    if node["Node Type"].endswith("Scan") and "Relation Name" in node and node["Node Type"] != "Bitmap Heap Scan":
        yield table, node.get("Index Cond", "")
    if node["Node Type"] == "Bitmap Index Scan":
        yield table, node.get("Index Cond", "")
    for below in node.get("Plans", ()):
        yield from _looks(below, table)


@pytest.mark.parametrize("draw", [_resolving(True), _resolving(False)], ids=["naming", "resolving"])
async def test_names_are_looked_up_one_by_one_in_a_catalogue_that_was_empty(
    postgres_store: SqlStore, draw: Draw
) -> None:
    scans = await _scans(postgres_store, alone(True, draw).sql)
    assert len(scans["skus"]) == 2
    assert all(scans["skus"])
    [mapping] = scans["identities"]
    assert all(name in mapping for name in ("system", "namespace", "value"))


async def test_a_slice_looks_facts_and_lines_up_where_there_were_none(postgres_store: SqlStore) -> None:
    compiled, _ = _as_one(_READS)
    scans = await _scans(postgres_store, compiled.sql)
    facts = [condition for table, own in scans.items() if table.startswith("facts_") for condition in own]
    assert facts
    assert all(condition.startswith("(id = ") for condition in facts)
    assert len(scans["order_lines"]) == 3
    assert all(scans["order_lines"])
