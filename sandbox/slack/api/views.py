"""views.*: modals on a stack of three, and Home tabs."""

from __future__ import annotations

from sandbox.slack.api.args import Args
from sandbox.slack.api.desk import Desk, method
from sandbox.slack.blocks import validate_view
from sandbox.slack.errors import ApiError
from sandbox.slack.inputs import first_values
from sandbox.slack.model import Json, View
from sandbox.slack.state import State
from sandbox.slack.wire import view_json, with_ids

MOST_STACKED = 3


def checked_view(view: object, kind: str) -> Json:
    """A view as it will be kept. Raises `invalid_arguments` with what is wrong and where."""
    problems = validate_view(view)
    if problems:
        raise ApiError("invalid_arguments", *map(str, problems))
    if not isinstance(view, dict) or view["type"] != kind:
        raise ApiError("invalid_arguments", f"[ERROR] must be a {kind} [json-pointer:/view/type]")
    return view | {"blocks": with_ids(view["blocks"])}


def stack_view(state: State, owner_id: str, content: Json) -> View:
    """Show a view on top of a person's modals. Raises `push_limit_reached`, `duplicate_external_id`."""
    stack = state.modals.setdefault(owner_id, [])
    if len(stack) >= MOST_STACKED:
        raise ApiError("push_limit_reached")
    _unique_external_id(state, content, None)
    view_id = state.new_id("V")
    view = View(
        view_id,
        "modal",
        owner_id,
        content,
        state.new_hash(),
        root_id=stack[0] if stack else view_id,
        previous_id=stack[-1] if stack else None,
        values=first_values(content["blocks"]),
    )
    state.views[view_id] = view
    stack.append(view_id)
    state.touch(view)
    return view


def replace_view(state: State, view: View, content: Json) -> View:
    """Give a view new content; what was typed into inputs that stay is kept."""
    _unique_external_id(state, content, view)
    view.content, view.hash = content, state.new_hash()
    view.values = first_values(content["blocks"], view.values)
    view.errors, view.trouble = {}, ""
    state.touch(view)
    return view


def _unique_external_id(state: State, content: Json, itself: View | None) -> None:
    external_id = content.get("external_id")
    if external_id and any(
        v is not itself and v.content.get("external_id") == external_id for v in state.views.values()
    ):
        raise ApiError("duplicate_external_id")


def _trigger(args: Args) -> str:
    return args.required("trigger_id")


@method("views.open", tier=4)
async def open_view(desk: Desk, args: Args) -> Json:
    """Open a modal for the person who caused the trigger."""
    content = checked_view(args.json("view"), "modal")
    trigger = desk.state.use_trigger(_trigger(args))
    desk.state.drop_modals(trigger.owner_id)
    return {"view": view_json(desk.state, stack_view(desk.state, trigger.owner_id, content))}


@method("views.push", tier=4)
async def push_view(desk: Desk, args: Args) -> Json:
    """Put a modal on top of the one the trigger came from."""
    content = checked_view(args.json("view"), "modal")
    trigger = desk.state.use_trigger(_trigger(args))
    if trigger.view_id is None or trigger.view_id not in desk.state.views:
        raise ApiError("not_found")
    return {"view": view_json(desk.state, stack_view(desk.state, trigger.owner_id, content))}


@method("views.update", tier=4)
async def update_view(desk: Desk, args: Args) -> Json:
    """Replace an open view, by id or external id, if its hash still is the given one."""
    content = checked_view(args.json("view"), "modal")
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if view_id is None and external_id is None:
        raise ApiError("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
    found = [
        v
        for v in desk.state.views.values()
        if v.id == view_id or (external_id is not None and v.content.get("external_id") == external_id)
    ]
    if not found:
        raise ApiError("not_found")
    _same_hash(args, found[0])
    return {"view": view_json(desk.state, replace_view(desk.state, found[0], content))}


@method("views.publish", tier=4)
async def publish_home(desk: Desk, args: Args) -> Json:
    """Show a Home tab to one person."""
    content = checked_view(args.json("view"), "home")
    user_id = args.required("user_id")
    if user_id not in desk.state.people:
        raise ApiError("invalid_arguments", "[ERROR] invalid `user_id` [json-pointer:/user_id]")
    view = desk.state.homes.get(user_id)
    if view is not None:
        _same_hash(args, view)
        return {"view": view_json(desk.state, replace_view(desk.state, view, content))}
    view_id = desk.state.new_id("V")
    values = first_values(content["blocks"])
    view = View(view_id, "home", user_id, content, desk.state.new_hash(), view_id, values=values)
    desk.state.homes[user_id] = view
    desk.state.touch(view)
    return {"view": view_json(desk.state, view)}


def _same_hash(args: Args, view: View) -> None:
    expected = args.text("hash")
    if expected is not None and expected != view.hash:
        raise ApiError("hash_conflict")
