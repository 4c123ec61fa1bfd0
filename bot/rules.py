"""Following the rules: a changed policy file is checked and taken, or refused aloud while the last good one stays.

Every process looks for itself. What one took, all put in force at the same instant: ``TAKEN_AFTER`` behind its time in the
store, which every process has read by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from storage.store import SqlStore
from sync.model.outbox import Post, PostKind
from sync.policy.differing import diff, digest_of
from sync.policy.groups import named_groups
from sync.policy.holder import PolicyInForce
from sync.policy.reading import PolicyFaulty, fill, read_policy
from sync.policy.schema import Policy
from sync.policy.signatures import needs_second
from sync.ports import Clock

LOOKS_EVERY = 1.0
TAKEN_AFTER = timedelta(seconds=3)
"""Between a version's time in the store and its coming into force; longer than ``LOOKS_EVERY`` and a slow read."""

_log = structlog.get_logger(__name__)


class Rules:
    """Keeps a process's policy the one that was taken last. ``look`` is one turn."""

    def __init__(
        self,
        store: SqlStore,
        in_force: PolicyInForce,
        clock: Clock,
        file: Path | None,
        environment: Mapping[str, str],
        changed: Callable[[Policy, Policy], Awaitable[None]],
    ) -> None:
        """``file`` None: only what other processes take is followed. ``changed`` is called with the old and the new policy
        once the new one is in force."""
        self._store = store
        self._in_force = in_force
        self._clock = clock
        self._file = file
        self._environment = environment
        self._changed = changed
        self._considered = ""

    async def look(self) -> None:
        """Take a changed file, or refuse it; put in force what any process took, who is away, and who is in user groups."""
        if self._file is not None:
            await self._consider_file(self._file)
        await self._follow()
        async with self._store.reading() as uow:
            self._in_force.absent(await uow.attention.everybody())
            groups = await uow.groups.all() if named_groups(self._in_force.current) else ()
        self._in_force.know(groups, self._clock.now())

    async def _consider_file(self, file: Path) -> None:
        try:
            text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return  # the last good one stays; preflight tells of a file that cannot be read
        digest = digest_of(text)
        if digest == self._considered:
            return
        known = await self._store.policy_taken()
        if known is not None and known.text != text:
            await self._consider(file.name, text, known.text)
        self._considered = digest

    async def _consider(self, name: str, text: str, last: str) -> None:
        try:
            new = read_policy(fill(text, self._environment), name)
        except PolicyFaulty as faulty:
            await self._refuse(text, f"{name} was changed and is not taken; the rules before stay in force.\n{faulty}")
            return
        before = read_policy(fill(last, self._environment), "the policy in force")
        if guarded := needs_second(before, new):
            await self._refuse(
                text,
                f"{name} changes who may approve, or up to what ({', '.join(guarded)}), and that needs two people. Nothing of it"
                f" is taken yet: `countersign policy apply {name} --author … --second …`.",
            )
            return
        now = self._clock.now()
        version = await self._store.take_policy(text, name, diff(before, new), now, now + TAKEN_AFTER)
        _log.info("policy_taken", version=version)

    async def _refuse(self, text: str, why: str) -> None:
        """Say it in the log and, once per text, in the operations channel."""
        _log.error("policy_refused", why=why)
        now = self._clock.now()
        post = Post(
            f"policy:{digest_of(text)[:16]}",
            PostKind.PRIVATE,
            self._in_force.current.digest.channel,
            wanted=1,
            body=why,
            next_at=now,
        )
        async with self._store.unit_of_work() as uow:
            await uow.posts.want([post])

    async def _follow(self) -> None:
        old = self._in_force.current
        if await self._store.policy_version() in (None, old.version):
            return
        newest = await self._store.policy_taken()
        if newest is None:
            return
        if (left := newest.taken_at + TAKEN_AFTER - self._clock.now()) > timedelta(0):
            await asyncio.sleep(left.total_seconds())
        new = read_policy(fill(newest.text, self._environment), "the policy taken last")
        self._in_force.take(new.model_copy(update={"version": newest.version}))
        await self._changed(old, self._in_force.current)
        _log.info("policy_in_force", version=newest.version, before=old.version)
