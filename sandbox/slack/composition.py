"""Checks of Block Kit's smallest parts: texts, options, confirmations (Slack's Block Kit reference)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.slack.model import Json


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a payload: what, and where as a JSON pointer."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"


@dataclass(slots=True)
class Check:
    """A walk through one payload that gathers its problems."""

    surface: Surface
    files: Collection[str] | None = None
    """Ids of files an image may show; None when files are not checked."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, at: str, message: str) -> None:
        """Note a problem at a JSON pointer."""
        self.problems.append(Problem(at, message))

    def only(self, thing: Json, at: str, *allowed: str) -> None:
        """Refuse properties that Slack does not know."""
        for name in thing:
            if name not in allowed and name != "type":
                self.add(at, f"invalid additional property: {name}")

    def string(
        self, thing: Json, at: str, name: str, longest: int, *, required: bool = False, shortest: int = 1
    ) -> str | None:
        """A string property of limited length."""
        if name not in thing or thing[name] is None:
            if required:
                self.add(at, f"missing required field: {name}")
            return None
        value = thing[name]
        if not isinstance(value, str):
            self.add(f"{at}/{name}", "must be a string")
            return None
        if len(value) > longest:
            self.add(f"{at}/{name}", f"must be less than {longest + 1} characters")
        if len(value) < shortest:
            self.add(f"{at}/{name}", f"must be more than {shortest - 1} characters")
        return value

    def boolean(self, thing: Json, at: str, *names: str) -> None:
        """Boolean properties, all optional."""
        for name in names:
            if name in thing and not isinstance(thing[name], bool):
                self.add(f"{at}/{name}", "must be a boolean")

    def number(self, thing: Json, at: str, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A whole number between `low` and `high`."""
        if name not in thing:
            if required:
                self.add(at, f"missing required field: {name}")
            return None
        value = thing[name]
        if not isinstance(value, int) or isinstance(value, bool):
            self.add(f"{at}/{name}", "must be an integer")
            return None
        if not low <= value <= high:
            self.add(f"{at}/{name}", f"must be between {low} and {high}")
        return value

    def choice(self, thing: Json, at: str, name: str, values: Collection[str], *, required: bool = False) -> None:
        """A string property with a closed set of values."""
        if name not in thing:
            if required:
                self.add(at, f"missing required field: {name}")
        elif thing[name] not in values:
            self.add(f"{at}/{name}", f"must be one of: {', '.join(sorted(values))}")

    def items(self, thing: Json, at: str, name: str, low: int, high: int, *, required: bool = True) -> list[Json]:
        """An array of `low` to `high` objects; items that are no objects are reported and left out."""
        if name not in thing:
            if required:
                self.add(at, f"missing required field: {name}")
            return []
        value = thing[name]
        if not isinstance(value, list):
            self.add(f"{at}/{name}", "must be an array")
            return []
        if len(value) > high:
            self.add(f"{at}/{name}", f"no more than {high} items allowed")
        if len(value) < low:
            self.add(f"{at}/{name}", f"no fewer than {low} items allowed")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.add(f"{at}/{name}/{index}", "must be an object")
        return [item for item in value if isinstance(item, dict)]


TEXT_KINDS = ("plain_text", "mrkdwn")


def check_text(
    check: Check,
    owner: Json,
    at: str,
    name: str,
    longest: int,
    *,
    plain: bool = False,
    required: bool = True,
) -> None:
    """A text object in a property of `owner`."""
    if name not in owner or owner[name] is None:
        if required:
            check.add(at, f"missing required field: {name}")
        return
    check_text_object(check, owner[name], f"{at}/{name}", longest, plain=plain)


def check_text_object(check: Check, text: object, at: str, longest: int, *, plain: bool = False) -> None:
    """A plain_text or mrkdwn object, 1 to `longest` characters."""
    if not isinstance(text, dict):
        check.add(at, "must provide an object")
        return
    kind = text.get("type")
    if kind not in TEXT_KINDS or (plain and kind != "plain_text"):
        expected = "plain_text" if plain else "plain_text or mrkdwn"
        check.add(f"{at}/type", f"must be {expected}")
        return
    check.string(text, at, "text", longest, required=True)
    if kind == "plain_text":
        check.only(text, at, "text", "emoji")
        check.boolean(text, at, "emoji")
    else:
        check.only(text, at, "text", "verbatim")
        check.boolean(text, at, "verbatim")


def check_option(check: Check, option: Json, at: str, *, plain: bool, url: bool = False) -> None:
    """An option of a select, overflow, radio or checkbox group."""
    check.only(option, at, "text", "value", "description", *(("url",) if url else ()))
    check_text(check, option, at, "text", 75, plain=plain)
    check.string(option, at, "value", 150, required=True)
    check_text(check, option, at, "description", 75, plain=plain, required=False)
    if url:
        check.string(option, at, "url", 3000)


def check_confirm(check: Check, owner: Json, at: str) -> None:
    """A confirmation dialog, where there is one."""
    if "confirm" not in owner:
        return
    confirm, at = owner["confirm"], f"{at}/confirm"
    if not isinstance(confirm, dict):
        check.add(at, "must provide an object")
        return
    check.only(confirm, at, "title", "text", "confirm", "deny", "style")
    check_text(check, confirm, at, "title", 100, plain=True)
    check_text(check, confirm, at, "text", 300)
    check_text(check, confirm, at, "confirm", 30, plain=True)
    check_text(check, confirm, at, "deny", 30, plain=True)
    check.choice(confirm, at, "style", ("primary", "danger"))
