"""No statement of a shop's ordinary day reads a large table whole: each has an index for what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.store import SqlStore
from storage.tables import metadata
from sync.model.exceptions import ExceptionClass
from tests.stage import Stage, open_stage
from tests.storage.plans import listening, read_whole

QUESTIONS = (
    "sku KTL-17-BLK",
    "sku kettle black",
    "sku KTLX",
    "queue marketplaces",
    "mine",
    "exceptions late",
    "systems",
    "feed acme-dropship",
    "oncall",
    "metrics week",
)


async def a_day(stage: Stage) -> None:
    """Troubles, a sale, a pause, questions."""
    for trouble in ("carton", "twice", "refuse", "hand", "code"):
        stage.trouble(trouble)
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, "KTL-17-BLK")
    await stage.card(case)
    await stage.pause("dana", case)
    dana = stage.workspace.person("dana")
    for question in QUESTIONS:
        await dana.command("inv-marketplaces", "/inventory", question)
    await stage.idle()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_no_ordinary_statement_reads_a_large_table_whole(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("pg_url") if database == "postgresql" else request.getfixturevalue("sqlite_url")
    async with AsyncExitStack() as stack:
        stage = await open_stage(stack, tmp_path, database_url=url)
        with listening() as heard:
            await a_day(stage)
        store = stage.product.store
        assert isinstance(store, SqlStore)
        await _grown(store)
        found = {}
        async with store.unit_of_work() as uow:
            for statement, parameters in list(heard.items()):
                tables = await read_whole(uow.link, statement, parameters)
                if tables:
                    found[" ".join(statement.split())] = sorted(tables)
        assert len(heard) > 60
        assert found == {}


OLD: Mapping[str, Mapping[str, str]] = {
    "posts": {"key": "'old:' || n", "exception": "-n", "wanted": "1", "sent": "1", "ts": "n"},
    "exceptions": {"id": "-n", "fingerprint": "'old:' || n", "life": "'resolved'", "sku": "'OLD-' || n"},
    "facts": {"id": "-n", "sku": "'OLD-' || n", "state": "'recorded'"},
}
"""Years that have passed: what differs from a row that is there."""


async def _grown(store: SqlStore) -> None:
    """PostgreSQL reads small tables whole whatever the indexes: let it see some years."""
    if not store.postgres:
        return
    async with store.unit_of_work() as uow:
        for name, differs in OLD.items():
            columns = [column.name for column in metadata.tables[name].columns]
            listed = ", ".join(f'"{column}"' for column in columns)
            put = ", ".join(differs.get(column, f'one."{column}"') for column in columns)
            one = f"(SELECT * FROM {name} LIMIT 1) AS one"
            await uow.link.execute(
                text(f"INSERT INTO {name} ({listed}) SELECT {put} FROM {one}, generate_series(1, 50000) AS n")
            )
            await uow.link.execute(text(f"ANALYZE {name}"))
        # What is not folded yet is few; never looked at, it would be taken for a thousand.
        await uow.link.execute(text("ANALYZE fresh"))
