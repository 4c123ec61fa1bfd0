"""The Slack side as one thing that starts and stops: app, socket, delivery, channels and people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.slack.app import build_app, http_routes
from bot.slack.client import error_code, patient_client, slack_client
from bot.slack.delivery import Deliverer
from bot.slack.home import REFRESH_EVERY, Home
from bot.slack.inbox_port import InboxPort
from bot.slack.mentions import Mentions
from bot.slack.outcomes import CALL_ERRORS, Failure, failure_of, told
from bot.slack.pacing import Pacing
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels, Trouble
from bot.slack.room import Room
from bot.slack.sample import Samples
from bot.slack.standing import QueueMessages
from bot.slack.unfurling import page_routes
from sync.errors import BadInput, TryAgain

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.wiring import Product

SANDBOX_TEAM = "TSANDBOX00"
"""The workspace id of every local workspace; a production start refuses it."""
STAMP = "SANDBOX"
MEMBERS_EVERY = 240.0
OPEN_AGAIN_SECONDS = 5.0
PING_SECONDS = 5.0
"""A broken socket is noticed and replaced within about this."""

_log = structlog.get_logger(__name__)


class SlackSide:
    """What the product knows of Slack: wake it when something is wanted, start and stop it, serve its routes."""

    def __init__(self, room: Room, deliverer: Deliverer, *, app_token: str | None, signing_secret: str | None) -> None:
        """``app_token`` given: Socket Mode; else HTTP mode, which needs ``signing_secret``."""
        self._room = room
        self.deliverer = deliverer
        self._home, self._samples = Home(room), Samples(room)
        self.app = build_app(room, signing_secret, deliverer.renderer.digest.so_far, self._home)
        self._app_token = app_token
        self._socket: AsyncSocketModeHandler | None = None
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.troubles: list[Trouble] = []

    @classmethod
    async def connect(cls, settings: Settings, product: Product, *, sandbox: bool) -> SlackSide:
        """Ask Slack who we are, and build everything.

        Raises BadInput (the token is no good, or the workspace is not a real one), TryAgain (Slack cannot be reached).
        """
        if settings.slack_bot_token is None:
            settings.require_slack()
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        asking = slack_client(token, settings.slack_base_url, called=product.metrics.called)
        try:
            who = await asking.auth_test()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryAgain(f"Slack cannot be reached at {settings.slack_base_url}: {error}") from error
        except SlackApiError as error:
            if failure_of(error) in (Failure.UNKNOWN, Failure.LIMITED):
                raise TryAgain(f"Slack cannot be reached at {settings.slack_base_url}: {error_code(error)}") from error
            raise BadInput(
                f"Slack refuses SLACK_BOT_TOKEN ({error_code(error)}). Install the app in the workspace again and copy the"
                " Bot User OAuth Token (xoxb-…) from OAuth & Permissions."
            ) from error
        team = str(who["team_id"])
        if (team == SANDBOX_TEAM) is not sandbox:
            raise BadInput(
                "This token belongs to a local sandbox workspace; use one of a real workspace."
                if team == SANDBOX_TEAM
                else "The demo runs in the local workspace only, not in a real one."
            )
        # People wait for an answer, so a 429 is waited out for them; delivery must see it, and calls nothing that is held.
        client, pacing = patient_client(token, settings.slack_base_url, called=product.metrics.called), Pacing()
        sending = slack_client(token, settings.slack_base_url, called=product.metrics.called, held=pacing.held)
        inbox: InboxPort = product.inbox
        public_url = str(settings.public_url or "")
        channels = QueueChannels(client, product.policy)
        directory = Directory(client, product.policy, channels, product.clock, team, product.store)
        room = Room(client, inbox, directory, channels, product.policy, product.clock, team, product.store, public_url)
        deliverer = Deliverer(
            product.store,
            inbox,
            sending,
            product.policy,
            product.clock,
            product.holder,
            pacing=pacing,
            channels=channels,
            names=directory.names,
            stamp=STAMP if sandbox else "",
            queues=QueueMessages(product.store, product.policy, product.clock),
            mentions=Mentions(product.store, product.policy, product.clock),
        )
        http = settings.slack_mode == "http"
        secret = settings.slack_signing_secret
        app_token = settings.slack_app_token
        return cls(
            room,
            deliverer,
            app_token=app_token.get_secret_value() if app_token and not http else None,
            signing_secret=secret.get_secret_value() if secret else None,
        )

    def routes(self) -> list[web.RouteDef]:
        """The address for Slack's requests in HTTP mode, and the page behind the links to exceptions."""
        pages = page_routes(self._room.public_url)
        return pages if self._app_token else [*http_routes(self.app), *pages]

    def wake(self) -> None:
        """Something new is to be delivered."""
        self.deliverer.wake()

    async def start(self) -> None:
        """Resolve and join the queues' channels, read who is in them, listen, and deliver. Slack being away meanwhile
        stops nothing: it is tried again in the background."""
        opened = await self._open()
        self._tasks = [
            asyncio.create_task(self.deliverer.run(self._stop), name="slack-delivery"),
            asyncio.create_task(self._keep_members(), name="slack-members"),
            asyncio.create_task(self._keep_homes(), name="slack-homes"),
        ]
        if not opened:
            self._tasks.append(asyncio.create_task(self._open_later(), name="slack-opening"))

    async def _open(self) -> bool:
        """Channels, people and socket; False while Slack is away."""
        try:
            self.troubles = await self._room.channels.prepare()
            await self._room.directory.refresh()
            if self._app_token is not None and self._socket is None:
                socket = AsyncSocketModeHandler(self.app, self._app_token, ping_interval=PING_SECONDS)
                await socket.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types here
                self._socket = socket
        except CALL_ERRORS as error:
            _log.error("slack_not_opened", error=told(error), again_in=OPEN_AGAIN_SECONDS)
            return False
        _log.info(
            "slack_started", team=self._room.team, socket=self._app_token is not None, troubles=len(self.troubles)
        )
        return True

    async def _open_later(self) -> None:
        while not await self._stopped_within(OPEN_AGAIN_SECONDS):
            if await self._open():
                return

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _keep_members(self) -> None:
        """Membership stays fresh, so that a click never waits for it."""
        while not await self._stopped_within(MEMBERS_EVERY):
            await self._room.directory.refresh()

    async def _keep_homes(self) -> None:
        """Homes that people look at follow their work, and samples go after a day. What could not be done now is done in the
        next round."""
        while not await self._stopped_within(REFRESH_EVERY.total_seconds()):
            try:
                await self._home.refresh()
                await self._samples.clear()
            except CALL_ERRORS as error:
                _log.warning("homes_not_refreshed", error=told(error))

    async def stop(self) -> None:
        """Hear nothing more, and let the message under way be finished."""
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        self._stop.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
