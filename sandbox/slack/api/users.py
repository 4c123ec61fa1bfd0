"""auth.*, apps.*, users.*, usergroups.*: who is who."""

from __future__ import annotations

from sandbox.slack.api.args import Args
from sandbox.slack.api.desk import Desk, method, page_of
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Json
from sandbox.slack.wire import group_json, user_json


@method("auth.test", tier=None)
async def auth_test(desk: Desk, args: Args) -> Json:
    """Whose token this is."""
    state = desk.state
    return {
        "url": f"{state.page_root}/",
        "team": "Sandbox",
        "user": state.bot.key,
        "team_id": state.team_id,
        "user_id": state.bot.id,
        "bot_id": state.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", tier=1, app_token=True)
async def connections_open(desk: Desk, args: Args) -> Json:
    """The address of a new Socket Mode connection."""
    return {"url": desk.sockets.open_url()}


@method("users.info", tier=4, scope="users:read")
async def users_info(desk: Desk, args: Args) -> Json:
    """One person."""
    member = desk.state.people.get(args.required("user"))
    if member is None:
        raise ApiError("user_not_found")
    return {"user": user_json(desk.state, member, locale=args.flag("include_locale"))}


@method("users.list", tier=2, scope="users:read")
async def users_list(desk: Desk, args: Args) -> Json:
    """Everybody."""
    shown = (user_json(desk.state, m) for m in desk.state.people.values())
    page, metadata = page_of(shown, args, default=1000, most=1000)
    return {"members": page, "cache_ts": int(desk.state.clock()), "response_metadata": metadata}


@method("usergroups.list", tier=2, scope="usergroups:read")
async def usergroups_list(desk: Desk, args: Args) -> Json:
    """All user groups; disabled ones and the people of each only when asked for."""
    with_users, disabled = args.flag("include_users"), args.flag("include_disabled")
    return {
        "usergroups": [
            group_json(desk.state, group) | ({"users": list(group.members)} if with_users else {})
            for group in desk.state.groups.values()
            if disabled or not group.deleted
        ]
    }


@method("usergroups.users.list", tier=2, scope="usergroups:read")
async def usergroups_users(desk: Desk, args: Args) -> Json:
    """The people of one user group; of a disabled one only when that is asked for."""
    group = desk.state.groups.get(args.required("usergroup"))
    if group is None or (group.deleted and not args.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}
