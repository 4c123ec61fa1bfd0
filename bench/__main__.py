"""``python -m bench [name …]``: run the benchmarks, all by default; each prints its table and keeps JSON in bench/results."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = {
    "replay": "bench.replay",
    "fleet": "bench.fleet",
    "storm": "bench.storm",
    "bulk": "bench.bulk",
    "acknowledge": "bench.acknowledge",
    "simulator": "bench.simulator",
    "reconcile": "bench.reconcile",
    "snapshot": "bench.snapshot",
    "ingest": "bench.ingest",
    "start": "bench.start",
    "lookup": "bench.lookup",
    "drain": "bench.drain",
    "digest": "bench.digest",
    "journey": "bench.journey",
}
"""What can be measured, by name: a module that measures when it is run and exits non-zero when its result is wrong."""


def main(names: list[str]) -> int:
    """Run the named benchmarks one after the other, each in a process of its own so that none warms up another."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    worst = 0
    for name in names or BENCHMARKS:
        print(f"== {name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", BENCHMARKS[name]], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
