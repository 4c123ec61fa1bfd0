"""``python -m bench.reconcile.one floor|ours FOLDER``: one comparison in a process of its own, its figures as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.reconcile.snapshots import SYSTEMS, scan
from sync.model.ids import SystemId
from sync.reconciliation.basis import Side
from sync.reconciliation.frames import candidates


def floor(folder: Path) -> int:
    """What one would write first: full joins of the pairs."""
    first, second, third = scan(folder)
    found = []
    for one, other in ((first, second), (first, third), (second, third)):
        joined = one.join(other, on=["sku", "location"], how="full", coalesce=True)
        found.append(joined.filter(pl.col("on_hand").ne_missing(pl.col("on_hand_right"))).select("sku"))
    return pl.concat(found).unique().collect(engine="streaming").height


def ours(folder: Path) -> int:
    """The comparison of the product."""
    sides = [Side(SystemId(system), stated="on_hand", compared=True) for system in SYSTEMS]
    return sum(len(skus) for skus in candidates(list(zip(sides, scan(folder), strict=True))))


def main(which: str, folder: str) -> None:
    """Measure one and print it."""
    ways: dict[str, Callable[[Path], int]] = {"floor": floor, "ours": ours}
    began, used = time.perf_counter(), time.process_time()
    found = ways[which](Path(folder))
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3), "peak_mib": round(peak), "found": found}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
