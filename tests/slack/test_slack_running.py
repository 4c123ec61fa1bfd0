"""The Slack side as one thing: who it connects to, what it says when it cannot, and that it starts and stops."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr
from slack_builders import SAM, a_view
from slack_world import World

from bot.settings import Settings
from bot.slack.running import SlackSide
from bot.web.metrics import Metrics
from sandbox.slack import Outage
from sync.errors import BadInput, TryAgain
from sync.model.ids import QueueId
from sync.policy.routing import who_can
from sync.ports import Store


def settings(world: World, **changes: Any) -> Settings:
    given = {
        "slack_bot_token": SecretStr(world.workspace.bot_token),
        "slack_app_token": SecretStr(world.workspace.app_token),
        "slack_signing_secret": SecretStr(world.workspace.signing_secret),
        "slack_base_url": world.workspace.base_url,
    }
    return Settings(_env_file=None, **(given | changes))


def product(world: World) -> Any:
    return SimpleNamespace(
        inbox=world.desk,
        policy=world.policy,
        clock=world.clock,
        store=world.memory,
        holder="host:1:abc",
        metrics=Metrics(cast(Store, world.memory), world.clock),
    )


async def test_it_starts_delivers_and_stops(world: World) -> None:
    side = await SlackSide.connect(settings(world), product(world), sandbox=True)
    await side.start()
    await world.workspace.sockets.connected()
    assert side.troubles == []
    assert side.routes() == []
    await world.desk.open(a_view())
    side.wake()
    await world.workspace.wait_for(lambda: world.workspace.messages("inv-marketplaces"))
    await world.workspace.person("dana").command("general", "/inventory", "help")
    await world.workspace.wait_for(lambda: world.workspace.ephemerals("dana", "general"))
    await side.stop()
    assert world.memory.leases["slack"][1] <= world.clock.now()
    assert world.workspace.sockets.count == 0


async def test_a_user_group_that_gives_no_right_is_told_at_the_start(world: World) -> None:
    queues = dict(world.policy.current.queues)
    queues["warehouse"] = queues["warehouse"].model_copy(update={"members": ("@counters", "@warehouse")})
    world.policy.take(world.policy.current.model_copy(update={"queues": queues}))
    side = await SlackSide.connect(settings(world), product(world), sandbox=True)
    await side.start()
    await world.workspace.wait_for(lambda: world.workspace.messages("inv-ops"))
    (told,) = world.workspace.messages("inv-ops")
    assert "names the user group @counters in Warehouse, and this workspace has none" in world.workspace.read(told)
    assert SAM in who_can(world.policy.current, QueueId("warehouse"), "act")
    await side.stop()


async def test_a_production_start_refuses_the_sandbox_s_workspace(world: World) -> None:
    with pytest.raises(BadInput, match="local sandbox workspace"):
        await SlackSide.connect(settings(world), product(world), sandbox=False)


async def test_a_token_that_is_no_good_is_told_with_where_to_get_one(world: World) -> None:
    with pytest.raises(BadInput, match=r"invalid_auth.*Bot User OAuth Token"):
        await SlackSide.connect(settings(world, slack_bot_token=SecretStr("nonsense")), product(world), sandbox=True)


async def test_slack_being_away_at_the_start_is_said(world: World) -> None:
    await world.workspace.set_outage(Outage.REFUSED)
    with pytest.raises(TryAgain, match="cannot be reached"):
        await SlackSide.connect(settings(world), product(world), sandbox=True)


async def test_slack_going_away_between_connect_and_start_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.running.OPEN_AGAIN_SECONDS", 0.05)
    side = await SlackSide.connect(settings(world), product(world), sandbox=True)
    await world.workspace.set_outage(Outage.UNAVAILABLE)
    await side.start()
    await world.workspace.set_outage(Outage.NONE)
    await world.workspace.sockets.connected()
    await side.stop()


async def test_a_missing_queue_channel_is_reported(world: World) -> None:
    queues = dict(world.policy.current.queues)
    gone = queues | {"catalog": queues["catalog"].model_copy(update={"channel": "inv-nowhere"})}
    world.policy.take(world.policy.current.model_copy(update={"queues": gone}))
    side = await SlackSide.connect(settings(world), product(world), sandbox=True)
    await side.start()
    assert [(one.queue, one.error) for one in side.troubles] == [("catalog", "channel_not_found")]
    await side.stop()


async def test_http_mode_has_an_address_and_no_socket(world: World) -> None:
    side = await SlackSide.connect(settings(world, slack_mode="http"), product(world), sandbox=True)
    assert [route.path for route in side.routes()] == ["/slack/events"]
