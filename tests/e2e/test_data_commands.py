"""`countersign backup | restore | upgrade | erase` as an engineer types them, on what a running product recorded."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from bot.privacy import Privacy
from sandbox.shop.goods import GOODS
from sync.landing.folder import DataFolder
from tests.stage import Stage, sandbox_policy, until

MUG = next(good.sku for good in GOODS if good.reno > 20)


async def countersign(stage: Stage, *words: str, database: str = "") -> tuple[int, str]:
    """Run the command in a process of its own; (exit code, everything it said)."""
    variables = {**os.environ, **stage.environment, "COUNTERSIGN_DATABASE_URL": database or stage.database_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bot.cli import main; main()",
        *words,
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode or 0, said.decode()


async def test_a_backup_comes_back_in_another_file_and_every_hash_fits(stage: Stage, tmp_path: Path) -> None:
    stage.world.storefronts["shopify-us"].set_by_hand(MUG, stage.world.places["shopify-us"], 999)
    await until(lambda: stage.every_case(MUG), "an exception")
    archive, other = tmp_path / "night.zip", f"sqlite:///{tmp_path / 'other.db'}"

    code, said = await countersign(stage, "backup", str(archive))
    assert (code, "nobody's data" in said) == (0, True), said
    code, said = await countersign(stage, "restore", str(archive), database=other)
    assert (code, "are back" in said) == (0, True), said
    code, said = await countersign(stage, "proof", "verify", database=other)
    assert code == 0, said

    code, said = await countersign(stage, "restore", str(archive), database=other)
    assert code == 2, "a database that is not empty was written over"
    code, said = await countersign(stage, "upgrade", "--backup", str(tmp_path / "before.zip"), database=other)
    assert (code, "every hash fits" in said) == (0, True), said


async def test_a_customer_is_erased_by_one_command(stage: Stage) -> None:
    order = stage.world.storefronts["shopify-us"].checkout([(MUG, 1)])
    await stage.idle()
    which = ("--system", "shopify-us", "--order", str(order.id))

    code, said = await countersign(stage, "erase", *which, "--list")
    assert (code, "hold it" in said) == (0, True), said
    code, said = await countersign(stage, "erase", *which)
    assert (code, "are gone" in said) == (0, True), said
    code, said = await countersign(stage, "erase", *which, "--list")
    assert (code, "No delivery" in said) == (0, True), said
    code, said = await countersign(stage, "proof", "verify")
    assert code == 0, said
    assert await stage.lines(MUG) == [(str(order.id), 1)], "the count went with the customer"


async def test_raw_bytes_go_by_age_once_a_day(stage: Stage, tmp_path: Path) -> None:
    order = stage.world.storefronts["shopify-us"].checkout([(MUG, 1)])
    await stage.idle()
    product = stage.product
    keeping = Privacy(product.store, product.policy, stage.clock, "a test", DataFolder(tmp_path / "data"))
    stage.clock.pass_by(timedelta(days=31))

    await keeping.tick()

    code, said = await countersign(stage, "erase", "--system", "shopify-us", "--order", str(order.id), "--list")
    assert (code, "No delivery" in said) == (0, True), said


async def test_a_database_without_tables_is_named(stage: Stage, tmp_path: Path) -> None:
    code, said = await countersign(stage, "proof", "verify", database=f"sqlite:///{tmp_path / 'empty.db'}")

    assert code == 2
    assert "holds no tables" in said
    assert "Traceback" not in said


def test_what_is_to_be_erased_must_be_said() -> None:
    from click.testing import CliRunner

    from bot.cli import group

    answer = CliRunner().invoke(group, ["erase", "--system", "shopify-us"])

    assert answer.exit_code == 2
    assert "--order, --customer or --everything" in answer.output


async def test_rules_are_tried_on_what_was_recorded(stage: Stage, tmp_path: Path) -> None:
    stage.world.storefronts["shopify-us"].checkout([(MUG, 2)])
    await stage.idle()
    other = tmp_path / "careful.yml"
    other.write_text(sandbox_policy(systems={"shopify-us": {"channel": {"safety_stock": 10_000}}}), encoding="utf-8")

    code, said = await countersign(stage, "backtest", "--policy", str(other), "--since", "1 day", "--json")

    assert code == 0, said
    figures = json.loads(said)
    assert (figures["missed"]["today"], figures["missed"]["new"]) == ("0", "2"), figures
    code, said = await countersign(stage, "ledger", "verify")
    assert (code, "is what its facts come to" in said) == (0, True), said
