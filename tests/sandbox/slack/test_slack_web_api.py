"""The Web API as the SDK meets it: errors by name, history, threads, views, files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SANDBOX_TEAM_ID, SlackWorkspace


class MovedClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1_795_528_920.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def workspace(clock: MovedClock) -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace(clock=clock) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: SlackWorkspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url, retry_handlers=[])


async def refused(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    body: dict[str, Any] = dict(caught.value.response.data)
    return body


def a_modal(**more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Pause"}
    return {"type": "modal", "title": text, "blocks": [{"type": "section", "text": text}], **more}


async def test_the_workspace_is_known_by_its_sandbox_id(client: AsyncWebClient) -> None:
    assert (await client.auth_test())["team_id"] == SANDBOX_TEAM_ID


async def test_tokens_are_told_apart(workspace: SlackWorkspace) -> None:
    def client(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=workspace.base_url)

    assert (await refused(client(None).auth_test()))["error"] == "not_authed"
    assert (await refused(client("xoxb-wrong").auth_test()))["error"] == "invalid_auth"
    app_call = client(None).apps_connections_open(app_token=workspace.bot_token)
    assert (await refused(app_call))["error"] == "not_allowed_token_type"
    workspace.admin.revoke_tokens()
    assert (await refused(client(workspace.bot_token).auth_test()))["error"] == "token_revoked"


async def test_a_missing_scope_is_named(client: AsyncWebClient) -> None:
    body = await refused(client.chat_unfurl(channel="C0MKT", ts="1.1", unfurls={}))
    assert (body["error"], body["needed"]) == ("missing_scope", "links:write")
    assert "chat:write" in body["provided"].split(",")


async def test_channels_answer_by_what_the_app_may_know(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    workspace.admin.remove("general", "bot")
    workspace.admin.remove("inv-finance", "bot")
    workspace.admin.archive("inv-catalog")
    errors = {
        name: (await refused(client.chat_postMessage(channel=channel, text="x")))["error"]
        for name, channel in [("left", "C0GENERAL"), ("hidden", "C0FIN"), ("closed", "C0CAT"), ("none", "C9")]
    }
    assert errors == {
        "left": "not_in_channel",
        "hidden": "channel_not_found",
        "closed": "is_archived",
        "none": "channel_not_found",
    }
    await client.conversations_join(channel="C0GENERAL")
    assert (await client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]


async def test_faulty_blocks_are_refused_with_their_place(client: AsyncWebClient) -> None:
    body = await refused(client.chat_postMessage(channel="C0MKT", text="x", blocks=[{"type": "section"}]))
    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] missing required field: text or fields [json-pointer:/blocks/0]"
    ]


async def test_a_form_is_read_like_json(workspace: SlackWorkspace) -> None:
    form = {"token": workspace.bot_token, "channel": "C0MKT", "blocks": '[{"type":"divider"}]', "text": "a"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{workspace.base_url}chat.postMessage", data=form) as answer,
    ):
        body = await answer.json()
    assert body["message"]["blocks"][0]["type"] == "divider"


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("chat.postMessage", "{", "invalid_json"),
        ("chat.postMessage", "[]", "json_not_object"),
        ("no.such", "{}", "unknown_method"),
    ],
)
async def test_calls_that_make_no_sense(workspace: SlackWorkspace, name: str, body: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {workspace.bot_token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(workspace.base_url + name, data=body, headers=headers) as answer,
    ):
        assert (await answer.json())["error"] == error


async def test_an_own_post_is_found_again_by_its_metadata(client: AsyncWebClient) -> None:
    before = (await client.chat_postMessage(channel="C0MKT", text="before"))["ts"]
    metadata = {"event_type": "countersign_card", "event_payload": {"delivery": "EX-1:1"}}
    posted = await client.chat_postMessage(channel="C0MKT", text="card", metadata=metadata)
    found = await client.conversations_history(channel="C0MKT", oldest=before, include_all_metadata=True)
    assert [(m["ts"], m["metadata"]) for m in found["messages"]] == [(posted["ts"], metadata)]
    without = await client.conversations_history(channel="C0MKT", oldest=before)
    assert "metadata" not in without["messages"][0]
    both = await client.conversations_history(channel="C0MKT", oldest=before, inclusive=True)
    assert len(both["messages"]) == 2


async def test_history_comes_newest_first_in_pages(client: AsyncWebClient) -> None:
    for number in range(4):
        await client.chat_postMessage(channel="C0MKT", text=str(number))
    first = await client.conversations_history(channel="C0MKT", limit=3)
    assert [m["text"] for m in first["messages"]] == ["3", "2", "1"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel="C0MKT", limit=3, cursor=cursor)
    assert ([m["text"] for m in rest["messages"]], rest["has_more"]) == (["0"], False)


async def test_a_thread_stays_out_of_the_channel_unless_broadcast(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0MKT", text="root"))["ts"]
    await client.chat_postMessage(channel="C0MKT", text="quiet", thread_ts=root)
    await client.chat_postMessage(channel="C0MKT", text="loud", thread_ts=root, reply_broadcast=True)
    history = (await client.conversations_history(channel="C0MKT"))["messages"]
    assert [m["text"] for m in history] == ["loud", "root"]
    assert history[1]["reply_count"] == 2
    replies = await client.conversations_replies(channel="C0MKT", ts=root)
    assert [m["text"] for m in replies["messages"]] == ["root", "quiet", "loud"]
    assert (await refused(client.chat_postMessage(channel="C0MKT", text="x", thread_ts="1.1")))["error"] == (
        "thread_not_found"
    )


async def test_an_update_with_text_alone_drops_the_blocks_and_keeps_the_metadata(
    client: AsyncWebClient,
) -> None:
    metadata = {"event_type": "countersign_card", "event_payload": {"version": 1}}
    ts = (await client.chat_postMessage(channel="C0MKT", text="a", blocks=[{"type": "divider"}], metadata=metadata))[
        "ts"
    ]
    updated = await client.chat_update(channel="C0MKT", ts=ts, text="b")
    assert "blocks" not in updated["message"]
    assert updated["message"]["metadata"] == metadata
    too_long = client.chat_update(channel="C0MKT", ts=ts, text="x" * 4001)
    assert (await refused(too_long))["error"] == "msg_too_long"


async def test_only_own_messages_can_be_changed(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    said = await workspace.person("dana").say("inv-marketplaces", "mine")
    update = client.chat_update(channel="C0MKT", ts=said.ts, text="x")
    assert (await refused(update))["error"] == "cant_update_message"
    assert (await refused(client.chat_update(channel="C0MKT", ts="1.1", text="x")))["error"] == "message_not_found"


async def test_a_deleted_root_with_replies_leaves_a_tombstone(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0MKT", text="root"))["ts"]
    await client.chat_postMessage(channel="C0MKT", text="reply", thread_ts=root)
    await client.chat_delete(channel="C0MKT", ts=root)
    left = (await client.conversations_history(channel="C0MKT"))["messages"][0]
    assert left["subtype"] == "tombstone"


async def test_a_direct_message_goes_to_the_person_alone(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U0LEE", text="for you")
    channel = workspace.person("lee").direct()
    assert posted["channel"] == channel.id
    assert channel not in workspace.person("dana").channels()
    again = await client.conversations_open(users="U0LEE")
    assert (again["channel"]["id"], again["already_open"]) == (channel.id, True)


async def test_ephemerals_are_for_members_and_cannot_be_updated(
    workspace: SlackWorkspace, client: AsyncWebClient
) -> None:
    shown = await client.chat_postEphemeral(channel="C0MKT", user="U0DANA", text="psst")
    assert [m.text for m in workspace.ephemerals("dana", "inv-marketplaces")] == ["psst"]
    assert workspace.messages("inv-marketplaces") == []
    update = client.chat_update(channel="C0MKT", ts=shown["message_ts"], text="x")
    assert (await refused(update))["error"] == "message_not_found"
    outsider = client.chat_postEphemeral(channel="C0MKT", user="U0NOOR", text="psst")
    assert (await refused(outsider))["error"] == "user_not_in_channel"


async def test_a_trigger_opens_one_view_within_three_seconds(
    workspace: SlackWorkspace, client: AsyncWebClient, clock: MovedClock
) -> None:
    trigger = workspace.state.new_trigger("U0DANA")
    late = workspace.state.new_trigger("U0DANA")
    await client.views_open(trigger_id=trigger, view=a_modal())
    again = client.views_open(trigger_id=trigger, view=a_modal())
    assert (await refused(again))["error"] == "exchanged_trigger_id"
    clock.now += 3.5
    assert (await refused(client.views_open(trigger_id=late, view=a_modal())))["error"] == "expired_trigger_id"
    unknown = client.views_open(trigger_id="1.2.abc", view=a_modal())
    assert (await refused(unknown))["error"] == "invalid_trigger_id"


async def test_of_two_updates_with_one_hash_the_second_loses(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=workspace.state.new_trigger("U0DANA"), view=a_modal())
    view_id, first_hash = opened["view"]["id"], opened["view"]["hash"]
    await client.views_update(view_id=view_id, hash=first_hash, view=a_modal())
    late = client.views_update(view_id=view_id, hash=first_hash, view=a_modal())
    assert (await refused(late))["error"] == "hash_conflict"


async def test_a_fourth_view_does_not_fit_on_the_stack(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=workspace.state.new_trigger("U0DANA"), view=a_modal())
    for _ in range(2):
        trigger = workspace.state.new_trigger("U0DANA", opened["view"]["id"])
        opened = await client.views_push(trigger_id=trigger, view=a_modal())
    trigger = workspace.state.new_trigger("U0DANA", opened["view"]["id"])
    assert (await refused(client.views_push(trigger_id=trigger, view=a_modal())))["error"] == "push_limit_reached"
    await workspace.person("dana").close_view()
    left = workspace.person("dana").open_view()
    assert left is not None
    assert left.id == opened["view"]["previous_view_id"]


async def test_a_file_is_uploaded_shared_and_read_back(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0OPS", text="digest"))["ts"]
    done = await client.files_upload_v2(
        channel="C0OPS", thread_ts=root, filename="week.csv", content="a,b\n1,2\n", title="Week 47"
    )
    shared = workspace.thread("inv-ops", root)[1]
    assert shared.file_ids == [done["files"][0]["id"]]
    async with aiohttp.ClientSession() as session:
        url = done["files"][0]["url_private"]
        async with session.get(url, headers={"Authorization": f"Bearer {workspace.bot_token}"}) as answer:
            assert await answer.text() == "a,b\n1,2\n"
        async with session.get(url) as answer:
            assert answer.status == 403


async def test_a_response_url_is_good_for_five_posts_in_half_an_hour(
    workspace: SlackWorkspace, client: AsyncWebClient, clock: MovedClock
) -> None:
    from sandbox.slack.model import ResponseUrl
    from sandbox.slack.payloads import response_url

    def fresh() -> str:
        return response_url(workspace.state, ResponseUrl("U0DANA", "C0MKT", clock.now))

    url, unused = fresh(), fresh()
    async with aiohttp.ClientSession() as session:
        for number in range(5):
            async with session.post(url, json={"text": str(number)}) as answer:
                assert await answer.text() == "ok"
        async with session.post(url, json={"text": "6"}) as answer:
            assert (await answer.json())["error"] == "used_url"
        clock.now += 30 * 60 + 1
        async with session.post(unused, json={"text": "late"}) as answer:
            assert (await answer.json())["error"] == "expired_url"
    assert len(workspace.ephemerals("dana", "inv-marketplaces")) == 5


async def test_people_groups_and_members_can_be_looked_up(client: AsyncWebClient) -> None:
    gus = (await client.users_info(user="U0GUS"))["user"]
    assert (gus["is_restricted"], gus["is_bot"], gus["tz"]) == (True, False, "Europe/Berlin")
    groups = {g["handle"]: g["id"] for g in (await client.usergroups_list())["usergroups"]}
    people = await client.usergroups_users_list(usergroup=groups["finance"])
    assert people["users"] == ["U0LEE", "U0ANA"]
    members = await client.conversations_members(channel="C0WHS")
    assert set(members["members"]) == {"U0SAM", "U0KIM", "U0DANA", "U0BOT"}
    listed = await client.conversations_list(types="private_channel", limit=3)
    assert len(listed["channels"]) == 3
    assert listed["response_metadata"]["next_cursor"]


async def test_a_disabled_group_is_listed_only_when_asked_for(
    workspace: SlackWorkspace, client: AsyncWebClient
) -> None:
    workspace.admin.disable_group("finance")
    assert "finance" not in {one["handle"] for one in (await client.usergroups_list())["usergroups"]}
    listed = (await client.usergroups_list(include_disabled=True, include_users=True))["usergroups"]
    (finance,) = [one for one in listed if one["handle"] == "finance"]
    assert finance["date_delete"] > 0
    assert finance["users"] == ["U0LEE", "U0ANA"]
    assert (await refused(client.usergroups_users_list(usergroup="S0FIN")))["error"] == "no_such_subteam"
    people = await client.usergroups_users_list(usergroup="S0FIN", include_disabled=True)
    assert people["users"] == ["U0LEE", "U0ANA"]
    assert (await refused(client.usergroups_users_list(usergroup="S0NONE")))["error"] == "no_such_subteam"


async def test_pins_stay_on_top_until_taken_off(workspace: SlackWorkspace, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0MKT", text="summary"))["ts"]
    await client.pins_add(channel="C0MKT", timestamp=ts)
    assert (await refused(client.pins_add(channel="C0MKT", timestamp=ts)))["error"] == "already_pinned"
    assert workspace.state.channel("inv-marketplaces").pins == [ts]
    await client.pins_remove(channel="C0MKT", timestamp=ts)
    assert (await refused(client.pins_remove(channel="C0MKT", timestamp=ts)))["error"] == "no_pin"
