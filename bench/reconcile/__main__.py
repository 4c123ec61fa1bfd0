"""``python -m bench.reconcile [--skus N …] [--times T]``: P3a and P4.

P3a: snapshots of three systems to candidates, beside polars full joins over the same files in the same run. P4: how time and
peak memory grow with the number of SKUs. Exit code 1 when the two find different SKUs; goals are printed, not enforced.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.kept import keep
from bench.reconcile.snapshots import write

SIZES = (100_000, 1_000_000, 5_000_000)
GOALS = {"ratio": 3.0, "exponent": 1.05, "peak_mib": 1536}


def measured(which: str, folder: Path) -> dict[str, Any]:
    """One comparison in a fresh process."""
    command = [sys.executable, "-m", "bench.reconcile.one", which, str(folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    given: dict[str, Any] = json.loads(answer.stdout)
    return given


def compared(skus: int, times: int) -> dict[str, Any]:
    """Floor and ours in turn over the same files; the best of each, and the highest peak."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name:
        folder = Path(name)
        write(folder, skus)
        runs = [(measured("floor", folder), measured("ours", folder)) for _ in range(times)]
    floors, own = zip(*runs, strict=True)
    best = [min(run["seconds"] for run in one) for one in (floors, own)]
    return {
        "skus": skus,
        "floor_seconds": best[0],
        "seconds": best[1],
        "ratio": round(best[1] / best[0], 2),
        "floor_peak_mib": max(run["peak_mib"] for run in floors),
        "peak_mib": max(run["peak_mib"] for run in own),
        "found": own[0]["found"],
        "equal": len({run["found"] for one in (floors, own) for run in one}) == 1,
    }


def exponent(rows: Sequence[dict[str, Any]], of: str) -> float | None:
    """The slope of log(figure) over log(SKUs), by least squares; None with fewer than two sizes."""
    if len(rows) < 2:
        return None
    points = [(math.log(row["skus"]), math.log(row[of])) for row in rows]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    together = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return round(float(together / spread), 2)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.reconcile", description=__doc__)
    parser.add_argument("--skus", type=int, nargs="+", default=SIZES)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args(words)
    rows = []
    print(
        f"{'SKUs x 3':>10} {'floor s':>8} {'ours s':>8} {'ratio':>6} {'floor MiB':>10} {'ours MiB':>9} {'candidates':>11}"
    )
    for skus in given.skus:
        row = compared(skus, given.times)
        rows.append(row)
        print(
            f"{skus:>10,} {row['floor_seconds']:>8.2f} {row['seconds']:>8.2f} {row['ratio']:>6.2f}"
            f" {row['floor_peak_mib']:>10,} {row['peak_mib']:>9,} {row['found']:>11,}",
            flush=True,
        )
    growth = {of: exponent(rows, of) for of in ("seconds", "peak_mib")}
    print(f"growth: time n^{growth['seconds']}, peak memory n^{growth['peak_mib']}; goals {GOALS}")
    keep("reconcile", {"rows": rows, "exponents": growth, "goals": GOALS, "floor": "polars full joins of the pairs"})
    return 0 if all(row["equal"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
