"""Checks of rich_text: sections, lists, quotes, preformatted text and what stands in them."""

from __future__ import annotations

from sandbox.slack.composition import Check
from sandbox.slack.model import Json

STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
BLOCK_STYLES = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
INLINE: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url",),
    "user": ("user_id",),
    "channel": ("channel_id",),
    "usergroup": ("usergroup_id",),
    "emoji": ("name",),
    "broadcast": ("range",),
    "date": ("timestamp", "format"),
    "color": ("value",),
}
OPTIONAL = ("style", "text", "unsafe", "unicode", "skin_tone", "url", "fallback")


def check_rich_text(check: Check, block: Json, at: str) -> None:
    """A rich_text block, or a cell of that type."""
    check.only(block, at, "block_id", "elements")
    for index, element in enumerate(check.items(block, at, "elements", 1, 200)):
        here = f"{at}/elements/{index}"
        kind = element.get("type")
        if kind == "rich_text_list":
            _list(check, element, here)
        elif kind in BLOCK_STYLES:
            _section(check, element, here)
        else:
            check.add(f"{here}/type", f"unsupported type: {kind}")


def _list(check: Check, element: Json, at: str) -> None:
    check.only(element, at, "style", "elements", "indent", "offset", "border")
    check.choice(element, at, "style", ("bullet", "ordered"), required=True)
    check.number(element, at, "indent", 0, 8)
    for index, item in enumerate(check.items(element, at, "elements", 1, 200)):
        here = f"{at}/elements/{index}"
        if item.get("type") != "rich_text_section":
            check.add(f"{here}/type", "must be rich_text_section")
        else:
            _section(check, item, here)


def _section(check: Check, element: Json, at: str) -> None:
    extra = () if element["type"] == "rich_text_section" else ("border", "language")
    check.only(element, at, "elements", *extra)
    for index, inline in enumerate(check.items(element, at, "elements", 0, 1000)):
        here = f"{at}/elements/{index}"
        kind = inline.get("type")
        if not isinstance(kind, str) or kind not in INLINE:
            check.add(f"{here}/type", f"unsupported type: {kind}")
            continue
        check.only(inline, here, *INLINE[kind], *OPTIONAL)
        for name in INLINE[kind]:
            if inline.get(name) in (None, ""):
                check.add(here, f"missing required field: {name}")
        style = inline.get("style", {})
        if not isinstance(style, dict) or any(name not in STYLES for name in style):
            check.add(f"{here}/style", "unknown style")
