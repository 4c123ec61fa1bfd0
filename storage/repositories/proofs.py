"""Hash chains: heads are locked in the order of their names, entries are appended, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from storage.dialect import Drawing, Link, claiming, inserting, upserting
from storage.tables.proofs import chain_entries, chains
from sync.model.proof import ChainedEntry, Entry
from sync.proof import FIRST, chain_on

_NAMES = ("chain", "seq", "kind", "at", "actor", "sentence", "figures", "previous", "hash")
_HEAD = ("name", "seq", "hash")


class SqlProofs:
    """Implements ``sync.ports.Proofs``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, entries: Sequence[tuple[str, Entry]], begun: Collection[str] = ()) -> Sequence[ChainedEntry]:
        """Append entries to their chains; what comes back has the order of ``entries``. Chains that are ``begun`` here have no
        head that anybody else could know of: it is written once, as it stands at the end."""
        if not entries:
            return ()
        own: dict[str, list[Entry]] = defaultdict(list)
        for chain, entry in entries:
            own[chain].append(entry)
        heads = dict.fromkeys(begun, (0, FIRST)) | await self._lock_heads(sorted(own.keys() - set(begun)))
        chained = {chain: chain_on(chain, *heads[chain], new) for chain, new in own.items()}
        moved = [(chain, chained[chain][-1].seq, chained[chain][-1].hash) for chain in sorted(chained)]
        self._link.later(upserting(chains, _HEAD, ("name",)), rows=moved)
        rows = [_row(one) for chain in sorted(chained) for one in chained[chain]]
        self._link.later(inserting(chain_entries, _NAMES), rows=rows)
        following = {chain: iter(new) for chain, new in chained.items()}
        return [next(following[chain]) for chain, _ in entries]

    async def _lock_heads(self, names: Sequence[str]) -> dict[str, tuple[int, str]]:
        if not names:
            return {}
        heads = await self._heads(names)
        missing = [name for name in names if name not in heads]
        if missing:
            await self._link.run(claiming(chains, _HEAD, ("name",)), rows=[(name, 0, FIRST) for name in missing])
            heads |= await self._heads(missing)
        return heads

    async def _heads(self, names: Sequence[str]) -> dict[str, tuple[int, str]]:
        return {name: (seq, hash_) for name, seq, hash_ in await self._link.run(_draw_heads, names=names)}

    async def chain(self, name: str) -> Sequence[ChainedEntry]:
        """One chain from its beginning."""
        query = select(chain_entries).where(chain_entries.c.chain == name).order_by(chain_entries.c.seq)
        return [_entry(row) for row in await self._link.execute(query)]

    async def names(self, prefix: str = "") -> Sequence[str]:
        """Names of all chains that begin with ``prefix``, sorted."""
        query = select(chains.c.name).where(chains.c.name.startswith(prefix, autoescape=True)).order_by(chains.c.name)
        return list((await self._link.execute(query)).scalars())


def _draw_heads(draw: Drawing) -> Select[Any]:
    held = chains.c
    heads = select(held.name, held.seq, held.hash).where(draw.among(held.name, "names")).order_by(held.name)
    return heads.with_for_update()


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
