"""A start while Slack is away: the stock work goes on at once, and Slack follows when it is back."""

from __future__ import annotations

import pytest

from bot.slack.running import SlackSide
from bot.wiring import build_product
from sandbox.slack import Outage
from sync.errors import TryAgain
from sync.model.exceptions import ExceptionClass
from tests.stage import Stage, settings_for

KETTLE = "KTL-17-BLK"


async def test_the_product_works_without_slack_and_posts_when_it_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wiring.SLACK_AGAIN", 0.05)
    await stage.product.stop()
    await stage.workspace.set_outage(Outage.UNAVAILABLE)
    settings = settings_for(stage.database_url, stage.workspace)
    product = await build_product(
        settings, stage.policy_text, stage.environment, clock=stage.clock, author="a test", loopback=True
    )
    stage.product = product
    await product.start_with(lambda: SlackSide.connect(settings, product, sandbox=True))
    await product.subscribe(product.web_url)

    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE, within=30)
    assert product.slack is None
    await stage.workspace.set_outage(Outage.NONE)
    await stage.card(case, "Take it", within=30)
    await stage.pause("dana", case)
    await stage.card(case, "Paused", within=30)


async def test_in_http_mode_a_start_without_slack_says_so(stage: Stage) -> None:
    await stage.product.stop()
    await stage.workspace.set_outage(Outage.REFUSED)
    settings = settings_for(stage.database_url, stage.workspace).model_copy(update={"slack_mode": "http"})
    product = await build_product(
        settings, stage.policy_text, stage.environment, clock=stage.clock, author="a test", loopback=True
    )
    stage.product = product
    with pytest.raises(TryAgain, match="cannot be reached"):
        await product.start_with(lambda: SlackSide.connect(settings, product, sandbox=True))
