"""`countersign policy …`."""

from __future__ import annotations

from pathlib import Path

from sync.policy.reading import read_policy
from sync.policy.words import explain


def explain_file(file: Path) -> str:
    """The policy in plain English. Raises PolicyFaulty, which names lines and mends."""
    return explain(read_policy(file.read_text(encoding="utf-8"), str(file)))
