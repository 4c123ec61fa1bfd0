"""Titles by their words: written beside the catalogue, read in a bounded number of rows whatever its size."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from storage.dialect import Link, inserting
from storage.tables.catalogue import skus, title_words
from sync.model.ids import SkuId
from sync.model.stock import Sku
from sync.titles import fits, fragments_of, words_of

CANDIDATES = 2_000
"""Titles that are read to find those with all of several words."""

_BEHIND = "\U0010ffff"


async def save_titles(link: Link, retitled: Sequence[Sku]) -> None:
    """Put the words of these SKUs' titles in the place of those that were there. Their rows in the catalogue were written before
    in this transaction: who writes them at the same time is waited for, and what it wrote is seen."""
    if not retitled:
        return
    await link.execute(delete(title_words).where(link.among(title_words.c.sku, [sku.id for sku in retitled])))
    rows = sorted((word, sku.id) for sku in retitled for word in words_of(sku.title))
    if rows:
        await link.run(inserting(title_words, ("word", "sku")), rows=rows)


async def titled_like(link: Link, text: str, limit: int) -> list[SkuId]:
    """SKUs of whose titles every word asked for begins some word, in the order of codes. Where each of several words begins
    more than ``CANDIDATES`` titles, only so many are tried."""
    fragments = fragments_of(text)
    if not fragments:
        return []
    if len(fragments) == 1:
        return await _begun(link, fragments[0], limit)
    fewest = [await _begun(link, fragment, CANDIDATES) for fragment in fragments]
    tried = min(fewest, key=len)
    held = skus.c
    titles = await link.execute(select(held.id, held.title).where(link.among(held.id, tried)).order_by(held.id))
    return [SkuId(sku) for sku, title in titles if fits(title, fragments)][:limit]


async def _begun(link: Link, fragment: str, limit: int) -> list[SkuId]:
    held = title_words.c
    begins = (held.word >= fragment) & (held.word < fragment + _BEHIND)
    found = (await link.execute(select(held.sku).where(begins).order_by(held.word, held.sku).limit(limit))).scalars()
    return sorted({SkuId(sku) for sku in found})
