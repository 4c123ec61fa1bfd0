"""Hash chains grow in one order whoever appends, and every change to one is named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, text, update

from storage.store import SqlStore
from storage.tables.proofs import chain_entries
from sync.errors import BadInput
from sync.model.ids import ExceptionId
from sync.model.proof import ChainedEntry, Entry, exception_chain
from sync.proof import FIRST, POLICY_CHAIN, chain_on, entry_hash, export_json, read_export, verify_chain
from tests.storage.given import NOW, later

CHAIN = exception_chain(ExceptionId(1))


def an_entry(sentence: str = "Dana paused it.", kind: str = "paused", seconds: float = 0) -> Entry:
    return Entry(kind, later(seconds=seconds), "U0DANA", sentence, (("units", "4"), ("money", "99.50 USD")))


async def appended(store: SqlStore, *entries: tuple[str, Entry]) -> Sequence[ChainedEntry]:
    async with store.unit_of_work() as uow:
        return await uow.proofs.append(entries)


async def chain(store: SqlStore, name: str = CHAIN) -> Sequence[ChainedEntry]:
    async with store.reading() as uow:
        return await uow.proofs.chain(name)


async def test_entries_come_back_chained_in_the_order_given(store: SqlStore) -> None:
    other = exception_chain(ExceptionId(2))
    first = await appended(store, (CHAIN, an_entry("a")), (other, an_entry("b")), (CHAIN, an_entry("c", seconds=1e-6)))
    [last] = await appended(store, (CHAIN, an_entry("d")))
    assert [(one.chain, one.seq, one.entry.sentence) for one in first] == [
        (CHAIN, 1, "a"),
        (other, 1, "b"),
        (CHAIN, 2, "c"),
    ]
    assert (last.seq, last.previous) == (3, first[2].hash)
    held = await chain(store)
    assert held == [first[0], first[2], last]
    assert held[0].previous == FIRST
    assert verify_chain(held) == []
    async with store.reading() as uow:
        assert await uow.proofs.names() == [CHAIN, other]
        assert await uow.proofs.names("exception:EX-2") == [other]
        assert await uow.proofs.names("exception_") == [], "a prefix is no pattern"


async def test_two_processes_append_to_one_chain_without_a_gap(store: SqlStore, other_store: SqlStore) -> None:
    async def append(one: SqlStore, who: str) -> None:
        for number in range(20):
            await appended(one, (CHAIN, an_entry(f"{who} {number}")), ("exception:EX-2", an_entry()))

    await asyncio.gather(append(store, "one"), append(other_store, "two"))
    held = await chain(store)
    assert [one.seq for one in held] == list(range(1, 41))
    assert verify_chain(held) == []


async def test_what_is_rolled_back_leaves_the_chain_as_it_was(store: SqlStore) -> None:
    await appended(store, (CHAIN, an_entry()))

    async def fail() -> None:
        async with store.unit_of_work() as uow:
            await uow.proofs.append([(CHAIN, an_entry("never"))])
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await fail()
    await appended(store, (CHAIN, an_entry("next")))
    assert [one.entry.sentence for one in await chain(store)] == ["Dana paused it.", "next"]


@pytest.mark.parametrize("column", ["kind", "actor", "sentence", "figures", "at", "previous", "hash"])
async def test_a_changed_row_is_named(store: SqlStore, column: str) -> None:
    await appended(store, *((CHAIN, an_entry(str(number))) for number in range(3)))
    changed: dict[str, object] = {"figures": [["units", "5"]], "at": later(hours=1)}
    async with store.unit_of_work() as uow:
        second = update(chain_entries).where(chain_entries.c.seq == 2)
        await uow.link.execute(second.values({column: changed.get(column, "x" * 64)}))
    problems = verify_chain(await chain(store))
    assert problems
    assert all(problem.startswith(("entry 2 ", "entry 3 ")) for problem in problems)
    assert any(problem.startswith("entry 2 ") for problem in problems)


async def test_a_removed_row_is_named(store: SqlStore) -> None:
    await appended(store, *((CHAIN, an_entry(str(number))) for number in range(3)))
    async with store.unit_of_work() as uow:
        await uow.link.execute(delete(chain_entries).where(chain_entries.c.seq == 2))
    problems = verify_chain(await chain(store))
    assert "entry 3 stands where entry 2 belongs: one is missing, doubled or moved" in problems


def test_the_hash_is_the_one_anybody_can_compute() -> None:
    """RFC 8785 by hand for this content: sorted names, no blanks, text as it is; SHA-256 of its UTF-8."""
    import hashlib

    canonical = (
        '{"actor":"U0DANA","at":"2026-03-02T12:00:00.000000Z","chain":"exception:EX-1","figures":{"money":"99.50 USD",'
        f'"units":"4"}},"kind":"paused","previous":"{FIRST}","sentence":"Dana paused it.","seq":1}}'
    )
    assert entry_hash(CHAIN, 1, an_entry(), FIRST) == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_forged_entry_with_a_fitting_hash_breaks_the_next_one() -> None:
    entries = chain_on(CHAIN, 0, FIRST, [an_entry("a"), an_entry("b")])
    forged = chain_on(CHAIN, 0, FIRST, [an_entry("forged")])[0]
    assert verify_chain([forged, entries[1]]) == [
        f"entry 2 names {entries[0].hash[:8]}… as the hash before it, which is {forged.hash[:8]}…"
    ]


def test_an_entry_of_another_chain_is_named() -> None:
    entries = chain_on(CHAIN, 0, FIRST, [an_entry("a")]) + chain_on("policy", 1, FIRST, [an_entry("b")])
    assert verify_chain(entries)[0] == f"entry 2 belongs to chain policy, not to {CHAIN}"


def test_an_export_reads_back_and_verifies_and_a_change_in_it_is_named() -> None:
    entries = chain_on(CHAIN, 0, FIRST, [an_entry("“quoted” — déjà vu"), an_entry("b", seconds=0.000001)])
    exported = export_json(entries)
    assert read_export(exported) == entries
    tampered = read_export(exported.replace('"b"', '"c"'))
    assert verify_chain(tampered) == [f"entry 2 does not give its hash {entries[1].hash[:8]}…: its content was changed"]


@pytest.mark.parametrize(
    "export", ["", "[]", '{"format": "other"}', '{"format": "countersign-proof-1", "entries": [{}]}']
)
def test_what_is_no_export_is_refused_in_words(export: str) -> None:
    with pytest.raises(BadInput, match="export"):
        read_export(export)


def test_a_figure_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        entry_hash(CHAIN, 1, replace(an_entry(), figures=(("a", "1"), ("a", "2"))), FIRST)


# -- policy ------------------------------------------------------------------------------------------------------------


async def test_a_policy_is_taken_once_per_text_with_its_entry(store: SqlStore) -> None:
    assert await store.policy_taken() is None
    assert await store.policy_version() is None
    assert await store.take_policy("company: A", "Dana", [], NOW) == 1
    assert await store.take_policy("company: A", "Lee", ["nothing"], NOW) == 1
    assert await store.take_policy("company: B", "Lee", ["company: A -> B"], later(minutes=1)) == 2
    taken = await store.policy_taken()
    assert await store.policy_version() == 2
    assert taken is not None
    assert (taken.version, taken.text, taken.taken_at) == (2, "company: B", later(minutes=1))
    entries = await chain(store, POLICY_CHAIN)
    assert [(one.entry.actor, dict(one.entry.figures)["version"]) for one in entries] == [("Dana", "1"), ("Lee", "2")]
    assert "company: A -> B" in entries[1].entry.sentence
    assert verify_chain(entries) == []


async def test_two_processes_that_take_one_policy_take_it_once(store: SqlStore, other_store: SqlStore) -> None:
    taking = [one.take_policy("company: A", "Dana", [], NOW) for one in (store, other_store, store, other_store)]
    assert await asyncio.gather(*taking) == [1, 1, 1, 1]
    assert len(await chain(store, POLICY_CHAIN)) == 1
    async with store.reading() as uow:
        assert (await uow.link.execute(text("SELECT count(*) FROM policies"))).scalar_one() == 1
