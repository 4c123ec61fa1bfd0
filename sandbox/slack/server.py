"""A Slack workspace on this machine: the API for the app, and a page for people.

It stands in for Slack in the demo and in tests. Nothing leaves the machine; nothing is kept after `stop`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import structlog
from aiohttp import web

from sandbox.slack.admin import Admin
from sandbox.slack.api.desk import LEAST_SCOPES, Desk
from sandbox.slack.api.front import Front, Tokens
from sandbox.slack.delivery import DEFAULT_EVENTS, Delivery
from sandbox.slack.door import LOOPBACK, Door
from sandbox.slack.faults import Faults, Outage
from sandbox.slack.limits import RateLimits
from sandbox.slack.model import (
    DEFAULT_CHANNELS,
    DEFAULT_GROUPS,
    DEFAULT_PEOPLE,
    SANDBOX_TEAM_ID,
    ChannelSpec,
    GroupSpec,
    Json,
    Message,
    PersonSpec,
    ShortcutSpec,
    View,
)
from sandbox.slack.page_api import PageApi
from sandbox.slack.people import Person
from sandbox.slack.reading import read_blocks, read_message
from sandbox.slack.sockets import SocketHub
from sandbox.slack.state import State

log = structlog.get_logger(__name__)

T = TypeVar("T")


class SlackWorkspace:
    """One local workspace with one app installed.

    Give `base_url`, `bot_token`, `app_token` and `signing_secret` to the app, `page_url` to a browser.
    `rate_limits` are Slack's own unless scaled or off; `faults` may be changed at any time. `bot_events` and
    `scopes` are what the app's manifest would ask for, `functions` its steps for workflows, `unfurl_domains` the domains
    whose links it is told of. With `request_url` the app is reached by signed HTTP
    instead of Socket Mode. `extra_pages` are (title, URL) links for the page's sidebar.
    """

    def __init__(
        self,
        *,
        people: Sequence[PersonSpec] = DEFAULT_PEOPLE,
        channels: Sequence[ChannelSpec] = DEFAULT_CHANNELS,
        groups: Sequence[GroupSpec] = DEFAULT_GROUPS,
        app_name: str = "Countersign",
        commands: Sequence[str] = ("/inventory",),
        shortcuts: Sequence[ShortcutSpec] = (),
        bot_events: frozenset[str] = DEFAULT_EVENTS,
        scopes: frozenset[str] = LEAST_SCOPES,
        functions: Mapping[str, Json] = MappingProxyType({}),
        unfurl_domains: frozenset[str] = frozenset(),
        rate_limits: RateLimits | None = None,
        faults: Faults | None = None,
        request_url: str | None = None,
        ack_timeout: float = 3.0,
        event_retry_delays: tuple[float, ...] = (1.0, 60.0, 300.0),
        extra_pages: Sequence[tuple[str, str]] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.state = State(people, channels, groups, app_name=app_name, clock=clock)
        self.state.functions = dict(functions)
        self.state.unfurl_domains = unfurl_domains
        self.bot_token = f"xoxb-{secrets.token_hex(20)}"
        self.app_token = f"xapp-1-{secrets.token_hex(20)}"
        self.signing_secret = secrets.token_hex(16)
        self.faults = faults or Faults()
        self.commands = frozenset(commands)
        self.shortcuts = tuple(shortcuts)
        self.extra_pages = list(extra_pages)
        self.sockets = SocketHub(self.state.app_id)
        self.delivery = Delivery(
            self.state,
            self.sockets,
            self.signing_secret,
            request_url,
            ack_timeout,
            event_retry_delays,
            bot_events,
        )
        self.state.on_event = self._hear
        tokens = Tokens(self.bot_token, self.app_token)
        desk = Desk(self.state, self.sockets, self.delivery, scopes)
        self.front = Front(desk, tokens, self.faults, rate_limits or RateLimits())
        self.admin = Admin(self.state, self.delivery, tokens)
        self.door = Door(secrets.token_urlsafe(24))
        self._page_api = PageApi(self)
        self._runners: list[web.AppRunner] = []
        self._api_site: web.TCPSite | None = None
        self._host = LOOPBACK
        self._api_port = 0

    def _hear(self, event: Json) -> None:
        """Tell the app of an event; of user groups only where it may read them."""
        if not str(event["type"]).startswith("subteam_") or "usergroups:read" in self.front.desk.scopes:
            self.delivery.emit(event)

    # -- life

    async def start(self, host: str = LOOPBACK, port: int = 0, api_port: int = 0) -> None:
        """Serve the page on `port` and the API on `api_port` (0: any free one). Loopback only."""
        if host not in (LOOPBACK, "localhost"):
            raise ValueError(f"the sandbox binds {LOOPBACK} only, not {host}")
        self._host = LOOPBACK
        api = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.door.api_guard])
        api.add_routes(self.front.routes())
        page = web.Application(middlewares=[self.door.page_guard])
        page.add_routes(self._page_api.routes())
        for app in (api, page):
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            self._runners.append(runner)
        self._api_port = api_port
        await self._open_api()
        page_site = web.TCPSite(self._runners[1], self._host, port)
        await page_site.start()
        self.door.page_port = _port(self._runners[1])
        self.state.page_root = f"http://{self._host}:{self.door.page_port}"
        log.info("sandbox_slack_started", page=self.state.page_root, api=self.state.api_root)

    async def _open_api(self) -> None:
        site = web.TCPSite(self._runners[0], self._host, self._api_port)
        await site.start()
        self._api_site = site
        self._api_port = self.door.api_port = _port(self._runners[0])
        self.state.api_root = f"http://{self._host}:{self._api_port}"
        self.sockets.base = f"ws://{self._host}:{self._api_port}"

    async def stop(self) -> None:
        """Close everything and forget it."""
        self._page_api.close()
        await self.delivery.close()
        await self.sockets.drop()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    async def __aenter__(self) -> SlackWorkspace:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # -- addresses

    @property
    def team_id(self) -> str:
        """The id of every sandbox workspace."""
        return SANDBOX_TEAM_ID

    @property
    def base_url(self) -> str:
        """What `AsyncWebClient(base_url=…)` wants."""
        return f"{self.state.api_root}/api/"

    @property
    def page_url(self) -> str:
        """The page for people, with the token that opens it."""
        return f"{self.state.page_root}/?token={self.door.token}"

    # -- people and what they see

    def person(self, key: str) -> Person:
        """A person by key, name or id, to act as."""
        return Person(self.state, self.delivery, self.state.person(key), self.commands)

    def messages(self, channel: str) -> list[Message]:
        """What stands in a channel, oldest first, without thread replies and ephemeral messages."""
        return self.state.channel(channel).timeline()

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A thread: its root, then the replies."""
        where = self.state.channel(channel)
        return [where.messages[ts], *where.replies(ts)]

    def ephemerals(self, person: str, channel: str) -> list[Message]:
        """What only this person sees in a channel, oldest first."""
        reader = self.state.person(person).id
        return [m for m in self.state.channel(channel).ephemerals if m.only_for == reader]

    def read(self, message: Message, reader: str | None = None) -> str:
        """A message as lines of plain text, as `reader` sees it."""
        return read_message(self.state, message, None if reader is None else self.state.person(reader).id)

    def read_view(self, view: View) -> str:
        """A modal or Home tab as lines of plain text, as its owner sees it."""
        zone = self.state.people[view.owner_id].time_zone
        title = view.content.get("title", {}).get("text", "Home")
        return f"{title}\n{read_blocks(self.state, view.content['blocks'], zone)}"

    @property
    def calls(self) -> Mapping[str, int]:
        """How often each Web API method was carried out."""
        return self.front.calls

    async def wait_for(self, condition: Callable[[], T | None], timeout: float = 10.0) -> T:
        """The first truthy value of `condition`, asked again after each change of the workspace.

        Raises TimeoutError after `timeout` seconds, with the newest messages in its text.
        """
        return await self.state.wait_for(condition, timeout)

    # -- trouble

    async def set_outage(self, outage: Outage) -> None:
        """Be away (503, or connections refused) or come back. Open sockets break when it begins, unless only posting does."""
        before, self.faults.outage = self.faults.outage, outage
        if outage in (Outage.UNAVAILABLE, Outage.REFUSED):
            await self.sockets.drop()
        if outage is Outage.REFUSED and self._api_site is not None:
            await self._api_site.stop()
            self._api_site = None
            self._cut_connections()
        if before is Outage.REFUSED and outage is not Outage.REFUSED and self._api_site is None:
            await self._open_api()

    def _cut_connections(self) -> None:
        server = self._runners[0].server
        for connection in list(server.connections) if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()


def _port(runner: web.AppRunner) -> int:
    port: int = runner.addresses[0][1]
    return port
