"""The workspace's memory: everything that people and the app can see, and one tick at each change."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sandbox.slack.errors import ApiError, CannotDoError
from sandbox.slack.model import (
    SANDBOX_TEAM_ID,
    SLACKBOT,
    Channel,
    ChannelKind,
    ChannelSpec,
    ComposedLinks,
    Execution,
    GroupSpec,
    Json,
    Member,
    Message,
    PersonSpec,
    ResponseUrl,
    StoredFile,
    Trigger,
    UserGroup,
    View,
)

T = TypeVar("T")

TRIGGER_LIFE = 3.0
"""Seconds a trigger_id may be used."""
RESPONSE_URL_LIFE = 30 * 60.0
RESPONSE_URL_USES = 5


class State:
    """People, channels, messages, views, files of one workspace. All in memory, all on one event loop."""

    def __init__(
        self,
        people: Sequence[PersonSpec],
        channels: Sequence[ChannelSpec],
        groups: Sequence[GroupSpec],
        *,
        app_name: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.team_id = SANDBOX_TEAM_ID
        self.team_domain = "sandbox"
        self.clock = clock
        self.app_id = "A0SANDBOX"
        self.bot_id = "B0SANDBOX"
        self.bot = Member("U0BOT", app_name.lower(), app_name, "App", "Etc/UTC", is_bot=True)
        slackbot = Member(SLACKBOT, "slackbot", "Slackbot", "", "Etc/UTC", is_bot=True)
        self.people: dict[str, Member] = {self.bot.id: self.bot, SLACKBOT: slackbot}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.views: dict[str, View] = {}
        self.modals: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, StoredFile] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.last_read: dict[tuple[str, str], str] = {}
        self.functions: dict[str, Json] = {}
        self.executions: dict[str, Execution] = {}
        self.step_tokens: set[str] = set()
        self.unfurl_domains: frozenset[str] = frozenset()
        self.composed: dict[str, ComposedLinks] = {}
        self.on_event: Callable[[Json], None] = lambda _event: None
        self._last_ts = 0
        self._ids = itertools.count(1)
        self._revisions = itertools.count(1)
        self._waiters: set[asyncio.Future[None]] = set()
        self.version = 0
        self.api_root = ""
        self.page_root = ""
        for person in people:
            self._add_person(person)
        for channel in channels:
            self._add_channel(channel)
        for group in groups:
            members = [self.person(key).id for key in group.members]
            self.groups[group.id] = UserGroup(group.id, group.handle, group.name, members, int(clock()))

    # -- change

    def changed(self) -> None:
        """Wake everybody who waits for a condition."""
        self.version += 1
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def next_change(self, seen: int) -> int:
        """Return the version once it is newer than `seen`."""
        while self.version <= seen:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        return self.version

    async def wait_for(self, condition: Callable[[], T | None], timeout: float) -> T:
        """Return the first truthy value of `condition`, which is asked again after each change.

        Raises TimeoutError after `timeout` seconds, with the newest messages of the workspace to look at.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    seen = self.version
                    value = condition()
                    if value:
                        return value
                    await self.next_change(seen)
        except TimeoutError:
            raise TimeoutError(f"not true within {timeout} s; newest messages:\n{self._newest()}") from None

    def _newest(self) -> str:
        messages = [m for c in self.channels.values() for m in [*c.messages.values(), *c.ephemerals]]
        messages.sort(key=lambda m: m.ts)
        return "\n".join(f"  {self.channels[m.channel_id].name} {m.ts}: {m.text[:120]}" for m in messages[-8:])

    def touch(self, thing: Message | View) -> None:
        """Mark a message or view as changed."""
        thing.revision = next(self._revisions)
        self.changed()

    # -- ids and times

    def new_id(self, prefix: str) -> str:
        """A fresh id in Slack's look."""
        return f"{prefix}0{next(self._ids):04X}{secrets.token_hex(2).upper()}"

    def new_ts(self) -> str:
        """A message time stamp, later than all before it in this workspace."""
        micros = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def new_hash(self) -> str:
        """A view's hash, new at each update."""
        return f"{int(self.clock())}.{secrets.token_hex(4)}"

    # -- people and channels

    def _add_person(self, spec: PersonSpec) -> None:
        member = Member(
            spec.id or f"U0{spec.key.upper()}",
            spec.key,
            spec.name,
            spec.title,
            spec.time_zone,
            is_restricted=spec.is_restricted,
            is_admin=spec.is_admin,
        )
        self.people[member.id] = member

    def _add_channel(self, spec: ChannelSpec) -> None:
        members = {self.person(key).id for key in spec.members}
        if spec.with_app:
            members.add(self.bot.id)
        kind = ChannelKind.PRIVATE if spec.private else ChannelKind.PUBLIC
        self.channels[spec.id] = Channel(spec.id, spec.name, kind, members, spec.topic, created=int(self.clock()))

    def person(self, key: str) -> Member:
        """A person by key, id or name."""
        for member in self.people.values():
            if key in (member.key, member.id, member.name):
                return member
        known = ", ".join(m.key for m in self.people.values())
        raise CannotDoError(f"nobody here is called {key!r}; the people are: {known}")

    def humans(self) -> list[Member]:
        """Everybody but the app."""
        return [m for m in self.people.values() if not m.is_bot]

    def find_channel(self, name_or_id: str) -> Channel | None:
        """A channel by id or by name, with or without `#`."""
        found = self.channels.get(name_or_id)
        if found is not None:
            return found
        name = name_or_id.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == name and c.name), None)

    def channel(self, name_or_id: str) -> Channel:
        """A channel by id or name; says which there are if there is none."""
        found = self.find_channel(name_or_id)
        if found is None:
            known = ", ".join(f"#{c.name}" for c in self.channels.values() if c.name)
            raise CannotDoError(f"there is no channel {name_or_id!r}; the channels are: {known}")
        return found

    def direct_channel(self, people: Iterable[str]) -> Channel:
        """The conversation of exactly these people, opened if it is new. Raises ApiError for unknown ones."""
        members = set(people)
        unknown = [p for p in members if p not in self.people]
        if unknown:
            raise ApiError("user_not_found")
        for channel in self.channels.values():
            if channel.kind is ChannelKind.DIRECT and channel.members == members:
                return channel
        channel = Channel(self.new_id("D"), "", ChannelKind.DIRECT, members, created=int(self.clock()))
        self.channels[channel.id] = channel
        self.changed()
        return channel

    # -- messages

    def add_message(self, message: Message) -> Message:
        """Keep a message in its channel and thread, or beside it when it is for one person's eyes."""
        channel = self.channels[message.channel_id]
        message.revision = next(self._revisions)
        if message.only_for is not None:
            channel.ephemerals.append(message)
        else:
            channel.messages[message.ts] = message
            if message.is_reply and message.thread_ts is not None:
                channel.threads.setdefault(message.thread_ts, []).append(message.ts)
                root = channel.messages.get(message.thread_ts)
                if root is not None:
                    root.revision = next(self._revisions)
            if message.author_id in self.people:
                self.last_read[message.author_id, channel.id] = message.ts
        self.changed()
        return message

    def remove_message(self, message: Message) -> None:
        """Delete a message; a root with replies stays as a tombstone, as in Slack."""
        channel = self.channels[message.channel_id]
        if message in channel.ephemerals:
            channel.ephemerals.remove(message)
        elif channel.replies(message.ts):
            message.subtype, message.text, message.blocks = "tombstone", "This message was deleted.", []
            message.metadata, message.from_app = None, False
            message.revision = next(self._revisions)
        else:
            del channel.messages[message.ts]
            if message.is_reply and message.thread_ts is not None:
                channel.threads[message.thread_ts].remove(message.ts)
        if message.ts in channel.pins:
            channel.pins.remove(message.ts)
        self.changed()

    def find_message(self, channel: Channel, ts: str, reader: str | None = None) -> Message | None:
        """A message by ts, among them those only `reader` sees."""
        found = channel.messages.get(ts)
        if found is None and reader is not None:
            found = next((m for m in channel.ephemerals if m.ts == ts and m.only_for == reader), None)
        return found

    # -- views

    def stack(self, person_id: str) -> list[View]:
        """A person's open modals, the visible one last."""
        return [self.views[v] for v in self.modals.get(person_id, [])]

    def drop_modals(self, person_id: str) -> None:
        """Close all modals of a person."""
        for view_id in self.modals.pop(person_id, []):
            del self.views[view_id]
        self.changed()

    def pop_modal(self, person_id: str) -> None:
        """Close the visible modal and show the one below it."""
        stack = self.modals.get(person_id, [])
        if stack:
            del self.views[stack.pop()]
        if not stack:
            self.modals.pop(person_id, None)
        self.changed()

    # -- triggers

    def new_trigger(self, person_id: str, view_id: str | None = None) -> str:
        """Issue a trigger_id for one view within three seconds."""
        now = self.clock()
        self.triggers = {k: t for k, t in self.triggers.items() if now - t.issued < 600}
        trigger_id = f"{next(self._ids)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(person_id, now, view_id)
        return trigger_id

    def use_trigger(self, trigger_id: str) -> Trigger:
        """Exchange a trigger_id. Raises ApiError: invalid, already exchanged or expired."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock() - trigger.issued > TRIGGER_LIFE:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, entry: ResponseUrl) -> str:
        """Issue the secret of a response_url."""
        now = self.clock()
        kept = {k: u for k, u in self.response_urls.items() if now - u.issued < 2 * RESPONSE_URL_LIFE}
        self.response_urls = kept
        secret = secrets.token_urlsafe(18)
        self.response_urls[secret] = entry
        return secret
