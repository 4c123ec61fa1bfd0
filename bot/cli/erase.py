"""`countersign erase`: the bytes of every delivery that names a customer or an order go; facts and hashes stay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.cli.opened import opened_store, policy_taken
from bot.settings import Settings
from storage.erasure import Eraser
from sync.connectors.registry import privacy_of
from sync.erasing import Wanted
from sync.errors import BadInput
from sync.landing.folder import DataFolder, sweep
from sync.model.ids import SystemId


def erase(system: str, orders: Sequence[str], customers: Sequence[str], *, everything: bool, only_list: bool) -> str:
    """Erase, or list what would be; says what was done. Raises BadInput for a system that policy does not list."""
    return asyncio.run(_erase(system, (*orders, *customers), everything=everything, only_list=only_list))


async def _erase(system: str, terms: Sequence[str], *, everything: bool, only_list: bool) -> str:
    async with opened_store() as (store, clock):
        policy = await policy_taken(store)
        if system not in policy.systems:
            raise BadInput(f"There is no system {system!r} in policy; there are {', '.join(sorted(policy.systems))}.")
        wanted = Wanted(everything=True) if everything else Wanted.of(terms)
        eraser = Eraser(store, clock, privacy_of(policy))
        name = policy.systems[system].name
        if only_list:
            found = await eraser.find(SystemId(system), wanted)
            if not found:
                return f"No delivery of {name} whose bytes are still kept holds it."
            return f"{_deliveries(len(found))} of {name} hold it: {', '.join(str(one) for one in found)}. Nothing was erased."
        erased = await eraser.erase(SystemId(system), wanted, "operator")
        await sweep(DataFolder(Settings().data_folder), store, clock.now())
    return (
        f"{_deliveries(erased.deliveries)} of {name} held it: key, salt and bytes are gone. "
        f"Said in {erased.chain}, entry {erased.entry}. `countersign proof verify` shows that every hash fits.\n"
        "Backups made before with --with-raw still hold it: erase again after restoring one."
    )


def _deliveries(count: int) -> str:
    return f"{count} deliver{'y' if count == 1 else 'ies'}"
