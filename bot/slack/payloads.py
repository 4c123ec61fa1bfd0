"""Slack's payloads read at the door: only the fields that are used, checked by pydantic (``contracts/slack.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from bot.slack import texts as t
from bot.slack.format import unescape
from sync.errors import BadInput
from sync.model.ids import ExceptionId, UserId, parse_exception_name


class Who(BaseModel):
    """Who clicked. ``team_id`` is their own workspace, which a shared channel may make another than ours."""

    id: UserId
    team_id: str = ""


class Team(BaseModel):
    """The workspace that the payload is about."""

    id: str = ""


class Choice(BaseModel):
    """A chosen option."""

    value: str


class Pressed(BaseModel):
    """One element that was acted on."""

    action_id: str
    block_id: str = ""
    value: str = ""
    selected_option: Choice | None = None

    @property
    def chosen(self) -> str:
        """The option's value, else the button's."""
        return self.selected_option.value if self.selected_option else self.value


class Place(BaseModel):
    """Where a click came from."""

    id: str


class FormState(BaseModel):
    """What has been typed: block id -> action id -> state of that input."""

    values: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)


class ShownView(BaseModel):
    """A view as Slack gives it back."""

    id: str
    type: str = "modal"
    hash: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    blocks: list[dict[str, Any]] = Field(default_factory=list)
    state: FormState = FormState()


class Click(BaseModel):
    """``block_actions``: from a message, a modal or Home."""

    user: Who
    team: Team | None = None
    trigger_id: str
    response_url: str = ""
    channel: Place | None = None
    view: ShownView | None = None
    actions: list[Pressed] = Field(min_length=1)

    @property
    def pressed(self) -> Pressed:
        """What was acted on; Slack sends one at a time."""
        return self.actions[0]

    @property
    def modal(self) -> ShownView | None:
        """The modal that the click came from, if it came from one."""
        return self.view if self.view is not None and self.view.type == "modal" else None


class Submitted(BaseModel):
    """``view_submission``."""

    user: Who
    team: Team | None = None
    trigger_id: str = ""
    view: ShownView


class Command(BaseModel):
    """A slash command."""

    user_id: UserId
    team_id: str = ""
    channel_id: str
    text: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What was typed, its escapes undone (``should_escape`` makes Slack escape it)."""
        return tuple(unescape(self.text).split())


@dataclass(frozen=True, slots=True)
class CaseRef:
    """An exception and the version that the person saw."""

    case: ExceptionId
    version: int


def read_ref(value: str) -> CaseRef:
    """``EX-1042:3``. Raises BadInput on anything else: the button is not one of this version's."""
    name, _, version = value.partition(":")
    try:
        return CaseRef(parse_exception_name(name), int(version))
    except ValueError as error:
        raise BadInput(t.OLD_BUTTON) from error


class Values:
    """The typed values of a form, by field: each input's element is called ``value``."""

    def __init__(self, prefix: str, state: FormState) -> None:
        self._prefix = prefix
        self._values = state.values

    def _held(self, field: str) -> dict[str, Any]:
        return self._values.get(f"{self._prefix}.{field}", {}).get("value", {})

    def has(self, field: str) -> bool:
        """Whether the form has this field."""
        return f"{self._prefix}.{field}" in self._values

    def text(self, field: str) -> str:
        """Typed text without outer blanks; empty when nothing was typed."""
        return str(self._held(field).get("value") or "").strip()

    def option(self, field: str) -> str:
        """The value of the chosen option; empty without one."""
        return str((self._held(field).get("selected_option") or {}).get("value") or "")

    def options(self, field: str) -> tuple[str, ...]:
        """The values of the ticked boxes."""
        return tuple(str(one["value"]) for one in self._held(field).get("selected_options") or ())

    def user(self, field: str) -> UserId | None:
        """The chosen person."""
        chosen = self._held(field).get("selected_user")
        return UserId(str(chosen)) if chosen else None

    def day(self, field: str) -> date | None:
        """The chosen day."""
        chosen = self._held(field).get("selected_date")
        return date.fromisoformat(str(chosen)) if chosen else None

    def instant(self, field: str) -> int | None:
        """The chosen instant, seconds since 1970."""
        chosen = self._held(field).get("selected_date_time")
        return int(chosen) if chosen is not None else None
