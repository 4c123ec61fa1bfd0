"""`countersign reconcile` beside files, the night it runs in, and what its report says."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from bot.nightly import night_of
from storage.engine import open_store
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, SkuId, SystemId
from sync.model.stock import Sku
from sync.reconciliation.report import Missed, Opened, Report, sentences
from tests.builders import a_policy, a_source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP, WMS = SystemId("shop"), SystemId("wms")


def feeds(folder: Path) -> dict[str, object]:
    """Two systems that count one place by files."""

    def feed(name: str, trust: str) -> dict[str, object]:
        columns = {"sku": "sku", "location": "place", "on_hand": "qty", "as_of": "at"}
        connection = {"folder": str(folder / name), "columns": columns}
        source = {"trust": trust}
        return {
            "kind": "csv_feed",
            "name": name.upper(),
            "settles_in": "0 s",
            "source": source,
            "connection": connection,
        }

    return {
        "company": "C",
        "currency": "USD",
        "systems": {"wms": feed("wms", "physical"), "erp": feed("erp", "financial")},
        "locations": {"reno": {"name": "Reno", "deciders": ["wms", "erp"]}},
        "people": {"kim": {"name": "Kim", "slack": "U1KIM"}, "lee": {"name": "Lee", "slack": "U1LEE"}},
        "queues": {"all": {"name": "All", "channel": "inv", "lead": "kim", "approvers": ["kim", "lee"]}},
        "ops_lead": "kim",
        "default_queue": "all",
        "identity": {"catalogue": ["wms"]},
        "digest": {"channel": "inv"},
        "not_automated": ["Kits"],
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy and a database, where commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", f"sqlite:///{tmp_path / 'c.db'}")
    monkeypatch.setenv("COUNTERSIGN_POLICY_FILE", str(tmp_path / "policy.yml"))
    (tmp_path / "policy.yml").write_text(yaml.safe_dump(feeds(tmp_path)), encoding="utf-8")
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")
    for name, numbers in {"wms": (5, 9, 3), "erp": (5, 2, 3)}.items():
        (tmp_path / name).mkdir()
        rows = [f"SKU-{number},Reno,{units},{at}" for number, units in enumerate(numbers)]
        (tmp_path / name / "all.csv").write_text("\n".join(["sku,place,qty,at", *rows]) + "\n", encoding="utf-8")
        (tmp_path / name / "all.csv.done").touch()
    asyncio.run(_known(f"sqlite:///{tmp_path / 'c.db'}"))
    return tmp_path


async def _known(url: str) -> None:
    store = await open_store(url)
    await store.migrate()
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId(f"SKU-{number}")) for number in range(3)])
    await store.close()


def countersign(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as people run it."""
    command = [sys.executable, "-c", "from bot.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def test_the_command_compares_and_answers_for_machines_and_people(folder: Path) -> None:
    answer = countersign("reconcile", "--json", "--keep", str(folder / "kept"))
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert (report["cause"], report["systems"], report["positions"]) == ("command", ["erp", "wms"], 6)
    assert sorted(path.name for path in (folder / "kept").iterdir()) == ["erp", "wms"]

    answer = countersign("reconcile", "--systems", "wms,erp")
    assert answer.stdout.startswith("Reconciled ERP and WMS: 6 numbers compared"), answer.stderr


def test_one_system_alone_is_refused(folder: Path) -> None:
    assert folder.exists()
    answer = countersign("reconcile", "--systems", "wms")
    assert (answer.returncode, "nothing to be compared with" in answer.stderr) == (2, True)


def test_the_night_is_by_the_clock_of_policy() -> None:
    policy = a_policy(timezone="America/New_York", reconcile_at="03:00")
    assert night_of(policy, datetime(2026, 3, 2, 7, 59, tzinfo=UTC)) == (
        "2026-03-01",
        datetime(2026, 3, 1, 8, 0, tzinfo=UTC),
    )
    night = night_of(policy, datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    assert night is not None
    assert night[0] == "2026-03-02"
    assert night_of(a_policy(reconcile_at=None), NOW) is None


def test_the_report_names_drift_missed_webhooks_and_what_could_not_be_read() -> None:
    policy = a_policy(systems={"erp": a_source()})
    report = Report(
        cause="night",
        began=NOW,
        ended=NOW + timedelta(seconds=90),
        since=NOW,
        systems=(SHOP, WMS),
        positions=2_000_000,
        candidates=12,
        moving=3,
        opened=(Opened(ExceptionClass.WMS_ERP_VARIANCE, 2),),
        settling=1,
        standing=4,
        worst=(ExceptionId(7),),
        missed=(Missed(SHOP, 1, ("line:1",)),),
        unread=(WMS,),
    )
    assert sentences(report, policy) == [
        "Reconciled Shop and Source: 2,000,000 numbers compared in 90 s.",
        "Missed webhooks: Shop never told of 1 step of an order; a reading found them, and they count now.",
        "Drift that no event explains: 2 wms erp variance; each is an exception with an owner. Worst: EX-7.",
        "Beside these 1 difference settles.",
        "4 exceptions stand from before, 0 ended.",
        "Source could not be read: the last known numbers were compared. Run it again when it answers.",
    ]
