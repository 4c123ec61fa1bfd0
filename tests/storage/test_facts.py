"""Facts are recorded exactly once by their own key, whoever brings them and how often."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from storage.store import SqlStore
from storage.tables.facts import facts, seen
from sync.model.facts import Count, ItemRef, SnapshotRead
from sync.model.ids import SkuId
from tests.storage.given import NOW, RENO, SHOP, WMS, a_fact, given_facts, given_skus, later, sku


async def test_the_same_fact_again_is_a_duplicate(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    assert await given_facts(store, [a_fact()]) == ["recorded"]
    assert await given_facts(store, [a_fact()]) == ["duplicate"]
    async with store.reading() as uow:
        assert len((await uow.stock.load([sku(1)], NOW))[sku(1)].fresh) == 1


async def test_the_same_key_with_other_content_is_kept_beside_and_out_of_the_fold(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    other = a_fact(body=Count(on_hand=6))
    assert await given_facts(store, [a_fact()]) == ["recorded"]
    assert await given_facts(store, [other]) == ["conflict"]
    assert await given_facts(store, [other]) == ["conflict"], "told each time"
    async with store.reading() as uow:
        fresh = (await uow.stock.load([sku(1)], NOW))[sku(1)].fresh
        stored = await uow.link.execute(select(facts.c.state).order_by(facts.c.id))
        assert [one.body for one in fresh] == [Count(on_hand=5)]
        assert list(stored.scalars()) == ["recorded", "conflict"], "stored once"


async def test_within_one_call_the_first_of_a_key_wins(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    given = [a_fact("b"), a_fact("a"), a_fact("b", body=Count(on_hand=9)), a_fact("a")]
    assert await given_facts(store, given) == ["recorded", "recorded", "conflict", "duplicate"]


async def test_keys_of_two_systems_are_two_keys(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    assert await given_facts(store, [a_fact(), a_fact(system=SHOP)]) == ["recorded", "recorded"]


async def test_two_processes_record_each_fact_once(store: SqlStore, other_store: SqlStore) -> None:
    await given_skus(store, sku(1))
    given = [a_fact(f"f{number:03d}") for number in range(300)]
    both = await asyncio.gather(given_facts(store, given), given_facts(other_store, given[::-1]))
    assert sorted(both[0] + both[1]) == ["duplicate"] * 300 + ["recorded"] * 300
    async with store.reading() as uow:
        assert (await uow.link.execute(select(func.count()).select_from(facts))).scalar_one() == 300
        pointed = select(func.count()).select_from(seen.join(facts, facts.c.id == seen.c.fact))
        assert (await uow.link.execute(pointed)).scalar_one() == 300
        totals = await uow.views.totals()
    assert (totals["facts"], totals["duplicates"]) == (300, 300)


async def test_a_fact_comes_back_as_it_was(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    given = a_fact("f1", received_at=later(seconds=1.000001))
    await given_facts(store, [given])
    async with store.reading() as uow:
        [fact] = (await uow.stock.load([sku(1)], NOW))[sku(1)].fresh
    assert (fact.system, fact.kind, fact.key, fact.body) == (WMS, given.draft.kind, "f1", given.draft.body)
    assert (fact.as_of, fact.received_at) == (given.draft.as_of, given.received_at)
    assert (fact.sku, fact.location, fact.delivery) == (sku(1), RENO, "1")


async def test_a_snapshots_end_is_recorded_without_a_sku(store: SqlStore) -> None:
    read = a_fact("read", None, SnapshotRead(rows=3))
    assert await given_facts(store, [read]) == ["recorded"]
    assert await given_facts(store, [read]) == ["duplicate"]


async def test_facts_kept_for_want_of_a_mapping_are_adopted_by_it(store: SqlStore) -> None:
    item = ItemRef("item", "4711")
    await given_skus(store, sku(1))
    kept = [a_fact(f"f{number}", None, item=item, received_at=later(minutes=number)) for number in range(3)]
    assert await given_facts(store, [*kept, a_fact("else", None, item=ItemRef("item", "4712"))]) == ["kept"] * 4
    async with store.unit_of_work() as uow:
        assert await uow.catalogue.map_items(SHOP, [(item, sku(1))]) == 0, "another system's mapping"
        assert await uow.catalogue.map_items(WMS, [(item, sku(1))]) == 3
        assert await uow.catalogue.map_items(WMS, [(item, sku(1))]) == 0
        claim = await uow.stock.claim(later(hours=1), 10)
        whole = (await uow.stock.load(claim.skus, NOW))[sku(1)]
    assert claim.skus == (sku(1),)
    assert [fact.key for fact in whole.fresh] == ["f0", "f1", "f2"]


async def test_facts_that_named_a_code_before_the_catalogue_are_adopted_by_it(store: SqlStore) -> None:
    kept = [
        a_fact("a", None, item=ItemRef("sku", "ktl 17")),
        a_fact("b", None, item=ItemRef("sku", "KTL  17 "), system=SHOP),
        a_fact("c", None, item=ItemRef("sku", "KTL 18")),
        a_fact("d", None, item=ItemRef("item", "KTL 17")),
    ]
    await given_facts(store, kept)
    await given_skus(store, SkuId("KTL 17"))
    async with store.reading() as uow:
        whole = (await uow.stock.load([SkuId("KTL 17")], NOW))[SkuId("KTL 17")]
    assert [fact.key for fact in whole.fresh] == ["a", "b"]


async def test_a_code_that_two_skus_could_be_is_not_guessed(store: SqlStore) -> None:
    await given_facts(
        store, [a_fact("a", None, item=ItemRef("sku", "Abc")), a_fact("b", None, item=ItemRef("sku", "ABC"))]
    )
    await given_skus(store, SkuId("abc"), SkuId("ABC"))
    async with store.reading() as uow:
        wholes = await uow.stock.load([SkuId("abc"), SkuId("ABC")], NOW)
        names = [ItemRef("sku", code) for code in ("abc", "ABC", "Abc", "abd")]
        resolved = await uow.catalogue.resolve(WMS, names)
    assert [fact.key for fact in wholes[SkuId("ABC")].fresh] == ["b"]
    assert wholes[SkuId("abc")].fresh == ()
    assert resolved == {names[0]: "abc", names[1]: "ABC"}


async def test_an_adopted_fact_that_lacks_its_place_stays_kept_and_is_shown(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    await given_facts(store, [a_fact("a", sku(1), location=None), a_fact("b", None, location=None)])
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], NOW)
        assert await uow.catalogue.map_items(WMS, [(ItemRef("sku", "unknown"), sku(1))]) == 0
        [place] = (await uow.systems.load([WMS]))[WMS].unmapped
    assert (place.namespace, place.value, place.facts, place.first_seen) == ("place", "WH1", 2, NOW)
