"""A backup made on one database comes back on either, whole; a damaged one does not come back at all."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.backup import DATABASE_CHAIN, LEFT_OUT, MANIFEST, RAW, back_up, restore
from storage.engine import open_store
from storage.migrations.migrate import revision_of
from storage.restored import REVISIONS_SKIPPED
from storage.store import SqlStore
from storage.tables import metadata
from storage.tables.deliveries import problems
from storage.tables.outbox import lanes, targets
from storage.upgrade import upgrade
from sync.errors import BadInput
from sync.model.ids import ListingId
from sync.model.outbox import TargetState
from sync.model.picture import RaiseMemo
from sync.model.proof import Entry
from sync.proof import verify_chain
from tests.databases import MovableClock
from tests.storage.given import (
    NOW,
    ONE,
    SHOP,
    WMS,
    a_case,
    a_correction,
    a_delivery,
    a_fact,
    a_problem,
    a_target,
    given_facts,
    given_skus,
    later,
    sku,
)

SETTLED = frozenset({"targets", "lanes", "due", "chains", "chain_entries"})
"""What a restore changes on purpose."""


@pytest.fixture
async def full(store: SqlStore) -> SqlStore:
    """A store with something in most tables, money and times and bytes and documents among it."""
    await given_skus(store, ONE, sku(2))
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SHOP, WMS], NOW)
        await uow.ledger.record_deliveries([a_delivery(body=b"\x00\xff raw", problems=(a_problem("Ottilie;five"),))])
        await uow.ledger.save_figures(WMS, 3, 1, 12)
        await uow.ledger.remember("scope", "key", "fp", 200, "application/json", b"{}")
    await given_facts(store, [a_fact(f"count:{number}") for number in range(5_200)])
    async with store.unit_of_work() as uow:
        await uow.cases.open([a_case(actions=(a_correction(),))])
        await uow.proofs.append([("exception:EX-1", Entry("opened", NOW, "countersign", "Opened é.", (("a", "1"),)))])
        await uow.outbox.want([a_target(), a_target("quantity:shop:2:reno", sku=sku(2))])
        await uow.stock.save_memos([(ListingId("shop:1"), ONE, RaiseMemo(4, numbers=()))])
        lane = await uow.outbox.lease(SHOP, "someone", NOW, later(minutes=1))
        assert lane is not None
        assert await uow.outbox.next_targets(lane, NOW, 1)
    return store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def empty(request: pytest.FixtureRequest, tmp_path: Path, store_clock: MovableClock) -> AsyncIterator[SqlStore]:
    """Another database without rows; on SQLite without even a table."""
    url = f"sqlite:///{tmp_path / 'restored.db'}" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    if request.param == "postgresql":
        url = request.getfixturevalue("pg_server").database()
    store = await open_store(url, clock=store_clock)
    yield store
    await store.close()


async def contents(store: SqlStore) -> dict[str, list[Any]]:
    """Every row of every table as the product reads it."""
    found = {}
    async with store.reading() as uow:
        for table in metadata.sorted_tables:
            rows = await uow.link.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


async def test_everything_comes_back_on_either_database(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock
) -> None:
    file = tmp_path / "all.backup"
    made = await back_up(full, file, NOW, raw=True)
    assert made.rows["facts"] == 5_200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store_clock.move(timedelta(days=1))
    before = await contents(full)
    restored = await restore(empty, file, store_clock)
    assert (restored.total, restored.made_at) == (made.total, NOW)
    after = await contents(empty)
    for name in before.keys() - SETTLED - LEFT_OUT:
        assert after[name] == before[name], name
    async with empty.reading() as uow:
        assert await uow.ledger.raw(1) == b"\x00\xff raw"
        [told] = await uow.proofs.chain(DATABASE_CHAIN)
        assert "5" in told.entry.sentence
        for name in await uow.proofs.names():
            assert verify_chain(await uow.proofs.chain(name)) == []


async def test_a_restored_database_goes_on_counting_and_holds_nobody_back(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock
) -> None:
    await back_up(full, tmp_path / "all.backup", NOW)
    await restore(empty, tmp_path / "all.backup", store_clock)
    async with empty.reading() as uow:
        rows = (await uow.link.execute(select(targets.c.state, targets.c.revision, targets.c.sent_revision))).all()
        assert {row.state for row in rows} == {TargetState.DUE.value}
        assert all(row.revision > REVISIONS_SKIPPED for row in rows)
        assert (await uow.link.execute(select(lanes.c.leased_until, lanes.c.epoch))).all() == [(None, 2)]
        assert (await uow.views.totals())["due"] >= 1
    assert await given_facts(empty, [a_fact("another")]) == ["recorded"]
    assert await given_facts(empty, [a_fact("count:7")]) == ["duplicate"]
    async with empty.unit_of_work() as uow:
        [case] = await uow.cases.open([a_case(sku(9))])
    assert case.id == 2


async def test_without_raw_a_backup_holds_nobody(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock
) -> None:
    made = await back_up(full, tmp_path / "all.backup", NOW)
    assert RAW & made.rows.keys() == set()
    await restore(empty, tmp_path / "all.backup", store_clock)
    async with empty.reading() as uow:
        assert await uow.ledger.raw(1) is None
        rows = (await uow.link.execute(select(problems.c.row_ciphertext, problems.c.why))).all()
        assert [(row.row_ciphertext, bool(row.why)) for row in rows] == [(None, True)]
        assert (await uow.views.problems(WMS))[0][3] == ""


async def test_a_database_with_rows_is_never_filled(full: SqlStore, tmp_path: Path, store_clock: MovableClock) -> None:
    await back_up(full, tmp_path / "all.backup", NOW)
    with pytest.raises(BadInput, match="not empty"):
        await restore(full, tmp_path / "all.backup", store_clock)


async def test_a_damaged_a_foreign_and_a_newer_file_are_refused(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock
) -> None:
    file = tmp_path / "all.backup"
    await back_up(full, file, NOW)
    with pytest.raises(BadInput, match="exists"):
        await back_up(full, file, NOW)

    def changed(name: str, change: Any) -> Path:
        other = tmp_path / f"{name.replace('/', '-')}.changed"
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
            for member in old.namelist():
                body = old.read(member)
                new.writestr(member, change(body) if member == name else body)
        return other

    def newer(body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "revision": "r9999"}).encode()

    with pytest.raises(BadInput, match="damaged: table skus"):
        await restore(empty, changed("skus.jsonl", lambda body: body.replace(b"Kettle", b"Kittle")), store_clock)
    with pytest.raises(BadInput, match="newer than this one"):
        await restore(empty, changed(MANIFEST, newer), store_clock)
    (tmp_path / "no.backup").write_bytes(b"no zip")
    with pytest.raises(BadInput, match="is no backup"):
        await restore(empty, tmp_path / "no.backup", store_clock)
    cut = file.read_bytes()
    (tmp_path / "cut.backup").write_bytes(cut[: len(cut) // 2])
    with pytest.raises(BadInput):
        await restore(empty, tmp_path / "cut.backup", store_clock)


async def test_a_restore_that_fails_leaves_nothing(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await back_up(full, tmp_path / "all.backup", NOW)

    async def broken(*_given: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("storage.backup.settle_restored", broken)
        with pytest.raises(RuntimeError):
            await restore(empty, tmp_path / "all.backup", store_clock)
    await empty.migrate()
    async with empty.reading() as uow:
        assert (await uow.link.execute(select(func.count()).select_from(targets))).scalar_one() == 0
    await restore(empty, tmp_path / "all.backup", store_clock)


async def test_an_upgrade_backs_up_first_and_verifies_what_it_left(
    full: SqlStore, empty: SqlStore, tmp_path: Path, store_clock: MovableClock
) -> None:
    done = await upgrade(full, tmp_path / "before.backup", NOW)
    assert done.backup is not None
    assert (done.before, done.chains) == (done.after, 1)
    await restore(empty, tmp_path / "before.backup", store_clock)
    async with empty.reading() as uow:
        assert await revision_of(uow.link.connection) == done.after
        assert await uow.ledger.raw(1) == b"\x00\xff raw"


async def test_an_upgrade_names_the_backup_when_a_chain_does_not_fit(full: SqlStore, tmp_path: Path) -> None:
    from storage.tables.proofs import chain_entries

    async with full.unit_of_work() as uow:
        await uow.link.execute(chain_entries.update().values(sentence="forged"))
    with pytest.raises(BadInput, match=r"before\.backup"):
        await upgrade(full, tmp_path / "before.backup", NOW)
