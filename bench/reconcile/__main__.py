"""``python -m bench.reconcile [--skus N …] [--times T]``: P3a, P3b and P4.

P3a: snapshots of three systems to candidates, beside polars full joins over the same files in the same run, and beside reladiff
over the same three tables at ``--peer`` SKUs where it is installed. P3b: what an exception costs that a comparison opens or
clears. P4: how time (of the clock, and of the processor, which other work on the machine disturbs less) and peak memory grow with
the number of SKUs. Exit code 1 when two ways find different SKUs; goals are printed, not enforced.
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
from bench.reconcile import cases, peer
from bench.reconcile.snapshots import write

SIZES = (100_000, 1_000_000, 5_000_000)
PEER = 1_000_000
GOALS = {"ratio": 3.0, "exponent": 1.05, "peak_mib": 1536, "exception_ratio": cases.GOAL}


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
        "floor_cpu_seconds": min(run["cpu_seconds"] for run in floors),
        "cpu_seconds": min(run["cpu_seconds"] for run in own),
        "floor_peak_mib": max(run["peak_mib"] for run in floors),
        "peak_mib": max(run["peak_mib"] for run in own),
        "found": own[0]["found"],
        "equal": len({run["found"] for one in (floors, own) for run in one}) == 1,
    }


def beside(skus: int, found: int) -> dict[str, Any] | None:
    """The peer over the same numbers; None where it is not installed. AssertionError when it finds other SKUs."""
    if not peer.installed():
        return None
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name:
        write(Path(name), skus)
        told = peer.compared(Path(name))
    if told["found"] != found:
        raise AssertionError(f"reladiff finds {told['found']} SKUs, the others {found}")
    return {"skus": skus, **told}


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
    parser.add_argument("--peer", type=int, default=PEER, help="compare with reladiff at this size")
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
    growth = {of: exponent(rows, of) for of in ("seconds", "cpu_seconds", "peak_mib")}
    print(
        f"growth: time n^{growth['seconds']} (processor n^{growth['cpu_seconds']}), peak memory n^{growth['peak_mib']}"
    )
    same = next((row for row in rows if row["skus"] == given.peer), None)
    told = beside(given.peer, same["found"]) if same is not None else None
    if same is not None and told is not None:
        print(f"reladiff pairwise over {given.peer:,} x 3 rows: {told['seconds']:.2f} s, ours {same['seconds']:.2f} s")
    else:
        print("reladiff: not measured, it is not installed here")
    opened = cases.on_each()
    for one in opened:
        print(
            f"{one['database']}: an exception opened {one['opened_us']:,} us (cpu {one['opened_cpu_us']:,}, ratio"
            f" {one['opened_ratio']}), cleared {one['cleared_us']:,} us (cpu {one['cleared_cpu_us']:,}, ratio"
            f" {one['cleared_ratio']}); four rows inserted {one['floor_us']:,} us"
        )
    print(f"goals {GOALS}")
    told = told or {"measured": False}
    figures = {"rows": rows, "exponents": growth, "goals": GOALS, "peer": told, "exceptions": opened}
    keep("reconcile", {**figures, "floor": "polars full joins of the pairs"})
    return 0 if all(row["equal"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
