"""Erasing people's data: by a command, by a platform's request, and by age.

Facts, chains and cards hold order numbers and no customer, so what is erased are the bytes of deliveries: each lies encrypted
under a key of its own. Dropping key, salt and bytes leaves a digest that tells nothing, and every hash still fits.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import structlog

from storage.repositories import erasure as rows
from storage.repositories.ledger import KEYS_LIVE
from storage.repositories.proofs import SqlProofs
from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork
from sync.erasing import Privacy, Wanted, holds
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.model.proof import Entry, system_chain
from sync.ports import Clock

PAGE = 500
"""Deliveries opened at a time."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: how many deliveries held it, and the chain that says so with the number of its entry (0: none)."""

    system: SystemId
    deliveries: int
    chain: str
    entry: int


class Eraser:
    """Erases on one store. ``privacy`` by system: those whose platform sends requests."""

    def __init__(self, store: SqlStore, clock: Clock, privacy: Mapping[SystemId, Privacy]) -> None:
        self._store = store
        self._clock = clock
        self._privacy = privacy

    async def find(self, system: SystemId, wanted: Wanted) -> list[int]:
        """Deliveries of a system that hold what is wanted. Where the platform's payloads tell which ids an order goes by,
        those are looked for as well, so that its parcels and refunds are found by its number."""
        found, names = await self._scan(system, wanted)
        if names - wanted.terms:
            found, _ = await self._scan(system, Wanted(wanted.terms | names))
        return found

    async def _scan(self, system: SystemId, wanted: Wanted) -> tuple[list[int], frozenset[str]]:
        privacy = self._privacy.get(system)
        found: list[int] = []
        names: set[str] = set()
        after = 0
        async with self._store.reading() as uow:
            while page := await rows.opened_page(uow.link, system, after, PAGE):
                for one in page:
                    if not wanted.held_by(one.body):
                        continue
                    found.append(one.id)
                    told = (
                        privacy.order_names(one.body) if privacy is not None and not wanted.everything else frozenset()
                    )
                    if told & wanted.terms:
                        names |= told
                after = page[-1].id
        return found, frozenset(names)

    async def erase(self, system: SystemId, wanted: Wanted, by: str, also: Sequence[int] = ()) -> Erased:
        """Drop the bytes of every delivery that holds what is wanted, and of ``also``, and say so in the system's chain: how
        many, and under which digest, never whom."""
        found = sorted({*await self.find(system, wanted), *also})

        async def drop(uow: SqlUnitOfWork) -> Erased:
            await _blank(uow, found, wanted)
            return await self._told(
                uow, system, found, by, "erased", f"On {wanted.reference or 'an erasure'}", asked=True
            )

        erased = await self._store.run(drop)
        await self._settle()
        _log.info("erased", system=system, deliveries=erased.deliveries)
        return erased

    async def answer_requests(self) -> int:
        """Answer every request of a platform that waits; each holds the person itself, so answering erases it, too."""
        topics = sorted({topic for one in self._privacy.values() for topic in one.topics})
        if not topics:
            return 0
        async with self._store.reading() as uow:
            waiting = await rows.waiting_requests(uow.link, topics)
        answered = 0
        for system, delivery, topic in waiting:
            privacy = self._privacy.get(system)
            if privacy is None or topic not in privacy.topics:
                continue
            await self._answer(system, delivery, topic, privacy)
            answered += 1
        return answered

    async def _answer(self, system: SystemId, delivery: int, topic: str, privacy: Privacy) -> None:
        async with self._store.reading() as uow:
            body = await uow.ledger.raw(delivery)
        if body is None:
            return
        try:
            wanted = privacy.asked(topic, body)
        except BadInput as error:
            # Nobody to look for: what is left is the request itself, and the chain says that it named nobody.
            _log.warning("erasure_unclear", system=system, delivery=delivery, why=str(error))
            wanted = Wanted(reference="a request that names nobody")
        await self.erase(system, wanted, system, also=[delivery])

    async def drop_old(self, kept: timedelta, limit: int = 20 * PAGE) -> int:
        """Drop the bytes of deliveries older than ``kept``, at most ``limit`` at a time; returns how many."""
        before = self._clock.now() - kept

        async def drop(uow: SqlUnitOfWork) -> int:
            old = await rows.older_than(uow.link, before, limit)
            sentence = f"Older than {kept.days} days" if kept.days else f"Older than {kept}"
            for system, ids in old.items():
                await self._told(uow, system, ids, "countersign", "aged", sentence, asked=False)
            await rows.drop_answers(uow.link, self._clock.now() - KEYS_LIVE)
            return sum(len(ids) for ids in old.values())

        total = 0
        while dropped := await self._store.run(drop):
            total += dropped
            if dropped < limit:
                break
        if total:
            await self._settle()
        return total

    async def _told(
        self, uow: SqlUnitOfWork, system: SystemId, ids: Sequence[int], by: str, kind: str, why: str, *, asked: bool
    ) -> Erased:
        digest = hashlib.sha256("\n".join(await rows.digests(uow.link, ids)).encode()).hexdigest() if ids else ""
        dropped = await rows.drop_bytes(uow.link, ids)
        chain = system_chain(system)
        if not dropped and not asked:
            return Erased(system, 0, chain, 0)
        held = f"{dropped} deliver{'y' if dropped == 1 else 'ies'}"
        sentence = f"{why}: key, salt and bytes of {held} dropped. Facts and hashes stay as they are."
        figures = (("deliveries", str(dropped)), ("digest", digest))
        [entry] = await SqlProofs(uow.link).append([(chain, Entry(kind, self._clock.now(), by, sentence, figures))])
        return Erased(system, dropped, chain, entry.seq)

    async def _settle(self) -> None:
        """On SQLite the write-ahead log holds the old pages until it is written back."""
        if not self._store.postgres:
            await asyncio.to_thread(_empty_log, self._store.database)


def _empty_log(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=5.0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _blank(uow: SqlUnitOfWork, ids: Sequence[int], wanted: Wanted) -> None:
    """What was written down about these deliveries may quote the person as well."""
    if not ids:
        return
    texts = await rows.problem_texts(uow.link, ids)
    said = [(id_, number) for id_, number, text in texts if wanted.everything or holds(text.encode(), wanted.terms)]
    await rows.blank_problems(uow.link, said)
    named = await rows.delivery_texts(uow.link, ids)
    await rows.blank_deliveries(
        uow.link,
        [id_ for id_, text in named if text.strip() and (wanted.everything or holds(text.encode(), wanted.terms))],
    )
