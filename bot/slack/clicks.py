"""Buttons and forms: a click is committed or refused before Slack hears yes, and always answered visibly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.buttons import undo_of
from bot.slack.direct_files import send_proof
from bot.slack.mapping import Mapper
from bot.slack.payloads import CaseRef, Click, Submitted, Values, read_ref
from bot.slack.room import Patience, Room
from bot.slack.silent import SilentSource, with_reach
from bot.slack.storming import pressed_storm
from bot.slack.waiting import Waiting, fill, open_waiting, put
from sync.errors import BadInput
from sync.inbox.acts import (
    Act,
    Actor,
    AskHelp,
    CancelCount,
    DoneByHand,
    EnterCount,
    GiveBack,
    Judge,
    Outcome,
    Remind,
    StillOnIt,
    Take,
    TryAgain,
    Undo,
    Wake,
    Withdraw,
)
from sync.inbox.view import CaseView, Prepared
from sync.model.ids import QueueId, exception_name
from sync.proof import export_json

AT_ONCE: dict[str, Callable[[], Act]] = {
    "take": Take,
    "giveback": GiveBack,
    "retry": TryAgain,
    "wake": Wake,
    "byhand": DoneByHand,
    "undo": Undo,
    "withdraw": Withdraw,
    "cancelcount": CancelCount,
    "remind": Remind,
    "help": AskHelp,
    "stillonit": StillOnIt,
    "agree": lambda: Judge(True),
    "disagree": lambda: Judge(False),
}
SHOWN: dict[str, Callable[[CaseView], Block]] = {
    "risk": m.why_modal,
    "picture": m.picture_modal,
    "more": m.more_modal,
    "proof": lambda view: m.proof_modal(view, view.now),
    "verify": m.verify_modal,
}

_log = structlog.get_logger(__name__)


class Clicks:
    """Everything that people press on cards and in modals."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._mapper = Mapper(room)
        self._silent = SilentSource(room)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button or an entry of the overflow: ``<surface>.<act>…`` with the exception and version in its value."""
        click = Click.model_validate(body)
        pressed = click.pressed
        act, value = pressed.action_id.split(".")[1], pressed.chosen
        if act == "more":
            act, _, value = value.partition(":")
        try:
            ref = read_ref(value)
        except BadInput as error:
            await ack()
            await self._room.answer(click, str(error))
            return
        if act in AT_ONCE:
            await self._at_once(ack, click, AT_ONCE[act](), ref)
        elif act in SHOWN:
            await ack()
            await self._show(click, SHOWN[act], ref)
        elif act in m.FORMS or act in m.ROUTES:
            await ack()
            kind, data = (act, {}) if act in m.FORMS else m.ROUTES[act]
            await self.open_form(click, kind, ref, data)
        elif act == "export":
            await ack()
            await self._export(click, ref)
        elif act == "choose":
            await self._mapper.pressed(ack, body)
        elif act == "skus":
            await ack()
            place = await open_waiting(self._room, click, t.SKUS_TITLE)
            if place is not None:
                await fill(self._room, place, lambda: self._silent.drawn(ref))
        else:
            await ack()
            await self._room.answer(click, t.OLD_BUTTON)

    async def _export(self, click: Click, ref: CaseRef) -> None:
        """The whole record as a file, to the person who asked alone."""
        entries = await self._room.inbox.history(ref.case, 0)
        name = exception_name(ref.case)
        if not entries:
            await self._room.answer(click, t.GONE.format(name=name))
            return
        await send_proof(self._room, click.user.id, name, export_json(entries))
        await self._room.answer(click, t.PROOF_SENT.format(name=name))

    async def unknown(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button of another version of the product: answered, not swallowed."""
        await ack()
        click = Click.model_validate(body)
        _log.warning("unknown_button", action=click.pressed.action_id)
        await self._room.answer(click, t.OLD_BUTTON)

    async def _at_once(self, ack: AsyncAck, click: Click, act: Act, ref: CaseRef) -> None:
        patience = Patience()
        actor = await self._room.actor(click.user, click.team)
        outcome = await self._room.inbox.act(actor, act, case=ref.case, version=ref.version, within=patience.left)
        await ack()
        await self._room.answer(click, said(outcome))

    # -- opening -------------------------------------------------------------------------------------------------------

    async def open_form(
        self, click: Click, kind: str, ref: CaseRef, data: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Open the form of an act, or say in its place why it may not be opened."""
        place = await open_waiting(self._room, click, m.FORMS[kind].title())
        if place is None:
            return

        async def draw() -> Block:
            actor = await self._room.actor(click.user, click.team)
            prepared = await self._room.inbox.prepare(actor, kind, ref.case, ref.version, data)
            if isinstance(prepared, Outcome):
                return m.refused(prepared.text)
            return m.build(await with_reach(self._room, prepared))

        await fill(self._room, place, draw)

    async def _show(self, click: Click, draw: Callable[[CaseView], Block], ref: CaseRef) -> None:
        place = await open_waiting(self._room, click)
        if place is None:
            return

        async def shown() -> Block:
            await self._room.actor(click.user, click.team)
            found = await self._room.inbox.view(ref.case, history=True)
            return draw(found) if found is not None else m.refused(t.GONE.format(name=exception_name(ref.case)))

        await fill(self._room, place, shown)

    async def ask_of_storm(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A storm of a silent source: its content is asked for on the source's own exception."""
        await ack()
        click = Click.model_validate(body)
        ref = await self._silent.of_storm(pressed_storm(click))
        if ref is None:
            await self._room.answer(click, t.SKUS_HEARD)
            return
        await self.open_form(click, m.ASK_FEED.kind, ref)

    async def add_as_note(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody was faster; what the person had typed becomes a note, after they have seen it once more."""
        await ack()
        click = Click.model_validate(body)
        name, version, typed = [*click.pressed.value.split(":", 2), "", ""][:3]
        ref = read_ref(f"{name}:{version}")
        await self.note(click, ref, typed)

    async def note(self, click: Click, ref: CaseRef, typed: str) -> None:
        """Open the form of a note with words that are there already."""
        place = await open_waiting(self._room, click, t.NOTE_TITLE)
        if place is None:
            return

        async def draw() -> Block:
            actor = await self._room.actor(click.user, click.team)
            prepared = await self._room.inbox.prepare(actor, "note", ref.case, ref.version, {})
            return m.refused(prepared.text) if isinstance(prepared, Outcome) else m.rebuilt(prepared, typed=typed)

        await fill(self._room, place, draw)

    async def listings_ticked(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Ticking a listing changes what the pause form says will happen, and its button."""
        await ack()
        click = Click.model_validate(body)
        shown = click.modal
        if shown is None:
            return
        meta = m.read_meta(shown)
        view = await self._room.inbox.view(meta.case)
        if view is None:
            return
        chosen = Values(m.PAUSE.prefix, shown.state).options("listings")
        form = m.rebuilt(Prepared(meta.intent, "pause", view, ()), listings=",".join(chosen))
        form["private_metadata"] = shown.private_metadata
        await put(self._room, Waiting(shown.id, shown.hash), form)

    # -- submitting ----------------------------------------------------------------------------------------------------

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A form was sent: parsed, acted on, and answered in the same breath."""
        patience = Patience()
        sent = Submitted.model_validate(body)
        form, meta, parsed = m.parse(sent.view)
        if isinstance(parsed, tuple):
            await ack(response_action="errors", errors=m.field_errors(form, parsed, sent.view))
            return
        actor = await self._room.actor(sent.user, sent.team)
        outcome = await self._room.inbox.act(
            actor, parsed, intent=meta.intent, case=meta.case, version=meta.version, within=patience.left
        )
        note = Values(form.prefix, sent.view.state).text(form.note_field)
        ref = f"{meta.exception}:{meta.version}"
        match outcome.kind:
            case "done":
                await ack()
                await self._receipt(actor, form, meta, outcome)
            case "fields":
                await self._fields(ack, sent, form, parsed, outcome)
            case "changed":
                await self._again(ack, sent, actor, meta, form, outcome)
            case "faster":
                await ack(response_action="update", view=m.already_done(outcome.text, note, ref))
            case "unknown":
                await ack(response_action="update", view=m.not_known(outcome.text))
            case _:
                await ack(response_action="update", view=m.refused(outcome.text, note=note, ref=ref))

    async def _fields(self, ack: AsyncAck, sent: Submitted, form: m.Form, act: Act, outcome: Outcome) -> None:
        again = next((error for error in outcome.errors if error.field == "repeated"), None)
        there = any(block.get("block_id") == "count.repeated" for block in sent.view.blocks)
        if isinstance(act, EnterCount) and again is not None and not there:
            view = m.with_field(sent.view, m.again_field(), again.text)
            await ack(response_action="update", view=view)
            return
        await ack(response_action="errors", errors=m.field_errors(form, outcome.errors, sent.view))

    async def _again(
        self, ack: AsyncAck, sent: Submitted, actor: Actor, meta: m.Meta, form: m.Form, outcome: Outcome
    ) -> None:
        """The numbers moved: the same form comes back with all that was typed, and a fresh intent."""
        data = dict(outcome.opened_for) | _data(sent, meta, form.kind)
        prepared = await self._room.inbox.prepare(actor, form.kind, meta.case, meta.version, data)
        if isinstance(prepared, Outcome):
            note, ref = Values(form.prefix, sent.view.state).text(form.note_field), f"{meta.exception}:{meta.version}"
            await ack(response_action="update", view=m.refused(prepared.text, note=note, ref=ref))
            return
        drawn = m.build(await with_reach(self._room, prepared), notice=outcome.text)
        await ack(response_action="update", view=m.kept(drawn, sent.view.state))

    async def _receipt(self, actor: Actor, form: m.Form, meta: m.Meta, outcome: Outcome) -> None:
        policy = self._room.policy.current
        view = await self._room.inbox.view(outcome.case or meta.case)
        queue: QueueId | None = {
            "entercount": policy.warehouse_queue,
            "decide": policy.corrections.queue,
        }.get(form.kind)
        if queue is None:
            queue = view.case.queue if view is not None else policy.default_queue
        name = exception_name(outcome.case) if outcome.case else meta.exception
        undo = undo_of(form.kind, view) if view is not None else None
        await self._room.tell(actor.user, queue, f"{name}: {outcome.text}", undo)


def _data(sent: Submitted, meta: m.Meta, kind: str) -> dict[str, str]:
    """What a form was opened for, as far as it came back."""
    data = {} if meta.request is None else {"action": str(meta.request)}
    if kind == "pause":
        data["listings"] = ",".join(Values("pause", sent.view.state).options("listings"))
    return data


def said(outcome: Outcome) -> str:
    """An outcome in one line."""
    if outcome.errors:
        return " ".join(error.text for error in outcome.errors)
    return outcome.text
