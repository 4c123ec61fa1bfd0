"""Recording deliveries: each once by its key at its door, with its problems and its encrypted bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, and_, bindparam, case, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import Executable

from storage.dialect import Drawing, Link, claiming
from storage.sealed import Sealed, new_key, new_salt, salted_digest, seal, unseal
from storage.tables.columns import Instant
from storage.tables.deliveries import deliveries, problems, raw_keys, raw_payloads
from storage.talk import Ask, Each, Talk, talk
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
_RAW_KEY, _PAYLOAD = ("delivery", "key"), ("delivery", "salt", "nonce", "ciphertext")
_FAULT = ("delivery", "number", "place", "why", "kind", "row_nonce", "row_ciphertext")

SMALL = 1024 * 1024
"""Bytes of deliveries that are encrypted and sent before it is known whether they are new."""


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
    new = await _insert(link, [arrived[key] for key in sorted(arrived)])
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


async def _insert(link: Link, arrived: Sequence[_Arrived]) -> dict[_Key, int]:
    """The numbers of those that are new. Where the bytes are few they go along in the one statement, sealed before it is known
    whether they are wanted."""
    small = sum(len(one.first.inbound.body) for one in arrived) <= SMALL
    return await (_at_once(link, arrived) if link.postgres and small else talk(link, _in_turn(arrived)))


def _row(one: _Arrived) -> tuple[Any, ...]:
    given = one.first
    return (
        *_key(given),
        given.inbound.name,
        given.topic,
        given.state.value,
        given.reason,
        dict(given.headers),
        given.content_at,
        given.rows,
        len(given.problems),
        given.inbound.received_at,
        one.last_at,
        salted_digest(one.salt, given.inbound.body),
    )


async def _at_once(link: Link, arrived: Sequence[_Arrived]) -> dict[_Key, int]:
    keys = [new_key() for _ in arrived]
    raw = [seal(key, one.first.inbound.body, RAW) for key, one in zip(keys, arrived, strict=True)]
    told = await link.told(
        _keeping,
        rows=[(number, *_row(one)) for number, one in enumerate(arrived, 1)],
        keys=keys,
        salts=[one.salt for one in arrived],
        nonces=[one.nonce for one in raw],
        ciphertexts=[one.ciphertext for one in raw],
    )
    ids = _ids(told)
    faults = [
        fault
        for one, key in zip(arrived, keys, strict=True)
        if _key(one.first) in ids
        for fault in _faults(one.first, ids[_key(one.first)], key)
    ]
    if faults:
        await link.execute(insert(problems), [dict(zip(_FAULT, fault, strict=True)) for fault in faults])
    return ids


def _keeping(draw: Drawing) -> Executable:
    """Draws the insert of ``rows`` that are new with their keys and bytes. PostgreSQL only."""
    given = draw.rows({"number": Integer(), **{name: deliveries.c[name].type for name in _NAMES}})
    sets = [bindparam(name, type_=ARRAY(LargeBinary)) for name in ("keys", "salts", "nonces", "ciphertexts")]
    raw = func.unnest(*sets).table_valued(
        *(column(name, LargeBinary) for name in ("key", "salt", "nonce", "ciphertext")), with_ordinality="number"
    )
    raw = raw.render_derived()
    adding = draw.insert(deliveries).from_select(list(_NAMES), select(*(given.c[name] for name in _NAMES)))
    added = adding.on_conflict_do_nothing(index_elements=list(_KEY))
    new = added.returning(deliveries.c.id, *(deliveries.c[name] for name in _KEY)).cte("new")
    same = and_(*(given.c[name] == new.c[name] for name in _KEY))
    of_new = new.join(given, same).join(raw, raw.c.number == given.c.number)
    key = select(new.c.id, raw.c.key).select_from(of_new)
    payload = select(new.c.id, raw.c.salt, raw.c.nonce, raw.c.ciphertext).select_from(of_new)
    return select(new).add_cte(
        insert(raw_keys).from_select(list(_RAW_KEY), key).cte("sealed_under"),
        insert(raw_payloads).from_select(list(_PAYLOAD), payload).cte("sealed"),
    )


def _in_turn(arrived: Sequence[_Arrived]) -> Talk[dict[_Key, int]]:
    """The rows, then keys, encrypted bytes and problems of those that are new."""
    rows = [_row(one) for one in arrived]
    ids = _ids((yield Ask(claiming(deliveries, _NAMES, _KEY, "id", *_KEY), {"rows": rows})))
    keys, payloads, faults = [], [], []
    for one in arrived:
        delivery = ids.get(_key(one.first))
        if delivery is None:
            continue
        key = new_key()
        sealed = seal(key, one.first.inbound.body, RAW)
        keys.append((delivery, key))
        payloads.append((delivery, one.salt, sealed.nonce, sealed.ciphertext))
        faults += _faults(one.first, delivery, key)
    if keys:
        yield Each(raw_keys, _RAW_KEY, keys)
        yield Each(raw_payloads, _PAYLOAD, payloads)
    if faults:
        yield Each(problems, _FAULT, faults)
    return ids


def _ids(rows: Iterable[Sequence[Any]]) -> dict[_Key, int]:
    return {(system, door, key): id_ for id_, system, door, key in rows}


def _faults(one: NewDelivery, delivery: int, key: bytes) -> list[tuple[Any, ...]]:
    """The rows of a delivery's problems."""
    found = []
    for number, problem in enumerate(one.problems):
        row = seal(key, problem.row.encode(), _ROW) if problem.row else None
        told = (problem.where, problem.why, problem.kind)
        found.append((delivery, number, *told, row.nonce if row else None, row.ciphertext if row else None))
    return found


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
