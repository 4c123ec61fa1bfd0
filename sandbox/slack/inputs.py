"""What people put into inputs: first values, typed values, and the checks that Slack makes before it sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.slack.elements import DATE, STATEFUL, TIME
from sandbox.slack.errors import CannotDoError
from sandbox.slack.model import Json
from sandbox.slack.state import State

VALUE_NAMES = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
}
"""The property of a state value, by element type; the text inputs use `value`."""

NUMBER = re.compile(r"[+-]?\d+")
DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")


def value_name(kind: str) -> str:
    """The property that holds an element's value in `state.values`."""
    return VALUE_NAMES.get(kind, "value")


def stateful_elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block with an element whose value stands in the state."""
    for block in blocks:
        if block["type"] not in ("input", "actions", "section"):
            continue
        for element in (block.get("element"), block.get("accessory"), *block.get("elements", ())):
            if isinstance(element, dict) and element.get("type") in STATEFUL:
                yield block, element


def first_values(blocks: list[Json], kept: dict[str, Json] | None = None) -> dict[str, Json]:
    """The state of fresh blocks; what was typed into an input with the same ids is kept, as Slack does."""
    values: dict[str, Json] = {}
    for block, element in stateful_elements(blocks):
        old = (kept or {}).get(block["block_id"], {}).get(element["action_id"])
        if old is not None and old["type"] != element["type"]:
            old = None
        values.setdefault(block["block_id"], {})[element["action_id"]] = old or _first(element)
    return values


def _first(element: Json) -> Json:
    kind, name = element["type"], value_name(element["type"])
    initial = "initial_value" if name == "value" else name.replace("selected_", "initial_")
    empty: object = [] if name.endswith("s") else None
    return {"type": kind, name: element.get(initial, empty)}


def options_of(element: Json) -> list[Json]:
    """All options an element offers, over its groups."""
    grouped = [o for group in element.get("option_groups", ()) for o in group["options"]]
    return [*element.get("options", ()), *grouped]


def pick(element: Json, value: str, chosen: Json | None = None) -> Json:
    """The option with this value or label; what is `chosen` already stays choosable, though the app's list is gone.

    Raises CannotDoError with what there is.
    """
    held = chosen or {}
    kept: list[Json] = [o for o in [*held.get("selected_options", ()), held.get("selected_option")] if o]
    for option in [*options_of(element), *kept]:
        if value in (option["value"], option["text"]["text"]):
            return option
    offered = ", ".join(f"{o['value']} ({o['text']['text']})" for o in options_of(element))
    raise CannotDoError(f"{element.get('action_id')} has no option {value!r}; it offers: {offered}")


def state_value(state: State, element: Json, value: object, chosen: Json | None = None) -> Json:
    """A person's plain value as the state of an element: option values, names of people, text, dates."""
    kind, name = element["type"], value_name(element["type"])
    if isinstance(value, dict) and value.get("type") == kind:
        return value
    if value is None or value == "" or value == []:
        return {"type": kind, name: [] if name.endswith("s") else None}
    many = value if isinstance(value, list | tuple) else [value]
    if name == "selected_options":
        return {"type": kind, name: [pick(element, str(v), chosen) for v in many]}
    if name == "selected_option":
        return {"type": kind, name: pick(element, str(value), chosen)}
    if name in ("selected_user", "selected_users"):
        people = [state.person(str(v)).id for v in many]
        return {"type": kind, name: people if name.endswith("s") else people[0]}
    if name.startswith(("selected_channel", "selected_conversation")):
        channels = [state.channel(str(v)).id for v in many]
        return {"type": kind, name: channels if name.endswith("s") else channels[0]}
    if kind == "datetimepicker":
        return {"type": kind, name: int(str(value))}
    text = str(value)
    shape = {"datepicker": DATE, "timepicker": TIME}.get(kind)
    if shape is not None and not shape.fullmatch(text):
        raise CannotDoError(f"{text!r} is no value of a {kind}")
    return {"type": kind, name: text}


def missing(blocks: list[Json], values: dict[str, Json]) -> dict[str, str]:
    """What Slack itself objects to before a submission leaves the page, by block_id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = values[block["block_id"]][element["action_id"]]
        fault = _fault(element, held.get(value_name(element["type"])), bool(block.get("optional")))
        if fault is not None:
            errors[block["block_id"]] = fault
    return errors


def _fault(element: Json, value: object, optional: bool) -> str | None:
    if value is None or value == "" or value == []:
        return None if optional else "Please complete this required field."
    if element["type"] == "plain_text_input":
        return _length_fault(element, str(value))
    if element["type"] == "number_input":
        return _number_fault(element, str(value))
    return None


def _length_fault(element: Json, text: str) -> str | None:
    low, high = element.get("min_length", 0), element.get("max_length", 3000)
    if len(text) < low:
        return f"This is too short: at least {low} characters."
    if len(text) > high:
        return f"This is too long: at most {high} characters."
    return None


def _number_fault(element: Json, text: str) -> str | None:
    decimal = element["is_decimal_allowed"]
    if not (DECIMAL if decimal else NUMBER).fullmatch(text):
        return "Please enter a number." if decimal else "Please enter a whole number."
    if "min_value" in element and float(text) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(text) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return None
