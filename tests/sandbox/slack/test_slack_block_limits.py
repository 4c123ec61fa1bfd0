"""Slack's validation of blocks: what the inbox sends passes, and what Slack refuses is refused in Slack's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.slack import validate, validate_view

DESIGNS = Path(__file__).parents[3] / ".." / "shared" / "inbox-design"


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def a_button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "card.take", "text": plain("Take it"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": plain(f"Option {n}"), "value": str(n)} for n in range(count)]


def an_input(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "input", "block_id": "i", "label": plain("Label"), "element": element}


def a_chart(**more: Any) -> dict[str, Any]:
    series = [{"name": "This week", "data": [{"label": "Mon", "value": 1}]}]
    chart = {"type": "bar", "series": series, "axis_config": {"categories": ["Mon"]}, **more}
    return {"type": "data_visualization", "title": "At risk", "chart": chart}


def a_table(kind: str = "table", rows: int = 2, **more: Any) -> dict[str, Any]:
    return {"type": kind, "rows": [[{"type": "raw_text", "text": "a"}] for _ in range(rows)], **more}


def a_modal(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Pause"), "blocks": [section()], **more}


@pytest.mark.parametrize("path", sorted(DESIGNS.glob("*.json")) or [None], ids=lambda p: p.stem if p else "none")
def test_the_designed_surfaces_are_taken(path: Path | None) -> None:
    if path is None:
        pytest.skip("SKIPPED: the designed payloads are not beside this repository")
    payload = json.loads(path.read_text("utf-8"))
    assert (validate_view(payload) if "type" in payload else validate(payload["blocks"])) == []


REFUSED = [
    ("too many blocks", [section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("long section", [section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("empty text", [section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("eleven fields", [{"type": "section", "fields": [plain("x")] * 11}], "no more than 10 items allowed"),
    ("long field", [{"type": "section", "fields": [plain("x" * 2001)]}], "must be less than 2001 characters"),
    ("bare section", [{"type": "section"}], "missing required field: text or fields [json-pointer:/blocks/0]"),
    (
        "mrkdwn header",
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "must be plain_text [json-pointer:/blocks/0/text/type]",
    ),
    ("long header", [{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters"),
    ("context of eleven", [{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed"),
    ("26 actions", [actions(*(a_button(action_id=str(n)) for n in range(26)))], "no more than 25 items allowed"),
    ("long label", [actions(a_button(text=plain("x" * 76)))], "must be less than 76 characters"),
    ("long value", [actions(a_button(value="x" * 2001))], "must be less than 2001 characters"),
    ("button style", [actions(a_button(style="green"))], "must be one of: danger, primary"),
    ("same action twice", [actions(a_button(), a_button())], "action_id card.take already exists"),
    ("overflow of one", [actions({"type": "overflow", "options": options(1)})], "no fewer than 2 items allowed"),
    ("overflow of six", [actions({"type": "overflow", "options": options(6)})], "no more than 5 items allowed"),
    (
        "input in actions",
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    ("unknown block", [{"type": "hologram"}], "unsupported type: hologram [json-pointer:/blocks/0/type]"),
    ("unknown property", [section(colour="red")], "invalid additional property: colour"),
    (
        "emoji on mrkdwn",
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    ("same block_id", [section(block_id="a"), section(block_id="a")], "block_id a already exists"),
    ("two tables", [a_table(), a_table()], "only one table is allowed"),
    ("101 rows", [a_table(rows=101)], "must have 1 to 100 rows"),
    ("table without caption", [a_table("data_table")], "missing required field: caption"),
    ("three charts", [a_chart()] * 3, "no more than 2 data_visualization blocks allowed"),
    (
        "chart with a gap",
        [a_chart(axis_config={"categories": ["Mon", "Tue"]})],
        "must have one value for every category",
    ),
    ("alert in a message", [{"type": "alert", "text": plain("x")}], "alert is not allowed in a message"),
    (
        "long confirm",
        [
            actions(
                a_button(
                    confirm={
                        "title": plain("t"),
                        "text": plain("x" * 301),
                        "confirm": plain("Yes"),
                        "deny": plain("No"),
                    }
                )
            )
        ],
        "must be less than 301 characters",
    ),
    (
        "image without alt text",
        [{"type": "image", "image_url": "https://e.org/a.png"}],
        "missing required field: alt_text",
    ),
]


@pytest.mark.parametrize(("blocks", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_slack_refuses_in_a_message(blocks: list[dict[str, Any]], said: str) -> None:
    problems = [str(p) for p in validate(blocks, "message")]
    assert any(said in p for p in problems), problems


def test_home_takes_a_hundred_blocks() -> None:
    assert validate([section()] * 100, "home") == []


@pytest.mark.parametrize("block", [a_table(), a_table("data_table", caption="c"), a_chart()], ids=lambda b: b["type"])
def test_tables_and_charts_are_for_messages_only(block: dict[str, Any]) -> None:
    assert validate([block], "message") == []
    assert "is not allowed in a modal" in str(validate([block], "modal")[0])


BAD_VIEWS = [
    ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
    ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
    ({"callback_id": "x" * 256}, "must be less than 256 characters"),
    ({"blocks": [section()] * 101}, "no more than 100 items allowed"),
    (
        {"blocks": [an_input({"type": "plain_text_input", "action_id": "value"})]},
        "missing required field: submit [json-pointer:/view]",
    ),
    ({"colour": "red"}, "invalid additional property: colour"),
]


@pytest.mark.parametrize(("change", "said"), BAD_VIEWS)
def test_what_slack_refuses_in_a_modal(change: dict[str, Any], said: str) -> None:
    problems = [str(p) for p in validate_view(a_modal(**change))]
    assert any(said in p for p in problems), problems


def test_an_initial_option_must_be_one_of_the_options() -> None:
    radio = {"type": "radio_buttons", "action_id": "a", "options": options(2), "initial_option": options(3)[2]}
    problems = validate([an_input(radio)], "modal")
    assert [p.message for p in problems] == ["initial_option must match one of the options"]
