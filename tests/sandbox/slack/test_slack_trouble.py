"""Rate limits and faults: what an app must survive."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Faults, Outage, RateLimits, SlackWorkspace


class MovedClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def client_of(workspace: SlackWorkspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url, retry_handlers=[])


async def test_posting_too_fast_into_one_channel_is_told_when_to_come_back() -> None:
    clock = MovedClock()
    async with SlackWorkspace(rate_limits=RateLimits(clock=clock)) as workspace:
        client = client_of(workspace)
        for _ in range(4):
            await client.chat_postMessage(channel="C0MKT", text="burst")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0MKT", text="too much")
        response = caught.value.response
        assert (response.status_code, response["error"]) == (429, "ratelimited")
        assert response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel="C0WHS", text="another channel has its own share")
        clock.now += 1
        await client.chat_postMessage(channel="C0MKT", text="a second later")
        assert len(workspace.messages("inv-marketplaces")) == 5


async def test_a_tier_is_a_minutes_worth_of_calls() -> None:
    clock = MovedClock()
    async with SlackWorkspace(rate_limits=RateLimits(clock=clock)) as workspace:
        client = client_of(workspace)
        for _ in range(20):
            await client.usergroups_list()
        with pytest.raises(SlackApiError) as caught:
            await client.usergroups_list()
        assert caught.value.response.headers["Retry-After"] == "3"


async def test_limits_can_be_scaled_and_switched_off() -> None:
    for limits in (RateLimits(scale=10, clock=MovedClock()), RateLimits.off()):
        async with SlackWorkspace(rate_limits=limits) as workspace:
            client = client_of(workspace)
            for _ in range(25):
                await client.chat_postMessage(channel="C0MKT", text="x")


async def test_every_third_call_is_limited_when_asked_for() -> None:
    async with SlackWorkspace(faults=Faults(ratelimit_every=3, retry_after=7)) as workspace:
        client = client_of(workspace)
        await client.auth_test()
        await client.auth_test()
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response.headers["Retry-After"] == "7"


async def test_a_lost_answer_leaves_the_post_applied() -> None:
    async with SlackWorkspace() as workspace:
        workspace.faults.lose_answers["chat.postMessage"] = 1
        with pytest.raises(aiohttp.ClientError):
            await client_of(workspace).chat_postMessage(channel="C0MKT", text="was it posted?")
        assert [m.text for m in workspace.messages("inv-marketplaces")] == ["was it posted?"]
        await client_of(workspace).chat_postMessage(channel="C0MKT", text="the next one is answered")


async def test_a_named_failure_is_applied_to_nothing() -> None:
    async with SlackWorkspace() as workspace:
        workspace.faults.fail_next["chat.postMessage"] = ["internal_error"]
        with pytest.raises(SlackApiError, match="internal_error"):
            await client_of(workspace).chat_postMessage(channel="C0MKT", text="x")
        assert workspace.messages("inv-marketplaces") == []
        assert workspace.calls == {}


async def test_an_outage_ends_and_the_same_address_answers_again() -> None:
    async with SlackWorkspace() as workspace:
        client = client_of(workspace)
        await workspace.set_outage(Outage.UNAVAILABLE)
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response.status_code == 503
        before = workspace.base_url
        await workspace.set_outage(Outage.REFUSED)
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.auth_test()
        await workspace.set_outage(Outage.NONE)
        assert workspace.base_url == before
        assert (await client.auth_test())["ok"]


async def test_a_broken_answer_leaves_the_post_applied_and_says_503() -> None:
    async with SlackWorkspace(faults=Faults(break_after={"chat.postMessage": 1})) as workspace:
        with pytest.raises(SlackApiError) as caught:
            await client_of(workspace).chat_postMessage(channel="C0MKT", text="here")
        assert caught.value.response.status_code == 503
        assert [message.text for message in workspace.messages("inv-marketplaces")] == ["here"]


async def test_a_limit_may_be_of_one_method_and_of_one_channel_of_it() -> None:
    named = {"chat.update": 1, ("chat.postMessage", "C0MKT"): 1}
    async with SlackWorkspace(faults=Faults(limit_next=named)) as workspace:
        client = client_of(workspace)
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_postMessage(channel="C0MKT", text="refused")
        sent = await client.chat_postMessage(channel="C0WHS", text="another channel")
        await client.chat_postMessage(channel="C0MKT", text="later")
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_update(channel="C0WHS", ts=sent["ts"], text="refused")
        await client.chat_update(channel="C0WHS", ts=sent["ts"], text="later")


async def test_only_posting_can_be_away() -> None:
    async with SlackWorkspace() as workspace:
        await workspace.set_outage(Outage.POSTING)
        client = client_of(workspace)
        await client.auth_test()
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0MKT", text="no")
        assert caught.value.response.status_code == 503
