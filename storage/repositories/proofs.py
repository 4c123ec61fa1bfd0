"""Hash chains: heads are locked in the order of their names, entries are appended, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Text, select, update

from storage.dialect import Link
from storage.tables.proofs import chain_entries, chains
from sync.model.proof import ChainedEntry, Entry
from sync.proof import FIRST, chain_on

_NAMES = ["chain", "seq", "kind", "at", "actor", "sentence", "figures", "previous", "hash"]


class SqlProofs:
    """Implements ``sync.ports.Proofs``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, entries: Sequence[tuple[str, Entry]]) -> Sequence[ChainedEntry]:
        """Append entries to their chains; what comes back has the order of ``entries``."""
        if not entries:
            return ()
        own: dict[str, list[Entry]] = defaultdict(list)
        for chain, entry in entries:
            own[chain].append(entry)
        heads = await self._lock_heads(sorted(own))
        chained = {chain: chain_on(chain, *heads[chain], new) for chain, new in own.items()}
        rows = [_row(one) for chain in sorted(chained) for one in chained[chain]]
        await self._link.execute(self._link.insert_rows(chain_entries, _NAMES, rows))
        given = self._link.rows(
            {"name": Text(), "seq": BigInteger(), "hash": Text()},
            [(chain, chained[chain][-1].seq, chained[chain][-1].hash) for chain in sorted(chained)],
        )
        moving = update(chains).where(chains.c.name == given.c.name)
        await self._link.execute(moving.values(seq=given.c.seq, hash=given.c.hash))
        following = {chain: iter(new) for chain, new in chained.items()}
        return [next(following[chain]) for chain, _ in entries]

    async def _lock_heads(self, names: Sequence[str]) -> dict[str, tuple[int, str]]:
        creating = self._link.insert_rows(chains, ("name", "seq", "hash"), [(name, 0, FIRST) for name in names])
        await self._link.execute(creating.on_conflict_do_nothing(index_elements=["name"]))
        heads = select(chains).where(self._link.among(chains.c.name, names)).order_by(chains.c.name)
        return {row.name: (row.seq, row.hash) for row in await self._link.execute(heads.with_for_update())}

    async def chain(self, name: str) -> Sequence[ChainedEntry]:
        """One chain from its beginning."""
        query = select(chain_entries).where(chain_entries.c.chain == name).order_by(chain_entries.c.seq)
        return [_entry(row) for row in await self._link.execute(query)]

    async def names(self, prefix: str = "") -> Sequence[str]:
        """Names of all chains that begin with ``prefix``, sorted."""
        query = select(chains.c.name).where(chains.c.name.startswith(prefix, autoescape=True)).order_by(chains.c.name)
        return list((await self._link.execute(query)).scalars())


def _row(one: ChainedEntry) -> tuple[Any, ...]:
    entry = one.entry
    figures = [list(pair) for pair in entry.figures]
    return (one.chain, one.seq, entry.kind, entry.at, entry.actor, entry.sentence, figures, one.previous, one.hash)


def _entry(row: Row[Any]) -> ChainedEntry:
    figures = tuple((name, value) for name, value in row.figures)
    return ChainedEntry(
        chain=row.chain,
        seq=row.seq,
        entry=Entry(kind=row.kind, at=row.at, actor=row.actor, sentence=row.sentence, figures=figures),
        previous=row.previous,
        hash=row.hash,
    )
