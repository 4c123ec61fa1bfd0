"""Send a suppressed listing's data again: where it will be shown, or the task for a person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.actions.resending import is_task
from sync.inbox.acts import SendData
from sync.inbox.view import Prepared


def _send_body(prepared: Prepared) -> Sequence[Block]:
    note = b.field("senddata.note", t.SENDDATA_NOTE, b.text_input(multiline=True), optional=True, hint=t.NOTE_HINT)
    return [*previews(prepared, "senddata.preview"), note]


def _parse_send(values: Values, meta: Meta) -> Parsed:
    return SendData(values.text("note"))


SEND_DATA = register(
    Form(
        kind="senddata",
        callback_id="listing.senddata",
        prefix="senddata",
        title=lambda: t.SENDDATA_TITLE,
        fields=("note",),
        note_field="note",
        submit=lambda prepared: t.SENDDATA_TASK if is_task(prepared.view) else t.SENDDATA_SUBMIT,
        body=_send_body,
        parse=_parse_send,
    )
)
