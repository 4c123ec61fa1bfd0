"""Looking: recent facts, running totals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from storage.store import SqlStore
from sync.model.exceptions import Life
from sync.model.facts import Count
from sync.model.ids import LocationId, SystemId
from sync.model.money import Money
from sync.model.outbox import Post, PostKind
from sync.model.stock import SkuState
from tests.storage.given import (
    NOW,
    ONE,
    RENO,
    SHOP,
    WMS,
    a_case,
    a_delivery,
    a_fact,
    a_pick,
    an_order_line,
    given_facts,
    given_skus,
    later,
    sku,
)
from tests.storage.test_slices import a_line, a_position


async def test_the_newest_facts_of_a_sku_are_told_in_words(store: SqlStore) -> None:
    await given_skus(store, ONE, sku(2))
    given = [
        a_fact("a", received_at=later(minutes=1), body=Count(on_hand=14, available=12)),
        a_fact("b", received_at=later(minutes=3), body=a_pick(2, "1001")),
        a_fact("c", received_at=later(minutes=2), body=an_order_line(units=3), system=SHOP, location=None),
        a_fact("d", sku(2)),
        a_fact("a", body=Count(on_hand=1)),
    ]
    await given_facts(store, given)
    async with store.reading() as uow:
        recent = await uow.views.recent_facts(ONE)
        assert len(await uow.views.recent_facts(ONE, 2)) == 2
    assert [(one.key, one.text) for one in recent] == [
        ("b", "on hand -2 for order 1001"),
        ("c", "order 1001: 3 ordered"),
        ("a", "available 12, on hand 14"),
    ]
    assert (recent[0].system, recent[0].location, recent[0].at) == (WMS, RENO, later(minutes=3))


async def test_totals_count_what_committed_and_what_stands(store: SqlStore) -> None:
    await given_skus(store, ONE)
    async with store.unit_of_work() as uow:
        await uow.ledger.record_deliveries([a_delivery(), a_delivery()])
        await uow.posts.want(
            [Post("card:EX-1", PostKind.CARD, "C1", 1), Post("card:EX-2", PostKind.CARD, "C1", 1, sent=1)]
        )
        [case] = await uow.cases.open([a_case()])
    async with store.unit_of_work() as uow:
        await uow.cases.save([replace(case, version=2, life=Life.CLEARED, ended_at=NOW)])
    await given_facts(store, [a_fact("a"), a_fact("a"), a_fact("a", body=Count(on_hand=9)), a_fact("b", None)])
    async with store.reading() as uow:
        totals = await uow.views.totals()
    assert totals == {
        "deliveries": 1,
        "repeats": 1,
        "facts": 2,
        "duplicates": 1,
        "conflicts": 1,
        "kept": 1,
        "opened": 1,
        "ended": 1,
        "due": 1,
        "posts": 1,
    }


async def test_what_stands_on_a_source_comes_with_most_at_risk_first_then_what_sells(store: SqlStore) -> None:
    dear, poor, brisk, quiet, elsewhere = (sku(number) for number in range(5, 0, -1))
    every = [dear, poor, brisk, quiet, elsewhere]
    await given_skus(store, *every)
    async with store.unit_of_work() as uow:
        wholes = await uow.stock.load(every, NOW)
        for one in every:
            lines = (a_line(one, units=3),) if one in (brisk, elsewhere) else ()
            system = SHOP if one == elsewhere else WMS
            places = (a_position(one, system=system), a_position(one, system=system, location=LocationId("york")))
            await uow.stock.save_states([(wholes[one], SkuState(one, places, lines), frozenset())])
        ended = {"life": Life.CLEARED, "ended_at": NOW}
        opened = await uow.cases.open([a_case(dear), a_case(poor), a_case(quiet)])
        by_sku = {case.fingerprint.sku: case for case in opened}
        half = replace(by_sku[poor].risk, total=Money(Decimal("40.25"), "USD"))
        await uow.cases.save([replace(by_sku[poor], version=2, risk=half)])
        await uow.cases.save([replace(by_sku[quiet], version=2, **ended)])
    async with store.reading() as uow:
        count, found = await uow.views.on_source(WMS, later(days=-7), 10)
        assert (await uow.views.on_source(WMS, later(days=-7), 2))[1] == found[:2]
        assert await uow.views.on_source(SystemId("till"), NOW, 10) == (0, [])
    assert count == 4
    assert [(one.sku, one.risk) for one in found] == [
        (dear, Decimal("99.5")),
        (poor, Decimal("40.25")),
        (brisk, Decimal(0)),
        (quiet, Decimal(0)),
    ]
    assert (found[2].sold > 0, found[3].sold) == (True, 0)
