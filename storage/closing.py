"""Closing a period of the ledger: its folded facts go into an archive, a hashed carry per SKU takes their place.

Identity (``seen``) stays, so that a fact told once more years later is still known. What is not folded, not mapped, or in
conflict stays whatever its age. Order lines stay as they stand, the closed ones as well. Each batch is one transaction with an
entry in the ledger's chain: how many facts went, the digest of their lines in the archive, the digest of the carries.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import rfc8785
from sqlalchemy import Row, delete, func, select

from storage.codecs import instant_to_text, to_json
from storage.dialect import Link
from storage.partitions import give_back
from storage.repositories.kits import ties_of
from storage.repositories.whole import load_wholes
from storage.store import SqlStore
from storage.tables.facts import carries, facts, fresh
from storage.unit_of_work import SqlUnitOfWork
from sync.errors import BadInput
from sync.model.ids import SkuId
from sync.model.proof import LEDGER_CHAIN, ChainedEntry, Entry
from sync.model.stock import SkuState

BATCH = 500
"""SKUs per transaction."""

YOUNGEST = timedelta(days=60)
"""Younger facts are still asked for: paces, orders in hand, what was open lately."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closing came to: facts that went, SKUs they were of, entries written into the ledger's chain."""

    facts: int
    skus: int
    entries: int


async def close_period(store: SqlStore, before: datetime, archive: Path, now: datetime, *, by: str) -> Closed:
    """Close everything received before ``before``; the facts go into ``archive`` (gzip, one JSON object a line), which must not
    exist. A run that is killed has closed whole batches, and another run with another archive goes on.

    Raises BadInput when the period is too young or the archive exists.
    """
    if now - before < YOUNGEST:
        raise BadInput(
            f"Facts of the last {YOUNGEST.days} days stay; close a period that ends before {now - YOUNGEST:%Y-%m-%d}."
        )
    done = Closed(0, 0, 0)
    with _archive(archive) as file:
        async for batch in _batches(store, before):

            async def close(uow: SqlUnitOfWork, batch: Sequence[SkuId] = batch) -> tuple[int, int]:
                return await _close_batch(uow, batch, before, file, now, by)

            gone, skus = await store.run(close)
            done = Closed(done.facts + gone, done.skus + skus, done.entries + (1 if gone else 0))

    async def give(uow: SqlUnitOfWork) -> None:
        await give_back(uow.link, before)

    await store.run(give)
    return done


@contextmanager
def _archive(path: Path) -> Iterator[IO[bytes]]:
    """A new file for its owner alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{path} exists; name a file that does not, nothing is written over.") from error
    with os.fdopen(descriptor, "wb") as file:
        yield file


async def _batches(store: SqlStore, before: datetime) -> AsyncIterator[list[SkuId]]:
    """SKUs with facts to close, in key order; the last batch is that of facts without a SKU (full readings)."""
    after = ""
    while True:
        async with store.reading() as uow:
            query = select(facts.c.sku).where(*_closable(before), facts.c.sku > after).distinct().order_by(facts.c.sku)
            found = [SkuId(sku) for sku in (await uow.link.execute(query.limit(BATCH))).scalars()]
        if not found:
            break
        yield found
        after = found[-1]
    yield []


def _closable(before: datetime) -> tuple[Any, ...]:
    """The newest fact stays whatever its age: SQLite numbers the next one from it, and no number may come again."""
    folded = facts.c.id.not_in(select(fresh.c.fact))
    older = facts.c.id < select(func.max(facts.c.id)).scalar_subquery()
    return (facts.c.received_at < before, facts.c.state == "recorded", folded, older)


async def _close_batch(
    uow: SqlUnitOfWork, batch: Sequence[SkuId], before: datetime, file: IO[bytes], now: datetime, by: str
) -> tuple[int, int]:
    """One batch under its locks, with the parts that hold its kits' orders: the carries, the chain's entry, the archive made
    durable, the facts gone; (facts, SKUs)."""
    carried = sorted({*batch, *(part for _, part in await ties_of(uow.link, batch))}) if batch else []
    await uow.stock.lock(carried)
    whose = uow.link.among(facts.c.sku, batch) if batch else facts.c.sku.is_(None)
    rows = (await uow.link.execute(select(facts).where(*_closable(before), whose).order_by(facts.c.id))).all()
    if not rows:
        return 0, 0
    lines = [rfc8785.dumps(_line(row)) + b"\n" for row in rows]
    states = {sku: whole.state for sku, whole in (await load_wholes(uow.link, carried, now)).items()} if batch else {}
    digests = {sku: carry_digest(state) for sku, state in states.items()}
    figures = (
        ("closed_before", instant_to_text(before)),
        ("facts", str(len(rows))),
        ("facts_sha256", hashlib.sha256(b"".join(lines)).hexdigest()),
        ("skus", str(len(states))),
        ("carries_sha256", carries_digest(digests)),
    )
    sentence = f"{len(rows)} facts of {len(states)} SKUs received before {before:%Y-%m-%d} went into an archive."
    (entry,) = await uow.proofs.append([(LEDGER_CHAIN, Entry("closed", now, by, sentence, figures))])
    await _carry(uow.link, entry, states, digests, rows, before)
    await uow.link.execute(delete(facts).where(uow.link.among(facts.c.id, [row.id for row in rows])))
    uow.link.count("facts", -len(rows))
    await asyncio.to_thread(_append, file, lines)
    return len(rows), len(states)


async def _carry(
    link: Link,
    entry: ChainedEntry,
    states: dict[SkuId, SkuState],
    digests: dict[SkuId, str],
    rows: Sequence[Row[Any]],
    before: datetime,
) -> None:
    gone = {sku: sum(1 for row in rows if row.sku == sku) for sku in states}
    names = ("sku", "entry", "closed_before", "facts", "body", "digest")
    written = [(sku, entry.seq, before, gone[sku], to_json(state), digests[sku]) for sku, state in states.items()]
    if written:
        await link.execute(link.insert_rows(carries, names, sorted(written, key=lambda one: one[0])))


def _append(file: IO[bytes], lines: Sequence[bytes]) -> None:
    """A gzip member of its own per batch (members in a row are one stream), on the disk before the facts go."""
    with closing(gzip.GzipFile(fileobj=file, mode="wb", mtime=0)) as packed:
        packed.writelines(lines)
    file.flush()
    os.fsync(file.fileno())


def carry_digest(state: SkuState) -> str:
    """SHA-256 over the canonical JSON of a folded state."""
    return hashlib.sha256(rfc8785.dumps(to_json(state))).hexdigest()


def carries_digest(digests: dict[SkuId, str]) -> str:
    """SHA-256 over the digests of a batch, one line each, in the order of SKUs."""
    return hashlib.sha256("".join(f"{sku} {digests[sku]}\n" for sku in sorted(digests)).encode()).hexdigest()


def _line(row: Row[Any]) -> dict[str, Any]:
    """A fact as the archive holds it: every column, times as text."""
    told = {}
    for name, value in row._mapping.items():
        told[name] = instant_to_text(value) if isinstance(value, datetime) else value
    return told


async def archive_problems(store: SqlStore, archive: Path) -> list[str]:
    """Every entry of the ledger's chain whose lines should be in an archive and are not there as they were; empty when some
    entries in a row are exactly what the archive holds. Raises BadInput when it cannot be read."""
    try:
        with gzip.open(archive, "rb") as file:
            lines = file.readlines()
    except (OSError, EOFError) as error:
        raise BadInput(f"{archive} cannot be read as an archive of facts: {error}.") from error
    async with store.reading() as uow:
        entries = [dict(one.entry.figures) for one in await uow.proofs.chain(LEDGER_CHAIN)]
    at = 0
    for figures in entries:
        count = int(figures["facts"])
        if hashlib.sha256(b"".join(lines[at : at + count])).hexdigest() == figures["facts_sha256"]:
            at += count
    if at == len(lines) and lines:
        return []
    return [f"line {at + 1} of {archive.name} and those after it are in no entry of the ledger's chain"]


async def carry_problems(store: SqlStore) -> list[str]:
    """Every closing whose carries are not those its entry names."""
    problems = []
    async with store.reading() as uow:
        for one in await uow.proofs.chain(LEDGER_CHAIN):
            query = select(carries.c.sku, carries.c.body, carries.c.digest).where(carries.c.entry == one.seq)
            found = (await uow.link.execute(query)).all()
            changed = [row.sku for row in found if hashlib.sha256(rfc8785.dumps(row.body)).hexdigest() != row.digest]
            problems += [f"the carry of {sku} was changed" for sku in changed]
            named = dict(one.entry.figures)["carries_sha256"]
            if carries_digest({SkuId(row.sku): row.digest for row in found}) != named:
                problems.append(f"the carries of entry {one.seq} are not those it names")
    return problems


async def ledger_size(link: Link) -> int:
    """Facts that are in the database."""
    return int((await link.execute(select(func.count()).select_from(facts))).scalar_one())


def without_acts(state: SkuState) -> SkuState:
    """The part of a state that facts alone make: no stops and no publishes of ours."""
    bare = tuple(replace(one, stopped=False, saved_doors=(), published=()) for one in state.listings)
    return replace(state, listings=bare)
