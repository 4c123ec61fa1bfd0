"""The first run: hello once, the lines of a queue, a sample that touches nothing and goes by itself, a right told once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from memory_desk import a_policy
from slack_builders import DANA, NOW
from slack_connected import connected
from slack_stored import Stored

from bot.slack.cards.queue import QueueFigures, render_pin
from bot.slack.sample import STEPS, Samples, sample_blocks, sample_view
from bot.slack.welcome import hello_blocks, policy_lines, setup_form
from sandbox.slack import Message, Outcome, validate, validate_view
from sync.model.ids import QueueId, UserId
from sync.policy.schema import Policy
from tests.slack.test_slack_cards import golden

MARKETPLACES, GENERAL = "inv-marketplaces", "general"


@pytest.fixture
async def listening(stored: Stored) -> AsyncIterator[Stored]:
    async with connected(stored):
        yield stored


def invite(stored: Stored, channel: str) -> None:
    stored.workspace.admin.remove(channel, "bot")
    stored.workspace.admin.invite(channel, "bot")


async def hello(stored: Stored, channel: str) -> Message:
    found: Message = await stored.workspace.wait_for(
        lambda: next(
            (one for one in stored.workspace.messages(channel) if "Hello." in stored.workspace.read(one)), None
        )
    )
    return found


async def test_it_says_hello_once_and_which_queue_this_is(listening: Stored) -> None:
    invite(listening, MARKETPLACES)
    told = listening.workspace.read(await hello(listening, MARKETPLACES))
    assert "I watch stock across 4\u00a0systems" in told
    assert "This channel is *Marketplaces*. Lead: Dana." in told
    invite(listening, MARKETPLACES)
    invite(listening, GENERAL)
    await hello(listening, GENERAL)
    again = [one for one in listening.workspace.messages(MARKETPLACES) if "Hello." in listening.workspace.read(one)]
    assert len(again) == 1


async def test_in_a_channel_that_is_no_queue_it_only_answers_and_writes_the_lines(listening: Stored) -> None:
    invite(listening, GENERAL)
    message = await hello(listening, GENERAL)
    assert "so I only answer here. Queues: #inv-marketplaces" in listening.workspace.read(message)
    noor = listening.workspace.person("noor")
    await noor.click(GENERAL, message.ts, "welcome.setup.open")
    await listening.workspace.wait_for(noor.open_view)
    sent = await noor.submit_view({"setup.queue": "catalog", "setup.lead": "U0NOOR"})
    assert sent.outcome is Outcome.UPDATED
    view = noor.open_view()
    assert view is not None
    shown = json.dumps(view.content)
    assert "slack: U0NOOR" in shown
    assert "channel: C0GENERAL" in shown
    assert listening.policy.current.queues["catalog"].lead == "ana", "nothing of the policy changed"
    await listening.deliver(listening.deliverer())
    (note,) = listening.workspace.person("kim").direct().timeline()
    assert "Noor asks that Catalog is led by Noor" in note.text


async def test_a_guest_gets_neither_form_nor_sample(listening: Stored) -> None:
    invite(listening, GENERAL)
    message = await hello(listening, GENERAL)
    gus = listening.workspace.person("gus")
    await gus.click(GENERAL, message.ts, "welcome.setup.open")
    view = await listening.workspace.wait_for(gus.open_view)
    assert "guests read cards" in listening.workspace.read_view(view)
    await gus.click(GENERAL, message.ts, "welcome.sample.show")
    await listening.workspace.wait_for(lambda: listening.workspace.ephemerals("gus", GENERAL))
    assert not [one for one in listening.workspace.messages(GENERAL) if "Sample" in one.text]


async def test_a_sample_is_played_to_its_end_touches_nothing_and_goes_after_a_day(listening: Stored) -> None:
    invite(listening, MARKETPLACES)
    message = await hello(listening, MARKETPLACES)
    dana, workspace = listening.workspace.person("dana"), listening.workspace
    await dana.click(MARKETPLACES, message.ts, "welcome.sample.show")
    card: Message = await workspace.wait_for(
        lambda: next((one for one in workspace.messages(MARKETPLACES) if one.text.startswith("Sample")), None)
    )
    assert "Sample: SAMPLE-1: Sample shop shows 7 too many" in workspace.read(card)
    for act, words in (
        ("pause", "paused on Sample shop"),
        ("count", "Count requested"),
        ("entercount", "ready to resume"),
        ("resume", "Resolved"),
        ("again", "shows 7 too many"),
    ):
        await dana.click(MARKETPLACES, card.ts, f"sample.{act}")
        await workspace.wait_for(lambda words=words: words in workspace.read(card))
    async with listening.store.reading() as uow:
        assert await uow.cases.unresolved() == []
    samples = Samples(listening.room)
    assert await samples.clear() == 0
    listening.clock.move(timedelta(hours=24, minutes=1))
    assert await samples.clear() == 1
    assert card.ts not in workspace.state.channel(MARKETPLACES).messages
    assert await samples.clear() == 0


async def test_that_it_may_not_pin_is_told_once_and_stops_nothing(stored: Stored) -> None:
    stored.workspace.front.desk.scopes -= {"pins:write"}
    worker = stored.queueing()
    await stored.deliver(worker)
    stored.clock.move(timedelta(minutes=1))
    await stored.open_many(1)
    await stored.deliver(worker)
    told = [one.text for one in stored.workspace.person("kim").direct().timeline()]
    assert len([one for one in told if "#inv-marketplaces (pins:write)" in one]) == 1
    assert stored.message(MARKETPLACES, "Most urgent")


# -- looks -------------------------------------------------------------------------------------------------------------


def shape(blocks: list[Any]) -> list[Any]:
    read: list[Any] = json.loads(json.dumps(blocks))
    assert validate(read) == []
    return read


def unled() -> Policy:
    policy = a_policy()
    catalog = policy.queues["catalog"].model_copy(update={"lead": None})
    systems = {
        name: one.model_copy(update={"mode": "shadow"}) if one.channel is not None else one
        for name, one in policy.systems.items()
    }
    return policy.model_copy(update={"queues": policy.queues | {"catalog": catalog}, "systems": systems})


def test_hello_in_each_kind_of_channel() -> None:
    golden("welcome-queue", shape(hello_blocks(a_policy(), QueueId("marketplaces"))))
    golden("welcome-unled", shape(hello_blocks(unled(), QueueId("catalog"))))
    golden("welcome-other", shape(hello_blocks(a_policy(), None)))
    view = json.loads(json.dumps(setup_form(a_policy(), "C0GENERAL", "marketplaces")))
    assert validate_view(view) == []
    golden("modal-setup", view)


@pytest.mark.parametrize("state", ["open", *STEPS.values()])
def test_every_state_of_the_sample_is_marked_and_taken_by_slack(state: str) -> None:
    blocks = shape(sample_blocks(sample_view(state, DANA, "<!channel>" * 50, NOW), state))
    told = json.dumps(blocks)
    assert "Sample, nothing is real" in told
    acts = [one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]]
    assert acts
    assert all(one.startswith("sample.") for one in acts), "no button of it reaches an exception"


def test_a_queue_without_a_lead_says_so_on_its_pin_and_asks_for_one() -> None:
    figures = QueueFigures(QueueId("catalog"), None, (), (), NOW)
    shown = shape(list(render_pin(figures, unled(), 1).blocks))
    golden("pin-unled", shown)
    assert "Nobody leads this queue" in json.dumps(shown)
    assert "welcome.setup.open" in json.dumps(shown)


def test_the_lines_name_who_policy_does_not_know_yet() -> None:
    lines = policy_lines(a_policy(), QueueId("catalog"), "C0CAT", UserId("U0NEW"), "Ada B.")
    assert lines.splitlines()[:4] == ["people:", "  adab:", "    name: Ada B.", "    slack: U0NEW"]
    assert "people:" not in policy_lines(a_policy(), QueueId("catalog"), "C0CAT", DANA, "Dana")
