"""Channels that are archived, missing or renamed: told in the ops channel, shown there meanwhile, at home again afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_stored import Stored, at_work, until

from bot.slack.client import CountedClient
from bot.slack.delivery import Deliverer
from bot.slack.pacing import Pacing
from sandbox.slack import ChannelSpec
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case
from sync.model.outbox import Post, PostKind
from sync.model.proof import Entry
from sync.path.written import write_steps

MARKETPLACES, OPS = "inv-marketplaces", "inv-ops"


async def rounds(stored: Stored, worker: Deliverer, count: int, each: float = 3.0) -> None:
    for _ in range(count):
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=each))


def standing(stored: Stored, channel: str) -> list[str]:
    """The exceptions whose whole cards stand in a channel."""
    messages = stored.workspace.state.channel(channel).timeline()
    told = [one.metadata["event_payload"]["key"] for one in messages if one.metadata and one.blocks]
    return sorted(one for one in told if one.startswith("EX-"))


async def again(stored: Stored, case: Case) -> Case:
    """The exception moves on by a version."""
    moved = replace(case, version=case.version + 1, delta=case.delta + 1)
    async with stored.store.unit_of_work() as uow:
        (written,) = await write_steps(uow, [Step(moved)], stored.clock.now())
    return written


async def add_history(stored: Stored, case: Case) -> None:
    """Dana adds a note."""
    entry = Entry("note", stored.clock.now(), "U0DANA", "Dana: look at bin C-14.")
    moved = replace(case, version=case.version + 1)
    async with stored.store.unit_of_work() as uow:
        await write_steps(uow, [Step(moved, (entry,))], stored.clock.now())


def counted(worker: Deliverer) -> Callable[[str], int]:
    """How often the deliverer asks Slack from now on, by method, whatever Slack answers."""
    asked: Counter[str] = Counter()
    client = worker._client
    assert isinstance(client, CountedClient)
    client.called = lambda method, _result: asked.update([method])
    return asked.__getitem__


def refusal(worker: Deliverer, method: str, seconds: int) -> SlackApiError:
    """A 429, as the client raises it."""
    answer = SimpleNamespace(
        status_code=429,
        headers={"Retry-After": str(seconds)},
        data={"ok": False, "error": "ratelimited"},
        api_url=f"{worker._client.base_url}{method}",
    )
    return SlackApiError("ratelimited", answer)


def names(cases: list[Case]) -> list[str]:
    return sorted(case.name for case in cases)


async def test_an_archived_channel_s_cards_stand_in_ops_and_go_home_when_it_is_back(stored_twice: Stored) -> None:
    stored, admin = stored_twice, stored_twice.workspace.admin
    worker = stored.queueing()
    cases = await stored.open_many(3)
    await rounds(stored, worker, 2)
    async with at_work(stored):
        admin.archive(MARKETPLACES)
        await until(lambda: stored.room.channels.changed)
        cases += await stored.open_many(1, first=9)
        await rounds(stored, worker, 8)
        assert standing(stored, OPS) == names(cases), "those that stood there, and the new one"
        notes = [text for text in stored.shown(OPS) if "is archived" in text]
        assert len(notes) == 1
        for case in cases:
            post = await stored.post(f"card:{case.name}")
            assert len(stored.workspace.thread(OPS, post.ts)) == 2, "with its history"

        admin.unarchive(MARKETPLACES)
        await rounds(stored, worker, 40, each=6)
        assert standing(stored, OPS) == []
        assert sum("is in #inv-marketplaces again" in text for text in stored.shown(OPS)) == len(cases) + 1
    for case in cases:
        post = await stored.post(f"card:{case.name}")
        assert post.slack_channel == stored.workspace.state.channel(MARKETPLACES).id
        assert len(stored.workspace.thread(MARKETPLACES, post.ts)) == 2
    pins = [text for text in stored.shown(MARKETPLACES) if "Marketplaces: 4 open" in text]
    assert len(pins) >= 1, "its summary, too"


async def test_history_below_a_card_of_an_archived_channel_follows_it_and_slack_is_not_asked_in_every_round(
    stored: Stored,
) -> None:
    worker = stored.deliverer()
    (case,) = await stored.open_many(1)
    await stored.deliver(worker)
    async with stored.store.unit_of_work() as uow:
        post = await uow.posts.get(f"thread:{case.name}")
        assert post is not None
    stored.workspace.state.channel(MARKETPLACES).archived = True
    await add_history(stored, case)
    calls = counted(worker)
    await rounds(stored, worker, 10)
    root = await stored.post(f"card:{case.name}")
    below = stored.workspace.thread(OPS, root.ts)[1:]
    assert [line for one in below for line in one.text.splitlines()][-1] == "Dana: look at bin C-14."
    assert calls("chat.postMessage") <= 6, "one refusal; then the card, its history and the note, each once"


async def test_a_missing_channel_is_looked_for_once_in_five_minutes(stored: Stored) -> None:
    queues = stored.policy.current.queues
    gone = queues | {"catalog": queues["catalog"].model_copy(update={"channel": "inv-nowhere"})}
    stored.policy.take(stored.policy.current.model_copy(update={"queues": gone}))
    worker = stored.deliverer()
    calls = counted(worker)
    asked = stored.workspace.calls["conversations.list"]
    await stored.open_many(12, queue="catalog")
    await rounds(stored, worker, 20)
    assert stored.workspace.calls["conversations.list"] - asked == 1
    assert len(standing(stored, OPS)) == 12
    assert calls("chat.postMessage") <= 12 * 2 + 1

    # Somebody makes the channel; it is found, joined, and the cards go there.
    stored.workspace.state._add_channel(ChannelSpec("inv-nowhere", "C0NOWHERE", ("ana",), with_app=False))
    stored.clock.move(timedelta(minutes=5))
    await rounds(stored, worker, 40, each=6)
    assert standing(stored, OPS) == []
    assert len(standing(stored, "inv-nowhere")) == 12


async def test_a_renamed_channel_goes_on_and_ops_hears_of_it_once(stored: Stored) -> None:
    worker = stored.deliverer()
    await stored.open_many(1)
    await stored.deliver(worker)
    async with at_work(stored):
        stored.workspace.admin.rename(MARKETPLACES, "inv-mkt")
        await until(lambda: stored.room.channels.changed)
        await stored.open_many(1, first=2)
        await rounds(stored, worker, 4)
    assert standing(stored, "inv-mkt") == ["EX-1", "EX-2"]
    told = [text for text in stored.shown(OPS) if "is called #inv-mkt now" in text]
    assert len(told) == 1
    assert "queues.marketplaces.channel" in told[0]


async def test_a_card_that_slack_lets_nobody_edit_is_replaced_and_does_not_stand_twice(stored: Stored) -> None:
    worker = stored.deliverer()
    (case,) = await stored.open_many(1)
    await stored.deliver(worker)
    old = await stored.post(f"card:{case.name}")
    for code in ("cant_update_message", "edit_window_closed"):
        stored.workspace.faults.fail_next["chat.update"] = [code]
        case = await again(stored, case)
        await rounds(stored, worker, 3)
        assert standing(stored, MARKETPLACES) == [case.name]
    new = await stored.post(f"card:{case.name}")
    assert new.ts != old.ts
    assert new.sent == new.wanted


@pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks"])
async def test_what_slack_does_not_draw_is_shown_as_text_when_it_is_updated_too(stored: Stored, code: str) -> None:
    worker = stored.deliverer()
    (case,) = await stored.open_many(1)
    await stored.deliver(worker)
    stored.workspace.faults.fail_next["chat.update"] = [code]
    case = await again(stored, case)
    await rounds(stored, worker, 2)
    post = await stored.post(f"card:{case.name}")
    message = stored.workspace.state.channel(MARKETPLACES).messages[post.ts]
    assert message.blocks == []
    assert case.name in message.text
    assert post.sent == post.wanted


@pytest.mark.parametrize(
    "method", ["chat.postMessage", "chat.update", "conversations.history", "chat.getPermalink", "chat.delete"]
)
async def test_retry_after_is_obeyed_for_every_method(stored: Stored, method: str) -> None:
    seconds = 1000.0
    worker = stored.deliverer(pacing=Pacing(lambda: seconds))
    worker._record.limited(refusal(worker, method, 7))
    calls = counted(worker)
    call: Callable[..., Any] = worker._client.api_call
    with pytest.raises(Exception, match="held"):
        await call(method)
    assert calls(method) == 0
    seconds += 7
    with pytest.raises(Exception) as asked:
        await call(method)
    assert "held" not in str(asked.value)


async def test_a_burst_of_states_is_one_update_and_many_bursts_are_as_many(stored_twice: Stored) -> None:
    """Never more calls than needed: what is sent is the newest state, however many there were."""
    stored = stored_twice
    worker = stored.deliverer()
    cases = await stored.open_many(3)
    await stored.deliver(worker)
    before = dict(stored.workspace.calls)
    for burst in range(4):
        for _ in range(50):
            cases = [await again(stored, case) for case in cases]
        await rounds(stored, worker, 3)
        made = {one: stored.workspace.calls[one] - before.get(one, 0) for one in stored.workspace.calls}
        changed = {one: count for one, count in made.items() if count}
        assert changed == {"chat.update": 3 * (burst + 1)}
    for case in cases:
        post = await stored.post(f"card:{case.name}")
        message = stored.workspace.state.channel(MARKETPLACES).messages[post.ts]
        assert message.metadata is not None
        assert message.metadata["event_payload"]["version"] == case.version


async def test_what_nobody_can_be_told_is_given_up_and_the_ops_channel_hears_of_it_once(stored: Stored) -> None:
    worker, now = stored.deliverer(), stored.clock.now()
    told = [
        Post(f"late:U0GONE:EX-{number}", PostKind.PRIVATE, "U0GONE", wanted=1, body="EX-7 is late.", next_at=now)
        for number in (1, 2)
    ]
    async with stored.store.unit_of_work() as uow:
        await uow.posts.want(told)
    await rounds(stored, worker, 3)
    heard = [one.text for one in stored.workspace.state.channel(OPS).timeline() if "U0GONE" in one.text]
    assert len(heard) == 1
    assert "user not found" in heard[0]
    asked = counted(worker)
    await rounds(stored, worker, 3, each=90)
    assert asked("conversations.open") == 0, "it is asked again and again"
    async with stored.store.reading() as uow:
        assert not await uow.posts.due(stored.clock.now(), 10)
