"""What measures are counted from: every life of an exception, how its risk moved, what came of writes; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from storage.migrations.measured_0002 import _fill
from storage.store import SqlStore
from storage.tables.measured import episodes
from sync.measures.figures import Kept, measure
from sync.measures.prevented import Prevented, prevented
from sync.measures.records import Recorded, SettledUpdate, UpdateOutcome, UpdateTally, settled_update
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.facts import LineState, Revision
from sync.model.ids import ExceptionId, ListingId, SkuId, UserId
from sync.model.money import Money
from sync.model.outbox import TargetKind, TargetState
from sync.model.stock import LineRevision, OrderLine, Sku, SkuState
from sync.model.time import AsOf
from tests.databases import MovableClock
from tests.storage.given import (
    DANA,
    LEE,
    NOW,
    ONE,
    RENO,
    SHOP,
    WMS,
    a_case,
    a_correction,
    a_delivery,
    a_fact,
    a_target,
    later,
    sku,
)


async def opened(store: SqlStore, *cases: Case) -> list[Case]:
    async with store.unit_of_work() as uow:
        return list(await uow.cases.open(cases))


async def step(store: SqlStore, case: Case, **changed: Any) -> Case:
    following = replace(case, version=case.version + 1, **changed)
    async with store.unit_of_work() as uow:
        await uow.cases.save([following])
    return following


async def recorded(
    store: SqlStore, start: datetime, end: datetime, families: dict[SkuId, str] | None = None
) -> Recorded:
    async with store.reading() as uow:
        return await uow.measured.recorded(start, end, later(days=30), families or {})


async def test_what_is_as_measured_is_not_written_again(store: SqlStore) -> None:
    agreeing, worse = await opened(store, a_case(), a_case(sku(2)))
    async with store.unit_of_work() as uow:
        both = [replace(case, version=2, outcome="seen") for case in (agreeing, worse)]
        await uow.cases.save(both, {agreeing.id})
    async with store.reading() as uow:
        rows = await uow.link.execute(select(episodes.c.exception, episodes.c.outcome))
        assert dict(rows.all()) == {agreeing.id: "", worse.id: "seen"}


async def test_a_life_keeps_what_happened_in_it_when_the_next_begins(
    store: SqlStore, store_clock: MovableClock
) -> None:
    [case] = await opened(store, a_case())
    case = await step(store, case, life=Life.OWNED, owner=DANA, owned_at=later(minutes=5))
    case = await step(store, case, life=Life.OPEN, owner=None, owned_at=None)
    case = await step(store, case, life=Life.OWNED, owner=LEE, owned_at=later(minutes=9))
    ended = await step(store, case, life=Life.RESOLVED, ended_at=later(hours=1), outcome="fixed")
    store_clock.move(timedelta(hours=2))
    await step(
        store,
        ended,
        life=Life.OPEN,
        owner=None,
        owned_at=None,
        ended_at=None,
        outcome="",
        reopenings=1,
        recurrences=2,
        opened_at=later(hours=2),
        resolve_by=later(hours=6),
    )
    first, second = (await recorded(store, NOW, later(days=1))).episodes
    assert (first.number, first.owner, first.owned_at, first.ended_at) == (0, LEE, later(minutes=5), later(hours=1))
    assert (first.outcome, first.recurrences) == ("fixed", 1)
    assert first.changes == ((NOW, Decimal("99.5")), (later(hours=1), Decimal("-99.5")))
    assert (second.number, second.owner, second.owned_at, second.recurrences) == (1, None, None, 2)
    assert (second.opened_at, second.ended_at, second.outcome) == (later(hours=2), None, "")
    before = measure(await recorded(store, NOW, later(hours=1.5)), "USD")
    assert (before.opened, before.resolved, before.standing, before.ended) == (1, 1, 0, Kept(1, 1))
    after = measure(await recorded(store, later(hours=1.5), later(days=1)), "USD")
    assert (after.opened, after.resolved, after.standing, after.ended) == (1, 0, 1, Kept(0, 1))


async def test_money_at_risk_is_known_for_every_moment(store: SqlStore, store_clock: MovableClock) -> None:
    [case, other] = await opened(store, a_case(), a_case(sku(2)))
    store_clock.move(timedelta(hours=1))
    more = replace(case.risk, total=Money(Decimal("300.25"), "USD"))
    case = await step(store, case, risk=more)
    case = await step(store, case, note="the same money")
    store_clock.move(timedelta(hours=1))
    await step(store, other, life=Life.CLEARED, ended_at=later(hours=2), outcome="cleared by itself")
    figures = [
        measure(await recorded(store, later(hours=hours), later(hours=hours + 1)), "USD").risk_standing
        for hours in (0, 1, 2)
    ]
    assert figures == [Decimal("199"), Decimal("399.75"), Decimal("300.25")]


async def test_a_pause_that_was_seen_takes_the_risk_away(store: SqlStore, store_clock: MovableClock) -> None:
    [case] = await opened(store, a_case())
    store_clock.move(timedelta(minutes=5))
    pause = Action(0, ActionKind.PAUSE, ActionState.SEEN, DANA, "Dana", NOW, "count", listing=case.fingerprint.listing)
    await step(store, case, actions=(pause,))
    [life] = (await recorded(store, NOW, later(days=1))).episodes
    assert life.changes == ((NOW, Decimal("99.5")), (later(minutes=5), Decimal("-99.5")))


async def test_snoozes_are_counted_once_each(store: SqlStore) -> None:
    [case] = await opened(store, a_case())
    for until in (later(hours=1), later(hours=1), None, later(hours=2), None):
        case = await step(store, case, snoozed_until=until)
    [life] = (await recorded(store, NOW, later(days=1))).episodes
    assert life.snoozes == 2


async def test_only_what_stood_in_the_period_is_read(store: SqlStore) -> None:
    cases = await opened(
        store,
        a_case(sku(1), opened_at=later(days=-3)),
        a_case(sku(2), opened_at=later(days=-3)),
        a_case(sku(3), opened_at=later(days=-1)),
        a_case(sku(4), opened_at=later(days=2)),
    )
    await step(store, cases[0], life=Life.CLEARED, ended_at=later(days=-2), outcome="cleared by itself")
    whole = await recorded(store, later(days=-2), NOW)
    assert [one.sku for one in whole.episodes] == [sku(1), sku(2), sku(3)]
    assert [one.sku for one in (await recorded(store, later(days=-1), NOW)).episodes] == [sku(2), sku(3)]


def an_update(when: datetime, wanted: int, shown: int | None, **changed: Any) -> SettledUpdate:
    values: dict[str, Any] = {
        "at": when,
        "system": SHOP,
        "kind": TargetKind.QUANTITY,
        "target": "quantity:shop:1:reno",
        "sku": ONE,
        "listing": ListingId("shop:1"),
        "exception": None,
        "wanted": wanted,
        "shown": shown,
        "outcome": UpdateOutcome.DONE,
        "fault": "",
        "wanted_at": when - timedelta(seconds=3),
    }
    return SettledUpdate(**(values | changed))


async def test_what_came_of_writes_is_tallied(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(ONE, family="kettles")])
        await uow.measured.settled(
            [
                an_update(later(hours=1), 4, 9),
                an_update(later(hours=2), 5, 4),
                an_update(later(hours=3), 0, 5, outcome=UpdateOutcome.AGAIN, fault="rate_limit", sku=sku(2)),
                an_update(later(days=3), 1, 2),
            ]
        )
        await uow.measured.settled([])
    whole = await recorded(store, NOW, later(days=1))
    assert whole.updates == [
        UpdateTally(SHOP, "", UpdateOutcome.AGAIN, "rate_limit", 1, 3),
        UpdateTally(SHOP, "kettles", UpdateOutcome.DONE, "", 2, 6),
    ]
    named = await recorded(store, NOW, later(days=1), {ONE: "tea", sku(2): "pans"})
    assert [one.family for one in named.updates] == ["pans", "tea"]


async def ordered(store: SqlStore, *lines: OrderLine) -> None:
    async with store.unit_of_work() as uow:
        wholes = await uow.stock.load(sorted({line.sku for line in lines}), NOW)
        states = [
            (whole, SkuState(of, (), tuple(line for line in lines if line.sku == of)), frozenset[Any]())
            for of, whole in wholes.items()
        ]
        await uow.stock.save_states(states)


def a_line(order: str, of: SkuId = ONE, units: int = 1, when: datetime = NOW) -> OrderLine:
    stated = LineRevision(Revision(1, when), AsOf.at(when), units, LineState.CONFIRMED)
    return OrderLine(SHOP, order, f"{of}:1", of, placed_at=when, statements=(stated,))


async def test_lowerings_come_with_the_pace_and_the_next_write(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(ONE, family="kettles", price=Money(Decimal("20.00"), "USD"))])
        await uow.measured.settled(
            [
                an_update(later(hours=1), 1, 3),
                an_update(later(hours=2), 4, 1, outcome=UpdateOutcome.FAILED, fault="value"),
                an_update(later(hours=3), 0, 3, sku=sku(2), listing=ListingId("shop:2"), target="quantity:shop:2:reno"),
                an_update(later(hours=4), 6, 1),
                an_update(later(hours=5), 4_000, 5_000, target="quantity:shop:1:more"),
            ]
        )
    assert (await recorded(store, NOW, later(days=7))).lowerings == [], "nothing is claimed where nobody orders"
    await ordered(store, *[a_line(str(day), when=later(days=-day)) for day in range(1, 29)], a_line("50", units=7))
    whole = await recorded(store, NOW, later(days=7))
    [one] = whole.lowerings
    assert (one.at, one.until, one.shown, one.can_sell, one.ordered) == (later(hours=1), later(hours=4), 3, 1, 35)
    assert (one.price, one.currency, one.family, one.paused) == (Decimal("20.00"), "USD", "kettles", False)
    saved = prevented(whole.lowerings, NOW, later(days=7), later(days=30), "USD")
    # Three hours at one unit a day: P(2 or more) + P(3 or more), Poisson of mean 1/8.
    assert saved == Prevented(Decimal("0.0075"), Decimal("0.1500"), Decimal(0), 0)


async def test_a_pause_is_a_lowering_from_what_was_shown_too_high(store: SqlStore) -> None:
    [case] = await opened(store, a_case())
    target = a_target("doors:shop:1", 0, kind=TargetKind.DOORS, case=case.id)
    paused = settled_update(target, replace(target, state=TargetState.IDLE), later(hours=1))
    other = replace(paused, exception=ExceptionId(99), target="doors:shop:2")
    async with store.unit_of_work() as uow:
        await uow.measured.settled([paused, other, replace(paused, at=later(hours=2), wanted=1)])
    await ordered(store, a_line("1"))
    [one] = (await recorded(store, NOW, later(days=7))).lowerings
    assert (one.at, one.until, one.shown, one.can_sell, one.paused) == (later(hours=1), later(hours=2), 9, 4, True)


async def test_orders_are_counted_once_however_many_lines(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(ONE, family="kettles"), Sku(sku(2), family="pans")])
        await uow.ledger.record_deliveries([a_delivery(received_at=NOW)] * 3)
        await uow.ledger.record_facts([a_fact("a", received_at=NOW), a_fact("b", received_at=later(days=9))])
    await ordered(
        store, a_line("1"), a_line("1", sku(2)), a_line("2", when=later(days=1)), a_line("3", when=later(days=8))
    )
    whole = await recorded(store, NOW, later(days=7))
    assert whole.orders == {SHOP: 2}
    assert whole.orders_by_family == {"kettles": 2, "pans": 1}
    assert (whole.facts, whole.repeats) == (1, 2)
    assert (await recorded(store, NOW, later(days=7), {sku(2): "kettles"})).orders_by_family == {"kettles": 2}


async def test_counts_that_changed_nothing_are_told_from_those_that_did(store: SqlStore) -> None:
    counted = Action(0, ActionKind.COUNT, ActionState.DONE, DANA, "Dana", NOW, "count", location=RENO)
    asked = replace(counted, state=ActionState.WANTED)
    await opened(
        store,
        a_case(sku(1), actions=(counted,)),
        a_case(sku(2), actions=(counted, a_correction(at=later(minutes=5)))),
        a_case(sku(3), actions=(counted, a_correction(at=later(minutes=5), state=ActionState.REFUSED))),
        a_case(sku(4), actions=(asked,)),
    )
    [check] = (await recorded(store, NOW, later(days=1))).checks
    assert (check.location, check.cls.value, check.done, check.differed) == (RENO, "exposure_mismatch", 3, 1)


async def test_exceptions_of_an_older_version_get_the_life_they_are_in(store: SqlStore) -> None:
    standing, gone = await opened(store, a_case(), a_case(sku(2), actions=()))
    await step(store, gone, life=Life.CLEARED, ended_at=later(hours=2), outcome="cleared by itself")
    await step(
        store, standing, owner=UserId("U1"), owned_at=later(minutes=1), snoozed_until=later(hours=3), escalated=1
    )
    written = await recorded(store, NOW, later(days=1))
    async with store.unit_of_work() as uow:
        for table in ("episodes", "risk_steps"):
            await uow.link.connection.execute(text(f"DELETE FROM {table}"))
        await uow.link.connection.run_sync(_fill)
    filled = await recorded(store, NOW, later(days=1))
    assert filled.episodes == written.episodes


async def test_sources_of_a_case_without_sku_are_kept(store: SqlStore) -> None:
    await opened(store, a_case(None, systems=(WMS, SHOP)))
    [life] = (await recorded(store, NOW, later(days=1))).episodes
    assert (life.sku, life.systems, life.family) == (None, (WMS, SHOP), "")
