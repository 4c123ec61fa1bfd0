"""Request a count, and enter one: blind, in single units, with the time of counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import place_name, subject
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import EnterCount, FieldError, RequestCount
from sync.inbox.view import CaseView, Prepared
from sync.model.exceptions import ActionKind
from sync.model.ids import LocationId

USUAL_TIME = timedelta(hours=1)


def places_of(view: CaseView) -> list[b.Option]:
    """Places with a stated number, those whose number decides first."""
    lines = sorted(view.sku.positions if view.sku else (), key=lambda line: not line.decides)
    places = {line.location: fmt.plain(line.location_name, 60) for line in lines}
    own = view.case.fingerprint.location
    if own is not None and own not in places:
        places = {own: place_name(view, own), **places}
    return [b.Option(name, location) for location, name in places.items()]


def _count_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    places = places_of(view)
    first = next(iter(view.counters), None)
    due = int((view.now + USUAL_TIME).timestamp())
    blocks = previews(prepared, "count.preview")
    if places:
        chosen = b.select(places, chosen=places[0].value)
        blocks.append(b.field("count.where", t.COUNT_WHERE, chosen))
    return [
        *blocks,
        b.field("count.who", t.COUNT_WHO, b.user_select(first), optional=True, hint=t.COUNT_WHO_HINT),
        b.field("count.by", t.COUNT_BY, b.instant_picker(due - due % 300), optional=True),
        b.field("count.note", t.NOTE, b.text_input(), optional=True),
    ]


def _parse_count(values: Values, meta: Meta) -> Parsed:
    where, by = values.option("where"), values.instant("by")
    if not where:
        return (FieldError("where", t.COUNT_NO_PLACE),)
    instant = datetime.fromtimestamp(by, UTC) if by is not None else None
    return RequestCount(LocationId(where), values.user("who"), instant, values.text("note"))


COUNT = register(
    Form(
        kind="count",
        callback_id="count.request",
        prefix="count",
        title=lambda: t.COUNT_TITLE,
        fields=("where", "who", "by", "note"),
        note_field="note",
        submit=lambda prepared: t.COUNT_SUBMIT,
        body=_count_body,
        parse=_parse_count,
    )
)


def _enter_body(prepared: Prepared) -> Sequence[Block]:
    view = prepared.view
    act = view.case.newest(ActionKind.COUNT)
    place = place_name(view, act.location if act else None)
    head = t.ENTER_WHAT.format(sku=fmt.mrkdwn(subject(view), 60), place=fmt.mrkdwn(place, 40))
    return [
        b.section("count.what", f"{head}\n{t.ENTER_HOW}"),
        b.field("count.units", t.ENTER_UNITS, b.number_input(), hint=t.ENTER_UNITS_HINT),
        b.field("count.unsellable", t.ENTER_UNSELLABLE, b.number_input(), optional=True),
        b.field("count.counted_at", t.ENTER_AT, b.instant_picker(int(view.now.timestamp()))),
        b.field("count.remark", t.ENTER_REMARK, b.text_input(multiline=True), optional=True),
    ]


def again_field() -> Block:
    """The input that asks for a surprising number a second time; still blind."""
    return b.field("count.repeated", t.ENTER_AGAIN, b.number_input())


def whole(text: str) -> int | None:
    """A whole number, 0 or more; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() else None


def _parse_enter(values: Values, meta: Meta) -> Parsed:
    units, unsellable = whole(values.text("units")), whole(values.text("unsellable") or "0")
    counted_at = values.instant("counted_at")
    errors = []
    if units is None:
        errors.append(FieldError("units", t.ENTER_WHOLE))
    if unsellable is None:
        errors.append(FieldError("unsellable", t.ENTER_WHOLE))
    if units is None or unsellable is None or counted_at is None or meta.request is None:
        return tuple(errors) or (FieldError("counted_at", t.CHOOSE),)
    return EnterCount(
        action=meta.request,
        units=units,
        unsellable=unsellable,
        counted_at=datetime.fromtimestamp(counted_at, UTC),
        remark=values.text("remark"),
        repeated=whole(values.text("repeated")),
    )


ENTER = register(
    Form(
        kind="entercount",
        callback_id="count.enter",
        prefix="count",
        title=lambda: t.ENTER_TITLE,
        fields=("units", "unsellable", "counted_at", "remark"),
        note_field="remark",
        submit=lambda prepared: t.ENTER_SUBMIT,
        body=_enter_body,
        parse=_parse_enter,
    )
)
