"""What the owners of a workspace do to it, and the events the app hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.slack import groups
from sandbox.slack.api.front import Tokens
from sandbox.slack.delivery import Delivery
from sandbox.slack.model import Channel, ChannelKind, GroupSpec, Json, UserGroup
from sandbox.slack.state import State


@dataclass(slots=True)
class Admin:
    """Changes of channels, groups, people and tokens. Channels and people go by key, name or id."""

    state: State
    delivery: Delivery
    tokens: Tokens

    def invite(self, channel: str, person: str) -> None:
        """Bring a person (or `bot`) into a channel."""
        where, who = self.state.channel(channel), self._member(person)
        if who not in where.members:
            where.members.add(who)
            self._tell(where, "member_joined_channel", user=who)

    def remove(self, channel: str, person: str) -> None:
        """Take a person (or `bot`) out of a channel."""
        where, who = self.state.channel(channel), self._member(person)
        if who not in where.members:
            return
        where.members.discard(who)
        if who == self.state.bot.id:
            self._tell(where, "group_left" if where.is_private else "channel_left", heard=True)
        else:
            self._tell(where, "member_left_channel", user=who)

    def archive(self, channel: str) -> None:
        """Close a channel for writing."""
        where = self.state.channel(channel)
        where.archived = True
        self._tell(where, "group_archive" if where.is_private else "channel_archive")

    def unarchive(self, channel: str) -> None:
        """Open it again."""
        where = self.state.channel(channel)
        where.archived = False
        self._tell(where, "group_unarchive" if where.is_private else "channel_unarchive")

    def rename(self, channel: str, name: str) -> None:
        """Give a channel a new name; its id stays."""
        where = self.state.channel(channel)
        where.name = name
        kind = "group_rename" if where.is_private else "channel_rename"
        self.state.changed()
        about: Json = {"id": where.id, "name": name, "created": where.created}
        self.state.on_event({"type": kind, "channel": about})

    def set_group(self, handle: str, people: list[str]) -> None:
        """Give a user group these members."""
        groups.set_members(self.state, groups.group_of(self.state, handle), [self._member(one) for one in people])

    def add_group(self, spec: GroupSpec) -> None:
        """Make a user group."""
        members = [self._member(one) for one in spec.members]
        groups.add_group(self.state, UserGroup(spec.id, spec.handle, spec.name, members))

    def rename_group(self, handle: str, new: str) -> None:
        """Give a user group another handle."""
        groups.set_handle(self.state, groups.group_of(self.state, handle), new)

    def disable_group(self, handle: str, *, disabled: bool = True) -> None:
        """Disable a user group, or enable it again."""
        groups.set_disabled(self.state, groups.group_of(self.state, handle), disabled=disabled)

    def deactivate(self, person: str) -> None:
        """Close a person's account."""
        self.state.people[self._member(person)].deleted = True
        self.state.changed()

    def revoke_tokens(self) -> None:
        """Take the bot's token away; the app hears of it and every call answers `token_revoked`."""
        self.tokens.revoked.add(self.tokens.bot)
        self.state.on_event({"type": "tokens_revoked", "tokens": {"bot": [self.state.bot.id]}})

    def restore_tokens(self) -> None:
        """Give the token back, as a new installation would."""
        self.tokens.revoked.clear()

    def _member(self, person: str) -> str:
        return self.state.bot.id if person == "bot" else self.state.person(person).id

    def _tell(self, channel: Channel, kind: str, *, user: str | None = None, heard: bool = False) -> None:
        self.state.changed()
        if not heard and self.state.bot.id not in channel.members and channel.kind is not ChannelKind.PUBLIC:
            return
        event: Json = {"type": kind, "channel": channel.id}
        if user is not None:
            letter = "G" if channel.is_private else "C"
            event |= {"user": user, "channel_type": letter, "team": self.state.team_id}
        self.state.on_event(event)
