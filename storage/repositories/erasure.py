"""Dropping the bytes of deliveries: key, salt and ciphertext go, the digest stays and tells nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, update

from storage.dialect import Link
from storage.repositories.deliveries import RAW
from storage.sealed import Sealed, unseal
from storage.tables.deliveries import deliveries, idempotency, problems, raw_keys, raw_payloads
from sync.model.ids import SystemId

ERASED = "erased on request"


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery whose bytes are still kept, decrypted."""

    id: int
    topic: str
    body: bytes


async def opened_page(link: Link, system: SystemId, after: int, limit: int) -> list[Opened]:
    """Deliveries of a system behind ``after`` whose bytes are kept, oldest first."""
    came = deliveries.c
    query = (
        select(came.id, came.topic, raw_keys.c.key, raw_payloads.c.nonce, raw_payloads.c.ciphertext)
        .join(raw_keys, raw_keys.c.delivery == came.id)
        .join(raw_payloads, raw_payloads.c.delivery == came.id)
        .where(came.system == system, came.id > after)
        .order_by(came.id)
        .limit(limit)
    )
    return [
        Opened(row.id, row.topic, unseal(row.key, Sealed(row.nonce, row.ciphertext), RAW))
        for row in await link.execute(query)
    ]


async def waiting_requests(link: Link, topics: Sequence[str]) -> list[tuple[SystemId, int, str]]:
    """(system, delivery, topic) of requests whose own bytes are still kept: those are not answered yet."""
    came = deliveries.c
    query = select(came.system, came.id, came.topic).join(raw_keys, raw_keys.c.delivery == came.id)
    query = query.where(link.among(came.topic, sorted(topics))).order_by(came.id)
    return [(SystemId(system), id_, topic) for system, id_, topic in await link.execute(query)]


async def older_than(link: Link, before: datetime, limit: int) -> dict[SystemId, list[int]]:
    """Deliveries received before then whose bytes are still kept, oldest first, by system."""
    query = (
        select(deliveries.c.system, raw_keys.c.delivery)
        .join(deliveries, deliveries.c.id == raw_keys.c.delivery)
        .where(deliveries.c.received_at < before)
        .order_by(raw_keys.c.delivery)
        .limit(limit)
    )
    found: dict[SystemId, list[int]] = {}
    for system, delivery in await link.execute(query):
        found.setdefault(SystemId(system), []).append(delivery)
    return found


async def drop_bytes(link: Link, ids: Sequence[int]) -> int:
    """Drop key, salt, bytes and offending rows of these deliveries; returns how many still had a key.

    SQLite is told to overwrite what it frees: a key that lies in a free page is no dropped key.
    """
    if not ids:
        return 0
    if not link.postgres:
        await link.execute(text("PRAGMA secure_delete=ON"))
    rows = problems.c
    emptying = update(problems).where(link.among(rows.delivery, ids), rows.row_ciphertext.is_not(None))
    await link.execute(emptying.values(row_nonce=None, row_ciphertext=None))
    await link.execute(delete(raw_payloads).where(link.among(raw_payloads.c.delivery, ids)))
    return await link.changed(delete(raw_keys).where(link.among(raw_keys.c.delivery, ids)))


async def problem_texts(link: Link, ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """(delivery, number, place and reason) of the problems of these deliveries."""
    rows = problems.c
    query = select(rows.delivery, rows.number, rows.place, rows.why).where(link.among(rows.delivery, ids))
    return [(row.delivery, row.number, f"{row.place} {row.why}") for row in await link.execute(query)]


async def blank_problems(link: Link, keys: Sequence[tuple[int, int]]) -> None:
    """Take away what these problems say."""
    if keys:
        given = link.rows({"delivery": problems.c.delivery.type, "number": problems.c.number.type}, keys)
        same = (problems.c.delivery == given.c.delivery) & (problems.c.number == given.c.number)
        await link.execute(update(problems).where(same).values(place=ERASED, why=ERASED))


async def delivery_texts(link: Link, ids: Sequence[int]) -> list[tuple[int, str]]:
    """(delivery, its name and reason)."""
    came = deliveries.c
    query = select(came.id, came.name, came.reason).where(link.among(came.id, ids))
    return [(row.id, f"{row.name} {row.reason}") for row in await link.execute(query)]


async def blank_deliveries(link: Link, ids: Sequence[int]) -> None:
    """Take away what these deliveries were named and why they were kept."""
    if ids:
        await link.execute(
            update(deliveries).where(link.among(deliveries.c.id, ids)).values(name=ERASED, reason=ERASED)
        )


async def digests(link: Link, ids: Sequence[int]) -> list[str]:
    """The salted digests of these deliveries, in the order of their ids."""
    query = select(func.coalesce(deliveries.c.digest, "")).where(link.among(deliveries.c.id, ids))
    return list((await link.execute(query.order_by(deliveries.c.id))).scalars())


async def drop_answers(link: Link, before: datetime) -> int:
    """Drop the remembered answers to idempotency keys that count no more."""
    return await link.changed(delete(idempotency).where(idempotency.c.created_at < before))
