"""`countersign init`: ten questions, one policy."""

from __future__ import annotations

from pathlib import Path

import click

from sync.errors import BadInput
from sync.policy.reading import read_policy
from sync.policy.starting import QUESTIONS, Answers, Question, starter_policy
from sync.policy.words import explain


def write_policy(target: Path, *, defaults: bool) -> None:
    """Ask, write, read back and explain. An existing file is never overwritten."""
    if target.exists():
        raise BadInput(f"{target} exists; name another file with --to, or move it away first.")
    given = {question.id: question.default if defaults else _ask(question) for question in QUESTIONS}
    text = starter_policy(Answers(**given))
    target.write_text(text, encoding="utf-8")
    click.echo(explain(read_policy(text, str(target))))
    click.echo(f"\nWritten to {target}. Change it in any editor; `countersign policy explain {target}` reads it back.")


def _ask(question: Question) -> str:
    while True:
        answer: str = click.prompt(question.text, default=question.default)
        problem = question.check(answer)
        if not problem:
            return answer
        click.echo(f"  {problem}")
