"""Which Slack channel a queue is: resolved once and remembered by id, joined at start, reported when missing.

Channels are asked for by id. All of them are listed only when a name has to be resolved, once: in a large workspace the
list takes minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import error_code
from sync.model.ids import QueueId
from sync.policy.holder import PolicyInForce

_ID = re.compile(r"[CG][A-Z0-9]{4,}")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A queue whose channel cannot be used, and Slack's word for why."""

    queue: QueueId
    channel: str
    error: str


@dataclass(frozen=True, slots=True)
class Known:
    """A channel as Slack shows it."""

    id: str
    private: bool
    archived: bool
    member: bool


class QueueChannels:
    """The Slack channel ids behind queues and channel names."""

    def __init__(self, client: AsyncWebClient, policy: PolicyInForce) -> None:
        self._client = client
        self._policy = policy
        self._ids: dict[str, str] = {}
        self._private: dict[str, bool] = {}
        self.changed = False
        """Something happened to a channel that may be a queue's; who delivers looks, and takes this back."""

    async def prepare(self, *, join: bool = True) -> list[Trouble]:
        """Resolve every queue's channel and the digest's, and ``join`` the public ones. Returns what is wrong."""
        policy = self._policy.current
        wanted = {QueueId(name): queue.channel for name, queue in policy.queues.items()}
        wanted[QueueId("digest")] = policy.digest.channel
        copied = {one for rules in policy.classes.values() for one in rules.copies if one.startswith("#")}
        wanted |= {QueueId(f"copies to {one}"): one for one in sorted(copied)}
        await self._resolve_names({name for name in wanted.values() if not _ID.fullmatch(_bare(name))})
        troubles = []
        for queue, name in wanted.items():
            error = await self.ready(name, join=join)
            if error:
                troubles.append(Trouble(queue, name, error))
                _log.error("queue_channel_unusable", queue=queue, channel=name, error=error)
        return troubles

    async def ready(self, name: str, *, join: bool = True) -> str:
        """Empty when the bot can post there, else Slack's word for why not."""
        channel = self.id_of(name)
        if channel is None:
            return "channel_not_found"
        try:
            known = _known((await self._client.conversations_info(channel=channel))["channel"])
            self._private[channel] = known.private
            if known.archived:
                return "is_archived"
            if not known.member:
                if known.private:
                    return "not_in_channel"
                if join:
                    await self._client.conversations_join(channel=channel)
        except SlackApiError as error:
            return error_code(error)
        return ""

    async def _resolve_names(self, names: set[str]) -> None:
        missing = {_bare(name) for name in names} - set(self._ids)
        cursor = ""
        while missing:
            page = await self._client.conversations_list(
                types="public_channel,private_channel", exclude_archived=False, limit=1000, cursor=cursor
            )
            for one in page["channels"]:
                if one.get("name") in missing:
                    self._ids[one["name"]] = one["id"]
                    self._private[one["id"]] = bool(one.get("is_private"))
                    missing.discard(one["name"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def id_of(self, name: str) -> str | None:
        """The id of a queue, a channel name or an id; None when it was never found."""
        queue = self._policy.current.queues.get(name)
        bare = _bare(queue.channel if queue is not None else name)
        return bare if _ID.fullmatch(bare) else self._ids.get(bare)

    async def find(self, name: str) -> str | None:
        """Like :meth:`id_of`, listing the channels once when the name is new (policy changed while running)."""
        known = self.id_of(name)
        if known is not None:
            return known
        queue = self._policy.current.queues.get(name)
        await self._resolve_names({queue.channel if queue is not None else name})
        return self.id_of(name)

    def queue_of(self, channel: str) -> QueueId | None:
        """The queue that a Slack channel is, if it is one."""
        return next((QueueId(name) for name in self._policy.current.queues if self.id_of(name) == channel), None)

    async def is_private(self, channel: str) -> bool:
        """Whether a channel is private; asked once per channel."""
        if channel not in self._private:
            found = await self._client.conversations_info(channel=channel)
            self._private[channel] = _known(found["channel"]).private
        return self._private[channel]

    def renamed(self, channel: str, name: str) -> list[QueueId]:
        """A channel has another name now. Its id stays, so the queues that know it by the old name keep it until the next start;
        returns those that policy calls by another name."""
        self._ids[name] = channel
        self.changed = True
        queues = self._policy.current.queues
        return [QueueId(one) for one in queues if self.id_of(one) == channel and _bare(queues[one].channel) != name]


def _bare(name: str) -> str:
    return name.removeprefix("#")


def _known(channel: dict[str, object]) -> Known:
    return Known(
        id=str(channel["id"]),
        private=bool(channel.get("is_private")),
        archived=bool(channel.get("is_archived")),
        member=bool(channel.get("is_member")),
    )
