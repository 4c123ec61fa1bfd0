"""Text from outside, as bad as it comes, on every surface that shows it: it calls nobody, marks nothing up, breaks no line and
no block, splits no character, and turns no number round (inbox-design 12)."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_desk import a_policy
from slack_builders import DANA, a_history, a_sku, a_view, an_entry, at, held_view, paused_view, resolved_view
from test_slack_cards import CARDS, approval_view, counting_view, failed_view
from test_slack_modals import prepared, view_for
from test_slack_storms import a_storm, worst_cases

from bot.slack import format as fmt
from bot.slack import modals as m
from bot.slack.cards import render_approval_ask, render_card, render_count_ask, render_proof, thread_text
from bot.slack.cards.queue import QueueFigures, Waiting, render_overflow, render_pin
from bot.slack.cards.storm import StormView, render_storm
from sandbox.slack.blocks import validate, validate_view
from sync.inbox.view import CaseView
from sync.model.exceptions import Case
from sync.model.ids import QueueId, SkuId
from sync.ports import Standing

NAMES = "system_name location_name title note by_name decided_name owner_name ended_name snooze_note result shows_text"
SAYINGS = "read_sentence failing basis text changed sentence order reason cause"
OUTSIDE = frozenset(f"{NAMES} {SAYINGS}".split(" "))
"""Fields that hold, or carry, words of people, shops and platforms."""
OUR_PEOPLE = "U0DANA|U0LEE|U0SAM|U0ANA|U0KIM"
PINGS = re.compile(rf"<(?!!date\^\d+\^|@(?:{OUR_PEOPLE})>|https://example\.)")
PRIVATE_PINGS = re.compile(r"<(?!!date\^\d+\^|@[UW]\w+>)")
"""In what one person alone sees a name notifies nobody, so any person may be named; nothing else."""
STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
FAMILY = "👨‍👩‍👧‍👦"
PIECES = (
    "<!channel>",
    "<!here|x>",
    "<@U0EVIL>",
    "<#C0EVIL>",
    "<https://evil.test|click>",
    "ZQ*bold*",
    "ZQ_low_",
    "ZQ~gone~",
    "ZQ`code`",
    "ZQ:fire:",
    "&lt;!channel&gt;",
    "ZA\nZB",
    "ZA\r\nZB",
    "\u202e7 \u2067",
    "\u2068",
    "\u2069\u2069",
    "\x00\x1b[31m",
    "קומקום שחור",
    "قهوة 12",
    FAMILY,
    "e\u0301\u0302",
    "🇩🇪",
    "kettle 7",
    " ",
)
WORST = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join)


def poisoned(value: Any, bad: str) -> Any:
    """The same state with every outside text replaced."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in dataclasses.fields(value):
            held = getattr(value, field.name)
            if field.name in OUTSIDE and isinstance(held, str):
                changed[field.name] = bad if held else held
            elif field.name == "figures" and isinstance(held, tuple):
                changed[field.name] = tuple((key, bad if key in OUTSIDE else one) for key, one in held)
            elif isinstance(held, tuple) or dataclasses.is_dataclass(held):
                changed[field.name] = poisoned(held, bad)
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(poisoned(one, bad) for one in value)
    return value


CODE = re.compile(r"(?<!\u2060)`[^`]*`(?!\u2060)")
"""A code span of ours; a backtick from outside stands between word joiners and opens none."""


def texts(value: Any, kind: str = "") -> Iterator[tuple[str, str]]:
    """Every text with how it is read: ``mrkdwn``, or plain."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "accessibility_label", "caption", "alt_text") and isinstance(inner, str):
                yield ("mrkdwn" if value.get("type") == "mrkdwn" or kind == "message" else "plain"), inner
            elif name not in ("metadata", "private_metadata", "value"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def holds(shown: Any, *, message: bool) -> None:
    """No promise of section 12 is broken in anything that is shown."""
    for kind, text in texts(shown, "message" if message else ""):
        text.encode("utf-16-le")
        assert "ZA\nZB" not in text
        assert f"\u200d{'…'}" not in text, "a family is whole or not there"
        if kind == "mrkdwn":
            assert not (PINGS if message else PRIVATE_PINGS).search(text), text
            assert not re.search(r"ZQ[*_~]|ZQ:fire:", CODE.sub("", text)), text
        depth = 0
        for char in text:
            depth += (char == fmt.ISOLATE) - (char == fmt.END_ISOLATE)
            assert depth >= 0
            assert char not in STEERING, text
            assert char == "\n" or unicodedata.category(char) != "Cc"
            assert depth or unicodedata.bidirectional(char) not in ("R", "AL", "AN"), text
        assert depth == 0, text


def sent(value: Any) -> Any:
    return json.loads(json.dumps(value))


def ugly(view: CaseView, bad: str) -> CaseView:
    dirty: CaseView = poisoned(view, bad)
    return dirty


CARDS_OF: dict[str, Callable[[str], Any]] = {
    "card": lambda bad: render_card(ugly(a_view(), bad)),
    "paused": lambda bad: render_card(ugly(paused_view(), bad)),
    "held": lambda bad: render_card(ugly(held_view(by_hand=True), bad)),
    "counting": lambda bad: render_card(ugly(counting_view(), bad)),
    "approval": lambda bad: render_card(ugly(approval_view(), bad)),
    "failed": lambda bad: render_card(ugly(failed_view(), bad)),
    "resolved": lambda bad: render_card(ugly(resolved_view(), bad)),
    "proof": lambda bad: render_proof(ugly(resolved_view(), bad)),
    "ask for a count": lambda bad: render_count_ask(
        ugly(counting_view(), bad), ugly(counting_view(), bad).case.actions[1]
    ),
    "ask for approval": lambda bad: render_approval_ask(
        ugly(approval_view(), bad), ugly(approval_view(), bad).case.actions[1]
    ),
    "storm": lambda bad: render_storm(StormView(a_storm(), poisoned(worst_cases(), bad), at("09:34")), a_policy(), 44),
}
LOOKED_AT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", CARDS_OF)
@given(bad=WORST)
@LOOKED_AT
def test_messages_stay_whole(name: str, bad: str) -> None:
    shown = sent(CARDS_OF[name](bad).as_json())
    assert validate(shown["blocks"]) == []
    holds(shown, message=True)


@pytest.mark.parametrize("kind", m.FORMS)
@given(bad=WORST)
@LOOKED_AT
def test_forms_stay_whole(kind: str, bad: str) -> None:
    shown = sent(m.build(prepared(kind, ugly(view_for(kind), bad)), notice=bad))
    assert validate_view(shown) == []
    holds(shown, message=False)


@given(bad=WORST)
@LOOKED_AT
def test_what_is_only_looked_at_stays_whole(bad: str) -> None:
    view = ugly(a_view(history=a_history()), bad)
    for shown in (
        m.why_modal(view),
        m.picture_modal(view),
        m.proof_modal(view, at("15:33")),
        m.refused(bad),
        m.already_done(bad, bad, "EX-1042:3"),
        m.card_modal(ugly(paused_view(), bad)),
    ):
        assert validate_view(sent(shown)) == []
        holds(sent(shown), message=False)


@given(bad=WORST)
@LOOKED_AT
def test_lines_of_a_thread_stay_lines(bad: str) -> None:
    text, _ = thread_text([an_entry(1, "note", f"Dana: {bad}"), an_entry(2, "note", bad)])
    assert text.count("\n") == 1
    holds({"text": text}, message=True)


@given(bad=WORST)
@LOOKED_AT
def test_a_code_from_outside_stays_left_to_right(bad: str) -> None:
    sku = replace(a_sku(), id=SkuId(bad[:90] or "x"))
    view = a_view()
    assert view.sku is not None
    named = replace(view, sku=replace(view.sku, sku=sku))
    case = replace(named.case, fingerprint=replace(named.case.fingerprint, sku=sku.id))
    shown = sent(render_card(replace(named, case=case)).as_json())
    assert validate(shown["blocks"]) == []
    holds(shown, message=True)


def listed(bad: str) -> tuple[Case, ...]:
    """Cases of SKUs with such codes, owned by people with such names."""
    dirty = poisoned(worst_cases(3, owner=DANA, owner_name="Dana"), bad)
    return tuple(replace(case, fingerprint=replace(case.fingerprint, sku=SkuId(bad[:90] or "x"))) for case in dirty)


@given(bad=WORST)
@LOOKED_AT
def test_summaries_of_a_queue_stay_whole(bad: str) -> None:
    policy, queue, now = a_policy(), QueueId("marketplaces"), at("14:40")
    people = {key: one.model_copy(update={"name": bad[:60] or "x"}) for key, one in policy.people.items()}
    policy = policy.model_copy(update={"people": people})
    cases = listed(bad)
    standing = Standing(unresolved=3, late=1, unowned=0, risk=Decimal(900), oldest=cases[0].id, oldest_at=at("08:00"))
    messages = (
        render_pin(QueueFigures(queue, standing, cases, (), now), policy, 3),
        render_overflow(Waiting(queue, 30, 2, Decimal(900), cases, 20, 30, now), policy, 4),
    )
    for message in messages:
        shown = sent(message.as_json())
        assert validate(shown["blocks"]) == []
        holds(shown, message=True)


def test_all_states_of_a_card_are_among_them() -> None:
    assert {"card-open", "card-paused", "card-held", "card-counting", "card-approval", "card-failed"} <= set(CARDS)
