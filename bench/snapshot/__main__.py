"""``python -m bench.snapshot [--skus N] [--database sqlite|postgres …]``: the nightly file of so many SKUs, on each database.

Night 1 brings no change, night 2 changes 0.5 % of the numbers; and the first file of a feed of which nothing is known but the
catalogue, where each row is a fact. Printed beside it is the floor: polars reading the file and
joining it with the same numbers in a Parquet file, no database. And how fast many rows are written one by one, by sets and by
COPY. Exit code 1 when night 1 writes more than 1,000 rows, or another night records other facts than it should.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import databases
from bench.kept import keep
from bench.snapshot.ways import measured
from bench.snapshot.world import CHANGED_EVERY, PLACES, fill, write_file
from storage.engine import open_store

GOAL = 1_000
FIRST = 200_000
"""SKUs of a first file at most."""
DATABASES = {"sqlite": databases.sqlite, "postgres": databases.postgres}


def floor(path: Path, many: int) -> float:
    """Seconds that polars alone takes to read the file and join it with as many known numbers."""
    import polars as pl

    known = path.with_name("known.parquet")
    pl.scan_csv(path, comment_prefix="#").sink_parquet(known)
    began = time.perf_counter()
    joined = pl.scan_csv(path, comment_prefix="#").join(pl.scan_parquet(known), on=["sku", "place"], how="left")
    other = joined.filter(pl.col("qty").ne_missing(pl.col("qty_right"))).select(pl.len()).collect(engine="streaming")
    if other.item():
        raise AssertionError(f"{other.item()} of {many} differ from themselves")
    return round(time.perf_counter() - began, 2)


def night(url: str, many: int, which: int, changed: int, changed_every: int = 0) -> dict[str, Any]:
    """One night's file, which changes so many numbers, landed by a process of its own."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name:
        folder = Path(name)
        write_file(folder / "night.csv", many, which, changed_every)
        alone = floor(folder / "night.csv", many)
        (folder / "night.csv.done").touch()
        command = [sys.executable, "-m", "bench.snapshot.one", url, name, str(which)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return {**json.loads(answer.stdout), "floor_seconds": alone, "changed": changed}


async def on(database: str, many: int) -> dict[str, Any]:
    """The nights, the first file and the ways to write on one database."""
    few = min(many, FIRST)
    async with DATABASES[database]() as url:
        await fill(url, few, counted=False)
        first = await asyncio.to_thread(night, url, few, 0, few)
    async with DATABASES[database]() as url:
        await fill(url, many)
        nights = [await asyncio.to_thread(night, url, many, 1, 0)]
        nights.append(await asyncio.to_thread(night, url, many, 2, many // CHANGED_EVERY, CHANGED_EVERY))
        store = await open_store(url)
        ways = await measured(store)
        await store.close()
    return {"database": database, "skus": many, "nights": [*nights, first], "ways": ways}


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.snapshot", description=__doc__)
    parser.add_argument("--skus", type=int, default=1_000_000)
    parser.add_argument("--database", nargs="+", choices=sorted(DATABASES), default=sorted(DATABASES))
    given = parser.parse_args(words)
    results = [asyncio.run(on(database, given.skus)) for database in given.database]
    wrong = False
    for result in results:
        print(f"{result['database']}, {result['skus']:,} SKUs")
        for one in result["nights"]:
            print(
                f"  {one['changed']:>7,} changed: {one['seconds']:>6.1f} s (cpu {one['cpu_seconds']:.1f}, floor"
                f" {one['floor_seconds']:.1f}), {one['rows_written']:>7,} rows written, {one['facts']:,} facts,"
                f" {one['due']:,} due, peak {one['peak_mib']:,} MiB"
            )
            wrong |= not 0 <= one["facts"] - one["changed"] <= len(PLACES) or (
                not one["changed"] and one["rows_written"] > GOAL
            )
        for way in result["ways"]:
            print(f"  {way['into']:>8} by {way['way']:<12} {way['rows_per_second']:>9,} rows/s")
    keep("snapshot", {"results": results, "goal_rows_unchanged": GOAL, "floor": "polars: CSV joined with Parquet"})
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
