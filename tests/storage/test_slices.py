"""The slice: claimed and locked, read whole in a fixed number of queries, written back as it differs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, event, func, select

from storage.dialect import Link
from storage.engine import open_store
from storage.sqlite_driver import WholeConnection
from storage.store import SqlStore
from storage.tables import metadata
from storage.tables.stock import due, movements, order_lines, positions, stock
from sync.model.facts import Change, Count, DoorState, FactKind, LineState, LineStep, OrderRef, Revision
from sync.model.ids import ListingId, LocationId, SkuId
from sync.model.outbox import TargetKind, TargetState
from sync.model.picture import Pace, RaiseMemo, Suspicion, Whole
from sync.model.stock import (
    LineEvent,
    LineRevision,
    Listing,
    Movement,
    OrderLine,
    Position,
    Publish,
    Sku,
    SkuState,
    Statement,
)
from sync.model.time import AsOf
from tests.storage.given import (
    NOW,
    ONE,
    RENO,
    SHOP,
    WMS,
    a_case,
    a_fact,
    a_finding,
    a_target,
    an_order_line,
    given_facts,
    given_skus,
    later,
    sku,
)

STAMP = AsOf(NOW, later(seconds=1))


def a_position(of: SkuId = ONE, **changed: object) -> Position:
    said = Statement(Count(on_hand=5, quarantined=1), STAMP, Revision(7, NOW, "t"), "f1")
    moves = (
        Movement("m1", STAMP, Change(on_hand=-2, order=OrderRef(SHOP, "1001", "1"))),
        Movement("m2", STAMP, Change(3)),
    )
    return replace(Position(WMS, of, RENO, said, moves), **changed)  # type: ignore[arg-type]


def a_line(of: SkuId = ONE, order: str = "1001", units: int = 3) -> OrderLine:
    event_ = LineEvent("e1", STAMP, 1, SHOP)
    return OrderLine(
        channel=SHOP,
        order=order,
        line="1",
        sku=of,
        location=RENO,
        placed_at=later(days=-1),
        statements=(LineRevision(Revision(0, NOW), STAMP, units, LineState.CONFIRMED),),
        cancelled=(event_,),
        shipped=(replace(event_, key="e2"),),
        acknowledged=(replace(event_, key="e3"),),
        named_off=(replace(event_, key="e4", system=WMS),),
        price=Decimal("19.90"),
        currency="USD",
        received_at=NOW,
    )


def a_listing(of: SkuId = ONE) -> Listing:
    return Listing(
        id=ListingId(f"shop:{of}"),
        system=SHOP,
        sku=of,
        external=(("variant", "1"), ("item", "2")),
        buyable=True,
        doors=(DoorState("d1", True, "Online store"), DoorState("d2", False)),
        seen=STAMP,
        revision=Revision(0, NOW, "x"),
        stopped=True,
        saved_doors=("d1",),
        published=((RENO, Publish(4, STAMP, True)),),
    )


def a_state(of: SkuId = ONE) -> SkuState:
    bare = Position(WMS, of, LocationId("york"), None, (), None, conflicting=True)
    return SkuState(of, (a_position(of), bare), (a_line(of),), (a_listing(of),))


async def written(
    store: SqlStore, state: SkuState, closed: frozenset[tuple[str, str, str, str]] = frozenset()
) -> Whole:
    """Write a state over what is there and read it again."""
    async with store.unit_of_work() as uow:
        whole = (await uow.stock.load([state.sku], NOW))[state.sku]
        await uow.stock.save_states([(whole, state, closed)])
        return (await uow.stock.load([state.sku], NOW))[state.sku]


@contextmanager
def counted_trips(link: Link) -> Iterator[list[str]]:
    """The statements that a transaction runs meanwhile; on SQLite those that go to its thread together are one."""
    with counted_statements(link, apart="\n;\n") as statements:
        yield statements


@contextmanager
def counted_statements(link: Link, apart: str | None = None) -> Iterator[list[str]]:
    """The statements that a transaction runs meanwhile; on SQLite those that go to its thread together one by one, or joined
    by ``apart``."""
    statements: list[str] = []
    run_all = WholeConnection.run_all

    async def run_seen(
        driver: WholeConnection, given: Sequence[tuple[str, Sequence[object]]], *, commit: bool = False
    ) -> list[list[tuple[object, ...]]]:
        each = [sql for sql, _ in given]
        statements.extend(each if apart is None else [apart.join(each)])
        return await run_all(driver, given, commit=commit)

    def seen(_conn: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    connection = link.connection.sync_connection
    event.listen(connection, "before_cursor_execute", seen)
    with patch.object(WholeConnection, "run_all", run_seen):
        yield statements
    event.remove(connection, "before_cursor_execute", seen)


# -- reading and writing -----------------------------------------------------------------------------------------------


async def test_a_state_comes_back_exactly_as_it_was_written(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    assert (await written(store, a_state())).state == a_state()


async def test_a_sku_without_anything_has_an_empty_picture(store: SqlStore) -> None:
    async with store.reading() as uow:
        wholes = await uow.stock.load([sku(9)], NOW)
    assert wholes == {sku(9): Whole(Sku(sku(9)), SkuState(sku(9)))}


async def test_what_vanished_from_a_state_is_gone(store: SqlStore) -> None:
    await written(store, a_state())
    moved = a_position(movements=(Movement("m2", STAMP, Change(4)), Movement("m3", STAMP, Change(1))))
    smaller = SkuState(sku(1), (moved,))
    assert (await written(store, smaller)).state == smaller
    assert (await written(store, SkuState(sku(1)))).state == SkuState(sku(1))
    async with store.reading() as uow:
        counts = [select(func.count()).select_from(table) for table in (positions, movements, order_lines)]
        assert [(await uow.link.execute(one)).scalar_one() for one in counts] == [0, 0, 0]


async def test_an_unchanged_state_writes_nothing(store: SqlStore) -> None:
    await written(store, a_state())
    async with store.unit_of_work() as uow:
        whole = (await uow.stock.load([sku(1)], NOW))[sku(1)]
        with counted_statements(uow.link) as statements:
            await uow.stock.save_states([(whole, whole.state, frozenset())])
            await uow.flush()
    assert statements == []


async def test_a_closed_line_is_read_again_only_when_a_fact_names_its_order(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    state = replace(a_state(), lines=(a_line(), a_line(order="1002")))
    closing = frozenset({a_line().key})
    assert [line.order for line in (await written(store, state, closing)).state.lines] == ["1002"]
    step = LineStep(OrderRef(SHOP, "1001"), 1)
    shipped = a_fact("s1", body=step, kind=FactKind.ORDER_SHIPPED, system=SHOP, location=None)
    assert await given_facts(store, [shipped]) == ["recorded"]
    async with store.unit_of_work() as uow:
        whole = (await uow.stock.load([sku(1)], NOW))[sku(1)]
        assert [line.order for line in whole.state.lines] == ["1001", "1002"]
        await uow.stock.save_states([(whole, whole.state, closing)])
        whole = (await uow.stock.load([sku(1)], NOW))[sku(1)]
    assert [line.order for line in whole.state.lines] == ["1002"], "folded and closed again"


async def test_facts_are_folded_once_and_those_that_came_meanwhile_stay(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    await given_facts(store, [a_fact("a")])
    async with store.unit_of_work() as uow:
        whole = (await uow.stock.load([sku(1)], NOW))[sku(1)]
        await uow.ledger.record_facts([a_fact("b")])
        await uow.stock.save_states([(whole, whole.state, frozenset())])
        assert [fact.key for fact in (await uow.stock.load([sku(1)], NOW))[sku(1)].fresh] == ["b"]


async def test_facts_are_read_oldest_received_first(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    given = [
        a_fact("c", received_at=later(seconds=2)),
        a_fact("z"),
        a_fact("a"),
        a_fact("b", received_at=later(seconds=1)),
    ]
    await given_facts(store, given)
    async with store.reading() as uow:
        fresh = (await uow.stock.load([sku(1)], NOW))[sku(1)].fresh
    assert [fact.key for fact in fresh] == ["z", "a", "b", "c"]


async def test_a_full_reading_covers_its_positions_and_only_the_newest_counts(store: SqlStore) -> None:
    await written(store, a_state())
    newer, older = AsOf(later(minutes=1), later(minutes=2)), AsOf(NOW, later(minutes=9))
    async with store.unit_of_work() as uow:
        await uow.ledger.record_coverage([(WMS, RENO, newer), (WMS, RENO, older)])
        await uow.ledger.record_coverage([(WMS, RENO, older)])
        there, elsewhere = (await uow.stock.load([sku(1)], NOW))[sku(1)].state.positions
    assert (there.covered, elsewhere.covered) == (newer, None)


async def test_the_pace_is_units_ordered_and_not_cancelled_in_seven_days_closed_lines_too(store: SqlStore) -> None:
    old = replace(a_line(order="999", units=50), placed_at=later(days=-8))
    state = SkuState(sku(1), (), (a_line(), a_line(order="1002", units=4), old))
    whole = await written(store, state, frozenset({a_line().key}))
    assert whole.paces == (Pace(SHOP, (3 - 1) + (4 - 1)),)


async def test_everything_about_a_sku_is_read(store: SqlStore) -> None:
    await given_skus(store, sku(1), sku(2))
    memo = RaiseMemo(4, 9, NOW, later(minutes=1), ((RENO, WMS, NOW),), 2)
    async with store.unit_of_work() as uow:
        await uow.stock.save_memos([(ListingId("shop:1"), sku(1), memo)])
        await uow.outbox.want([a_target(), a_target("quantity:shop:2:reno", sku=sku(2))])
        await uow.cases.open([a_case(), a_case(sku(2))])
        finding = a_finding(detail="settling")
        await uow.cases.save_suspicions([Suspicion(finding, NOW)], [])
        whole = (await uow.stock.load([sku(1), sku(2)], NOW))[sku(1)]
    assert whole.sku.title == "Kettle SKU-00001"
    assert whole.memos == ((ListingId("shop:1"), memo),)
    assert whole.targets == (a_target(),)
    assert [case.fingerprint.sku for case in whole.cases] == [sku(1)]
    assert [one.finding for one in whole.suspicions] == [finding]


async def test_done_corrections_are_read_while_their_case_is_unresolved(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        [case] = await uow.cases.open([a_case()])
        done = a_target("correction:0", kind=TargetKind.CORRECTION, state=TargetState.IDLE)
        await uow.outbox.want([replace(done, key="correction:1", case=case.id), done])
        whole = (await uow.stock.load([sku(1)], NOW))[sku(1)]
    assert [target.key for target in whole.targets] == ["correction:1"]


async def test_a_slice_takes_as_many_round_trips_as_one_sku(store: SqlStore) -> None:
    many = [sku(number) for number in range(300)]
    await given_skus(store, *many)
    await given_facts(store, [a_fact(f"f{one}", one, an_order_line(str(one)), system=SHOP) for one in many])
    counts = []
    for slice_ in (many[:1], many):
        async with store.unit_of_work() as uow:
            with counted_trips(uow.link) as trips:
                wholes = await uow.stock.load(slice_, NOW)
                await uow.stock.save_states([(whole, a_state(whole.sku.id), frozenset()) for whole in wholes.values()])
                await uow.flush()
            counts.append(len(trips))
    assert counts == [2, 2], "one to read, one to write"


OF_SYSTEMS = {"freezes", "readings", "source_words", "systems", "system_due"}


async def test_no_query_of_a_slice_scans_a_table(sqlite_store: SqlStore) -> None:
    """But those that have a row or a mark per system."""
    await given_skus(sqlite_store, ONE)
    await given_facts(sqlite_store, [a_fact("s1", body=an_order_line(), system=SHOP, location=None)])
    async with sqlite_store.unit_of_work() as uow:
        await uow.outbox.want([a_target()])
        await uow.cases.open([a_case()])
        with counted_statements(uow.link) as statements:
            claim = await uow.stock.claim(NOW, 2_000)
            whole = (await uow.stock.load(claim.skus, NOW))[ONE]
            await uow.stock.save_states([(whole, a_state(), frozenset())])
            await uow.stock.finish(claim, {}, NOW)
            await uow.flush()
        scanned = {}
        for statement in statements:
            bound = ("[]",) * statement.count("?")
            plan = await uow.link.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", bound)
            for row in plan:
                if row.detail.startswith("SCAN") and row.detail.split()[1] in metadata.tables.keys() - OF_SYSTEMS:
                    scanned[row.detail] = statement
    assert len(statements) > 15
    assert scanned == {}


# -- claiming ----------------------------------------------------------------------------------------------------------


async def test_due_skus_are_claimed_in_key_order_and_once(store: SqlStore) -> None:
    await given_skus(store, *(sku(number) for number in range(5)))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([sku(3), sku(1), sku(3)], NOW)
        await uow.stock.mark_due([sku(2)], later(minutes=5))
    async with store.unit_of_work() as uow:
        claim = await uow.stock.claim(NOW, 10)
        await uow.stock.finish(claim, {sku(1): later(hours=1), sku(3): None}, NOW)
    assert claim.skus == (sku(1), sku(3))
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW, 10)).skus == ()
        assert (await uow.stock.claim(later(minutes=5), 10)).skus == (sku(2),)
        assert (await uow.stock.claim(later(hours=1), 10)).skus == (sku(1),)


async def test_a_claim_that_fails_leaves_its_skus_due(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([sku(1)], NOW)

    async def killed() -> None:
        async with store.unit_of_work() as uow:
            assert (await uow.stock.claim(NOW, 10)).skus == (sku(1),)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await killed()
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW, 10)).skus == (sku(1),)


async def test_a_mark_that_comes_while_a_slice_is_decided_stays(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([sku(1)], NOW)
        claim = await uow.stock.claim(NOW, 10)
        await uow.stock.mark_due([sku(1)], NOW)
        await uow.stock.finish(claim, {sku(1): None}, NOW)
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW, 10)).skus == (sku(1),)


async def test_a_sale_does_not_wait_behind_a_whole_reading(store: SqlStore) -> None:
    many = [sku(number) for number in range(50)]
    await given_skus(store, *many, SkuId("ZZZ"))
    async with store.unit_of_work() as uow:
        wholes = await uow.stock.load(many, NOW)
        await uow.stock.save_states(
            [(whole, SkuState(whole.sku.id, (a_position(whole.sku.id),)), frozenset()) for whole in wholes.values()]
        )
        assert await uow.ledger.covered_skus_due(WMS, RENO, NOW) == 50
        await uow.stock.mark_due([SkuId("ZZZ")], NOW)
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW, 3)).skus == (sku(0), sku(1), SkuId("ZZZ"))
        assert len((await uow.stock.claim(NOW, 100)).skus) == 48


async def test_every_due_sku_is_claimed_in_the_end_whatever_the_limit(store: SqlStore) -> None:
    many = [sku(number) for number in range(25)]
    async with store.unit_of_work() as uow:
        for _ in range(3):
            await uow.stock.mark_due(many[::-1], NOW)
    claimed: list[SkuId] = []
    for _ in range(4):
        async with store.unit_of_work() as uow:
            claim = await uow.stock.claim(NOW, 7)
            await uow.stock.finish(claim, {}, NOW)
            claimed.extend(claim.skus)
    assert sorted(claimed) == many, "marks of SKUs that have no row yet create it"
    async with store.reading() as uow:
        assert (await uow.link.execute(select(func.count()).select_from(due))).scalar_one() == 0
        assert set((await uow.link.execute(select(stock.c.version))).scalars()) == {1}


async def test_two_processes_never_claim_one_sku(postgres_store: SqlStore, pg_url: str) -> None:
    many = [sku(number) for number in range(40)]
    await given_skus(postgres_store, *many)
    async with postgres_store.unit_of_work() as uow:
        await uow.stock.mark_due(many[:30], NOW)
        claim = await uow.stock.claim(NOW, 0)
        await uow.stock.finish(replace(claim, skus=tuple(many[30:])), dict.fromkeys(many[30:], NOW), NOW)
    other = await open_store(pg_url)
    async with postgres_store.unit_of_work() as one, other.unit_of_work() as two:
        first = (await one.stock.claim(NOW, 15)).skus
        second = (await two.stock.claim(NOW, 100)).skus
        third = (await one.stock.claim(NOW, 100)).skus
    assert (len(first), len(second), third) == (15, 25, ())
    assert set(first) | set(second) == set(many)
    await other.close()


async def test_what_others_hold_is_passed_by_in_few_statements(postgres_store: SqlStore, pg_url: str) -> None:
    """Many marks of few SKUs: whoever comes second does not look at them a page at a time."""
    hot, behind = [sku(number) for number in range(60)], sku(60)
    await given_skus(postgres_store, *hot, behind)
    async with postgres_store.unit_of_work() as uow:
        for _ in range(100):
            await uow.stock.mark_due(hot, NOW)
        await uow.stock.mark_due([behind], NOW)
    other = await open_store(pg_url)
    async with postgres_store.unit_of_work() as one, other.unit_of_work() as two:
        await one.stock.lock(hot)
        with counted_statements(two.link) as statements:
            assert (await two.stock.claim(NOW, 60)).skus == (behind,)
    assert len(statements) <= 20
    await other.close()


async def test_a_locked_sku_is_waited_for(store: SqlStore, other_store: SqlStore) -> None:
    await given_skus(store, sku(1), sku(2))
    order: list[str] = []

    async def wait() -> None:
        async with other_store.unit_of_work() as uow:
            await uow.stock.lock([sku(3), sku(1)])
            order.append("second")

    async with store.unit_of_work() as uow:
        await uow.stock.lock([sku(2), sku(1)])
        waiting = asyncio.create_task(wait())
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_marking_waits_for_no_lock(postgres_store: SqlStore, pg_url: str) -> None:
    await given_skus(postgres_store, sku(1))
    other = await open_store(pg_url)
    async with postgres_store.unit_of_work() as uow:
        await uow.stock.lock([sku(1)])
        async with asyncio.timeout(5), other.unit_of_work() as marking:
            await marking.stock.mark_due([sku(1)], NOW)
    await other.close()


async def test_due_again_at_its_time(store: SqlStore) -> None:
    await given_skus(store, sku(1))
    async with store.unit_of_work() as uow:
        await uow.stock.mark_due([sku(1)], NOW)
        await uow.stock.finish(await uow.stock.claim(NOW, 1), {sku(1): later(minutes=5)}, NOW)
    async with store.unit_of_work() as uow:
        assert (await uow.stock.claim(NOW + timedelta(minutes=4), 1)).skus == ()
        assert (await uow.stock.claim(NOW + timedelta(minutes=5), 1)).skus == (sku(1),)


async def test_what_was_cancelled_is_no_pace_and_an_order_told_by_two_is_sold_once(store: SqlStore) -> None:
    gone = LineEvent("c1", AsOf.at(NOW), 2, SHOP)
    told_again = replace(gone, key="c9", system=WMS)
    state = SkuState(sku(1), (), (replace(a_line(order="1001", units=6), cancelled=(gone, told_again)),))
    assert (await written(store, state)).paces == (Pace(SHOP, 4),)
