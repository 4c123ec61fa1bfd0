"""The peer: reladiff, pairwise over the same three tables in PostgreSQL. Measured where it is installed; it is no dependency.

``pip install reladiff psycopg2-binary`` into the environment of the benchmarks brings it.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bench import databases
from bench.reconcile.snapshots import SYSTEMS

THREADS = 2


def installed() -> bool:
    """Whether there is a reladiff to measure."""
    return importlib.util.find_spec("reladiff") is not None


def compared(folder: Path) -> dict[str, Any]:
    """Load the files into tables, untimed, and compare them pairwise: seconds, and the SKUs that differ."""
    return asyncio.run(_compared(folder))


async def _compared(folder: Path) -> dict[str, Any]:
    async with databases.postgres() as url:
        connection = await asyncpg.connect(url)
        try:
            for system in SYSTEMS:
                await connection.execute(f"CREATE TABLE {system} (sku TEXT, location TEXT, on_hand BIGINT)")
                await connection.copy_to_table(system, source=str(folder / f"{system}.csv"), format="csv", header=True)
                await connection.execute(f"ALTER TABLE {system} ADD PRIMARY KEY (sku)")
                await connection.execute(f"ANALYZE {system}")
        finally:
            await connection.close()
        began = time.perf_counter()
        found = await asyncio.to_thread(_pairwise, url)
        return {"seconds": round(time.perf_counter() - began, 3), "found": len(found)}


def _address(url: str) -> dict[str, Any]:
    """The address as its driver takes it: a socket's folder stands in the query."""
    parts = urlsplit(url)
    told = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password}
    told |= {name: values[0] for name, values in parse_qs(parts.query).items()}
    known = {name: value for name, value in told.items() if value is not None}
    return {"driver": "postgresql", "database": parts.path.lstrip("/"), **known}


def _pairwise(url: str) -> set[str]:
    """Every SKU that a pair of tables does not tell alike."""
    reladiff = importlib.import_module("reladiff")
    found: set[str] = set()
    for one, other in combinations(SYSTEMS, 2):
        tables = [reladiff.connect_to_table(_address(url), name, ("sku",), THREADS) for name in (one, other)]
        rows = reladiff.diff_tables(*tables, extra_columns=("location", "on_hand"), threaded=True)
        found |= {row[0] for _, row in rows}
    return found
