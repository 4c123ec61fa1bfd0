"""Small typed builders of Block Kit. They enforce Slack's limits; nobody else writes a block by hand.

Limits: Slack's Block Kit reference, as in ``contracts/slack.md``. Lengths are cut by grapheme and bounded in UTF-16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.slack import texts as t
from bot.slack.format import cut
from sync.errors import OurBug

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
Block = dict[str, JsonValue]
"""One Block Kit object."""

TEXT_MOST = 2_800
FALLBACK_MOST = 3_500


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is sent: complete ``text``, ``blocks``, and the metadata that finds it again.

    ``key`` and ``version`` name what it shows; ``kind`` is the event type after ``countersign_``.
    """

    text: str
    blocks: tuple[Block, ...]
    kind: str
    key: str
    version: int

    @property
    def metadata(self) -> Block:
        """Slack message metadata under the message's own key."""
        return self.metadata_for(self.key)

    def metadata_for(self, post: str) -> Block:
        """Slack message metadata; ``delivery`` is the id by which a post with an unknown outcome is looked for."""
        payload: Block = {"key": self.key, "version": self.version, "delivery": f"{post}:{self.version}"}
        return {"event_type": f"countersign_{self.kind}", "event_payload": payload}

    def stamped(self, stamp: str) -> Message:
        """The same message with a word that marks where it comes from (a sandbox), in text and foot."""
        if not self.blocks:
            return replace(self, text=f"{stamp}: {self.text}")
        mark: Block = {"type": "mrkdwn", "text": f"*{stamp}*"}
        foot: Block = {"type": "context", "block_id": f"stamp.v{self.version}", "elements": [mark]}
        last = self.blocks[-1]
        elements = last.get("elements")
        if last.get("type") == "context" and isinstance(elements, list | tuple):
            return replace(
                self, text=f"{stamp}: {self.text}", blocks=(*self.blocks[:-1], last | {"elements": [*elements, mark]})
            )
        return replace(self, text=f"{stamp}: {self.text}", blocks=(*self.blocks, foot))

    def as_json(self) -> Block:
        """The body of a post, as it is compared in tests."""
        return {
            "text": self.text,
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": self.blocks,
            "metadata": self.metadata,
        }


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. ``value`` at most 150 characters; ``about`` is the line below."""

    text: str
    value: str
    about: str = ""


def plain_text(text: str, most: int) -> Block:
    """Plain text of at most ``most`` characters, emoji codes left alone."""
    return {"type": "plain_text", "text": cut(text, most, most) or " ", "emoji": False}


def mrkdwn_text(text: str, most: int = TEXT_MOST) -> Block:
    """mrkdwn; the caller has made outside text inert. Too long text ends with where the rest is."""
    if len(text.encode("utf-16-le")) // 2 > most:
        carry_on = t.CARRY_ON
        text = cut(text, most - len(carry_on), most - len(carry_on)).removesuffix("…") + carry_on
    return {"type": "mrkdwn", "text": text or " "}


def header(block_id: str, text: str) -> Block:
    """A header: aimed at 60 characters, 150 at most."""
    return {"type": "header", "block_id": block_id, "text": plain_text(text, 150)}


def section(block_id: str, text: str, accessory: Block | None = None) -> Block:
    """A section of mrkdwn, unfolded, with an element at its right."""
    block: Block = {"type": "section", "block_id": block_id, "text": mrkdwn_text(text), "expand": True}
    return block if accessory is None else block | {"accessory": accessory}


def plain_section(block_id: str, text: str) -> Block:
    """A section of plain text."""
    return {"type": "section", "block_id": block_id, "text": plain_text(text, TEXT_MOST), "expand": True}


def fields(block_id: str, texts: Sequence[str]) -> Block:
    """Up to ten short mrkdwn texts in two columns."""
    return {"type": "section", "block_id": block_id, "fields": [mrkdwn_text(text, 1_900) for text in texts[:10]]}


def context(block_id: str, *elements: Block) -> Block:
    """Up to ten small texts."""
    return {"type": "context", "block_id": block_id, "elements": list(elements[:10])}


def divider(block_id: str) -> Block:
    """A line."""
    return {"type": "divider", "block_id": block_id}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    """At most 25 elements that act. Raises OurBug without one, or with two green buttons."""
    green = [one for one in elements if one.get("style") == "primary"]
    if not elements or len(green) > 1 or any(one.get("style") == "primary" for one in elements[1:]):
        raise OurBug(f"{block_id}: one green button at most, and first; at least one element")
    return {"type": "actions", "block_id": block_id, "elements": elements[:25]}


def button(action_id: str, text: str, value: str, *, label: str = "", primary: bool = False) -> Block:
    """A button; ``label`` is what a screen reader says."""
    block: Block = {"type": "button", "action_id": action_id, "text": plain_text(text, 75), "value": value[:2_000]}
    if primary:
        block["style"] = "primary"
    if label:
        block["accessibility_label"] = cut(label, 75, 75)
    return block


def overflow(action_id: str, options: Sequence[Option]) -> Block:
    """Two to five more acts. Raises OurBug otherwise."""
    if not 2 <= len(options) <= 5:
        raise OurBug(f"{action_id}: an overflow holds two to five options, not {len(options)}")
    return {"type": "overflow", "action_id": action_id, "options": [option_json(one) for one in options]}


def option_json(option: Option) -> Block:
    """An option of a select, radio group, checkbox group or overflow."""
    block: Block = {"text": plain_text(option.text, 75), "value": option.value[:150]}
    return block | {"description": plain_text(option.about, 75)} if option.about else block


def table(block_id: str, rows: Sequence[Sequence[str]]) -> Block:
    """A native table (messages only): first column wrapped, the others to the right; at most 100 rows."""
    cells = [[{"type": "raw_text", "text": cell or " "} for cell in row] for row in rows[:100]]
    right: list[Block] = [{"align": "right"} for _ in rows[0][1:]]
    return {
        "type": "table",
        "block_id": block_id,
        "column_settings": [{"is_wrapped": True}, *right],
        "rows": cells,
    }


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell that sorts by its value and reads as its text."""

    value: int | float
    text: str


def data_table(block_id: str, caption: str, rows: Sequence[Sequence[str | Figure]], page_size: int = 5) -> Block:
    """The table that pages and sorts (messages only): a header row, then 1 to 100 rows; its first column names the row."""
    drawn = [[_cell(cell) for cell in row] for row in rows[:101]]
    return {
        "type": "data_table",
        "block_id": block_id,
        "caption": cut(caption, 150, 150),
        "page_size": page_size,
        "row_header_column_index": 0,
        "rows": drawn,
    }


def _cell(cell: str | Figure) -> Block:
    if isinstance(cell, Figure):
        return {"type": "raw_number", "value": cell.value, "text": cell.text}
    return {"type": "raw_text", "text": cell or " "}


def preformatted(block_id: str, text: str) -> Block:
    """Fixed-width lines, at most 34 columns wide so that a phone does not wrap them."""
    inner: Block = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": block_id, "elements": [inner]}


# -- forms -------------------------------------------------------------------------------------------------------------


def field(
    block_id: str, label: str, element: Block, *, optional: bool = False, hint: str = "", dispatch: bool = False
) -> Block:
    """An input of a form; its element's action_id is always ``value``."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain_text(label, 150),
        "element": element | {"action_id": "value"},
    }
    if hint:
        block["hint"] = plain_text(hint, 150)
    if dispatch:
        block["dispatch_action"] = True
    return block


def text_input(*, multiline: bool = False, placeholder: str = "", initial: str = "", most: int = 500) -> Block:
    """A text field of at most ``most`` characters."""
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    if initial:
        element["initial_value"] = cut(initial, most, most)
    return element


def number_input(initial: str = "") -> Block:
    """Whole units, 0 or more."""
    element: Block = {"type": "number_input", "is_decimal_allowed": False, "min_value": "0"}
    return element | {"initial_value": initial} if initial else element


def radio(options: Sequence[Option]) -> Block:
    """Up to ten choices, nothing chosen at first."""
    return {"type": "radio_buttons", "options": [option_json(one) for one in options[:10]]}


def select(options: Sequence[Option], *, chosen: str | None = None, placeholder: str = "") -> Block:
    """Up to a hundred choices in a list."""
    element: Block = {"type": "static_select", "options": [option_json(one) for one in options[:100]]}
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    initial = next((option_json(one) for one in options[:100] if one.value == chosen), None)
    return element if initial is None else element | {"initial_option": initial}


def multi_select(options: Sequence[Option]) -> Block:
    """Several of up to a hundred choices in a list."""
    return {"type": "multi_static_select", "options": [option_json(one) for one in options[:100]]}


def checkboxes(options: Sequence[Option], chosen: Sequence[str]) -> Block:
    """Up to ten boxes; ``chosen`` are ticked."""
    shown = options[:10]
    element: Block = {"type": "checkboxes", "options": [option_json(one) for one in shown]}
    ticked = [option_json(one) for one in shown if one.value in chosen]
    return element | {"initial_options": ticked} if ticked else element


def user_select(initial: str | None = None, placeholder: str = "") -> Block:
    """A person of the workspace."""
    element: Block = {"type": "users_select"}
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    return element if initial is None else element | {"initial_user": initial}


def instant_picker(initial: int) -> Block:
    """A day and time, as seconds since 1970, shown in the reader's zone."""
    return {"type": "datetimepicker", "initial_date_time": initial}


def day_picker(initial: date | None = None) -> Block:
    """A day of the calendar."""
    element: Block = {"type": "datepicker"}
    return element | {"initial_date": initial.isoformat()} if initial is not None else element


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str = "",
    close: str,
    private_metadata: str = "",
) -> Block:
    """A modal; without ``submit`` it only shows. Raises OurBug when the metadata is too long."""
    if len(private_metadata) > 3_000:
        raise OurBug(
            f"{callback_id}: private metadata is {len(private_metadata)} characters long, 3,000 is Slack's limit"
        )
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain_text(title, 24),
        "close": plain_text(close, 24),
        "notify_on_close": False,
        "private_metadata": private_metadata,
        "blocks": blocks[:100],
    }
    return view | {"submit": plain_text(submit, 24)} if submit else view


def home(blocks: Sequence[Block]) -> Block:
    """The Home tab."""
    return {"type": "home", "callback_id": "home", "blocks": blocks[:100]}


def chart(
    block_id: str,
    kind: str,
    title: str,
    x_label: str,
    y_label: str,
    series: Sequence[tuple[str, Sequence[tuple[str, int]]]],
) -> Block:
    """A native chart, ``line`` or ``bar`` (messages only, two in a message at most): short labels, few categories."""
    drawn: list[Block] = [
        {"name": name, "data": [_point(label, value) for label, value in points]} for name, points in series
    ]
    axis: Block = {"categories": [label for label, _ in series[0][1]], "x_label": x_label, "y_label": y_label}
    return {
        "type": "data_visualization",
        "block_id": block_id,
        "title": cut(title, 50, 50),
        "chart": {"type": kind, "series": drawn, "axis_config": axis},
    }


def _point(label: str, value: int) -> Block:
    return {"label": cut(label, 20, 20), "value": value}


def without_acts(blocks: Sequence[Block]) -> list[Block]:
    """A shared answer is no second living card: its buttons are left out."""
    return [
        {name: value for name, value in block.items() if name != "accessory"}
        for block in blocks
        if block["type"] != "actions"
    ]
