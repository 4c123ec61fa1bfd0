"""Checks of interactive elements, and which block takes which. Limits: Slack's Block Kit reference."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.slack.composition import Check, check_confirm, check_option, check_text
from sandbox.slack.model import Json

SINGLE_SELECTS = (
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
)
MULTI_SELECTS = tuple(f"multi_{name}" for name in SINGLE_SELECTS)
CHOICES = ("radio_buttons", "checkboxes")
PICKERS = ("datepicker", "timepicker", "datetimepicker")
TEXT_INPUTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")

IN_ACTIONS = frozenset(("button", "overflow", *SINGLE_SELECTS, *CHOICES, *PICKERS))
IN_SECTION = frozenset(
    ("button", "overflow", "image", *SINGLE_SELECTS, *MULTI_SELECTS, *CHOICES, "datepicker", "timepicker")
)
IN_INPUT = frozenset((*TEXT_INPUTS, *SINGLE_SELECTS, *MULTI_SELECTS, *CHOICES, *PICKERS))

STATEFUL = frozenset((*IN_INPUT,))
"""Elements whose value stands in `state.values`."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_element(check: Check, element: Json, at: str, allowed: frozenset[str]) -> None:
    """One element in a place that takes the `allowed` types."""
    kind = element.get("type")
    if not isinstance(kind, str):
        check.add(at, "missing required field: type")
        return
    if kind not in allowed:
        check.add(f"{at}/type", f"unsupported type: {kind}")
        return
    if kind == "image":
        check_image(check, element, at, ())
        return
    check.string(element, at, "action_id", 255)
    check_confirm(check, element, at)
    check.boolean(element, at, "focus_on_load")
    CHECKS[kind](check, element, at)


COMMON = ("action_id", "confirm", "focus_on_load")


def check_image(check: Check, image: Json, at: str, extra: tuple[str, ...]) -> None:
    """An image block or element: a public URL or a file of the workspace, and what it says."""
    check.only(image, at, "image_url", "slack_file", "alt_text", *extra)
    check.string(image, at, "alt_text", 2000, required=True)
    if ("image_url" in image) == ("slack_file" in image):
        check.add(at, "must provide either image_url or slack_file")
        return
    check.string(image, at, "image_url", 3000)
    shown = image.get("slack_file")
    if shown is None:
        return
    if not isinstance(shown, dict) or ("id" in shown) == ("url" in shown):
        check.add(f"{at}/slack_file", "must provide either id or url")
    elif check.files is not None and "id" in shown and shown["id"] not in check.files:
        check.add(f"{at}/slack_file", "invalid slack file")


def _button(check: Check, button: Json, at: str) -> None:
    check.only(button, at, *COMMON, "text", "url", "value", "style", "accessibility_label")
    check_text(check, button, at, "text", 75, plain=True)
    check.string(button, at, "url", 3000)
    check.string(button, at, "value", 2000)
    check.choice(button, at, "style", ("primary", "danger"))
    check.string(button, at, "accessibility_label", 75)


def _overflow(check: Check, overflow: Json, at: str) -> None:
    check.only(overflow, at, *COMMON, "options")
    for index, option in enumerate(check.items(overflow, at, "options", 2, 5)):
        check_option(check, option, f"{at}/options/{index}", plain=True, url=True)


def _choices(check: Check, element: Json, at: str) -> None:
    initial = "initial_option" if element["type"] == "radio_buttons" else "initial_options"
    check.only(element, at, *COMMON, "options", initial)
    options = check.items(element, at, "options", 1, 10)
    for index, option in enumerate(options):
        check_option(check, option, f"{at}/options/{index}", plain=False)
    _initial(check, element, at, initial, options)


def _initial(check: Check, element: Json, at: str, name: str, options: list[Json]) -> None:
    """What is chosen at first must be among the options, exactly."""
    if name not in element:
        return
    chosen = element[name] if name.endswith("s") else [element[name]]
    if not isinstance(chosen, list) or not chosen:
        check.add(f"{at}/{name}", "must be a non-empty array")
        return
    if any(one not in options for one in chosen):
        check.add(f"{at}/{name}", f"{name} must match one of the options")


def _static_select(check: Check, select: Json, at: str) -> None:
    multi = select["type"].startswith("multi_")
    initial = "initial_options" if multi else "initial_option"
    check.only(select, at, *COMMON, "placeholder", "options", "option_groups", initial, "max_selected_items")
    _placeholder(check, select, at)
    if ("options" in select) == ("option_groups" in select):
        check.add(at, "must provide either options or option_groups")
        return
    options: list[Json] = []
    if "options" in select:
        options = check.items(select, at, "options", 1, 100)
        for index, option in enumerate(options):
            check_option(check, option, f"{at}/options/{index}", plain=True)
    for number, group in enumerate(check.items(select, at, "option_groups", 1, 100, required=False)):
        here = f"{at}/option_groups/{number}"
        check_text(check, group, here, "label", 75, plain=True)
        inside = check.items(group, here, "options", 1, 100)
        options.extend(inside)
        for index, option in enumerate(inside):
            check_option(check, option, f"{here}/options/{index}", plain=True)
    _initial(check, select, at, initial, options)


def _external_select(check: Check, select: Json, at: str) -> None:
    initial = "initial_options" if select["type"].startswith("multi_") else "initial_option"
    check.only(select, at, *COMMON, "placeholder", initial, "min_query_length", "max_selected_items")
    _placeholder(check, select, at)
    check.number(select, at, "min_query_length", 0, 100)


def _list_select(check: Check, select: Json, at: str) -> None:
    """Selects of users, channels, conversations: Slack fills the options."""
    thing = {"users": "user", "channels": "channel", "conversations": "conversation"}[
        select["type"].removeprefix("multi_").removesuffix("_select")
    ]
    plural = "s" if select["type"].startswith("multi_") else ""
    check.only(
        select,
        at,
        *COMMON,
        "placeholder",
        f"initial_{thing}{plural}",
        "response_url_enabled",
        "filter",
        "default_to_current_conversation",
        "max_selected_items",
    )
    _placeholder(check, select, at)


def _placeholder(check: Check, element: Json, at: str) -> None:
    check_text(check, element, at, "placeholder", 150, plain=True, required=False)


def _picker(check: Check, picker: Json, at: str) -> None:
    kind = picker["type"]
    initial = {
        "datepicker": "initial_date",
        "timepicker": "initial_time",
        "datetimepicker": "initial_date_time",
    }
    name = initial[kind]
    extra = ("timezone",) if kind == "timepicker" else ()
    placeholder = () if kind == "datetimepicker" else ("placeholder",)
    check.only(picker, at, *COMMON, name, *placeholder, *extra)
    _placeholder(check, picker, at)
    if name not in picker:
        return
    value = picker[name]
    if kind == "datetimepicker":
        if not isinstance(value, int) or len(str(value)) != 10:
            check.add(f"{at}/{name}", "must be a 10 digit UNIX timestamp")
    elif not isinstance(value, str) or not (DATE if kind == "datepicker" else TIME).fullmatch(value):
        check.add(f"{at}/{name}", f"must be {'YYYY-MM-DD' if kind == 'datepicker' else 'HH:mm'}")


def _text_input(check: Check, element: Json, at: str) -> None:
    kind = element["type"]
    extra: tuple[str, ...] = ()
    if kind == "plain_text_input":
        extra = ("multiline", "min_length", "max_length")
        low = check.number(element, at, "min_length", 0, 3000)
        high = check.number(element, at, "max_length", 1, 3000)
        if low is not None and high is not None and low > high:
            check.add(f"{at}/min_length", "must be less than max_length")
        check.boolean(element, at, "multiline")
    elif kind == "number_input":
        extra = ("is_decimal_allowed", "min_value", "max_value")
        if not isinstance(element.get("is_decimal_allowed"), bool):
            check.add(at, "missing required field: is_decimal_allowed")
        for name in ("min_value", "max_value", "initial_value"):
            check.string(element, at, name, 40)
    check.only(element, at, *COMMON, "initial_value", "placeholder", "dispatch_action_config", *extra)
    _placeholder(check, element, at)
    check.string(element, at, "initial_value", 3000, shortest=0)


CHECKS: dict[str, Callable[[Check, Json, str], None]] = {
    "button": _button,
    "overflow": _overflow,
    **dict.fromkeys(CHOICES, _choices),
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    **{
        f"{multi}{what}_select": _list_select
        for multi in ("", "multi_")
        for what in ("users", "conversations", "channels")
    },
    **dict.fromkeys(PICKERS, _picker),
    **dict.fromkeys(TEXT_INPUTS, _text_input),
}
