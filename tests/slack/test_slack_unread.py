"""What must be read again before a channel is raised is said on its card and by ``/inventory systems``."""

from __future__ import annotations

from datetime import timedelta

from bot.slack.answering.systems import _read
from bot.slack.cards import render_card
from sync.model.ids import SystemId
from sync.model.reading import Reading
from tests.slack.slack_builders import a_view
from tests.unit.path.test_catching_up_rules import NOW, A, B, rules


def test_a_card_says_why_its_channel_is_only_lowered() -> None:
    assert "Only lowered until read again: Shop B" in str(
        render_card(a_view(unread="Shop B (it was never read before)"))
    )
    assert "Only lowered" not in str(render_card(a_view()))


def test_systems_say_when_they_were_read_whole_or_what_is_waited_for() -> None:
    whole = NOW - timedelta(minutes=5)
    readings = {A: Reading(A, whole, whole), B: Reading(B)}
    assert "only lowered until read again*: Shop B" in _read(A, readings, rules(), NOW)
    assert "it was never read before" in _read(B, readings, rules(), NOW)
    assert "read whole" in _read(A, {**readings, B: Reading(B, whole, whole)}, rules(), NOW)
    assert _read(SystemId("wms"), readings, rules(), NOW) == ""
