"""SKUs and how each system names them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import event

from storage.store import SqlStore
from sync.model.facts import ItemRef
from sync.model.ids import ListingId, SkuId
from sync.model.money import Money
from sync.model.stock import Criticality, Listing, Sku, SkuState
from tests.storage.given import NOW, SHOP, WMS, given_skus, sku

FULL = Sku(
    SkuId("KTL-17-BLK"),
    title="Kettle, 1.7 l, black",
    family="Kettles",
    gtin="04006381333931",
    price=Money(Decimal("49.90"), "USD"),
    unit_cost=Money(Decimal("17.123456789"), "EUR"),
    criticality=Criticality.HIGH,
)


async def added(store: SqlStore, *skus: Sku) -> None:
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus(skus)


async def read(store: SqlStore, id_: SkuId = FULL.id) -> Sku | None:
    async with store.reading() as uow:
        return (await uow.catalogue.skus([id_, SkuId("unknown")])).get(id_)


async def test_a_sku_comes_back_exactly(store: SqlStore) -> None:
    await added(store, FULL)
    assert await read(store) == FULL


async def test_only_what_is_given_replaces_what_is_known(store: SqlStore) -> None:
    await added(store, FULL)
    await added(store, Sku(FULL.id, title="Kettle"), Sku(FULL.id, price=Money(Decimal("44"), "USD")))
    now = await read(store)
    assert now == Sku(
        FULL.id, "Kettle", FULL.family, FULL.gtin, Money(Decimal("44"), "USD"), FULL.unit_cost, Criticality.HIGH
    )


async def test_skus_that_do_not_change_are_not_written(store: SqlStore) -> None:
    await added(store, FULL)
    async with store.unit_of_work() as uow:
        statements: list[str] = []
        connection = uow.link.connection.sync_connection
        event.listen(connection, "before_cursor_execute", lambda _c, _u, text, *_rest: statements.append(text))
        await uow.catalogue.add_skus([FULL, Sku(FULL.id)])
    assert [text.split()[0] for text in statements] == ["SELECT"]


async def test_references_are_resolved_by_mapping_then_code_then_folded_code(store: SqlStore) -> None:
    await given_skus(store, SkuId("ABC 1"), SkuId("DEF"))
    variant, taken = ItemRef("variant", "1"), ItemRef("sku", "DEF")
    async with store.unit_of_work() as uow:
        await uow.catalogue.map_items(SHOP, [(variant, SkuId("DEF")), (taken, SkuId("ABC 1"))])
        await uow.catalogue.map_items(SHOP, [(variant, SkuId("ABC 1"))])
        asked = [variant, taken, ItemRef("sku", " abc  1"), ItemRef("variant", "DEF"), ItemRef("sku", "nope")]
        assert await uow.catalogue.resolve(SHOP, asked) == {
            variant: "DEF",
            taken: "ABC 1",
            ItemRef("sku", " abc  1"): "ABC 1",
        }
        assert await uow.catalogue.resolve(WMS, asked) == {taken: "DEF", ItemRef("sku", " abc  1"): "ABC 1"}
        assert await uow.catalogue.resolve(WMS, asked, fold=False) == {taken: "DEF"}
        assert await uow.catalogue.resolve(WMS, []) == {}


async def test_a_large_file_is_resolved_in_one_query(store: SqlStore) -> None:
    many = [sku(number) for number in range(40_000)]
    async with store.reading() as uow:
        assert await uow.catalogue.resolve(WMS, [ItemRef("sku", one) for one in many]) == {}


async def test_skus_are_found_best_first(store: SqlStore) -> None:
    listing = Listing(ListingId("shop:39072856"), SHOP, SkuId("MUG-2"))
    await added(
        store,
        FULL,
        Sku(SkuId("KTL-17-BLK-2"), title="Kettle 100% steel"),
        Sku(SkuId("MUG-1"), title="Mug for a KETTLE"),
        Sku(SkuId("MUG-2"), title="Mug"),
    )
    async with store.unit_of_work() as uow:
        [whole] = (await uow.stock.load([SkuId("MUG-2")], NOW)).values()
        await uow.stock.save_states([(whole, SkuState(SkuId("MUG-2"), (), (), (listing,)), frozenset())])
        assert await uow.catalogue.listings([listing.id, ListingId("shop:0")]) == {listing.id: listing}

        async def found(text: str, limit: int = 10) -> list[str]:
            return [one.id for one in await uow.catalogue.find(text, limit)]

        assert await found(" ktl-17-blk ") == ["KTL-17-BLK", "KTL-17-BLK-2"]
        assert await found("KTL-17-BLK") == ["KTL-17-BLK", "KTL-17-BLK-2"]
        assert await found("ktl-17-blk", 1) == ["KTL-17-BLK"]
        assert await found("04006381333931") == ["KTL-17-BLK"]
        assert await found("shop:39072856") == ["MUG-2"]
        assert await found("kettle") == ["KTL-17-BLK", "KTL-17-BLK-2", "MUG-1"]
        assert await found("100%") == ["KTL-17-BLK-2"]
        assert await found("%") == ["KTL-17-BLK-2"], "a sign of the language of patterns is a sign"
        assert await found("_") == []
        assert await found("  ") == []
        assert await found("steel kett") == ["KTL-17-BLK-2"]
        await uow.catalogue.add_skus([Sku(SkuId("MUG-1"), title="Cup")])
        assert await found("kettle") == ["KTL-17-BLK", "KTL-17-BLK-2"], "a new title takes the place of the old"
        assert await found("cup") == ["MUG-1"]


async def test_a_mistyped_code_finds_those_that_begin_like_it(store: SqlStore) -> None:
    await added(store, *(Sku(SkuId(code)) for code in ("KTL-17-BLK", "KTL-17-STL", "KTL-2", "MUG-1")))
    async with store.reading() as uow:
        assert [one.id for one in await uow.catalogue.nearest("ktl-17-red")] == ["KTL-17-BLK", "KTL-17-STL"]
        assert [one.id for one in await uow.catalogue.nearest("ktl17")] == ["KTL-17-BLK", "KTL-17-STL", "KTL-2"]
        assert await uow.catalogue.nearest("mu") == ()
        assert await uow.catalogue.nearest("zzz") == ()


async def test_two_processes_that_name_a_new_sku_at_once_leave_the_words_of_the_title_that_stands(
    store: SqlStore, other_store: SqlStore
) -> None:
    async def named(by: SqlStore, title: str) -> None:
        async with by.unit_of_work() as uow:
            await uow.catalogue.add_skus([Sku(SkuId("PAN-1"), title=title)])

    await asyncio.gather(named(store, "Copper pan"), named(other_store, "Steel pan"))

    async with store.reading() as uow:
        [sku] = (await uow.catalogue.skus([SkuId("PAN-1")])).values()
        left = [word for word in ("copper", "steel") if await uow.catalogue.find(word)]
    assert left == [sku.title.split()[0].lower()]


async def test_who_has_a_gtin_already_is_due_once_another_gets_it_or_gives_it_up(store: SqlStore) -> None:
    twin = Sku(SkuId("KTL-COPY"), gtin="4006381333931")

    async def due() -> tuple[SkuId, ...]:
        async with store.unit_of_work() as uow:
            claim = await uow.stock.claim(NOW, 10)
            await uow.stock.finish(claim, {}, NOW)
        return claim.skus

    await added(store, FULL)
    await added(store, FULL, Sku(SkuId("OTHER"), gtin="4006381333948"))
    assert await due() == ()
    await added(store, twin)
    assert await due() == (FULL.id,)
    await added(store, replace(twin, title="Copy"))
    assert await due() == ()
    await added(store, replace(twin, gtin="4006381333955"))
    assert await due() == (FULL.id,)
