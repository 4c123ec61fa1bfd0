"""Hash chains: heads locked in order, entries appended and never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from storage.dialect import Link
from storage.tables.proofs import chain_entries, chains
from sync.model.proof import ChainedEntry, Entry
from sync.proof import FIRST, chain_on

_ENTRY = "chain seq kind at actor sentence figures previous hash".split()


class SqlProofs:
    """Implements ``sync.ports.Proofs``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, entries: Sequence[tuple[str, Entry]]) -> Sequence[ChainedEntry]:
        """Append to chains in order; each chain's head row is locked, so of two writers one comes after the other."""
        if not entries:
            return ()
        by_chain: dict[str, list[Entry]] = defaultdict(list)
        for name, entry in entries:
            by_chain[name].append(entry)
        names = sorted(by_chain)
        heads = await self._heads(names)
        chained = [one for name in names for one in chain_on(name, *heads[name], by_chain[name])]
        await self._link.execute(self._link.insert_rows(chain_entries, _ENTRY, [_row(one) for one in chained]))
        last = {one.chain: one for one in chained}
        kinds = {name: chains.c[name].type for name in ("name", "seq", "hash")}
        given = self._link.rows(kinds, [(name, last[name].seq, last[name].hash) for name in names])
        moving = update(chains).where(chains.c.name == given.c.name)
        await self._link.execute(moving.values(seq=given.c.seq, hash=given.c.hash))
        return chained

    async def _heads(self, names: Sequence[str]) -> dict[str, tuple[int, str]]:
        """(last seq, last hash) of each chain, locked in name order; a new one begins at 0 with zeros."""
        creating = self._link.insert_rows(chains, ("name", "seq", "hash"), [(name, 0, FIRST) for name in names])
        await self._link.execute(creating.on_conflict_do_nothing(index_elements=["name"]))
        locking = select(chains).where(self._link.among(chains.c.name, names)).order_by(chains.c.name)
        rows = await self._link.execute(locking.with_for_update())
        return {row.name: (row.seq, row.hash) for row in rows}

    async def chain(self, name: str) -> Sequence[ChainedEntry]:
        """One chain from its beginning."""
        query = select(chain_entries).where(chain_entries.c.chain == name).order_by(chain_entries.c.seq)
        return [_chained(row) for row in await self._link.execute(query)]

    async def names(self, prefix: str = "") -> Sequence[str]:
        """Names of all chains that begin so, sorted."""
        query = select(chains.c.name).where(chains.c.name.startswith(prefix, autoescape=True))
        return list((await self._link.execute(query.order_by(chains.c.name))).scalars())


def _row(one: ChainedEntry) -> tuple[Any, ...]:
    entry = one.entry
    figures = [list(pair) for pair in entry.figures]
    return (one.chain, one.seq, entry.kind, entry.at, entry.actor, entry.sentence, figures, one.previous, one.hash)


def _chained(row: Any) -> ChainedEntry:
    figures = tuple((name, value) for name, value in row.figures)
    entry = Entry(row.kind, row.at, row.actor, row.sentence, figures)
    return ChainedEntry(row.chain, row.seq, entry, row.previous, row.hash)
