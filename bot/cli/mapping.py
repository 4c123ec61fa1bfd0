"""`countersign map`."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.cli.opened import opened_store, policy_taken
from storage.remapping import remap
from storage.unit_of_work import SqlUnitOfWork
from sync.errors import BadInput
from sync.model.facts import ItemRef
from sync.model.ids import SkuId, SystemId
from sync.model.mapping import Remapped, Wish

NAMESPACES = ("sku", "variant", "item", "gtin")


def wish_of(system: str, name: str, sku: str, since: datetime | None) -> Wish:
    """What was typed: a code, or ``variant:39`` for one of the system's own ids."""
    namespace, colon, value = name.partition(":")
    ref = ItemRef(namespace, value) if colon and namespace in NAMESPACES else ItemRef("sku", name)
    if not ref.value.strip():
        raise BadInput(
            "The name is empty; write the code as the system writes it, or variant:39 for one of its own ids."
        )
    return Wish(SystemId(system), ref, SkuId(sku), since)


def told(change: Remapped, wish: Wish) -> str:
    """Before and after, as a page of text."""
    means = (
        f"It meant {change.old}." if change.old else "It meant nothing so far; what was kept for want of it counts now."
    )
    lines = ["Before:", *(f"  {one}" for one in change.before), "After:", *(f"  {one}" for one in change.after)]
    return "\n".join(
        [f"{wish.ref.value} of {wish.system} will mean {wish.sku}. {means}", *lines, f"{change.facts} facts move."]
    )


class _OnlyLooked(Exception):
    """Ends a unit of work without writing."""


def previewed(wish: Wish, by: str) -> str:
    """What the correction would do; nothing is written. Raises BadInput."""

    async def work() -> str:
        async with opened_store() as (store, clock):
            policy = await policy_taken(store)
            found: list[Remapped] = []
            try:
                async with store.unit_of_work() as uow:
                    found.append(await remap(uow, wish, policy, clock.now(), by=by))
                    raise _OnlyLooked
            except _OnlyLooked:
                return told(found[0], wish)

    return asyncio.run(work())


def mapped(wish: Wish, by: str) -> str:
    """Correct it; both products are folded anew. Raises BadInput."""

    async def work() -> str:
        async with opened_store() as (store, clock):
            policy = await policy_taken(store)

            async def correct(uow: SqlUnitOfWork) -> Remapped:
                return await remap(uow, wish, policy, clock.now(), by=by)

            change = await store.run(correct)
        return f"Done: {change.facts} facts moved to {wish.sku}. It is in the proof of {wish.system}, and decided anew."

    return asyncio.run(work())
