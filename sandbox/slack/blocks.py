"""Slack's validation of Block Kit, for messages, modals and Home tabs.

Limits: Slack's Block Kit reference. `layout`, `card`, `carousel`, `container`, `video`, `file` and
`context_actions` are refused as unsupported: older clients do not draw them, nor does the page of this workspace.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from sandbox.slack.composition import Check, Problem, Surface, check_text, check_text_object
from sandbox.slack.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element, check_image
from sandbox.slack.model import Json
from sandbox.slack.richtext import check_rich_text
from sandbox.slack.tables import check_chart, check_data_table, check_table

__all__ = ["Problem", "Surface", "validate", "validate_view"]

MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
MOST_CHARTS = 2
MOST_MARKDOWN = 12_000
VIEW_BYTES = 250_000
VIEW_FIELDS = (
    "title",
    "submit",
    "close",
    "blocks",
    "private_metadata",
    "callback_id",
    "external_id",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
)


def validate(
    blocks: object, surface: Surface | str = Surface.MESSAGE, *, files: Collection[str] | None = None
) -> list[Problem]:
    """All problems of blocks on a surface (`message`, `modal`, `home`); empty when Slack would take them.

    `files` are the ids that an image block may name; None leaves them unchecked.
    """
    check = Check(Surface(surface), files)
    _check_blocks(check, blocks, "/blocks")
    return check.problems


def validate_view(view: object) -> list[Problem]:
    """All problems of a modal or Home view."""
    if not isinstance(view, dict):
        return [Problem("/view", "must provide an object")]
    kind = view.get("type")
    if kind not in (Surface.MODAL, Surface.HOME):
        return [Problem("/view/type", "must be modal or home")]
    check, at = Check(Surface(kind)), "/view"
    check.only(view, at, *VIEW_FIELDS)
    modal = kind == Surface.MODAL
    if modal:
        check_text(check, view, at, "title", 24, plain=True)
        check_text(check, view, at, "submit", 24, plain=True, required=_has_input(view))
        check_text(check, view, at, "close", 24, plain=True, required=False)
    check.string(view, at, "private_metadata", 3000, shortest=0)
    check.string(view, at, "callback_id", 255, shortest=0)
    check.string(view, at, "external_id", 255, shortest=0)
    check.boolean(view, at, "clear_on_close", "notify_on_close", "submit_disabled")
    _check_blocks(check, view.get("blocks"), "/view/blocks")
    if len(json.dumps(view)) > VIEW_BYTES:
        check.add(at, f"must be less than {VIEW_BYTES} bytes")
    return check.problems


def _has_input(view: Json) -> bool:
    blocks = view.get("blocks")
    return isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)


def _check_blocks(check: Check, blocks: object, at: str) -> None:
    if not isinstance(blocks, list):
        check.add(at, "must be an array")
        return
    most = MOST_BLOCKS[check.surface]
    if len(blocks) > most:
        check.add(at, f"no more than {most} items allowed")
    seen: dict[str, str] = {}
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        if not isinstance(block, dict):
            check.add(here, "must be an object")
            continue
        _check_block(check, block, here)
        block_id = check.string(block, here, "block_id", 255)
        if block_id is not None and block_id in seen:
            check.add(f"{here}/block_id", f"block_id {block_id} already exists at {seen[block_id]}")
        elif block_id is not None:
            seen[block_id] = here
    _check_together(check, [b for b in blocks if isinstance(b, dict)], at)


def _check_together(check: Check, blocks: list[Json], at: str) -> None:
    """Limits over all blocks of a surface."""
    kinds = [b.get("type") for b in blocks]
    if kinds.count("table") > 1:
        check.add(at, "only one table is allowed")
    if kinds.count("data_visualization") > MOST_CHARTS:
        check.add(at, f"no more than {MOST_CHARTS} data_visualization blocks allowed")
    markdown = sum(len(str(b.get("text", ""))) for b in blocks if b.get("type") == "markdown")
    if markdown > MOST_MARKDOWN:
        check.add(at, f"markdown must be less than {MOST_MARKDOWN + 1} characters")
    focused = [e for b in blocks for e in _elements(b) if e.get("focus_on_load") is True]
    if len(focused) > 1:
        check.add(at, "only one element may have focus_on_load")


def _check_block(check: Check, block: Json, at: str) -> None:
    kind = block.get("type")
    if not isinstance(kind, str):
        check.add(at, "missing required field: type")
        return
    if kind not in CHECKS:
        check.add(f"{at}/type", f"unsupported type: {kind}")
        return
    surfaces, look = CHECKS[kind]
    if check.surface not in surfaces:
        check.add(f"{at}/type", f"unsupported type: {kind} is not allowed in a {check.surface.value}")
        return
    look(check, block, at)
    action_ids = [e["action_id"] for e in _elements(block) if isinstance(e.get("action_id"), str)]
    for action_id in sorted({a for a in action_ids if action_ids.count(a) > 1}):
        check.add(f"{at}/elements", f"action_id {action_id} already exists")


def _elements(block: Json) -> list[Json]:
    """The elements of a block that a person can act on."""
    found = [*_listed(block.get("elements")), block.get("accessory"), block.get("element")]
    return [e for e in found if isinstance(e, dict)]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _header(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "text", "level")
    check_text(check, block, at, "text", 150, plain=True)


def _section(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "text", "fields", "accessory", "expand")
    check.boolean(block, at, "expand")
    if block.get("text") is None and not block.get("fields"):
        check.add(at, "missing required field: text or fields")
    check_text(check, block, at, "text", 3000, required=False)
    if "fields" in block:
        for index, text in enumerate(check.items(block, at, "fields", 1, 10)):
            check_text_object(check, text, f"{at}/fields/{index}", 2000)
    if "accessory" in block:
        accessory = block["accessory"]
        if isinstance(accessory, dict):
            check_element(check, accessory, f"{at}/accessory", IN_SECTION)
        else:
            check.add(f"{at}/accessory", "must provide an object")


def _context(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "elements")
    for index, element in enumerate(check.items(block, at, "elements", 1, 10)):
        here = f"{at}/elements/{index}"
        if element.get("type") == "image":
            check_image(check, element, here, ())
        else:
            check_text_object(check, element, here, 3000)


def _actions(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "elements")
    for index, element in enumerate(check.items(block, at, "elements", 1, 25)):
        check_element(check, element, f"{at}/elements/{index}", IN_ACTIONS)


def _divider(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id")


def _image(check: Check, block: Json, at: str) -> None:
    check_image(check, block, at, ("block_id", "title"))
    check_text(check, block, at, "title", 2000, plain=True, required=False)


def _input(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "label", "element", "hint", "optional", "dispatch_action")
    check_text(check, block, at, "label", 2000, plain=True)
    check_text(check, block, at, "hint", 2000, plain=True, required=False)
    check.boolean(block, at, "optional", "dispatch_action")
    element = block.get("element")
    if isinstance(element, dict):
        check_element(check, element, f"{at}/element", IN_INPUT)
    else:
        check.add(at, "missing required field: element")


def _markdown(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "text")
    check.string(block, at, "text", MOST_MARKDOWN, required=True)


def _alert(check: Check, block: Json, at: str) -> None:
    check.only(block, at, "block_id", "text", "level")
    check_text(check, block, at, "text", 200)
    check.choice(block, at, "level", ("default", "info", "warning", "error", "success"))


EVERYWHERE = frozenset(Surface)
MESSAGES = frozenset((Surface.MESSAGE,))
MODALS = frozenset((Surface.MODAL,))

CHECKS: dict[str, tuple[frozenset[Surface], Callable[[Check, Json, str], None]]] = {
    "header": (EVERYWHERE, _header),
    "section": (EVERYWHERE, _section),
    "context": (EVERYWHERE, _context),
    "actions": (EVERYWHERE, _actions),
    "divider": (EVERYWHERE, _divider),
    "image": (EVERYWHERE, _image),
    "input": (EVERYWHERE, _input),
    "rich_text": (EVERYWHERE, check_rich_text),
    "markdown": (MESSAGES, _markdown),
    "table": (MESSAGES, check_table),
    "data_table": (MESSAGES, check_data_table),
    "data_visualization": (MESSAGES, check_chart),
    "alert": (MODALS, _alert),
}
