"""The Bolt app: which payload goes to whom, in Socket Mode and over HTTP. Handlers only translate."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.asked import DigestPreview
from bot.slack.bulk.acting import Bulks
from bot.slack.bulk.form import CONFIRM, DECIDE, LIST, STORM
from bot.slack.choosing import CALLBACK, Choosing
from bot.slack.clicks import AT_ONCE, Clicks
from bot.slack.commands import Commands
from bot.slack.elsewhere import Elsewhere
from bot.slack.freezing import FREEZE, THAW, Freezer
from bot.slack.home import FIND, Home
from bot.slack.mapping import DO, LOOK, Mapper
from bot.slack.once import Once
from bot.slack.places import policy_channel
from bot.slack.reporting import FIND as REPORTED
from bot.slack.room import Room, recorded
from bot.slack.sample import Samples
from bot.slack.silent import SilentSource
from bot.slack.speaking import speak_to
from bot.slack.steps import COUNT, OPEN, Steps
from bot.slack.storming import SPLIT, TAKE, Storms
from bot.slack.unfurling import Unfurler
from bot.slack.welcome import SET_UP, Welcome
from sync.errors import BadInput
from sync.model.ids import QueueId, UserId
from sync.model.outbox import Post, PostKind

_FORMS = "|".join(sorted((*m.FORMS, *m.ROUTES)))
_AT_ONCE = "|".join(sorted(AT_ONCE))
ACTS = re.compile(rf"^(card|ask|proof|home)\.({_FORMS})\.open$|^card\.more$|^(card|ask|home)\.({_AT_ONCE})$")
SHOWN = re.compile(
    r"^(card|ask|proof)\.(picture|proof|more|skus)\.show$|^card\.risk\.explain$|^proof\.(export|verify)$"
)

_log = structlog.get_logger(__name__)


def build_app(
    room: Room, signing_secret: str | None = None, digest: DigestPreview | None = None, home: Home | None = None
) -> AsyncApp:
    """The app with all its listeners. ``signing_secret`` is needed in HTTP mode, where Bolt checks every request; ``home`` is the
    one that its caller keeps fresh."""
    app = AsyncApp(
        client=room.client,
        signing_secret=signing_secret or secrets.token_hex(16),
        process_before_response=False,
        ignoring_self_events_enabled=True,
    )
    app.middleware(Once().let_pass)

    @app.middleware
    async def for_whom(body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """What is answered is written for whoever asks, as far as they are known already: nobody waits for it here."""
        speak_to(room.directory.reader(_asker(body)), room.now)
        return await next_()

    clicks = Clicks(room)
    commands, home = Commands(room, clicks, digest), home or Home(room)
    app.view(re.compile(rf"^({FREEZE}|{THAW})$"))(Freezer(room).submitted)
    app.command("/inventory")(commands.inventory)
    app.action(ACTS)(clicks.pressed)
    app.action(SHOWN)(clicks.pressed)
    app.action("faster.note.open")(clicks.add_as_note)
    app.action({"block_id": "pause.listings", "action_id": "value"})(clicks.listings_ticked)
    app.action(re.compile(r"^inventory\."))(commands.run)
    for form in m.FORMS.values():
        app.view(form.callback_id)(clicks.submitted)
    mapper = Mapper(room)
    app.action("card.choose.open")(mapper.pressed)
    app.view(LOOK)(mapper.looked)
    app.view(DO)(mapper.chosen)
    app.action("silent.skus.export")(SilentSource(room).export)
    storms = Storms(room)
    app.action("storm.ask.open")(clicks.ask_of_storm)
    app.action("storm.more")(storms.more_pressed)
    app.action("storm.take.open")(storms.take_pressed)
    app.view(TAKE)(storms.take_sent)
    app.view(SPLIT)(storms.split_sent)
    _bulk(app, Bulks(room))

    @app.action(re.compile(r"^home\.(queue|case|worst)\.show$"))
    async def home_pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await home.pressed(body)

    elsewhere = Elsewhere(room, clicks, commands, home)
    app.view(FIND)(home.found)
    app.view(REPORTED)(elsewhere.reporter.typed)
    app.action(re.compile(r"^report\.sku\.\d$"))(elsewhere.reporter.pressed)
    app.shortcut("find_sku")(elsewhere.find_sku)
    app.shortcut("open_exception")(elsewhere.open_exception)
    app.shortcut("add_note")(elsewhere.add_note)

    choosing = Choosing(room)

    @app.action("home.settings.open")
    async def settings_pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await choosing.open(UserId(str(body["user"]["id"])), str(body["trigger_id"]))

    @app.view(CALLBACK)
    async def settings_chosen(ack: AsyncAck, body: dict[str, Any]) -> None:
        user = await choosing.chosen(ack, body)
        if user is not None:
            await home.opened({"user": user})

    @app.action("home.find.open")
    async def find_pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await home.find(str(body["trigger_id"]))

    welcome, samples = Welcome(room), Samples(room)
    app.action("welcome.setup.open")(welcome.open)
    app.view(SET_UP)(welcome.sent)
    app.action("welcome.sample.show")(samples.show)
    app.action(re.compile(r"^sample\."))(samples.pressed)
    app.action(re.compile(r".*"))(clicks.unknown)

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any]) -> None:
        await elsewhere.mentioned(event)

    @app.event("app_home_opened")
    async def home_opened(event: dict[str, Any]) -> None:
        await home.opened(event)

    steps = Steps(room)
    app.function(OPEN)(steps.open_exception)
    app.function(COUNT)(steps.request_count)
    unfurler = Unfurler(room)

    @app.event("link_shared")
    async def link_shared(event: dict[str, Any]) -> None:
        await unfurler.shared(event)

    _workspace_events(app, room)
    app.error(_Broken(room))
    return app


def _asker(body: dict[str, Any]) -> UserId:
    """Who sent a payload: a click or form, a command, or an event; nobody for events of the workspace."""
    user = body.get("user") or body.get("user_id") or (body.get("event") or {}).get("user") or ""
    return UserId(str(user.get("id", "") if isinstance(user, dict) else user))


def _bulk(app: AsyncApp, bulks: Bulks) -> None:
    """Acting on many at once."""
    app.action("storm.act.open")(bulks.storm_pressed)
    app.action("list.act.open")(bulks.list_pressed)
    app.action({"block_id": re.compile(r"^bulk\.(who|deed)$"), "action_id": "value"})(bulks.changed)
    app.view(re.compile(rf"^({STORM}|{LIST})$"))(bulks.filled)
    app.view(CONFIRM)(bulks.sent)
    app.action("bulk.list.show")(bulks.list_shown)
    app.action("bulk.decide.open")(bulks.decide_pressed)
    app.view(DECIDE)(bulks.decided)


def _workspace_events(app: AsyncApp, room: Room) -> None:
    """Events that keep the picture of the workspace true."""

    @app.event("member_joined_channel")
    async def joined(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await Welcome(room).invited(str(event["channel"]))
        room.directory.joined(str(event["channel"]), UserId(str(event["user"])))

    @app.event("member_left_channel")
    async def left(event: dict[str, Any]) -> None:
        room.directory.left(str(event["channel"]), UserId(str(event["user"])))

    @app.event("user_change")
    async def person_changed(event: dict[str, Any]) -> None:
        found = event["user"]
        room.directory.changed(UserId(str(found["id"])), found)

    @app.event("subteam_members_changed")
    async def group_members_changed(event: dict[str, Any]) -> None:
        added, removed = event.get("added_users") or (), event.get("removed_users") or ()
        await room.directory.groups.members_changed(str(event["subteam_id"]), added, removed)

    @app.event(re.compile(r"^subteam_(created|updated)$"))
    async def group_changed(event: dict[str, Any]) -> None:
        await room.directory.groups.changed(event["subteam"])

    @app.event(re.compile(r"^(channel|group)_rename$"))
    async def renamed(event: dict[str, Any]) -> None:
        channel = event["channel"]
        await _tell_renamed(room, room.channels.renamed(str(channel["id"]), str(channel["name"])), str(channel["name"]))
        _log.warning("channel_renamed", channel=channel["id"], name=channel["name"])

    @app.event(re.compile(r"^(channel|group)_(archive|unarchive|deleted|left)$"))
    async def gone(event: dict[str, Any]) -> None:
        channel, room.channels.changed = str(event.get("channel")), True
        _log.warning("channel_changed", what=event["type"], channel=channel, queue=room.channels.queue_of(channel))

    @app.event(re.compile(r"^(tokens_revoked|app_uninstalled)$"))
    async def revoked(event: dict[str, Any]) -> None:
        _log.error("slack_access_ended", what=event["type"], mend="install the app again and set its new tokens")


async def _tell_renamed(room: Room, queues: Sequence[QueueId], name: str) -> None:
    """The ops channel hears once that policy calls a queue's channel by a name that is no more."""
    policy = room.policy.current
    posts = [
        Post(
            key=f"renamed:{queue}:{name}",
            kind=PostKind.PRIVATE,
            channel=policy.digest.channel,
            wanted=1,
            body=t.CHANNEL_RENAMED.format(channel=policy_channel(room.policy, queue), name=name, queue=queue),
            next_at=room.now,
        )
        for queue in queues
    ]
    async with room.store.unit_of_work() as uow:
        await uow.posts.want(posts)


class _Broken:
    """What people see when a listener fails: why, or a reference that finds it in the log; never silence."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(
        self, error: Exception, body: dict[str, Any], response: BoltResponse | None
    ) -> BoltResponse | None:
        """``response`` None: Slack has heard yes already, so only the person can be told."""
        if isinstance(error, BadInput):
            view, text = m.refused(str(error)), str(error)
        else:
            ref = recorded(error, str(body.get("type") or body.get("command")))
            view, text = m.broken(ref), t.BROKEN.format(ref=ref)
        if body.get("type") == "block_actions":
            await self._told(body, fmt.sentence_with_people(text))
        return _answer(body, view, text) if response is not None else None

    async def _told(self, body: dict[str, Any], text: str) -> None:
        if body.get("response_url"):
            await self._room.respond(str(body["response_url"]), text)
        else:
            await self._room.client.chat_postMessage(channel=body["user"]["id"], text=text)


def _answer(body: dict[str, Any], view: object, text: str) -> BoltResponse:
    """The acknowledgement that shows a failure, as far as this kind of payload can show one."""
    if body.get("type") == "view_submission":
        shown = json.dumps({"response_action": "update", "view": view})
        return BoltResponse(status=200, body=shown, headers={"content-type": ["application/json"]})
    if "command" in body:
        return BoltResponse(status=200, body=text)
    return BoltResponse(status=200, body="")


def http_routes(app: AsyncApp) -> list[web.RouteDef]:
    """One address for events, interactions and commands; Bolt checks the signature over the raw body."""

    async def events(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return [web.post("/slack/events", events)]
