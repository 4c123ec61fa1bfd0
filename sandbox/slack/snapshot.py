"""What one person sees right now, as the page draws it."""

from __future__ import annotations

from sandbox.slack.model import SLACKBOT, Channel, ChannelKind, Json, Message, UserGroup, View
from sandbox.slack.people import Person
from sandbox.slack.state import State

MOST_MESSAGES = 200


def snapshot(person: Person, channel_id: str | None, thread_ts: str | None) -> Json:
    """Sidebar, the open channel and thread, the modal in front and the Home tab of a person."""
    state = person.state
    channels = person.channels()
    shown = next((c for c in channels if c.id == channel_id), None)
    view, home = person.open_view(), person.home()
    return {
        "version": state.version,
        "me": person.id,
        "direct": person.direct().id,
        "channels": [channel_line(state, person, c) for c in channels if c.kind is not ChannelKind.DIRECT],
        "names": names(state, person),
        "groups": [group_line(state, person, group) for group in state.groups.values()],
        "open": opened(state, person, shown) if shown is not None else None,
        "thread": thread(state, person, shown, thread_ts) if shown is not None and thread_ts else None,
        "view": shown_view(view) if view is not None else None,
        "stack": len(state.stack(person.id)),
        "home": shown_view(home) if home is not None else None,
    }


def names(state: State, person: Person) -> Json:
    """How ids read: people, channels this person may know, groups."""
    return {
        "people": {m.id: m.name for m in state.people.values()},
        "channels": {c.id: c.name for c in person.channels()},
        "groups": {g.id: g.handle for g in state.groups.values()},
    }


def channel_line(state: State, person: Person, channel: Channel) -> Json:
    """One line of the sidebar."""
    read = state.last_read.get((person.id, channel.id), "")
    unread = [m for m in channel.timeline() if m.ts > read and m.author_id != person.id]
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.is_private,
        "archived": channel.archived,
        "member": person.id in channel.members,
        "unread": len(unread) if person.id in channel.members else 0,
        "topic": channel.topic,
    }


def group_line(state: State, person: Person, group: UserGroup) -> Json:
    """One user group in the sidebar."""
    return {
        "handle": group.handle,
        "people": [state.people[one].name for one in group.members],
        "inside": person.id in group.members,
        "disabled": bool(group.deleted),
    }


def opened(state: State, person: Person, channel: Channel) -> Json:
    """The messages of the open channel, the person's own ephemeral ones among them."""
    mine = [m for m in channel.ephemerals if m.only_for == person.id and not m.thread_ts]
    messages = sorted([*channel.timeline(), *mine], key=lambda m: m.ts)[-MOST_MESSAGES:]
    return {
        "id": channel.id,
        "name": channel.name,
        "topic": channel.topic,
        "kind": channel.kind.value,
        "archived": channel.archived,
        "member": person.id in channel.members,
        "members": len(channel.members),
        "messages": [message(state, person, channel, m) for m in messages],
        "pins": [{"ts": ts, "text": channel.messages[ts].text} for ts in reversed(channel.pins)],
    }


def thread(state: State, person: Person, channel: Channel, root_ts: str) -> Json | None:
    """A thread with its root first."""
    root = channel.messages.get(root_ts)
    if root is None:
        return None
    mine = [m for m in channel.ephemerals if m.only_for == person.id and m.thread_ts == root_ts]
    replies = sorted([*channel.replies(root_ts), *mine], key=lambda m: m.ts)
    return {"root": root_ts, "messages": [message(state, person, channel, m) for m in [root, *replies]]}


def message(state: State, person: Person, channel: Channel, shown: Message) -> Json:
    """One message with everything that is drawn of it."""
    replies = channel.replies(shown.ts) if not shown.is_reply else []
    author = state.people[shown.author_id]
    return {
        "ts": shown.ts,
        "channel": channel.id,
        "author": author.name,
        "author_id": author.id,
        "from_app": shown.from_app,
        "from_slack": author.id == SLACKBOT,
        "text": shown.text,
        "blocks": shown.blocks,
        "values": shown.values.get(person.id, {}),
        "only_you": shown.only_for is not None,
        "edited": shown.edited_ts is not None,
        "deleted": shown.subtype == "tombstone",
        "thread_ts": shown.thread_ts if shown.is_reply else None,
        "replies": len(replies),
        "repliers": list(dict.fromkeys(state.people[r.author_id].name for r in replies)),
        "last_reply": replies[-1].ts if replies else None,
        "pinned": shown.ts in channel.pins,
        "files": [
            {"id": f.id, "name": f.name, "title": f.title, "size": f.size, "mimetype": f.mimetype}
            for f in (state.files[i] for i in shown.file_ids)
        ],
        "unfurls": list(shown.unfurls.values()),
        "revision": shown.revision,
    }


def shown_view(view: View) -> Json:
    """A modal or Home tab with what was typed and what is wrong with it."""
    return view.content | {
        "id": view.id,
        "hash": view.hash,
        "values": view.values,
        "errors": view.errors,
        "trouble": view.trouble,
        "revision": view.revision,
    }
