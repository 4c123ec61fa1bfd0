"""The one shape of all forms: build from a prepared intent, parse into an act or errors on the fields.

``private_metadata`` holds the intent's id and what the form was opened for; neither is a permission, all of it is checked
again when the form is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import FormState, ShownView, Values
from sync.errors import BadInput
from sync.inbox.acts import Act, FieldError
from sync.inbox.view import Prepared
from sync.model.exceptions import DECIDED, Action, ActionKind, ActionState, Case
from sync.model.ids import ExceptionId, parse_exception_name

Parsed = Act | tuple[FieldError, ...]


class Meta(BaseModel):
    """``private_metadata`` of a form. ``request`` is the act that is answered (a count, a correction)."""

    intent: str
    exception: str
    version: int
    request: int | None = None
    shown: str = ""
    policy: int = 0

    @property
    def case(self) -> ExceptionId:
        """The exception's id."""
        return parse_exception_name(self.exception)


@dataclass(frozen=True, slots=True)
class Form:
    """One modal form. ``fields`` are its inputs in order; an error of a field that is not there goes to the last one.

    ``note_field`` is where a person's own words stand, kept for them when somebody was faster.
    """

    kind: str
    callback_id: str
    prefix: str
    title: Callable[[], str]
    fields: tuple[str, ...]
    note_field: str
    submit: Callable[[Prepared], str]
    body: Callable[[Prepared], Sequence[Block]]
    parse: Callable[[Values, Meta], Parsed]


FORMS: dict[str, Form] = {}
"""By kind of act."""


def register(form: Form) -> Form:
    """Make a form known by its kind."""
    FORMS[form.kind] = form
    return form


def form_of(callback_id: str) -> Form:
    """The form behind a callback id. Raises BadInput when this version has none."""
    for form in FORMS.values():
        if form.callback_id == callback_id:
            return form
    raise BadInput(t.OLD_BUTTON)


def build(prepared: Prepared, notice: str = "") -> Block:
    """The view of a form. ``notice`` stands on top: what changed while the person wrote."""
    form = FORMS[prepared.kind]
    top = [b.section(f"{form.prefix}.notice", f":warning: {fmt.sentence_with_people(notice, 500)}")] if notice else []
    return b.modal(
        form.callback_id,
        form.title(),
        [*top, *form.body(prepared)],
        submit=form.submit(prepared),
        close=t.NOT_NOW,
        private_metadata=metadata(prepared),
    )


def metadata(prepared: Prepared) -> str:
    """The private metadata of a form."""
    request = request_of(prepared)
    meta = Meta(
        intent=prepared.intent,
        exception=prepared.view.case.name,
        version=prepared.view.case.version,
        request=request,
        shown=hashlib.sha256("\n".join(prepared.preview).encode()).hexdigest()[:12],
        policy=prepared.view.policy_version,
    )
    return json.dumps(meta.model_dump(exclude_none=True))


def request_of(prepared: Prepared) -> int | None:
    """The id of the act that a form answers."""
    given = dict(prepared.data).get("action")
    if given:
        return int(given)
    if prepared.kind == "decide":
        asked = to_decide(prepared.view.case)
        return asked.id if asked else None
    act = prepared.view.case.newest(ActionKind.COUNT) if prepared.kind == "entercount" else None
    return act.id if act else None


def to_decide(case: Case) -> Action | None:
    """What a second person decides on: a correction, or an override beyond what there is; the newest that waits."""
    acts = [act for act in reversed(case.actions) if act.kind in DECIDED]
    return next((act for act in acts if act.state is ActionState.ASKED), acts[0] if acts else None)


def read_meta(view: ShownView) -> Meta:
    """The metadata of a view that came back. Raises BadInput when it is not one of ours."""
    try:
        return Meta.model_validate_json(view.private_metadata)
    except ValidationError as error:
        raise BadInput(t.OLD_BUTTON) from error


def parse(view: ShownView) -> tuple[Form, Meta, Parsed]:
    """A submitted form, its metadata, and the act or the errors. Raises BadInput for a view that is not ours."""
    form, meta = form_of(view.callback_id), read_meta(view)
    return form, meta, form.parse(Values(form.prefix, view.state), meta)


def field_errors(form: Form, errors: Sequence[FieldError], view: ShownView) -> dict[str, str]:
    """Errors by block id, each on an input that the view has."""
    there = [str(block.get("block_id")) for block in view.blocks if block.get("type") == "input"]
    told: dict[str, str] = {}
    for error in errors:
        block_id = f"{form.prefix}.{error.field}"
        told[block_id if block_id in there else there[-1]] = fmt.cut(fmt.clean(fmt.spoken(error.text)), 300)
    return told


def with_field(view: ShownView, block: Block, notice: str) -> Block:
    """The same view with one more input at its end; what was typed stays, because the ids stay."""
    kept: list[Block] = [dict(one) for one in view.blocks if not str(one.get("block_id", "")).endswith(".notice")]
    top = b.section(f"{block['block_id']}.notice", f":warning: {fmt.sentence(notice, 300)}")
    form = form_of(view.callback_id)
    return b.modal(
        view.callback_id,
        form.title(),
        [*kept, top, block],
        submit=t.ENTER_SUBMIT,
        close=t.NOT_NOW,
        private_metadata=view.private_metadata,
    )


def kept(view: Block, state: FormState) -> Block:
    """The same view with all that was typed or chosen before, as far as its fields still offer it."""
    blocks = []
    for block in _inputs(view):
        element, block_id = block.get("element"), str(block.get("block_id"))
        typed = state.values.get(block_id, {}).get("value")
        if isinstance(element, dict) and typed is not None:
            block = block | {"element": _filled(element, typed)}
        blocks.append(block)
    return view | {"blocks": blocks}


def _inputs(view: Block) -> list[Block]:
    blocks = view["blocks"]
    return [dict(one) for one in blocks if isinstance(one, Mapping)] if isinstance(blocks, Sequence) else []


def _filled(element: Block, typed: Mapping[str, Any]) -> Block:
    options = element.get("options")
    offered = [dict(one) for one in options if isinstance(one, Mapping)] if isinstance(options, Sequence) else []
    chosen = [typed.get("selected_option"), *(typed.get("selected_options") or ())]
    values = [str(one["value"]) for one in chosen if one]
    ticked = [one for one in offered if one["value"] in values]
    match element.get("type"):
        case "plain_text_input" | "number_input" if typed.get("value"):
            return element | {"initial_value": str(typed["value"])}
        case "static_select" | "radio_buttons" if ticked:
            return element | {"initial_option": ticked[0]}
        case "checkboxes":
            rest = {name: value for name, value in element.items() if name != "initial_options"}
            return rest | {"initial_options": ticked} if ticked else rest
        case "users_select" if typed.get("selected_user"):
            return element | {"initial_user": str(typed["selected_user"])}
        case "datetimepicker" if typed.get("selected_date_time"):
            return element | {"initial_date_time": int(typed["selected_date_time"])}
        case _:
            return element


def rebuilt(prepared: Prepared, **data: str) -> Block:
    """The same form for other choices: ``data`` replaces what it was opened for."""
    return build(replace(prepared, data=tuple(sorted((dict(prepared.data) | data).items()))))


def previews(prepared: Prepared, block_id: str) -> list[Block]:
    """The preview sentences, first in every modal."""
    text = "\n".join(fmt.sentence(line, 600) for line in prepared.preview)
    return [b.section(block_id, text)] if text else []
