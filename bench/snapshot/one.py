"""``python -m bench.snapshot.one URL FOLDER NIGHT``: read the file of a night in a process of its own; its figures as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select

from bench.snapshot.world import BEGAN, WMS, rules
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables import metadata
from storage.tables.stock import due
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.landing.lander import Lander
from sync.path.reading import Reader
from sync.path.recorder import Recorder
from sync.policy.holder import PolicyInForce


class _Clock:
    """The morning after the newest file."""

    def __init__(self, night: int) -> None:
        self._at = BEGAN + timedelta(days=night, hours=1)

    def now(self) -> datetime:
        """That instant."""
        return self._at


async def _rows(store: SqlStore) -> dict[str, int]:
    async with store.reading() as uow:
        return {
            table.name: int((await uow.link.execute(select(func.count()).select_from(table))).scalar_one())
            for table in metadata.sorted_tables
        }


async def _measure(url: str, folder: Path, night: int) -> dict[str, object]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    clock = _Clock(night)
    store = await open_store(url, clock=clock)
    in_force = PolicyInForce(rules(folder))
    connector = CsvFeedConnector(WMS, in_force.current.system(WMS), now=clock.now)
    recorder = Recorder(store, in_force, clock)
    lander = Lander(store, in_force, clock, "bench", folder / "data")
    reader = Reader(store, {WMS: connector}, recorder, in_force, clock, "bench", lander)
    before = await _rows(store)
    began, used = time.perf_counter(), time.process_time()
    taken = await reader.poll_feeds()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    after = await _rows(store)
    async with store.reading() as uow:
        marked = int((await uow.link.execute(select(func.count()).select_from(due))).scalar_one())
    await store.close()
    written = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    return {
        "taken": taken,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "rows_written": sum(written.values()),
        "facts": written.get("facts", 0),
        "due": marked,
    }


def main(url: str, folder: str, night: str) -> None:
    """Measure one night and print it."""
    print(json.dumps(asyncio.run(_measure(url, Path(folder), int(night)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
