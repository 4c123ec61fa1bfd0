"""Ask for a silent source's content: directly whom policy names and Slack knows, else by hand, with the text to copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.modals.form import Form, Meta, Parsed, previews, register
from bot.slack.payloads import Values
from sync.inbox.acts import AskFeed, FieldError
from sync.inbox.view import CaseView, Prepared

LONGEST = 1_500
"""Characters of what is asked."""


def _directly(prepared: Prepared) -> bool:
    """Whom policy names is in the workspace, as far as Slack says."""
    return dict(prepared.data).get("reach") == "yes"


def _ask_body(prepared: Prepared) -> Sequence[Block]:
    view, feed = prepared.view, prepared.view.feed
    whom = fmt.mrkdwn(feed.contact, 60) if feed is not None and feed.contact else ""
    if not whom:
        whom = t.ASKFEED_NOBODY.format(system=fmt.mrkdwn(feed.system if feed is not None else "", 60))
    how = t.ASKFEED_DIRECT if _directly(prepared) else t.ASKFEED_BY_HAND
    asked = b.text_input(multiline=True, initial=ready_text(view), most=LONGEST)
    blocks = [
        *previews(prepared, "askfeed.preview"),
        b.section("askfeed.how", how.format(whom=whom)),
        b.field("askfeed.text", t.ASKFEED_FIELD, asked, hint=t.ASKFEED_HINT),
    ]
    if not _directly(prepared):
        known = " ".join(part for part in (feed.contact, feed.mail) if part) if feed is not None else ""
        blocks.append(b.field("askfeed.whom", t.ASKFEED_WHOM, b.text_input(initial=fmt.clean(known), most=200)))
    return blocks


def ready_text(view: CaseView) -> str:
    """What is missing, in words for somebody outside: which source, its newest content, when new content was due, what waits."""
    feed, last = view.feed, view.case.evidence.event_at
    due = feed.due_every if feed is not None else None
    return t.ASKFEED_TEXT.format(
        system=fmt.clean(view.system_name),
        last=_with_day(last) if last is not None else t.NOT_KNOWN,
        due=t.ASKFEED_DUE.format(span=fmt.span(due)) if due is not None else "",
        now=_with_day(view.now),
        skus=fmt.counted(view.case.delta, t.SKUS_COUNTED),
        company=fmt.clean(feed.company if feed is not None else ""),
        name=view.case.name,
    )


def _with_day(instant: datetime) -> str:
    """``2026-11-24 14:02 UTC``: whoever reads it may do so on another day, in another zone and language."""
    return t.ASKFEED_AT.format(day=instant.astimezone(UTC).date(), time=f"{instant.astimezone(UTC):%H:%M}")


def _parse_ask(values: Values, meta: Meta) -> Parsed:
    text, whom = values.text("text"), values.text("whom")
    errors = []
    if not text:
        errors.append(FieldError("text", t.ASKFEED_NO_TEXT))
    if values.has("whom") and not whom:
        errors.append(FieldError("whom", t.ASKFEED_NO_WHOM))
    return tuple(errors) or AskFeed(text, whom)


ASK_FEED = register(
    Form(
        kind="askfeed",
        callback_id="feed.ask",
        prefix="askfeed",
        title=lambda: t.ASKFEED_TITLE,
        fields=("text", "whom"),
        note_field="text",
        submit=lambda prepared: t.ASKFEED_SEND if _directly(prepared) else t.ASKFEED_KEPT,
        body=_ask_body,
        parse=_parse_ask,
    )
)
