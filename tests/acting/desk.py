"""One exception in a real inbox on a real database, and people who act on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from storage.store import SqlStore
from sync.inbox.acts import Act, Actor, Outcome
from sync.inbox.service import Inbox
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId, UserId
from sync.model.outbox import Post
from sync.model.proof import exception_chain
from sync.policy.holder import PolicyInForce
from tests.databases import MovableClock

DANA, LEE, ANA, SAM, KIM = (UserId(f"U0{name}") for name in ("DANA", "LEE", "ANA", "SAM", "KIM"))


def person(user: UserId, restricted: bool = False) -> Actor:
    """Somebody who clicks."""
    return Actor(user, user.removeprefix("U0").title(), "T0", restricted=restricted)


@dataclass(slots=True)
class ActingDesk:
    """The inbox, with the one exception that a test is about."""

    store: SqlStore
    clock: MovableClock
    policy: PolicyInForce
    inbox: Inbox
    case: ExceptionId

    async def act(self, by: UserId, act: Act, **rest: Any) -> Outcome:
        """One act, committed or refused."""
        return await self.inbox.act(person(by), act, case=self.case, within=timedelta(seconds=10), **rest)

    async def now(self) -> Case:
        """The exception as it is stored."""
        async with self.store.reading() as uow:
            found = await uow.cases.get(self.case)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        """The kinds of the entries in its proof."""
        async with self.store.reading() as uow:
            return [one.entry.kind for one in await uow.proofs.chain(exception_chain(self.case))]

    async def post(self, key: str) -> Post | None:
        """A wanted Slack message."""
        async with self.store.reading() as uow:
            return await uow.posts.get(key)
