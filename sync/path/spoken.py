"""A word on a source said, or over: kept or dropped, told in the source's own chain, and every SKU of it judged anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sync.actions.applied import Spoken
from sync.exceptions.lifecycle import SELF
from sync.model.ids import SystemId
from sync.model.proof import Entry
from sync.model.source_word import source_chain
from sync.ports import UnitOfWork


async def speak(uow: UnitOfWork, spoken: Spoken, entry: Entry) -> None:
    """Keep what a person said of a source, or drop what they took back; ``entry`` goes into the source's chain. Its SKUs are
    judged anew in slices, behind what single facts marked."""
    if spoken.word is not None:
        await uow.words.say(spoken.word)
    else:
        await uow.words.lift(spoken.system)
    await uow.proofs.append([(source_chain(spoken.system), entry)])
    await uow.systems.skus_of(spoken.system, entry.at, by_word=spoken.raises)


async def fall_silent(uow: UnitOfWork, over: Mapping[SystemId, str], now: datetime) -> None:
    """Words that are over by themselves; ``over``: by source, why. Nothing is explained by that: what rises waits for its second
    number."""
    for system, why in over.items():
        if await uow.words.lift(system):
            sentence = f"Nobody's word stands on it any more. {why}"
            await uow.proofs.append([(source_chain(system), Entry("word_ended", now, SELF, sentence))])
            await uow.systems.skus_of(system, now)
    await uow.systems.mark_due(over, now)
