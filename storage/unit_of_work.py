"""One transaction with its repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from sqlalchemy import func, literal, select, true
from sqlalchemy.sql import Executable

from storage.dialect import Drawing, Link
from storage.repositories.attention import SqlAttention
from storage.repositories.bulks import SqlBulks
from storage.repositories.cases import SqlExceptions
from storage.repositories.catalogue import SqlCatalogue
from storage.repositories.freezes import SqlFreezes
from storage.repositories.groups import SqlGroups
from storage.repositories.held_files import SqlHeldFiles
from storage.repositories.intents import SqlIntents
from storage.repositories.jobs import SqlJobs
from storage.repositories.kits import SqlKits
from storage.repositories.landing import SqlLandings
from storage.repositories.ledger import SqlLedger
from storage.repositories.measured import SqlMeasured
from storage.repositories.outbox import SqlOutbox
from storage.repositories.posts import SqlPosts
from storage.repositories.proofs import SqlProofs
from storage.repositories.reconciling import SqlReconciling
from storage.repositories.source_words import SqlSourceWords
from storage.repositories.stock import SqlStockRows
from storage.repositories.storms import SqlStorms
from storage.repositories.systems import SqlSystems
from storage.repositories.views import SqlViews
from storage.tables.work import counters
from sync.model.mapping import Remapped, Wish
from sync.policy.schema import Policy
from sync.ports import Clock

SHARDS = 64


class SqlUnitOfWork:
    """Implements ``sync.ports.UnitOfWork``."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self.link = link
        self.ledger = SqlLedger(link, clock)
        self.landings = SqlLandings(link)
        self.catalogue = SqlCatalogue(link)
        self.stock = SqlStockRows(link)
        self.kits = SqlKits(link)
        self.systems = SqlSystems(link)
        self.reconciling = SqlReconciling(link)
        self.cases = SqlExceptions(link, clock)
        self.proofs = SqlProofs(link)
        self.outbox = SqlOutbox(link)
        self.posts = SqlPosts(link, clock)
        self.storms = SqlStorms(link)
        self.attention = SqlAttention(link)
        self.freezes = SqlFreezes(link)
        self.groups = SqlGroups(link)
        self.words = SqlSourceWords(link)
        self.held_files = SqlHeldFiles(link)
        self.intents = SqlIntents(link)
        self.bulks = SqlBulks(link)
        self.jobs = SqlJobs(link)
        self.views = SqlViews(link)
        self.measured = SqlMeasured(link)

    async def remap(self, wish: Wish, policy: Policy, now: datetime, *, by: str) -> Remapped:
        """Correct what a name means; whoever only wants to see it ends the transaction with an error. Raises BadInput."""
        from storage.remapping import remap  # it speaks of units of work, so it cannot come first

        return await remap(self, wish, policy, now, by=by)

    async def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A nested part that may fail alone: when its block raises, only what it wrote is undone."""
        return self._savepoint()

    @asynccontextmanager
    async def _savepoint(self) -> AsyncIterator[None]:
        await self.link.settle()
        before = dict(self.link.counts)
        try:
            async with self.link.connection.begin_nested():
                yield
                await self.link.settle()
        except BaseException:
            self.link.counts, self.link.waiting = before, []
            raise

    async def flush(self, *, last: bool = False) -> None:
        """Run what waits, and add this transaction's counts to the running totals: last, since every transaction of this
        connection does. ``last`` True: nothing follows before the commit."""
        if self.link.counts:
            self.link.later(_adding, rows=sorted(self.link.counts.items()))
        await self.link.settle(last=last)


def _adding(draw: Drawing) -> Executable:
    """Each connection to PostgreSQL adds to rows of its own, or else transactions beside each other would wait there until the
    first one's commit is on the disk."""
    given = draw.rows({"name": counters.c.name.type, "value": counters.c.value.type})
    shard = func.pg_backend_pid() % SHARDS if draw.postgres else literal(0)
    added = select(given.c.name, shard, given.c.value).where(true())
    adding = draw.insert(counters).from_select(["name", "shard", "value"], added)
    total = counters.c.value + adding.excluded.value
    return adding.on_conflict_do_update(index_elements=["name", "shard"], set_={"value": total})
