"""A replay's figures as a table for people, and as JSON to keep."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.replay.lines import OrderLines
from bench.replay.run import Measured

RESULTS = Path(__file__).parents[1] / "results"
SHOWN = 20
"""Differences shown per database at most."""


def table(measured: Sequence[Measured], given: OrderLines, ignored: Counter[str]) -> str:
    """One column per database."""
    rows: list[tuple[str, list[str]]] = [
        ("", [one.database for one in measured]),
        ("lines", [f"{len(given.lines):,}" for _ in measured]),
        ("SKUs", [f"{one.skus:,}" for one in measured]),
        ("webhooks sent", [f"{one.sent:,}" for one in measured]),
        ("  of them sent twice", [f"{one.twice:,}" for one in measured]),
        ("  of them overtaken", [f"{one.overtaken:,}" for one in measured]),
        ("  of them retried", [f"{one.retried:,}" for one in measured]),
        ("warehouse events", [f"{one.events:,}" for one in measured]),
        ("deliveries recorded", [f"{one.deliveries:,}" for one in measured]),
        ("  repeats dropped", [f"{one.repeats:,}" for one in measured]),
        ("facts recorded", [f"{one.facts:,}" for one in measured]),
        ("  told again, dropped", [f"{one.again:,}" for one in measured]),
        ("  in conflict", [f"{one.conflicts:,}" for one in measured]),
        ("  kept unmapped", [f"{one.kept:,}" for one in measured]),
        *_classes("opened", [one.opened for one in measured]),
        *_classes("cleared", [one.cleared for one in measured]),
        ("seconds to receive", [f"{one.receiving:.1f}" for one in measured]),
        ("seconds to decide the rest", [f"{one.deciding:.2f}" for one in measured]),
        ("processor seconds", [f"{one.computing:.1f}" for one in measured]),
        ("webhooks per second", [f"{one.per_second:,.0f}" for one in measured]),
        ("differences", [f"{len(one.differences):,}" for one in measured]),
    ]
    wide = max(len(label) for label, _ in rows)
    told = [f"{label:<{wide}}  " + "  ".join(f"{cell:>12}" for cell in cells) for label, cells in rows]
    told += [f"line ignored: {why}: {count:,}" for why, count in sorted(ignored.items())]
    told += [f"row not usable: line {one.number}: {one.why}" for one in given.faulty[:SHOWN]]
    if len(given.faulty) > SHOWN:
        told.append(f"and {len(given.faulty) - SHOWN:,} more rows not usable")
    return "\n".join([*told, *_verdicts(measured)])


def _classes(what: str, counts: Sequence[Mapping[str, int]]) -> list[tuple[str, list[str]]]:
    names = sorted({name for one in counts for name in one})
    rows = [(f"  {name}", [f"{one.get(name, 0):,}" for one in counts]) for name in names]
    return [(f"exceptions {what}", [f"{sum(one.values()):,}" for one in counts]), *rows]


def _verdicts(measured: Sequence[Measured]) -> list[str]:
    told = []
    for one in measured:
        if not one.differences:
            told.append(f"{one.database}: position, weight and pool of all {one.skus:,} SKUs equal the recount.")
            continue
        told.append(f"{one.database}: {len(one.differences):,} of {one.skus:,} SKUs DIFFER from the recount:")
        told += [f"  {difference}" for difference in one.differences[:SHOWN]]
    return told


def keep(measured: Sequence[Measured], given: OrderLines, ignored: Counter[str], folder: Path = RESULTS) -> Path:
    """Write ``replay.json`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "replay.json"
    found = {
        "lines": len(given.lines),
        "faulty": len(given.faulty),
        "ignored": dict(ignored),
        "runs": [asdict(one) | {"per_second": one.per_second} for one in measured],
    }
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return path
