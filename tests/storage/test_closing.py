"""A closed period: its facts in an archive, a hashed carry in their place, and the ledger replayed to the live state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.closing import Closed, archive_problems, carry_problems, close_period, ledger_size
from storage.past import pasts
from storage.replaying import differing, replay_problems
from storage.store import SqlStore
from storage.tables.facts import carries, facts
from storage.tables.stock import order_lines
from sync.errors import BadInput
from sync.ledger import fold
from sync.model.facts import Change, Count, FactKind, LineState, LineStated, LineStep, OrderRef
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.proof import LEDGER_CHAIN
from sync.path.decider import Decider
from sync.policy.holder import PolicyInForce
from sync.ports import FactOutcome, NewFact
from sync.proof import verify_chain
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import NOW, a_fact, given_skus

SHOP, WMS, RENO = SystemId("shopify-us"), SystemId("wms"), LocationId("reno")
SKUS = [SkuId(f"MUG-{number}") for number in range(3)]
YEAR = timedelta(days=365)


def year_of(sku: SkuId) -> list[NewFact]:
    """A count, movements, two orders (one shipped, one open) and a newer count, three days apart."""
    one, two = OrderRef(SHOP, f"{sku}-1", "1"), OrderRef(SHOP, f"{sku}-2", "1")

    def at(days: int) -> dict[str, object]:
        return {"received_at": NOW + timedelta(days=days), "of": sku}

    stated = LineStated(one, 3, LineState.CONFIRMED, NOW + timedelta(days=3))
    other = LineStated(two, 2, LineState.CONFIRMED, NOW + timedelta(days=9))
    shipped = FactKind.ORDER_SHIPPED
    return [
        a_fact(f"{sku}/c1", body=Count(on_hand=20), **at(0)),  # type: ignore[arg-type]
        a_fact(f"{sku}/l1", body=stated, system=SHOP, location=None, **at(3)),  # type: ignore[arg-type]
        a_fact(f"{sku}/s1", body=LineStep(one, 3), kind=shipped, system=SHOP, **at(4)),  # type: ignore[arg-type]
        a_fact(f"{sku}/m1", body=Change(on_hand=5), kind=FactKind.RECEIVED, **at(6)),  # type: ignore[arg-type]
        a_fact(f"{sku}/l2", body=other, system=SHOP, location=None, **at(9)),  # type: ignore[arg-type]
        a_fact(f"{sku}/c2", body=Count(on_hand=22), **at(12)),  # type: ignore[arg-type]
        a_fact(f"{sku}/m2", body=Change(on_hand=-1), kind=FactKind.CHANGED, **at(15)),  # type: ignore[arg-type]
    ]


async def record(store: SqlStore, clock: MovableClock, facts: list[NewFact]) -> list[FactOutcome]:
    """Record facts, mark their SKUs due, and decide."""
    async with store.unit_of_work() as uow:
        outcomes = list(await uow.ledger.record_facts(facts))
        await uow.stock.mark_due({fact.sku for fact in facts if fact.sku is not None}, clock.now())
    await Decider(store, PolicyInForce(rules()), clock).run_due()
    return outcomes


@pytest.fixture
async def after_a_year(store: SqlStore, store_clock: MovableClock) -> SqlStore:
    await given_skus(store, *SKUS)
    await record(store, store_clock, [fact for sku in SKUS for fact in year_of(sku)])
    store_clock.at = NOW + YEAR
    recent = [a_fact(f"{sku}/c3", body=Count(on_hand=19), of=sku, received_at=NOW + YEAR) for sku in SKUS]
    await record(store, store_clock, recent)
    return store


async def closed(store: SqlStore, archive: Path) -> Closed:
    return await close_period(store, NOW + timedelta(days=200), archive, NOW + YEAR, by="kim")


async def test_a_closed_period_leaves_carries_that_replay_to_the_live_state(
    after_a_year: SqlStore, tmp_path: Path
) -> None:
    store, archive = after_a_year, tmp_path / "year.jsonl.gz"
    assert await replay_problems(store, rules(), NOW + YEAR) == []

    done = await closed(store, archive)

    assert (done.facts, done.skus, done.entries) == (21, 3, 1)
    async with store.reading() as uow:
        assert await ledger_size(uow.link) == 3
        assert (await uow.views.totals())["facts"] == 3
        assert verify_chain(await uow.proofs.chain(LEDGER_CHAIN)) == []
    assert await replay_problems(store, rules(), NOW + YEAR) == []
    assert (await archive_problems(store, archive), await carry_problems(store)) == ([], [])
    assert await closed(store, tmp_path / "again.gz") == Closed(0, 0, 0), "a closed period closes once"


async def test_what_was_closed_is_known_when_it_is_told_again_and_life_goes_on(
    after_a_year: SqlStore, store_clock: MovableClock, tmp_path: Path
) -> None:
    store = after_a_year
    await closed(store, tmp_path / "year.gz")

    assert set(await record(store, store_clock, year_of(SKUS[0]))) == {FactOutcome.DUPLICATE}
    later = OrderRef(SHOP, f"{SKUS[0]}-2", "1")
    shipped = a_fact("late", body=LineStep(later, 2), kind=FactKind.ORDER_SHIPPED, system=SHOP, of=SKUS[0])
    assert await record(store, store_clock, [shipped]) == [FactOutcome.RECORDED]

    assert await replay_problems(store, rules(), NOW + YEAR) == []


async def test_a_state_that_no_facts_came_to_is_named(after_a_year: SqlStore) -> None:
    async with after_a_year.unit_of_work() as uow:
        await uow.link.execute(update(order_lines).where(order_lines.c.sku == SKUS[1]).values(location="elsewhere"))

    (problem,) = await replay_problems(after_a_year, rules(), NOW + YEAR)

    assert problem.startswith(f"{SKUS[1]}: order lines")


async def test_a_changed_carry_and_a_changed_archive_are_named(after_a_year: SqlStore, tmp_path: Path) -> None:
    store, archive = after_a_year, tmp_path / "year.gz"
    await closed(store, archive)
    async with store.unit_of_work() as uow:
        await uow.link.execute(update(carries).where(carries.c.sku == SKUS[2]).values(body={"sku": SKUS[2]}))
    short = tmp_path / "short.gz"
    short.write_bytes(archive.read_bytes()[:-20])

    assert await carry_problems(store) == [f"the carry of {SKUS[2]} was changed"]
    with pytest.raises(BadInput, match="cannot be read"):
        await archive_problems(store, short)


async def test_a_young_period_and_a_file_that_is_there_are_refused(after_a_year: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="last 60 days stay"):
        await close_period(after_a_year, NOW + YEAR, tmp_path / "young.gz", NOW + YEAR, by="kim")
    (tmp_path / "there.gz").touch()
    with pytest.raises(BadInput, match="exists"):
        await closed(after_a_year, tmp_path / "there.gz")


async def test_the_past_begins_at_the_carry(after_a_year: SqlStore, tmp_path: Path) -> None:
    whole = [one async for one in pasts(after_a_year, NOW, NOW + YEAR + timedelta(days=1))]
    await closed(after_a_year, tmp_path / "year.gz")
    rest = [one async for one in pasts(after_a_year, NOW, NOW + YEAR + timedelta(days=1))]

    assert [(one.sku.id, len(one.facts), one.carried.positions) for one in whole] == [(sku, 8, ()) for sku in SKUS]
    assert [len(one.facts) for one in rest] == [1, 1, 1]
    for before, after in zip(whole, rest, strict=True):
        one, other = fold(before.carried, before.facts, rules()), fold(after.carried, after.facts, rules())
        aside = [line.key for line in one.lines if line.key not in {open_.key for open_ in other.lines}]
        assert [key[1] for key in aside] == [f"{before.sku.id}-1"], "the order that was shipped a year ago is put aside"
        assert differing(replace(one, lines=other.lines), other) == []


async def test_no_number_of_a_fact_comes_again_when_all_of_them_are_old(
    after_a_year: SqlStore, store_clock: MovableClock, tmp_path: Path
) -> None:
    async def numbers() -> list[int]:
        async with after_a_year.reading() as uow:
            return list((await uow.link.execute(select(facts.c.id).order_by(facts.c.id))).scalars())

    before = await numbers()
    await close_period(after_a_year, NOW + YEAR + YEAR / 2, tmp_path / "a.gz", NOW + 2 * YEAR, by="ops")
    await close_period(after_a_year, NOW + YEAR + YEAR / 2, tmp_path / "b.gz", NOW + 2 * YEAR, by="ops")
    left = await numbers()
    assert left == before[-1:], "the newest stays"

    await record(
        after_a_year, store_clock, [a_fact("later", body=Count(on_hand=9), of=SKUS[0], received_at=NOW + 2 * YEAR)]
    )
    assert min(set(await numbers()) - set(left)) > max(before)
