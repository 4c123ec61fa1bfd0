"""Order lines replayed through the whole path end with the figures of an independent recount, whatever the webhooks suffer."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.databases import postgres, sqlite
from bench.replay.lines import SAMPLE, FileMissing, folded, read_lines
from bench.replay.outside import Mix
from bench.replay.recount import Expected, recount
from bench.replay.run import Measured, replay

COLUMNS = (
    "invoice",
    "stock_code",
    "description",
    "quantity",
    "invoiced_at",
    "unit_price_gbp",
    "customer_id",
    "country",
)
MUGS = [f"{20_000 + number}" for number in range(30)] + ["85123A", "84029g", "15056BL"]
LINES = 300
REAL_LINES = 6_000


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(database: str) -> AsyncIterator[str]:
    made: AbstractAsyncContextManager[str] = sqlite() if database == "sqlite" else postgres()
    async with made as address:
        yield address


@pytest.fixture
def dirty_file(tmp_path: Path) -> Path:
    """About 300 lines of a small shop's spring, with all the dirt that real files have."""
    path = tmp_path / "order-lines.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(random.Random(8)))
    return path


def _rows(chance: random.Random) -> list[list[str]]:
    at, invoice, rows = datetime(2011, 3, 1, 8, 26, tzinfo=UTC), 540_000, []
    while len(rows) < LINES:
        at += timedelta(minutes=chance.randint(0, 300))
        invoice += 1
        kind = chance.random()
        if kind < 0.12:
            rows += [_row(chance, f"C{invoice}", -chance.randint(1, 9), at) for _ in range(chance.randint(1, 3))]
        elif kind < 0.22:
            rows.append(_row(chance, str(invoice), -chance.randint(1, 20), at, title="damaged"))
        else:
            rows += [_row(chance, str(invoice), chance.randint(1, 24), at) for _ in range(chance.randint(1, 6))]
    noon = _written(at)
    return [
        *rows,
        [f"{invoice + 1}", "post", "POSTAGE", "1", noon, "18.00", "", "France"],
        [f"{invoice + 1}", MUGS[0], 'JUG, "ENAMEL"\nOLD STOCK', "3", noon, "4.25", "", "France"],
        [f"C{invoice + 2}", " M ", "Manual", "-1", noon, "1.00", "", ""],
        [f"{invoice + 3}", MUGS[1], "", "0", noon, "0", "", ""],
        [f"{invoice + 4}", "never-sold", "lost in a move", "-4", noon, "", "", ""],
        [f"{invoice + 5}", MUGS[2], "", "two", noon, "1.00", "", ""],
        [f"{invoice + 5}", MUGS[2], "", "2", "yesterday", "1.00", "", ""],
        ["", MUGS[2], "", "2", noon, "1.00", "", ""],
        [f"{invoice + 5}", "  ", "", "2", noon, "1.00", "", ""],
        [f"C{invoice + 6}", MUGS[3], "", "2", noon, "1.00", "", ""],
    ]


def _written(at: datetime) -> str:
    """As the real file writes times: without a zone."""
    return at.replace(tzinfo=None).isoformat()


def _row(chance: random.Random, invoice: str, units: int, at: datetime, title: str | None = None) -> list[str]:
    code = chance.choice(MUGS)
    spelt = chance.choice([code, code, code.lower(), code.upper(), f" {code}", f"{code}  "])
    name = chance.choice(["", f"MUG  {code}", "Krug für Tee"]) if title is None else title
    price = chance.choice(["2.55", "0", "-11062.06", "", "n/a"])
    return [invoice, spelt, name, str(units), _written(at), price, "", "United Kingdom"]


async def test_a_dirty_file_ends_equal_to_the_recount(dirty_file: Path, database: str, url: str) -> None:
    given = read_lines(dirty_file)

    measured = await replay(database, url, given, Mix(duplicate=0.1, reorder=0.1))

    assert [str(one) for one in measured.differences] == []
    assert measured.skus == len(recount(given.lines))
    _nothing_was_calm(measured)


def _nothing_was_calm(measured: Measured) -> None:
    """The run proves something only if webhooks really came twice and out of order, and stock really went wrong."""
    assert measured.twice > 0
    assert measured.overtaken > 0
    assert measured.repeats > 0, "no delivery came twice under one key"
    assert measured.again > 0, "no fact was told twice"
    assert measured.opened.get("exposure_mismatch", 0) > 0
    assert (measured.conflicts, measured.kept) == (0, 0)


async def test_a_lost_webhook_does_not_go_unnoticed(dirty_file: Path) -> None:
    """The comparison can fail: a shop that swallows webhooks does not match the recount."""
    async with sqlite() as address:
        measured = await replay("sqlite", address, read_lines(dirty_file), Mix(duplicate=0.0, reorder=0.0, drop=0.3))

    assert measured.differences


def test_rows_that_cannot_be_used_are_told_with_their_line(dirty_file: Path) -> None:
    given = read_lines(dirty_file)

    assert [one.why for one in given.faulty] == [
        "quantity 'two' is no whole number",
        "'yesterday' is no ISO 8601 time",
        "no invoice",
        "'  ' is no stock code",
        "a cancellation of 2 units should be a negative quantity",
    ]
    assert [one.number for one in given.faulty] == sorted(one.number for one in given.faulty)


def test_the_recount_reads_codes_as_people_do(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(
        "invoice,stock_code,quantity,invoiced_at\n"
        "1,85123A,10,2011-01-04T10:00:00\n"
        "2, 85123a ,5,2011-01-04T11:00:00\n"
        "C3,85123A,-2,2011-01-05T10:00:00\n"
        "4,85123a,-1,2011-01-06T10:00:00\n"
        "5,POST,1,2011-01-06T10:00:00\n"
    )

    figures = recount(read_lines(path).lines)

    assert figures == {folded("85123A"): Expected(warehouse=8, storefront=11, weight=15, pool=-7)}


def test_a_missing_file_is_named_with_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="columns invoice, stock_code"):
        read_lines(tmp_path / "absent.csv.gz")


def test_the_command_prints_its_figures_and_succeeds(dirty_file: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'kept.db'}"
    command = [sys.executable, "-m", "bench.replay", "--file", str(dirty_file), "--lines", "60", "--database", address]
    root = Path(__file__).parents[2]

    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal the recount" in done.stdout


@pytest.mark.slow
async def test_real_order_lines_end_equal_to_the_recount(database: str, url: str) -> None:
    """The first weeks of the real file; ``python -m bench.replay`` holds all 40,000 lines to the recount."""
    if not SAMPLE.is_file():
        warnings.warn(f"NOT TESTED: the real order lines are not at {SAMPLE}", stacklevel=1)
        pytest.skip(f"the real order lines are not at {SAMPLE}")
    given = read_lines(SAMPLE, REAL_LINES)

    measured = await replay(database, url, given, Mix(duplicate=0.1, reorder=0.1))

    assert [str(one) for one in measured.differences] == []
    assert measured.skus == len(recount(given.lines))
    _nothing_was_calm(measured)
