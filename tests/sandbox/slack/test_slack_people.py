"""What people can and cannot do, and what the app hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import ApiError, AppDidNotRespondError, CannotDoError, GroupSpec, Outcome, Person, SlackWorkspace

Answer = dict[str, Any]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"text": plain(v.title()), "value": v} for v in values]


def an_input(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    element = {"action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "count.enter",
    "title": plain("Count"),
    "submit": plain("Save"),
    "notify_on_close": True,
    "blocks": [
        an_input("units", {"type": "number_input", "is_decimal_allowed": False, "min_value": "0"}),
        an_input("who", {"type": "users_select"}),
        an_input("how", {"type": "radio_buttons", "options": options("blind", "open")}),
        an_input("when", {"type": "datetimepicker"}, optional=True),
        an_input("note", {"type": "plain_text_input", "max_length": 10}, optional=True),
    ],
}
FILLED = {"units": "9", "who": "sam", "how": "blind"}


class TinyApp:
    """A Bolt app whose answers a test sets, and which remembers what it heard."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url)
        self.bolt = AsyncApp(client=self.client, signing_secret=workspace.signing_secret)
        self.answer: Answer = {}
        self.heard: list[dict[str, Any]] = []
        self.on_heard: Callable[[], None] = workspace.state.changed
        self.bolt.view("count.enter")(self.submitted)
        self.bolt.view_closed("count.enter")(self.noted)
        groups = ("subteam_created", "subteam_members_changed", "subteam_updated")
        for name in ("member_joined_channel", "app_mention", "channel_archive", *groups):
            self.bolt.event(name)(self.noted)
        self.bolt.action("take")(self.noted)
        self.bolt.options("value")(self.suggested)

    async def submitted(self, ack: Any, body: dict[str, Any]) -> None:
        self.heard.append(body)
        await ack(**self.answer)

    async def noted(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        self.heard.append(body)
        self.on_heard()

    async def suggested(self, ack: Any, body: dict[str, Any]) -> None:
        await ack(options=options(body["value"] + "-blk", body["value"] + "-stl"))


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace(ack_timeout=1.0) as workspace:
        yield workspace


@pytest.fixture
async def app(workspace: SlackWorkspace) -> AsyncIterator[TinyApp]:
    app = TinyApp(workspace)
    handler = AsyncSocketModeHandler(app.bolt, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await workspace.sockets.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def sam(workspace: SlackWorkspace, app: TinyApp) -> Person:
    sam = workspace.person("sam")
    await app.client.views_open(trigger_id=workspace.state.new_trigger(sam.id), view=FORM)
    return sam


async def test_a_modal_reads_as_lines_of_text(workspace: SlackWorkspace, sam: Person) -> None:
    assert workspace.read_view(sam.view()).splitlines()[:2] == ["Count", "units: ____"]


async def test_slack_itself_asks_for_what_is_missing(sam: Person, app: TinyApp) -> None:
    submission = await sam.submit_view({"units": "-1", "note": "much too long"})
    assert submission.errors == {
        "units": "Must be at least 0.",
        "who": "Please complete this required field.",
        "how": "Please complete this required field.",
        "note": "This is too long: at most 10 characters.",
    }
    assert app.heard == []


async def test_the_app_gets_the_values_in_slacks_shape(sam: Person, app: TinyApp) -> None:
    await sam.submit_view({**FILLED, "when": 1_795_528_920})
    values = app.heard[0]["view"]["state"]["values"]
    assert values["units"]["value"] == {"type": "number_input", "value": "9"}
    assert values["who"]["value"] == {"type": "users_select", "selected_user": "U0SAM"}
    assert values["how"]["value"]["selected_option"]["value"] == "blind"
    assert values["when"]["value"]["selected_date_time"] == 1_795_528_920
    assert values["note"]["value"] == {"type": "plain_text_input", "value": None}


async def test_an_updated_view_keeps_what_was_typed(sam: Person, app: TinyApp) -> None:
    app.answer = {"response_action": "update", "view": FORM | {"title": plain("Look again")}}
    submission = await sam.submit_view(FILLED)
    assert submission.outcome is Outcome.UPDATED
    view = sam.open_view()
    assert view is not None
    assert view.content["title"]["text"] == "Look again"
    assert view.values["units"]["value"]["value"] == "9"


async def test_a_pushed_view_lies_on_top_and_clear_closes_all(sam: Person, app: TinyApp) -> None:
    app.answer = {"response_action": "push", "view": FORM}
    assert (await sam.submit_view(FILLED)).outcome is Outcome.PUSHED
    assert len(sam.state.stack(sam.id)) == 2
    app.answer = {"response_action": "clear"}
    assert (await sam.submit_view(FILLED)).outcome is Outcome.CLEARED
    assert sam.open_view() is None


async def test_an_answer_that_slack_would_not_take_is_said_aloud(sam: Person, app: TinyApp) -> None:
    app.answer = {"response_action": "errors", "errors": {"no.such.block": "?"}}
    with pytest.raises(ApiError, match="errors must name input blocks"):
        await sam.submit_view(FILLED)
    view = sam.open_view()
    assert view is not None
    assert view.trouble == "We had some trouble connecting. Try again?"


async def test_closing_a_view_tells_an_app_that_asked_to_know(
    workspace: SlackWorkspace, sam: Person, app: TinyApp
) -> None:
    await sam.close_view()
    await workspace.wait_for(lambda: app.heard)
    assert (app.heard[0]["type"], app.heard[0]["is_cleared"]) == ("view_closed", False)


async def test_a_late_acknowledgement_reads_as_no_response(workspace: SlackWorkspace, app: TinyApp) -> None:
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": "gone", "text": plain("Press")}]}]
    posted = await app.client.chat_postMessage(channel="C0MKT", text="x", blocks=blocks)
    with pytest.raises(AppDidNotRespondError):
        await workspace.person("dana").click("inv-marketplaces", posted["ts"], "gone")


async def test_a_click_tells_who_where_and_what(workspace: SlackWorkspace, app: TinyApp) -> None:
    buttons = [
        {
            "type": "section",
            "block_id": f"item.{n}",
            "text": plain("x"),
            "accessory": {"type": "button", "action_id": "take", "text": plain("Take"), "value": f"EX-{n}"},
        }
        for n in (1, 2)
    ]
    metadata = {"event_type": "countersign_card", "event_payload": {"key": "EX-2"}}
    posted = await app.client.chat_postMessage(channel="C0MKT", text="x", blocks=buttons, metadata=metadata)
    await workspace.person("gus").click("inv-marketplaces", posted["ts"], "take", "EX-2")
    await workspace.wait_for(lambda: app.heard)
    body = app.heard[0]
    assert (body["user"]["id"], body["team"]["id"], body["channel"]["id"]) == ("U0GUS", "TSANDBOX00", "C0MKT")
    assert (body["actions"][0]["block_id"], body["actions"][0]["value"]) == ("item.2", "EX-2")
    assert body["message"]["metadata"] == metadata


async def test_a_click_on_an_ephemeral_message_comes_without_the_message(
    workspace: SlackWorkspace, app: TinyApp
) -> None:
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": "take", "text": plain("Take")}]}]
    await app.client.chat_postEphemeral(channel="C0MKT", user="U0DANA", text="x", blocks=blocks)
    shown = workspace.ephemerals("dana", "inv-marketplaces")[0]
    await workspace.person("dana").click("inv-marketplaces", shown.ts, "take")
    await workspace.wait_for(lambda: app.heard)
    assert "message" not in app.heard[0]
    assert app.heard[0]["container"]["is_ephemeral"] is True


async def test_an_external_select_is_filled_by_the_app(workspace: SlackWorkspace, app: TinyApp) -> None:
    select = {"type": "external_select", "min_query_length": 2}
    note = an_input("note", {"type": "plain_text_input"}, optional=True)
    form = FORM | {"blocks": [an_input("sku", select), note]}
    await app.client.views_open(trigger_id=workspace.state.new_trigger("U0SAM"), view=form)
    sam = workspace.person("sam")
    offered = await sam.suggest("value", "ktl", block_id="sku")
    assert [o["value"] for o in offered] == ["ktl-blk", "ktl-stl"]
    await sam.submit_view({"sku": "ktl-stl"})
    state = app.heard[0]["view"]["state"]["values"]["sku"]["value"]
    assert state["selected_option"]["value"] == "ktl-stl"


async def test_people_see_only_their_channels(workspace: SlackWorkspace) -> None:
    gus, noor = workspace.person("gus"), workspace.person("noor")
    assert {c.name for c in gus.channels()} == {"general", "inv-marketplaces"}
    assert {c.name for c in noor.channels()} == {"general", "inv-audit"}
    with pytest.raises(CannotDoError, match="Noor is not in #inv-finance"):
        await noor.say("inv-finance", "hello?")


async def test_typed_names_become_mentions_and_markup_is_escaped(workspace: SlackWorkspace) -> None:
    said = await workspace.person("dana").say("general", "@lee <b>1 & 2</b> in #inv-audit, not @nobody")
    assert said.text == "<@U0LEE> &lt;b&gt;1 &amp; 2&lt;/b&gt; in <#C0AUDIT|inv-audit>, not @nobody"


async def test_the_app_hears_of_joining_mentions_archives_and_groups(workspace: SlackWorkspace, app: TinyApp) -> None:
    workspace.admin.invite("inv-finance", "dana")
    await workspace.person("dana").say("inv-finance", "@Countersign are you there?")
    workspace.admin.archive("general")
    workspace.admin.set_group("finance", ["lee", "kim"])
    await workspace.wait_for(lambda: len(app.heard) == 4)
    events = {b["event"]["type"]: b["event"] for b in app.heard}
    assert events["member_joined_channel"]["user"] == "U0DANA"
    assert events["app_mention"]["text"] == "<@U0BOT> are you there?"
    assert events["channel_archive"]["channel"] == "C0GENERAL"
    assert events["subteam_members_changed"]["added_users"] == ["U0KIM"]


async def test_the_app_hears_of_groups_that_are_made_renamed_and_disabled(
    workspace: SlackWorkspace, app: TinyApp
) -> None:
    changes = (
        lambda: workspace.admin.add_group(GroupSpec("night-shift", "Night shift", "S0NIGHT", ("noor",))),
        lambda: workspace.admin.rename_group("night-shift", "owls"),
        lambda: workspace.admin.disable_group("owls"),
        lambda: workspace.person("dana").enter_group("owls", inside=True),
    )
    for heard, change in enumerate(changes, 1):
        change()
        await workspace.wait_for(lambda heard=heard: len(app.heard) == heard)
    events = [one["event"] for one in app.heard]
    about = [(one["type"], one["subteam"]["handle"], bool(one["subteam"]["date_delete"])) for one in events[:3]]
    assert about == [
        ("subteam_created", "night-shift", False),
        ("subteam_updated", "owls", False),
        ("subteam_updated", "owls", True),
    ]
    assert events[0]["subteam"]["users"] == ["U0NOOR"]
    assert (events[3]["added_users"], events[3]["added_users_count"], events[3]["removed_users"]) == (
        ["U0DANA"],
        "1",
        [],
    )
    with pytest.raises(CannotDoError, match="no user group night-shift"):
        workspace.person("dana").enter_group("night-shift", inside=True)


async def test_an_app_that_may_not_read_groups_hears_of_none(workspace: SlackWorkspace, app: TinyApp) -> None:
    workspace.front.desk.scopes = workspace.front.desk.scopes - {"usergroups:read"}
    workspace.admin.set_group("finance", ["kim"])
    workspace.admin.archive("general")
    await workspace.wait_for(lambda: app.heard)
    assert [one["event"]["type"] for one in app.heard] == ["channel_archive"]


async def test_an_event_that_was_not_acknowledged_comes_again() -> None:
    async with SlackWorkspace(ack_timeout=0.2, event_retry_delays=(0.05,) * 40) as workspace:
        await workspace.person("dana").open_home()
        app = TinyApp(workspace)
        app.bolt.event("app_home_opened")(app.noted)
        handler = AsyncSocketModeHandler(app.bolt, workspace.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await workspace.wait_for(lambda: app.heard)
        await handler.close_async()  # type: ignore[no-untyped-call]
        assert app.heard[0]["event"]["user"] == "U0DANA"
