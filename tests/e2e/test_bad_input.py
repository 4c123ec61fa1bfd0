"""What is wrong at the door is refused, or kept and shown; what is wrong at start-up is named with its mend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from storage.tables.deliveries import deliveries
from sync.model.exceptions import ExceptionClass, Life
from sync.model.facts import ItemRef
from sync.model.ids import SkuId, SystemId
from tests.stage import Stage, until

US, WMS = SystemId("shopify-us"), SystemId("wms")


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


def shopify_headers(stage: Stage, body: bytes) -> dict[str, str]:
    shop = stage.world.storefronts[US]
    return {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": shop.domain,
        "X-Shopify-Webhook-Id": "a-delivery",
        "X-Shopify-Hmac-Sha256": shop.deliveries.sign(body),
    }


async def came_by_webhook(stage: Stage) -> int:
    """Deliveries of the shop by this door; feeds and our own readings go on meanwhile."""
    await stage.idle()
    async with stage.product.store.reading() as uow:
        counting = select(func.count()).where(deliveries.c.system == US, deliveries.c.door == "webhook")
        return int((await uow.link.execute(counting)).scalar_one())


async def test_unsigned_and_wrongly_signed_webhooks_are_401_and_nothing_is_kept(stage: Stage) -> None:
    door, body = f"{stage.product.web_url}/hooks/{US}", b'{"id": 1}'
    signed = shopify_headers(stage, body)
    unsigned = {name: value for name, value in signed.items() if "Hmac" not in name}
    before = await came_by_webhook(stage)

    assert await post(door, body, unsigned) == 401
    assert await post(door, body, {**signed, "X-Shopify-Hmac-Sha256": "bm90IGl0"}) == 401
    assert await post(door, body + b" ", signed) == 401

    assert await came_by_webhook(stage) == before


async def test_malformed_json_with_a_good_signature_is_200_kept_and_visible(stage: Stage) -> None:
    body = b'{"id": 17, "line_items": ['

    assert await post(f"{stage.product.web_url}/hooks/{US}", body, shopify_headers(stage, body)) == 200

    async with stage.product.store.reading() as uow:
        problems = await uow.views.problems(US)
    assert any("JSON" in why for _, _, why, _ in problems)
    case = await stage.case(ExceptionClass.CATALOG_FAULT)
    await stage.card(case, "cannot use")


async def test_malformed_json_at_our_own_api_is_400(stage: Stage) -> None:
    url = f"{stage.product.web_url}/api/v1/events"
    token = stage.environment.get("POS_TOKEN")
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k-1"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    assert await post(url, b'{"events": [', headers) == (400 if token is not None else 401)


async def test_an_unknown_code_becomes_a_card_and_counts_once_it_is_mapped(stage: Stage) -> None:
    stage.trouble("code")
    case = await stage.case(ExceptionClass.CATALOG_FAULT)
    await stage.card(case, "KTL-17-BLX")

    async with stage.product.store.unit_of_work() as uow:
        adopted = await uow.catalogue.map_items(WMS, [(ItemRef("sku", "KTL-17-BLX"), SkuId("KTL-17-BLK"))])
        await uow.systems.mark_due([WMS], stage.clock.now())

    assert adopted > 0
    await stage.case_when(case, lambda now: now.life is Life.CLEARED, "the catalog fault to clear", within=20)


def countersign(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", "from bot.cli import main; main()", *words]
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)


def test_a_missing_setting_is_named_with_the_place_to_get_it(tmp_path: Path) -> None:
    ended = countersign("run", cwd=tmp_path)

    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN" in ended.stderr
    assert "OAuth & Permissions" in ended.stderr
    assert "SLACK_APP_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_run_refuses_a_workspace_that_is_not_slack(tmp_path: Path) -> None:
    ended = countersign(
        "run",
        cwd=tmp_path,
        SLACK_BOT_TOKEN="xoxb-x",
        SLACK_APP_TOKEN="xapp-x",
        COUNTERSIGN_SLACK_BASE_URL="http://127.0.0.1:1/api/",
    )

    assert ended.returncode == 2
    assert "slack.com" in ended.stderr
    assert "countersign demo" in ended.stderr


async def test_a_start_as_for_production_refuses_the_sandbox_workspace(stage: Stage) -> None:
    from bot.slack.running import SlackSide
    from sync.errors import BadInput
    from tests.stage import settings_for

    with pytest.raises(BadInput, match="sandbox"):
        await SlackSide.connect(settings_for(stage.database_url, stage.workspace), stage.product, sandbox=False)


def test_a_fault_in_the_policy_names_its_line(tmp_path: Path) -> None:
    assert countersign("init", "--defaults", cwd=tmp_path).returncode == 0
    policy = tmp_path / "policy.yml"
    lines = policy.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "settles_in:" in line)
    lines[at - 1] = "    settles_in: soon"
    policy.write_text("\n".join(lines), encoding="utf-8")

    ended = countersign("policy", "explain", cwd=tmp_path)

    assert ended.returncode == 2
    assert f"{at}" in ended.stderr
    assert "settles_in" in ended.stderr


async def test_every_refusal_above_left_the_product_working(stage: Stage) -> None:
    stage.world.storefronts["shopify-eu"].checkout([("RUG-80-NAT", 1)])
    await stage.shows("RUG-80-NAT", 30)
    assert await until(lambda: stage.totals(), "the counters")
