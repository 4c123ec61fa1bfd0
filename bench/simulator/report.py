"""The figures of simulated worlds as a table for people, and as JSON to keep."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.simulator.run import FALSE_BELOW, REDUCES_BY, Measured, total

RESULTS = Path(__file__).parents[1] / "results"
SHOWN = 15
"""Missed and false exceptions, and pools above the truth, shown per run at most."""


def table(measured: Mapping[str, Sequence[Measured]]) -> str:
    """Each database's runs, and what they come to."""
    return "\n".join(line for name, runs in measured.items() for line in _of_database(name, runs))


def _of_database(name: str, runs: Sequence[Measured]) -> list[str]:
    every, classes = total(runs), Counter[str]()
    opened: Counter[str] = Counter()
    for run in runs:
        for cls, (had, told) in run.verdict.by_class.items():
            classes[cls] += had
            opened[cls] += told
    rows = [
        ("worlds, hours, SKUs", f"{len(runs)} x {runs[0].hours:g} h x {runs[0].skus}"),
        ("messages (lost on the way, sent twice)", _sums(runs, "messages", "lost", "twice")),
        ("units sold: product, naive", _sums(runs, "sold", "naive_sold")),
        ("updates written (refused, races lost)", _sums(runs, "writes", "refused", "races")),
        ("clicks of the person on duty", _sums(runs, "clicks")),
        ("oversold units: product, naive", f"{every.oversold:,}  {every.naive_oversold:,}"),
        ("  the product's by what let them happen", _why(runs)),
        (f"  reduction (goal {REDUCES_BY:.0%})", f"{every.reduction:.1%}"),
        ("troubles that had to be noticed", f"{every.firm:,}"),
        ("  missed (goal 0)", f"{every.missed:,}"),
        ("exceptions opened", f"{every.notices:,}"),
        (f"  false (goal below {FALSE_BELOW:.0%})", f"{every.false:,}  {every.false_share:.1%}"),
        *((f"  {cls}: had to be, opened", f"{classes[cls]}  {opened[cls]}") for cls in sorted(opened | classes)),
        ("looks at pools", f"{every.looks:,}"),
        ("  below the truth", f"{every.below:.0%}"),
        ("  above the truth (goal 0)", f"{every.above:,}"),
        ("states that a replay from nothing does not give (goal 0)", f"{every.replayed:,}"),
        ("seconds", f"{sum(run.seconds for run in runs):.0f}"),
    ]
    wide = max(len(label) for label, _ in rows)
    lines = [f"-- {name}", *(f"{label:<{wide}}  {value}" for label, value in rows)]
    for run in runs:
        lines += _faults(run)
    goals = every.missed_goals
    return [*lines, f"{name}: " + ("; ".join(["GOALS MISSED", *goals]) if goals else "every goal is reached.")]


def _why(runs: Sequence[Measured]) -> str:
    why: Counter[str] = Counter()
    for one in (one for run in runs for one in run.beyond):
        why[one.why] += one.units
    return "  ".join(f"{cause} {units}" for cause, units in sorted(why.items())) or "none"


def _sums(runs: Sequence[Measured], *fields: str) -> str:
    return "  ".join(f"{sum(getattr(run, field) for run in runs):,}" for field in fields)


def _faults(run: Measured) -> list[str]:
    missed = [f"seed {run.seed}: MISSED {one.subject} from second {one.began:.0f}" for one in run.verdict.missed]
    false = [f"seed {run.seed}: FALSE {one.cls} at second {one.opened:.0f}: {one.name}" for one in run.verdict.false]
    above = [f"seed {run.seed}: ABOVE {one}" for one in run.above]
    beyond = [
        f"seed {run.seed}: OVERSOLD {one.units} of {one.sku} on {one.channel} at second {one.second:.0f}: {one.why}"
        for one in run.beyond
    ]
    replayed = [f"seed {run.seed}: REPLAY {one}" for one in run.replayed]
    return [*beyond[:SHOWN], *missed[:SHOWN], *false[:SHOWN], *above[:SHOWN], *replayed[:SHOWN]]


def keep(measured: Mapping[str, Sequence[Measured]], folder: Path = RESULTS) -> Path:
    """Write ``simulator.json`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "simulator.json"
    found = {
        name: {
            **asdict(total(runs)),
            "reduction": total(runs).reduction,
            "false_share": total(runs).false_share,
            "goals_missed": total(runs).missed_goals,
            "runs": [asdict(run) for run in runs],
        }
        for name, runs in measured.items()
    }
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return path
