"""Freezing a channel from the command: the forms, who may, and where everybody sees it."""

from __future__ import annotations

from dataclasses import replace

from memory_desk import a_policy
from slack_builders import LEE, NOW, a_case, a_view
from slack_world import Running
from test_slack_app import MARKETPLACES, form, front
from test_slack_cards import golden
from test_slack_modals import as_sent

from bot.slack.cards import render_card
from bot.slack.cards.queue import QueueFigures, render_pin
from bot.slack.freezing import freeze_form, thaw_form
from sandbox.slack import Outcome
from sandbox.slack.blocks import validate, validate_view
from sync.model.freezing import Freeze
from sync.model.ids import QueueId, SystemId

AMAZON_US = SystemId("amazon-us")
FROZEN = Freeze(AMAZON_US, LEE, "Lee", "a migration <!channel>", NOW)


def test_the_forms_look_as_agreed_and_slack_takes_them() -> None:
    for name, view in (
        ("modal-freeze", freeze_form(a_policy(), AMAZON_US)),
        ("modal-thaw", thaw_form(a_policy(), (FROZEN, replace(FROZEN, system=None)))),
    ):
        sent = as_sent(view)
        assert validate_view(sent) == []
        golden(name, sent)


def test_a_card_and_the_pinned_summary_say_that_only_decreases_go_out() -> None:
    card = render_card(a_view(a_case(), frozen=FROZEN))
    assert validate(as_sent(list(card.blocks))) == []
    assert "Frozen by Lee since" in str(card.blocks[1])
    pin = render_pin(QueueFigures(QueueId("marketplaces"), None, (), (), NOW, freezes=(FROZEN,)), a_policy(), 1)
    assert validate(as_sent(list(pin.blocks))) == []
    assert "Frozen: Amazon US by Lee since" in str(pin.blocks)
    assert "<!channel>" not in str(pin.blocks)


async def test_it_is_frozen_and_thawed_by_command(running: Running) -> None:
    world = running.world
    ana, dana = world.workspace.person("ana"), world.workspace.person("dana")
    await dana.command(MARKETPLACES, "/inventory", "freeze amazon")
    assert "There is no channel “amazon”. Channels: Amazon US" in await form(world, dana, "Not possible")
    await dana.command(MARKETPLACES, "/inventory", "freeze amazon us")
    await form(world, dana, "Freeze")
    assert (await dana.submit_view({})).errors
    sent = await dana.submit_view({"freeze.reason": "a migration"})
    assert sent.outcome is Outcome.UPDATED
    assert "Amazon US: frozen." in front(world, dana)
    assert [freeze.system for freeze in world.memory.freezes.values()] == [AMAZON_US]
    await ana.command(MARKETPLACES, "/inventory", "unfreeze")
    assert "Frozen: Amazon US by Dana" in await form(world, ana, "Thaw")
    await ana.submit_view({"freeze.reason": "it went well"})
    assert world.memory.freezes == {}
