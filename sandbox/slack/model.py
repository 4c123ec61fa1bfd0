"""What a workspace is made of: people, channels, messages, views, files.

Blocks, views and metadata are kept as the JSON objects that the app sent (`Json`): Slack gives them back so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
"""One JSON object of Slack's wire, opaque to all but the code that knows its shape."""

SANDBOX_TEAM_ID = "TSANDBOX00"
"""The workspace id of every local workspace. A production start refuses it."""


SLACKBOT = "USLACKBOT"
"""Slack's own user, who says when a command failed. `users.list` shows it as no bot, in real workspaces, too."""


class ChannelKind(StrEnum):
    """The three kinds of conversation that the workspace knows."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """A person to put into a workspace. `key` is the short name used in tests and in the page's selector."""

    key: str
    name: str
    title: str = ""
    id: str = ""
    time_zone: str = "America/Los_Angeles"
    is_restricted: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel to put into a workspace; `members` are keys of people."""

    name: str
    id: str
    members: tuple[str, ...] = ()
    private: bool = False
    topic: str = ""
    with_app: bool = True


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A user group (`@handle`); `members` are keys of people."""

    handle: str
    name: str
    id: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortcutSpec:
    """A shortcut of the app: global, or in the menu of each message."""

    callback_id: str
    name: str
    on_message: bool = False


@dataclass(slots=True)
class Member:
    """A person or the app's bot user, as `users.info` shows it."""

    id: str
    key: str
    name: str
    title: str
    time_zone: str
    locale: str = "en-US"
    is_restricted: bool = False
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Message:
    """One message. `only_for` is the one reader of an ephemeral message; `revision` grows with each change."""

    ts: str
    channel_id: str
    author_id: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    only_for: str | None = None
    file_ids: list[str] = field(default_factory=list)
    from_app: bool = False
    subtype: str | None = None
    unfurls: Json = field(default_factory=dict)
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Person id -> what that person has typed or chosen in this message, as `state.values`."""
    revision: int = 0

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, below its root."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class Channel:
    """A conversation with its members, messages by ts (oldest first), threads and pins."""

    id: str
    name: str
    kind: ChannelKind
    members: set[str]
    topic: str = ""
    archived: bool = False
    shared_with_others: bool = False
    created: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[str]] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)

    @property
    def is_private(self) -> bool:
        """Whether only members may know of it."""
        return self.kind is not ChannelKind.PUBLIC

    def timeline(self) -> list[Message]:
        """What stands in the channel itself, oldest first: roots and replies that were broadcast."""
        return [m for m in self.messages.values() if not m.is_reply or m.broadcast]

    def replies(self, root_ts: str) -> list[Message]:
        """The replies below a root, oldest first, without the root."""
        return [self.messages[ts] for ts in self.threads.get(root_ts, ()) if ts in self.messages]


@dataclass(slots=True)
class View:
    """A modal or a Home tab of one person. `values` is block_id -> action_id -> state of that input."""

    id: str
    type: str
    owner_id: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    revision: int = 0


@dataclass(slots=True)
class StoredFile:
    """A file on its way (`content` is None) or uploaded; `shared_in` holds the channels it was shared in."""

    id: str
    name: str
    size: int
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    mimetype: str = "application/octet-stream"
    completed: bool = False
    author_id: str = ""
    shared_in: list[str] = field(default_factory=list)


@dataclass(slots=True)
class UserGroup:
    """A user group with the ids of its people."""

    id: str
    handle: str
    name: str
    members: list[str]
    updated: int = 0
    deleted: int = 0
    """When it was disabled; 0: it is not."""


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: lets the app open one view for one person within three seconds."""

    owner_id: str
    issued: float
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True)
class ComposedLinks:
    """Links in a message: under way in the composer (`message_ts` None), or posted. `shown` is what the app unfurled."""

    id: str
    channel_id: str
    urls: tuple[str, ...]
    message_ts: str | None = None
    shown: Json = field(default_factory=dict)


@dataclass(slots=True)
class Execution:
    """A workflow's step that the app runs: `running`, `completed` with outputs, or `failed` with the app's words."""

    id: str
    callback_id: str
    status: str = "running"
    outputs: Json = field(default_factory=dict)
    error: str = ""


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer an interaction: five posts within thirty minutes."""

    person_id: str
    channel_id: str
    issued: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


DEFAULT_PEOPLE: tuple[PersonSpec, ...] = (
    PersonSpec("dana", "Dana", "Leads Marketplaces", "U0DANA", "America/New_York"),
    PersonSpec("lee", "Lee", "Finance, stand-in for Marketplaces", "U0LEE", "Europe/London"),
    PersonSpec("sam", "Sam", "Warehouse, Reno", "U0SAM", "America/Los_Angeles"),
    PersonSpec("ana", "Ana", "Growth", "U0ANA", "Europe/Madrid"),
    PersonSpec("kim", "Kim", "Leads operations", "U0KIM", "America/Chicago", is_admin=True),
    PersonSpec("noor", "Noor", "Customer service", "U0NOOR", "Asia/Karachi"),
    PersonSpec("gus", "Gus (guest)", "Guest from Acme dropship", "U0GUS", "Europe/Berlin", is_restricted=True),
)

DEFAULT_CHANNELS: tuple[ChannelSpec, ...] = (
    ChannelSpec("general", "C0GENERAL", ("dana", "lee", "sam", "ana", "kim", "noor", "gus"), topic="Everybody"),
    ChannelSpec("inv-marketplaces", "C0MKT", ("dana", "lee", "ana", "kim", "gus"), True, "Queue: marketplace listings"),
    ChannelSpec("inv-warehouse", "C0WHS", ("sam", "kim", "dana"), True, "Queue: counts and variances"),
    ChannelSpec("inv-finance", "C0FIN", ("lee", "ana", "kim"), True, "Queue: corrections above the limit"),
    ChannelSpec("inv-dropship", "C0DROP", ("dana", "lee"), True, "Queue: vendor feeds"),
    ChannelSpec("inv-catalog", "C0CAT", ("dana", "ana"), True, "Queue: mapping faults"),
    ChannelSpec("inv-ops", "C0OPS", ("kim", "dana", "lee"), True, "Digests and what nobody else owns"),
    ChannelSpec("inv-audit", "C0AUDIT", ("dana", "lee", "sam", "ana", "kim", "noor"), False, "Checkpoints"),
)

DEFAULT_GROUPS: tuple[GroupSpec, ...] = (
    GroupSpec("marketplaces", "Marketplaces", "S0MKT", ("dana", "lee")),
    GroupSpec("warehouse", "Warehouse", "S0WHS", ("sam", "kim")),
    GroupSpec("finance", "Finance", "S0FIN", ("lee", "ana")),
)
