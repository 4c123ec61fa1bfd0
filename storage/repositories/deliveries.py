"""Recording deliveries: each once by its key at its door, with its problems and its encrypted bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, case, insert, select, update

from storage.dialect import Link, claiming
from storage.sealed import Sealed, new_key, new_salt, salted_digest, seal, unseal
from storage.tables.columns import Instant
from storage.tables.deliveries import deliveries, problems, raw_keys, raw_payloads
from sync.ports import NewDelivery, RecordedDelivery

_Key = tuple[str, str, str]
_KEY = ("system", "door", "key")
_NAMES = (
    *_KEY,
    "name",
    "topic",
    "state",
    "reason",
    "headers",
    "content_at",
    "rows",
    "problems",
    "received_at",
    "last_at",
    "digest",
)
RAW, _ROW = "raw", "row"
_ADD_KEY, _ADD_PAYLOAD = insert(raw_keys), insert(raw_payloads)


@dataclass(slots=True)
class _Arrived:
    """A delivery's first arrival within a call, how often it came in it, and when last."""

    first: NewDelivery
    salt: bytes
    times: int
    last_at: datetime


async def record_deliveries(link: Link, given: Sequence[NewDelivery]) -> list[RecordedDelivery]:
    """Insert the new ones, count the others as repeats; one outcome each in the order given."""
    arrived: dict[_Key, _Arrived] = {}
    for one in given:
        known = arrived.get(_key(one))
        if known is None:
            arrived[_key(one)] = _Arrived(one, new_salt(), 1, one.inbound.received_at)
        else:
            known.times += 1
            known.last_at = max(known.last_at, one.inbound.received_at)
    ids = await _insert(link, [arrived[key] for key in sorted(arrived)])
    new = {key: id_ for key, id_ in ids.items() if id_ is not None}
    repeats = await _count_repeats(link, arrived, new)
    link.count("deliveries", len(new))
    link.count("repeats", len(given) - len(new))
    outcomes, told = [], set()
    for one in given:
        key = _key(one)
        id_, total = repeats.get(key, (new.get(key, 0), 0))
        outcomes.append(RecordedDelivery(id=id_, new=key in new and key not in told, repeats=total))
        told.add(key)
    return outcomes


def _key(one: NewDelivery) -> _Key:
    return (one.inbound.system, one.inbound.door, one.key)


async def _insert(link: Link, arrived: Sequence[_Arrived]) -> dict[_Key, int | None]:
    rows = [
        (
            *_key(one.first),
            one.first.inbound.name,
            one.first.topic,
            one.first.state.value,
            one.first.reason,
            dict(one.first.headers),
            one.first.content_at,
            one.first.rows,
            len(one.first.problems),
            one.first.inbound.received_at,
            one.last_at,
            salted_digest(one.salt, one.first.inbound.body),
        )
        for one in arrived
    ]
    result = await link.run(claiming(deliveries, _NAMES, _KEY, "id", *_KEY), rows=rows)
    ids = {(system, door, key): id_ for id_, system, door, key in result}
    new = [(ids[_key(one.first)], one) for one in arrived if _key(one.first) in ids]
    await _seal(link, new)
    return {_key(one.first): ids.get(_key(one.first)) for one in arrived}


async def _seal(link: Link, new: Sequence[tuple[int, _Arrived]]) -> None:
    """Store keys, encrypted bytes and problems of new deliveries, each kind in one call."""
    if not new:
        return
    keys = {delivery: new_key() for delivery, _ in new}
    payloads, faults = [], []
    for delivery, one in new:
        sealed = seal(keys[delivery], one.first.inbound.body, RAW)
        payloads.append(
            {"delivery": delivery, "salt": one.salt, "nonce": sealed.nonce, "ciphertext": sealed.ciphertext}
        )
        for number, problem in enumerate(one.first.problems):
            row = seal(keys[delivery], problem.row.encode(), _ROW) if problem.row else None
            faults.append(
                {
                    "delivery": delivery,
                    "number": number,
                    "place": problem.where,
                    "why": problem.why,
                    "kind": problem.kind,
                    "row_nonce": row.nonce if row else None,
                    "row_ciphertext": row.ciphertext if row else None,
                }
            )
    await link.execute(_ADD_KEY, [{"delivery": delivery, "key": key} for delivery, key in keys.items()])
    await link.execute(_ADD_PAYLOAD, payloads)
    if faults:
        await link.execute(insert(problems), faults)


async def _count_repeats(
    link: Link, arrived: dict[_Key, _Arrived], new: dict[_Key, int]
) -> dict[_Key, tuple[int, int]]:
    """Add repeats where a key was known or came more than once; (id, repeats so far) of those."""
    more = [
        (*key, one.times - (key in new), one.last_at)
        for key, one in sorted(arrived.items())
        if one.times > (key in new)
    ]
    if not more:
        return {}
    columns = deliveries.c
    kinds = {"system": columns.system.type, "door": columns.door.type, "key": columns.key.type}
    again = link.rows({**kinds, "times": Integer(), "last_at": Instant()}, more)
    counting = (
        update(deliveries)
        .where(columns.system == again.c.system, columns.door == again.c.door, columns.key == again.c.key)
        .values(
            repeats=columns.repeats + again.c.times,
            last_at=case((again.c.last_at > columns.last_at, again.c.last_at), else_=columns.last_at),
        )
        .returning(columns.system, columns.door, columns.key, columns.id, columns.repeats)
    )
    result = await link.execute(counting)
    return {(system, door, key): (id_, repeats) for system, door, key, id_, repeats in result}


async def raw_bytes(link: Link, delivery: int) -> bytes | None:
    """The bytes of a delivery as they came; None when they were erased or never kept."""
    result = await link.execute(
        select(raw_keys.c.key, raw_payloads.c.nonce, raw_payloads.c.ciphertext)
        .join(raw_payloads, raw_payloads.c.delivery == raw_keys.c.delivery)
        .where(raw_keys.c.delivery == delivery)
    )
    row = result.one_or_none()
    return None if row is None else unseal(row.key, Sealed(row.nonce, row.ciphertext), RAW)


def problem_row(key: bytes | None, nonce: bytes | None, ciphertext: bytes | None) -> str:
    """The offending row of a problem, opened; empty when there is none or it was erased."""
    if key is None or nonce is None or ciphertext is None:
        return ""
    return unseal(key, Sealed(nonce, ciphertext), _ROW).decode()
