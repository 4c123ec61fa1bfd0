"""One archive of everything, restorable on either database: a zip with a manifest and, per table, its rows as JSON lines.

It is read within one transaction, so it is the database at one instant, while the product runs. Tables are read as they are
found, not as this version declares them, so that an older database can be backed up before it is upgraded. The archive says
its revision; restoring builds the tables of that revision, fills them, and upgrades.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import JSON

from storage.dialect import Link
from storage.migrations.migrate import known_revision, migrate, revision_of
from storage.repositories.proofs import SqlProofs
from storage.restored import settle_restored
from storage.store import SqlStore
from sync.errors import BadInput
from sync.model.proof import Entry
from sync.ports import Clock

FORMAT = "countersign-backup/1"
MANIFEST = "manifest.json"
DATABASE_CHAIN = "database"
"""The chain of what was done to the database as a whole: restored, closed, upgraded."""

PAGE = 5_000
"""Rows read or written at a time."""

VERSION_TABLE = "alembic_version"
LEFT_OUT = frozenset({VERSION_TABLE, "leases", "served"})
"""What describes the running processes and the tables themselves, not the shop."""

_PARTITIONS = text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")

RAW = frozenset({"raw_keys", "raw_payloads"})
_RAW_COLUMNS = frozenset({"row_nonce", "row_ciphertext"})


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds."""

    made_at: datetime
    revision: str
    product: str
    raw: bool
    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def _kind(column: Column[Any]) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (Boolean, "bool"),
        (Integer, "int"),
        (Float, "float"),
        (LargeBinary, "bytes"),
        (JSON, "json"),
        (JSONB, "json"),
    )
    return next((name for kind, name in kinds if isinstance(column.type, kind)), "text")


def _out(kind: str) -> Callable[[Any], Any]:
    if kind == "bytes":
        return lambda value: None if value is None else b64encode(bytes(value)).decode()
    if kind == "bool":
        return lambda value: None if value is None else bool(value)
    return lambda value: value


def _back(kind: str) -> Callable[[Any], Any]:
    return (lambda value: None if value is None else b64decode(value)) if kind == "bytes" else (lambda value: value)


async def _tables(connection: AsyncConnection) -> list[Table]:
    """The tables as they are, those that others refer to first; partitions are read through the table they are of."""

    parts: frozenset[str] = frozenset()
    if connection.dialect.name == "postgresql":
        parts = frozenset((await connection.execute(_PARTITIONS)).scalars())

    def reflect(sync: Connection) -> list[Table]:
        found = MetaData()
        found.reflect(sync, only=lambda name, _metadata: name not in parts)
        return [table for table in found.sorted_tables if table.name not in LEFT_OUT]

    return await connection.run_sync(reflect)


# -- making one --------------------------------------------------------------------------------------------------------


async def back_up(store: SqlStore, file: Path, now: datetime, *, raw: bool = False) -> Backup:
    """Write an archive of the database as it is at one instant; the product may go on running.

    ``raw`` also takes the bytes of deliveries with their keys; without it an archive holds nobody's data, so that an erasure
    holds for every copy. Raises BadInput when the file exists or the database has no tables yet.
    """
    partial, descriptor = _begun(file)
    try:
        with (
            os.fdopen(descriptor, "wb") as opened,
            zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            async with store.reading() as uow:
                manifest = await _write(uow.link.connection, archive, now, raw=raw)
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return _described(manifest)


def _begun(file: Path) -> tuple[Path, int]:
    """A file beside the wanted one, for its owner alone, that takes its place once it is whole."""
    if file.exists():
        raise BadInput(f"{file} exists; name another file, or move it away first.")
    partial = file.with_name(f".{file.name}.part")
    partial.unlink(missing_ok=True)
    return partial, os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


async def _write(connection: AsyncConnection, archive: zipfile.ZipFile, now: datetime, *, raw: bool) -> dict[str, Any]:
    revision = await revision_of(connection)
    if revision is None:
        raise BadInput("This database has no tables yet; there is nothing to back up.")
    told: list[dict[str, Any]] = []
    for table in await _tables(connection):
        if table.name in RAW and not raw:
            continue
        columns = [(column.name, _kind(column)) for column in table.columns]
        digest, count = hashlib.sha256(), 0
        with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
            async for page in _pages(connection, table, raw=raw):
                lines = "".join(page).encode()
                digest.update(lines)
                member.write(lines)
                count += len(page)
        told.append({"name": table.name, "columns": columns, "rows": count, "sha256": digest.hexdigest()})
    return {
        "format": FORMAT,
        "made_at": now.astimezone(UTC).isoformat(),
        "product": version("countersign"),
        "revision": revision,
        "raw": raw,
        "tables": told,
    }


async def _pages(connection: AsyncConnection, table: Table, *, raw: bool) -> AsyncIterator[list[str]]:
    """The rows in key order as lines, a page at a time: a page begins behind the last key of the one before."""
    key = list(table.primary_key.columns)
    order = [column.name for column in key]
    outs = [
        (lambda _value: None) if column.name in _RAW_COLUMNS and not raw else _out(_kind(column))
        for column in table.columns
    ]
    query = select(table).order_by(*key).limit(PAGE)
    page = (await connection.execute(query)).all()
    while page:
        yield [
            json.dumps([out(value) for out, value in zip(outs, row, strict=True)], ensure_ascii=False) + "\n"
            for row in page
        ]
        last = [page[-1]._mapping[name] for name in order]
        if len(page) < PAGE:
            return
        behind = tuple_(*key) > tuple_(*last) if len(key) > 1 else key[0] > last[0]
        page = (await connection.execute(query.where(behind))).all()


def _described(manifest: Mapping[str, Any]) -> Backup:
    return Backup(
        made_at=datetime.fromisoformat(manifest["made_at"]),
        revision=manifest["revision"],
        product=manifest["product"],
        raw=manifest["raw"],
        rows={table["name"]: table["rows"] for table in manifest["tables"]},
    )


# -- bringing one back -------------------------------------------------------------------------------------------------


async def restore(store: SqlStore, file: Path, clock: Clock) -> Backup:
    """Fill an empty database from an archive, in one transaction, and bring it to this version's tables.

    Nothing is raised by what runs on it afterwards before each system's open orders and levels were read again. Raises
    BadInput when the file is no whole archive, comes from a newer version, or the database is not empty.
    """
    with _opened(file) as archive:
        manifest = _checked(archive, file)

        async def fill(uow: Any) -> None:
            link: Link = uow.link
            await _prepare(link.connection, manifest)
            await _fill(link.connection, archive, manifest, postgres=link.postgres)
            backup = _described(manifest)
            now = clock.now()
            await settle_restored(link, now)
            sentence = (
                f"Restored from the backup of {backup.made_at:%Y-%m-%d %H:%M:%S} UTC, {backup.total} rows. "
                "What happened since is read again before anything is raised."
            )
            entry = Entry("restored", now, "operator", sentence, (("revision", backup.revision),))
            await SqlProofs(link).append([(DATABASE_CHAIN, entry)])

        await store.run(fill)
    await store.migrate()
    return _described(manifest)


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{file} is no backup ({error}). `countersign backup FILE` writes one.") from error


def _checked(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """The manifest, once every table is there whole and unchanged."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise BadInput(f"{file} has the format {manifest['format']!r}; this version reads {FORMAT!r}.")
        if not known_revision(manifest["revision"]):
            raise BadInput(
                f"{file} was made by version {manifest['product']}, which is newer than this one. Install that version first."
            )
        for table in manifest["tables"]:
            digest = hashlib.sha256()
            with archive.open(f"{table['name']}.jsonl") as member:
                while part := member.read(1 << 20):
                    digest.update(part)
            if digest.hexdigest() != table["sha256"]:
                raise BadInput(f"{file} is damaged: table {table['name']} is not what was written. Use another backup.")
    except (KeyError, ValueError, zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{file} is no whole backup ({error}). Use another one.") from error
    return manifest


async def _prepare(connection: AsyncConnection, manifest: Mapping[str, Any]) -> None:
    """The tables of the archive's revision, all empty."""
    current = await revision_of(connection)
    if current is None:
        await migrate(connection, manifest["revision"])
    elif current != manifest["revision"]:
        raise BadInput("This database has tables of another version already; restore into a new, empty database.")
    for table in await _tables(connection):
        if (await connection.execute(select(text("1")).select_from(table).limit(1))).first() is not None:
            raise BadInput(f"This database is not empty (table {table.name}); restore into a new, empty one.")


async def _fill(
    connection: AsyncConnection, archive: zipfile.ZipFile, manifest: Mapping[str, Any], *, postgres: bool
) -> None:
    tables = {table.name: table for table in await _tables(connection)}
    told = {table["name"]: table for table in manifest["tables"]}
    for name, table in tables.items():
        if name not in told:
            continue
        columns = [(column, _back(kind)) for column, kind in told[name]["columns"]]
        with archive.open(f"{name}.jsonl") as member:
            for page in _read(member, columns):
                await connection.execute(insert(table), page)
        first = next(iter(table.primary_key.columns), None)
        if postgres and first is not None and first.name == "id" and isinstance(first.type, Integer):
            sequence, newest = func.pg_get_serial_sequence(name, "id"), select(func.max(first)).scalar_subquery()
            await connection.execute(
                select(func.setval(sequence, newest)).where(sequence.is_not(None), newest.is_not(None))
            )


def _read(member: Any, columns: Sequence[tuple[str, Callable[[Any], Any]]]) -> Iterator[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    for line in member:
        row = json.loads(line)
        page.append({name: back(value) for (name, back), value in zip(columns, row, strict=True)})
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
