"""Stopping while the database is away: everything is closed, and what cannot be given back ends by itself."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.databases import Server
from tests.stage import open_stage


@pytest.mark.postgres
async def test_the_product_stops_though_its_database_is_gone(tmp_path: Path, pg_url: str, pg_server: Server) -> None:
    async with AsyncExitStack() as stack:
        stage = await open_stage(stack, tmp_path, database_url=pg_url, settled=False)
        admin = await asyncpg.connect(pg_server.url)
        await admin.execute(f'DROP DATABASE "{pg_server.created[-1]}" WITH (FORCE)')
        await admin.close()

        with capture_logs() as logs:
            await stage.product.stop()

        assert [line for line in logs if line["event"] == "lanes_not_given_back"]
        assert [line for line in logs if line["event"] == "stopped"]
