"""What people say of a silent source: it counts as 0, its last numbers are vouched for, or both is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import mention
from bot.slack.modals.form import Form, Meta, Parsed, register
from bot.slack.payloads import Values
from sync.actions.speaking import in_force
from sync.exceptions.standing import ends_at
from sync.inbox.acts import CountByPolicy, FieldError, TreatAsNothing, Vouch
from sync.inbox.effect import Effect
from sync.inbox.view import CaseView, Prepared
from sync.model.exceptions import Action, ActionKind

LASTS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=8), timedelta(hours=24))
USUAL = timedelta(hours=4)


def _system(view: CaseView) -> str:
    return fmt.mrkdwn(view.system_name, 40)


def _skus(count: int) -> str:
    return fmt.counted(count, t.SKUS_COUNTED)


def _caution(effect: Effect) -> list[str]:
    """What the figures do not say by themselves."""
    told = []
    if effect.about:
        told.append(t.WORD_ABOUT.format(reckoned=fmt.number(effect.reckoned), skus=_skus(effect.skus)))
    if effect.shadow:
        told.append(t.WORD_SHADOW.format(channels=_channels(effect.shadow)))
    return told


def _channels(names: Sequence[str]) -> str:
    return fmt.listed([fmt.mrkdwn(name, 40) for name in names], 5)


def _reason(prefix: str, label: str) -> Block:
    return b.field(f"{prefix}.reason", label, b.text_input(multiline=True), hint=t.WORD_REASON_HINT)


# -- counts as nothing -------------------------------------------------------------------------------------------------


def _nothing_body(prepared: Prepared) -> Sequence[Block]:
    view, effect = prepared.view, prepared.effect
    blocks = []
    if effect is not None:
        shape = t.NOTHING_PREVIEW if effect.units else t.NOTHING_NO_CHANGE
        first = shape.format(
            skus=_skus(effect.skus),
            system=_system(view),
            units=fmt.units(effect.units),
            channels=_channels(effect.channels),
            missed=fmt.estimate(effect.missed, view.currency),
        )
        blocks.append(b.section("nothing.preview", "\n".join([first, *_caution(effect)])))
    lasts = t.NOTHING_LASTS.format(system=_system(view))
    return [*blocks, _reason("nothing", t.REASON), b.context("nothing.why", b.mrkdwn_text(lasts))]


def _parse_nothing(values: Values, meta: Meta) -> Parsed:
    reason = values.text("reason")
    return TreatAsNothing(reason) if reason else (FieldError("reason", t.WORD_NO_REASON),)


NOTHING = register(
    Form(
        kind="nothing",
        callback_id="source.nothing",
        prefix="nothing",
        title=lambda: t.NOTHING_TITLE,
        fields=("reason",),
        note_field="reason",
        submit=lambda prepared: t.NOTHING_SUBMIT,
        body=_nothing_body,
        parse=_parse_nothing,
    )
)

# -- vouched for -------------------------------------------------------------------------------------------------------


def _vouch_body(prepared: Prepared) -> Sequence[Block]:
    view, effect = prepared.view, prepared.effect
    blocks = []
    if effect is not None:
        shape = t.VOUCH_PREVIEW if effect.units else t.VOUCH_NO_CHANGE
        first = shape.format(
            system=_system(view),
            at=fmt.at(effect.silent_since, view.now),
            listings=fmt.counted(effect.listings, t.LISTINGS),
            units=fmt.units(effect.units),
            value=fmt.booked(effect.value, view.currency),
        )
        unvalued = [t.VOUCH_UNVALUED.format(skus=_skus(effect.unvalued))] if effect.unvalued else []
        blocks.append(b.section("vouch.preview", "\n".join([first, *unvalued, *_caution(effect)])))
    spans = [one for one in LASTS if one <= prepared.longest] or [prepared.longest]
    ends = [
        b.Option(t.OVERRIDE_FOR.format(span=fmt.span(one)), str(int((view.now + one).timestamp()))) for one in spans
    ]
    chosen = ends[max(nth for nth, one in enumerate(spans) if one <= max(USUAL, spans[0]))].value
    limit = t.VOUCH_LIMIT.format(limit=fmt.booked(view.limit_money, view.currency), system=_system(view))
    return [
        *blocks,
        b.field("vouch.until", t.VOUCH_ENDS, b.select(ends, chosen=chosen)),
        _reason("vouch", t.REASON),
        b.context("vouch.why", b.mrkdwn_text(limit)),
    ]


def _parse_vouch(values: Values, meta: Meta) -> Parsed:
    until, reason = values.option("until"), values.text("reason")
    errors = []
    if not until.isdigit():
        errors.append(FieldError("until", t.VOUCH_NO_END))
    if not reason:
        errors.append(FieldError("reason", t.WORD_NO_REASON))
    return tuple(errors) or Vouch(datetime.fromtimestamp(int(until), UTC), reason)


VOUCH = register(
    Form(
        kind="vouch",
        callback_id="source.vouch",
        prefix="vouch",
        title=lambda: t.VOUCH_TITLE,
        fields=("until", "reason"),
        note_field="reason",
        submit=lambda prepared: t.VOUCH_SUBMIT,
        body=_vouch_body,
        parse=_parse_vouch,
    )
)

# -- taken back --------------------------------------------------------------------------------------------------------


def _bypolicy_body(prepared: Prepared) -> Sequence[Block]:
    view, act = prepared.view, in_force(prepared.view.case)
    if act is None:
        return [b.plain_section("bypolicy.none", t.BYPOLICY_NONE)]
    shape = t.BYPOLICY_NOTHING if act.kind is ActionKind.NOTHING else t.BYPOLICY_VOUCHED
    preview = shape.format(
        system=_system(view),
        at=fmt.at(act.at, view.now),
        until=fmt.at(ends_at(act), view.now),
        who=mention(act.by, act.by_name),
        why=fmt.mrkdwn(act.note, 200),
    )
    note = b.field("bypolicy.note", t.REASON, b.text_input(multiline=True), hint=t.WORD_REASON_HINT)
    return [b.section("bypolicy.preview", preview), note]


def _parse_bypolicy(values: Values, meta: Meta) -> Parsed:
    note = values.text("note")
    return CountByPolicy(note) if note else (FieldError("note", t.BYPOLICY_NO_NOTE),)


BYPOLICY = register(
    Form(
        kind="bypolicy",
        callback_id="source.bypolicy",
        prefix="bypolicy",
        title=lambda: t.BYPOLICY_TITLE,
        fields=("note",),
        note_field="note",
        submit=lambda prepared: t.BYPOLICY_SUBMIT,
        body=_bypolicy_body,
        parse=_parse_bypolicy,
    )
)

# -- decided by a second person ----------------------------------------------------------------------------------------


def decide_on_vouch(view: CaseView, act: Action, why: str) -> Sequence[Block]:
    """What a second person is shown: how many units more, on how many listings, until when, and what they are worth."""
    what = t.DECIDE_VOUCH_WHAT.format(
        system=_system(view),
        by=mention(act.by, act.by_name),
        at=fmt.at(act.at, view.now),
        reason=fmt.mrkdwn(act.note, 200),
    )
    content = act.figure("content_at")
    preview = t.DECIDE_VOUCH_PREVIEW.format(
        content=fmt.at(datetime.fromisoformat(content), view.now) if content else t.NOT_KNOWN,
        until=fmt.at(ends_at(act), view.now),
        listings=fmt.counted(int(act.figure("listings") or 0), t.LISTINGS),
        units=fmt.units(int(act.figure("units") or 0)),
        value=fmt.booked(Decimal(act.figure("value") or 0), view.currency),
    )
    options = [
        b.Option(t.DECIDE_APPROVE, "approve", t.DECIDE_VOUCH_ABOUT),
        b.Option(t.DECIDE_REJECT, "reject", t.DECIDE_VOUCH_NOTHING),
    ]
    within = Decimal(act.figure("value") or 0) <= view.limit_money
    return [
        b.section("correction.what", what),
        b.section("correction.preview", preview),
        b.context("correction.why", b.mrkdwn_text(t.DECIDE_VOUCH_UNSURE if within else why)),
        b.field("correction.decision", t.DECIDE_YOURS, b.radio(options)),
        b.field(
            "correction.reason",
            t.REASON,
            b.text_input(multiline=True),
            optional=True,
            hint=t.DECIDE_REASON_HINT,
        ),
    ]
