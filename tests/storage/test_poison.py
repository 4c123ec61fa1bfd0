"""F70: a fact that cannot be recorded stands alone; its neighbours do not notice, and nobody is answered with an error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork
from sync.connectors.base import Inbound, Parsed
from sync.model.facts import Change, Count, FactBody, FactDraft, FactKind, ItemRef, SnapshotRead
from sync.model.ids import SkuId
from sync.model.stock import Sku
from sync.model.time import AsOf
from sync.path.poison import MOST, poisonous, without
from sync.path.recorder import Receipt, Recorder
from sync.policy.holder import PolicyInForce
from sync.ports import FactOutcome
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import NOW, WMS

BAD = "\ud800"
"""Half of a character: no database can store it."""


def a_draft(number: int, *, bad: bool = False, body: FactBody | None = None, follows: bool = False) -> FactDraft:
    content = body or Count(on_hand=number)
    kind = FactKind.COUNTED if body is None else sorted(content.kinds)[0]
    item = None if isinstance(content, SnapshotRead) else ItemRef("sku", "RUG")
    key = f"row:{number}{BAD if bad else ''}"
    return FactDraft(kind, key, AsOf.at(NOW), item, "Reno", content, follows=follows)


def a_recorder(store: SqlStore, clock: MovableClock) -> Recorder:
    return Recorder(store, PolicyInForce(rules()), clock)


async def recorded(recorder: Recorder, name: str, facts: Sequence[FactDraft]) -> Receipt:
    return await recorder.record(Inbound(WMS, "file", name.encode(), NOW, {}, name), Parsed(name, facts=tuple(facts)))


async def test_f70_forty_nine_facts_of_a_delivery_do_not_notice_the_poisonous_one(
    store: SqlStore, store_clock: MovableClock
) -> None:
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], NOW)
        await uow.catalogue.add_skus([Sku(SkuId("RUG"))])
    recorder = a_recorder(store, store_clock)
    poisonous_file = [a_draft(number, bad=number == 17) for number in range(50)]
    receipt, neighbour = await asyncio.gather(
        recorded(recorder, "a.csv", poisonous_file), recorded(recorder, "b.csv", [a_draft(99)])
    )
    assert receipt.outcomes == (FactOutcome.RECORDED,) * 49
    assert neighbour.outcomes == (FactOutcome.RECORDED,)
    async with store.reading() as uow:
        assert (await uow.views.totals())["facts"] == 50
        picture = (await uow.systems.load([WMS]))[WMS]
    [(where, why)] = picture.problems
    assert where == "row:17\\ud800"
    assert why.startswith("Something broke on our side with this part (")
    assert why.endswith("It is kept with its delivery; everything else of it is recorded.")


@pytest.mark.parametrize("at", [0, 1, 2, 3])
async def test_a_database_that_goes_away_makes_no_fact_guilty_and_the_delivery_comes_again(
    store: SqlStore, store_clock: MovableClock, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """It goes at the first try, and at any of those by which a poisonous fact is looked for."""
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], NOW)
        await uow.catalogue.add_skus([Sku(SkuId("RUG"))])
    begun, begin = 0, SqlStore.unit_of_work

    def breaks(self: SqlStore) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        nonlocal begun
        begun += 1
        if begun == at + 1:
            raise ConnectionResetError("the server went away")
        return begin(self)

    facts = [a_draft(number, bad=bool(at) and number == 1) for number in range(3)]
    recorder = a_recorder(store, store_clock)
    monkeypatch.setattr(SqlStore, "unit_of_work", breaks)
    try:
        await recorded(recorder, "a.csv", facts)
    except ConnectionResetError:
        async with store.reading() as uow:
            assert (await uow.views.totals())["deliveries"] == 0, "it was not acknowledged, so nothing of it is known"
        await recorded(recorder, "a.csv", facts)
    assert begun > at, "the database went away meanwhile"
    async with store.reading() as uow:
        assert (await uow.views.totals())["facts"] == (2 if at else 3)


async def trial_of(broken: set[str], facts: Sequence[FactDraft], tries: list[int]) -> Exception | None:
    tries.append(len(facts))
    return ValueError("it breaks") if any(fact.key in broken for fact in facts) else None


async def found(facts: Sequence[FactDraft], *broken: str) -> tuple[set[int], int]:
    tries: list[int] = []
    poison = await poisonous(facts, lambda some: trial_of(set(broken), some, tries))
    return set(poison), len(tries)


async def test_the_poisonous_ones_are_found_in_few_trials() -> None:
    facts = [a_draft(number) for number in range(256)]
    places, tries = await found(facts, "row:3", "row:200")
    assert places == {3, 200}
    assert tries < 40


async def test_legs_of_a_transfer_are_put_aside_together() -> None:
    facts = [a_draft(1), a_draft(2, body=Change(on_hand=-1)), a_draft(3, body=Change(incoming=1), follows=True)]
    assert (await found(facts, "row:3"))[0] == {1, 2}


async def test_when_nothing_can_be_recorded_or_too_much_breaks_it_is_no_fact_s_fault() -> None:
    async def away(facts: Sequence[FactDraft]) -> Exception | None:
        return ConnectionError("the database is away")

    facts = [a_draft(number) for number in range(MOST + 1)]
    assert await poisonous(facts, away) == {}
    assert (await found(facts, *(fact.key for fact in facts)))[0] == set()


def test_a_full_reading_with_a_missing_part_is_none() -> None:
    parsed = Parsed("a", facts=(a_draft(1), a_draft(2, bad=True), a_draft(3, body=SnapshotRead(2))))
    clean = without(parsed, {1: ValueError("it breaks")})
    assert [fact.key for fact in clean.facts] == ["row:1"]
    [problem] = clean.problems
    assert (problem.where, problem.kind) == ("row:2\\ud800", "our_fault")
