"""`countersign policy apply`: take a policy by name, with a second person where approvers or limits change."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.cli.opened import opened_store
from bot.cli.run import environment
from bot.rules import TAKEN_AFTER
from sync.errors import BadInput
from sync.policy.differing import diff
from sync.policy.reading import fill, read_policy
from sync.policy.schema import Policy
from sync.policy.signatures import needs_second


def apply_file(file: Path, author: str, second: str | None) -> str:
    """Take ``file``; every running process puts it in force within seconds. Says what changed.

    ``author`` and ``second`` are names from the policy in force. Raises PolicyFaulty, BadInput.
    """
    return asyncio.run(_apply(file.read_text(encoding="utf-8"), str(file), author, second))


async def _apply(text: str, name: str, author: str, second: str | None) -> str:
    variables = environment()
    new = read_policy(fill(text, variables), name)
    async with opened_store() as (store, clock):
        known = await store.policy_taken()
        if known is None:
            version = await store.take_policy(text, author, [], clock.now())
            return f"Policy {version} is taken. It is the first one."
        before = read_policy(fill(known.text, variables), "the policy in force")
        signed = signature(before, new, author, second)
        changes = diff(before, new)
        now = clock.now()
        version = await store.take_policy(text, signed, changes, now, now + TAKEN_AFTER)
    if version == known.version:
        return f"Policy {version} is in force already; nothing differs."
    told = "\n".join(f"  {one}" for one in changes)
    return f"Policy {version} is taken from {signed} and in force in a few seconds:\n{told}"


def signature(before: Policy, new: Policy, author: str, second: str | None) -> str:
    """Who takes it, as the chain says it. Raises BadInput, which names who may, when a second person is missing."""
    known = ", ".join(sorted(before.people))
    for name in (author, second):
        if name is not None and name not in before.people:
            raise BadInput(f"The policy in force knows nobody called {name!r}; there are {known}.")
    guarded = needs_second(before, new)
    if guarded and second is None:
        raise BadInput(f"This changes {', '.join(guarded)}, which needs two people: add --second with one of {known}.")
    if second == author:
        raise BadInput(f"A second person is another one than {author!r}; there are {known}.")
    return f"{author} and {second}" if second is not None else author
