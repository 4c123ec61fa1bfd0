"""Delivery: once, in order of importance, found again after a crash, reposted when deleted (F40 to F43)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_builders import a_case, a_count, a_view, an_entry, owned
from slack_sdk.web.async_client import AsyncWebClient
from slack_world import World
from structlog.testing import capture_logs

from bot.slack.pacing import POST, UPDATE, Pacing
from sandbox.slack import Outage, RateLimits, SlackWorkspace
from sync.errors import OurBug
from sync.model.exceptions import ActionState
from sync.model.ids import ExceptionId
from sync.model.outbox import Post, PostKind

MARKETPLACES = "inv-marketplaces"


class DiesAfter(AsyncWebClient):
    """A client of a process that dies after Slack has taken the call and before anybody wrote that down."""

    async def chat_postMessage(self, **arguments: Any) -> Any:
        await super().chat_postMessage(**arguments)
        raise KeyboardInterrupt("the process is gone")


def dying_client(workspace: SlackWorkspace) -> DiesAfter:
    return DiesAfter(token=workspace.bot_token, base_url=workspace.base_url, retry_handlers=[])


async def test_a_card_is_posted_and_then_updated_in_place(world: World) -> None:
    case = await world.desk.open(a_view())
    await world.deliver()
    first = world.card()
    assert "Amazon US shows 7 too many" in world.shown(first)
    await world.desk.step(owned(case, case.version + 1))
    await world.deliver()
    assert world.workspace.messages(MARKETPLACES) == [first]
    assert "Owned" in world.shown(first)


async def test_metadata_names_the_delivery(world: World) -> None:
    await world.desk.open(a_view())
    await world.deliver()
    assert world.card().metadata == {
        "event_type": "countersign_card",
        "event_payload": {"key": "EX-1042", "version": 3, "delivery": "card:EX-1042:3"},
    }


async def test_only_the_newest_of_many_versions_is_sent(world: World) -> None:
    case = await world.desk.open(a_view())
    for _ in range(5):
        case = await world.desk.step(replace(case, version=case.version + 1, delta=case.delta + 1))
    await world.deliver()
    assert world.workspace.front.calls["chat.postMessage"] == 2
    assert "chat.update" not in world.workspace.front.calls
    assert "shows 12 too many" in world.shown(world.card())


async def test_f40_a_process_that_dies_after_posting_leaves_one_card(world: World) -> None:
    await world.desk.open(a_view())
    dying = world.deliverer("dying", client=dying_client(world.workspace))
    with pytest.raises(KeyboardInterrupt):
        await dying.run_once()
    assert world.post().ts == ""
    assert world.post().attempted_at is not None
    world.clock.move(timedelta(seconds=20))
    await world.deliver(world.deliverer("next"))
    (card,) = world.workspace.messages(MARKETPLACES)
    assert world.post().ts == card.ts
    assert world.post().sent == 3


async def test_f40_the_answer_of_a_post_is_lost_and_the_card_is_found(world: World) -> None:
    await world.desk.open(a_view())
    world.workspace.faults.lose_answers["chat.postMessage"] = 1
    worker = world.deliverer()
    await world.deliver(worker)
    assert world.post().error
    world.clock.move(timedelta(seconds=20))
    worker._line._away_until = 0.0
    await world.deliver(worker)
    await world.deliver(worker)
    assert len(world.workspace.messages(MARKETPLACES)) == 1
    assert len(world.workspace.thread(MARKETPLACES, world.post().ts)) == 2


async def test_of_two_messages_with_one_delivery_the_later_is_deleted(world: World) -> None:
    await world.desk.open(a_view())
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            await world.deliverer("dying", client=dying_client(world.workspace)).run_once()
        world.memory.posts["card:EX-1042"] = replace(world.post(), attempted_at=None)
    first, _second = world.workspace.messages(MARKETPLACES)
    world.memory.posts["card:EX-1042"] = replace(world.post(), attempted_at=world.clock.now())
    world.clock.move(timedelta(seconds=20))
    await world.deliver(world.deliverer("next"))
    assert [message.ts for message in world.workspace.messages(MARKETPLACES)] == [first.ts]


async def test_history_lines_found_after_a_crash_are_not_told_twice(world: World) -> None:
    await world.desk.open(a_view())
    worker = world.deliverer("dying", client=dying_client(world.workspace))
    lines = world.memory.posts.pop("thread:EX-1042")
    await world.deliverer("first").run_once()
    root = world.post().ts
    world.memory.posts["thread:EX-1042"] = lines
    world.clock.move(timedelta(seconds=20))
    with pytest.raises(KeyboardInterrupt):
        await worker.run_once()
    world.clock.move(timedelta(seconds=20))
    before = len(world.workspace.thread(MARKETPLACES, root))
    await world.deliver(world.deliverer("next"))
    assert len(world.workspace.thread(MARKETPLACES, root)) == before
    assert world.post("thread:EX-1042").sent == 1


async def test_f42_a_deleted_card_is_posted_again_with_its_history(world: World) -> None:
    case = await world.desk.open(a_view())
    await world.deliver()
    gone = world.card()
    world.workspace.state.remove_message(gone)
    await world.desk.step(owned(case, case.version + 1), an_entry(2, "taken", "Dana took it.").entry)
    worker = world.deliverer()
    for _ in range(3):
        await world.deliver(worker)
    card = world.card()
    assert card.ts != gone.ts
    assert "Owned" in world.shown(card)
    lines = "\n".join(message.text for message in world.workspace.thread(MARKETPLACES, card.ts)[1:])
    assert lines.startswith("Opened: ")
    assert "Dana took it." in lines


async def test_f43_history_is_a_reply_that_notifies_nobody(world: World) -> None:
    await world.desk.open(a_view(), sentence="Dana: ask <@U0SAM> and <!channel>")
    await world.deliver()
    (line,) = world.workspace.thread(MARKETPLACES, world.post().ts)[1:]
    assert not line.broadcast
    assert "<@" not in line.text
    assert "<!" not in line.text


async def test_a_burst_of_history_becomes_one_message(world: World) -> None:
    case = await world.desk.open(a_view())
    worker = world.deliverer()
    await world.deliver(worker)
    case = await world.desk.step(owned(case, case.version + 1), an_entry(2, "taken", "Dana took it.").entry)
    await world.deliver(worker)
    assert len(world.workspace.thread(MARKETPLACES, world.post().ts)) == 2
    world.clock.move(timedelta(seconds=11))
    later = replace(case, version=case.version + 1)
    await world.desk.step(later, an_entry(3, "note", "Dana: look at bin C-14.").entry)
    await world.deliver(worker)
    _root, burst, late = world.workspace.thread(MARKETPLACES, world.post().ts)
    assert burst.text.splitlines()[-1] == "Dana took it."
    assert late.text == "Dana: look at bin C-14."


async def test_retry_after_is_obeyed_for_the_method_and_the_rest_goes_on(
    workspace: SlackWorkspace, world: World
) -> None:
    seconds = 1000.0

    def clock() -> float:
        return seconds

    case = await world.desk.open(a_view())
    worker = world.deliverer(pacing=Pacing(clock))
    await world.deliver(worker)
    workspace.faults.ratelimit_every, workspace.faults.retry_after = 1, 7
    await world.desk.open(a_view(a_case(id=ExceptionId(7))))
    assert await worker.run_once() == 0
    workspace.faults.ratelimit_every = 0
    await world.desk.step(owned(case, case.version + 1))
    assert await worker.run_once() == 1
    assert "Owned" in world.shown(world.card())
    assert world.post("card:EX-7").ts == ""
    seconds += 7
    await world.deliver(worker)
    assert world.post("card:EX-7").ts


def test_a_429_of_one_method_blocks_no_other() -> None:
    seconds = 0.0
    pacing = Pacing(lambda: seconds)
    pacing.block(POST, 30)
    assert pacing.wait(POST, "C1", urgent=True) == 30
    assert pacing.wait(UPDATE) == 0


def test_urgent_posts_pass_when_the_ordinary_ones_must_wait() -> None:
    seconds = 0.0
    pacing = Pacing(lambda: seconds)
    while not pacing.wait(POST, "C1"):
        pacing.take(POST, "C1")
    assert pacing.wait(POST, "C1", urgent=True) == 0
    assert pacing.wait(POST, "C2") == 0


async def test_urgent_cards_go_before_a_storm(world: World) -> None:
    seconds = 1000.0
    for number in range(2, 30):
        await world.desk.open(a_view(a_case(id=ExceptionId(number))))
    await world.desk.open(a_view())
    for post in list(world.memory.posts.values()):
        urgent = post.case == 1042
        world.memory.posts[post.key] = replace(post, priority=0 if urgent else 2)
    await world.deliver(world.deliverer(pacing=Pacing(lambda: seconds)))
    titles = [message.text for message in world.workspace.messages(MARKETPLACES)]
    assert "EX-1042" in titles[0]
    assert len(titles) < 28


async def test_slack_s_own_limits_are_never_hit_by_a_storm(workspace: SlackWorkspace, world: World) -> None:
    workspace.front.limits = RateLimits()
    for number in range(2, 14):
        await world.desk.open(a_view(a_case(id=ExceptionId(number))))
    with capture_logs() as logs:
        delivered = await world.deliver(world.deliverer(pacing=Pacing()))
    assert delivered
    assert not [line for line in logs if line["event"] == "rate_limited"]


async def test_an_archived_queue_channel_goes_to_ops_with_one_note(workspace: SlackWorkspace, world: World) -> None:
    workspace.state.channel(MARKETPLACES).archived = True
    await world.desk.open(a_view())
    await world.desk.open(a_view(a_case(id=ExceptionId(7))))
    worker = world.deliverer()
    for _ in range(4):
        await world.deliver(worker)
    shown = [world.shown(message) for message in workspace.messages("inv-ops")]
    notes = [text for text in shown if "is archived" in text]
    assert len(notes) == 1
    assert "#inv-marketplaces is archived" in notes[0]
    assert sum("Amazon US shows 7 too many" in text for text in shown) == 2


async def test_a_private_answer_is_seen_by_one_person_only(workspace: SlackWorkspace, world: World) -> None:
    async with world.memory.unit_of_work() as uow:
        now = world.clock.now()
        await uow.posts.want(
            [Post("private:1", PostKind.PRIVATE, "marketplaces", 1, user="U0DANA", body="Paused.", next_at=now)]
        )
        await uow.posts.want(
            [Post("private:2", PostKind.PRIVATE, "marketplaces", 1, user="U0SAM", body="For Sam.", next_at=now)]
        )
    await world.deliver()
    assert [message.text for message in workspace.ephemerals("dana", MARKETPLACES)] == ["Paused."]
    direct = workspace.person("sam").direct()
    assert [message.text for message in direct.timeline()] == ["For Sam."]


async def test_a_count_is_asked_in_the_warehouse_and_folds_when_it_is_done(world: World) -> None:
    case = await world.desk.open(a_view())
    counting = replace(owned(case, case.version + 1), actions=(a_count(id=0),))
    case = await world.desk.step(counting)
    await world.deliver()
    (ask,) = world.workspace.messages("inv-warehouse")
    assert "Count KTL-17-BLK at Reno" in world.shown(ask)
    done = replace(case.actions[0], state=ActionState.DONE, decided_name="Sam", settled_at=world.clock.now())
    await world.desk.step(replace(case, version=case.version + 1, actions=(done,)))
    await world.deliver()
    assert world.workspace.messages("inv-warehouse") == [ask]
    assert "Counted" in world.shown(ask)


async def test_a_second_process_waits_for_the_lease(world: World) -> None:
    await world.desk.open(a_view())
    first, second = world.deliverer("first"), world.deliverer("second")
    assert await first.run_once()
    await world.desk.open(a_view(a_case(id=ExceptionId(7))))
    assert await second.run_once() == 0
    await first.release()
    assert await second.run_once()


async def test_an_outage_is_survived_and_everything_comes_afterwards(workspace: SlackWorkspace, world: World) -> None:
    await world.desk.open(a_view())
    worker = world.deliverer()
    for outage in (Outage.UNAVAILABLE, Outage.REFUSED):
        await workspace.set_outage(outage)
        assert await worker.run_once() == 0
        worker._line._away_until = 0.0
        world.clock.move(timedelta(minutes=1))
    await workspace.set_outage(Outage.NONE)
    world.client.base_url = workspace.base_url
    for _ in range(3):
        await world.deliver(worker)
    assert len(workspace.messages(MARKETPLACES)) == 1
    assert world.post("thread:EX-1042").sent == 1


async def test_refused_blocks_are_shown_as_their_complete_text(workspace: SlackWorkspace, world: World) -> None:
    workspace.faults.fail_next["chat.postMessage"] = ["invalid_blocks"]
    await world.desk.open(a_view())
    await world.deliver()
    assert world.card().blocks == []
    assert "EX-1042" in world.card().text


async def test_an_older_card_leads_to_the_newer_one(world: World) -> None:
    case = await world.desk.open(a_view())
    await world.deliver()
    old = world.card()
    again = replace(case, reopenings=1, version=case.version + 1)
    await world.desk.step(again)
    now = world.clock.now()
    async with world.memory.unit_of_work() as uow:
        await uow.posts.want([replace(world.post(), wanted=again.version, next_at=now)])
    await world.deliver()
    newer = world.card("card:EX-1042:1")
    assert newer.ts != old.ts
    assert f"p{newer.ts.replace('.', '')}" in str(old.blocks)
    assert "Open again" in world.shown(old)


async def test_a_sandbox_marks_every_message(world: World) -> None:
    await world.desk.open(a_view())
    await world.deliver(world.deliverer(stamp="SANDBOX"))
    assert world.shown(world.card()).endswith("*SANDBOX*")
    assert world.card().text.startswith("SANDBOX: ")


def test_a_client_that_repeats_calls_is_refused(world: World) -> None:
    with pytest.raises(OurBug, match="second card"):
        world.deliverer(client=AsyncWebClient(token="t"))


async def test_channels_are_listed_once_and_only_for_names(workspace: SlackWorkspace, world: World) -> None:
    assert workspace.front.calls["conversations.list"] == 1
    await world.desk.open(a_view())
    await world.deliver()
    assert workspace.front.calls["conversations.list"] == 1
