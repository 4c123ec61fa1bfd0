"""Policies to break: the example of the repository, and the pilot that `countersign init` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.policy.reading import Fault, PolicyFaulty, read_policy
from sync.policy.starting import QUESTIONS, Answers, starter_policy

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "policy.example.yml").read_text(encoding="utf-8")
PILOT = starter_policy(Answers(**{question.id: question.default for question in QUESTIONS}))


def changed(text: str, *replaced: tuple[str, str]) -> str:
    """The text with each old part, which must be there, replaced once."""
    for old, new in replaced:
        assert old in text, f"{old!r} is not in the policy that this test breaks"
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, part: str) -> int:
    """The number, from 1, of the first line that holds a part."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def faults_of(text: str) -> tuple[Fault, ...]:
    """What is wrong with a policy; a policy that is right fails the test."""
    with pytest.raises(PolicyFaulty) as caught:
        read_policy(text)
    return caught.value.faults
