"""User groups of a workspace: who is in them, their handle, disabled or not, and the events that tell of it."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.slack.errors import CannotDoError
from sandbox.slack.model import Json, UserGroup
from sandbox.slack.state import State
from sandbox.slack.wire import group_json

USERS_TOLD = 500
"""Slack names no more people of a group in an event; ``user_count`` says how many there are."""


def group_of(state: State, handle: str) -> UserGroup:
    """A group by handle or id. Raises CannotDoError."""
    found = next((one for one in state.groups.values() if handle.removeprefix("@") in (one.handle, one.id)), None)
    if found is None:
        raise CannotDoError(f"there is no user group {handle}")
    return found


def set_members(state: State, group: UserGroup, people: Iterable[str]) -> None:
    """Give it these members, by id; the app hears who came and who went."""
    before, after = group.members, list(dict.fromkeys(people))
    added, removed = [one for one in after if one not in before], [one for one in before if one not in after]
    previous, group.members, group.updated = group.updated, after, int(state.clock())
    state.changed()
    state.on_event(
        {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": state.team_id,
            "date_previous_update": previous,
            "date_update": group.updated,
            "added_users": added,
            "added_users_count": str(len(added)),
            "removed_users": removed,
            "removed_users_count": str(len(removed)),
        }
    )


def add_group(state: State, group: UserGroup) -> None:
    """Make a new one."""
    state.groups[group.id] = group
    _tell(state, group, "subteam_created")


def set_handle(state: State, group: UserGroup, handle: str) -> None:
    """Call it something else; its id stays."""
    group.handle = handle
    _tell(state, group, "subteam_updated")


def set_disabled(state: State, group: UserGroup, *, disabled: bool) -> None:
    """Disable it, as Slack does instead of deleting, or enable it again."""
    group.deleted = int(state.clock()) if disabled else 0
    _tell(state, group, "subteam_updated")


def _tell(state: State, group: UserGroup, kind: str) -> None:
    group.updated = int(state.clock())
    state.changed()
    about: Json = group_json(state, group) | {"users": group.members[:USERS_TOLD]}
    state.on_event({"type": kind, "subteam": about})
