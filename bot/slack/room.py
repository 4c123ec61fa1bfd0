"""What every listener needs, and how a person is answered: always visibly, and by nobody's eyes but their own."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack.blocks import Block
from bot.slack.client import TIMEOUT_SECONDS, error_code
from bot.slack.inbox_port import InboxPort
from bot.slack.languages import reader_of
from bot.slack.modals import told
from bot.slack.payloads import Click, Team, Who
from bot.slack.people import Directory
from bot.slack.queues import QueueChannels
from bot.slack.speaking import Reader, speak_to
from sync.inbox.acts import Actor
from sync.model.ids import QueueId, SystemId, UserId
from sync.policy.holder import PolicyInForce
from sync.ports import Clock, Store

ANSWER_WITHIN = timedelta(seconds=2)
"""How long an act may take before Slack is told; Slack itself gives three seconds."""
WHOLE = 2.6

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Room:
    """The Slack side's means."""

    client: AsyncWebClient
    inbox: InboxPort
    directory: Directory
    channels: QueueChannels
    policy: PolicyInForce
    clock: Clock
    team: str
    store: Store
    public_url: str = ""
    """Where our doors are reached from outside; empty where they are not."""

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()

    async def actor(self, who: Who, team: Team | None) -> Actor:
        """Who acts. Their own workspace counts; a payload of a workspace that is not ours makes them a stranger.

        The rest of the running task is written for this person.
        """
        about = team.id if team is not None else self.team
        actor = await self.directory.actor(who.id, who.team_id if about in ("", self.team) else about)
        speak_to(self.directory.reader(who.id), self.now)
        return actor

    @property
    def workspace(self) -> Reader:
        """For whom is written what everybody reads."""
        return reader_of(self.policy.current.language, self.policy.current.timezone)

    def system_name(self, system: SystemId) -> str:
        """What people call a system."""
        known = self.policy.current.systems.get(system)
        return known.name if known else system

    async def answer(self, click: Click, text: str) -> None:
        """Answer a click where it came from, seen by this person alone."""
        if click.modal is not None:
            await self.client.views_update(view_id=click.modal.id, view=told(text))
        elif click.response_url:
            await self.respond(click.response_url, fmt.sentence_with_people(text))
        else:
            await self.client.chat_postMessage(channel=click.user.id, text=fmt.sentence_with_people(text))

    async def respond(
        self, url: str, text: str, blocks: tuple[Block, ...] | list[Block] = (), *, shared: bool = False
    ) -> None:
        """Post to a response URL: private unless ``shared``; the message that was clicked stays."""
        body = {
            "text": text,
            "blocks": list(blocks),
            "response_type": "in_channel" if shared else "ephemeral",
            "replace_original": False,
        }
        answer = await AsyncWebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=[]).send_dict(body)
        if answer.status_code != 200:
            _log.error("answer_not_shown", status=answer.status_code, body=answer.body[:200])

    async def tell(self, user: UserId, queue: QueueId, text: str, button: Block | None = None) -> None:
        """A private line in the queue's channel, or a direct message to somebody who is not in it; ``button`` stands below it."""
        channel, line = self.channels.id_of(queue), fmt.sentence_with_people(text)
        blocks = [b.section("told.text", line), b.actions("told.acts", [button])] if button is not None else None
        if channel is not None:
            try:
                await self.client.chat_postEphemeral(channel=channel, user=user, text=line, blocks=blocks)
                return
            except SlackApiError as error:
                _log.info("told_directly", queue=queue, why=error_code(error))
        await self.client.chat_postMessage(channel=user, text=line, blocks=blocks)


def recorded(error: Exception, what: str) -> str:
    """Write a failure of ours into the log; the reference that finds it there."""
    ref = secrets.token_hex(2).upper()
    code = error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
    _log.error("listener_failed", ref=ref, what=what, error=code, exc_info=error)
    return ref


@dataclass(slots=True)
class Patience:
    """What is left of the time in which Slack wants an answer."""

    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> timedelta:
        """For the act itself: at most two seconds, less what knowing the person took."""
        remaining = WHOLE - (time.monotonic() - self.began)
        return min(ANSWER_WITHIN, timedelta(seconds=max(0.2, remaining)))
