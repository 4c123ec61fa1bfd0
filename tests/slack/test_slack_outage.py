"""Slack away for half an hour, busy, forgetful and repeating itself: nothing lost, nothing twice, the order right."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from slack_builders import DANA, LEE
from slack_stored import Stored, at_work, filled

from bot.slack.app import build_app, http_routes
from bot.slack.delivery import Deliverer
from sandbox.slack import AppDidNotRespondError, Message, Outage, Outcome
from sync.exceptions.lifecycle import Step
from sync.model.exceptions import Case, ExceptionClass, Life
from sync.model.ids import SystemId
from sync.model.proof import Entry, exception_chain
from sync.path.decider import Decider
from sync.path.written import write_steps
from sync.proof import verify_chain

MARKETPLACES = "inv-marketplaces"
HALF_AN_HOUR = 30


async def rounds(stored: Stored, worker: Deliverer, count: int = 15) -> None:
    """Deliver, and let time pass, so many times."""
    for _ in range(count):
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=3))


async def away(stored: Stored, worker: Deliverer, minutes: int) -> None:
    """So long nothing can be delivered, though it is tried."""
    for _ in range(minutes):
        worker._line._away_until = 0.0
        assert await worker.run_once() == 0
        stored.clock.move(timedelta(minutes=1))


async def cleared(stored: Stored, cases: list[Case]) -> None:
    """They clear by themselves."""
    now = stored.clock.now()
    entry = Entry("cleared", now, "countersign", "Cleared by itself.")
    gone = [
        Step(replace(case, life=Life.CLEARED, version=case.version + 1, ended_at=now, outcome="cleared"), (entry,))
        for case in cases
    ]
    async with stored.store.unit_of_work() as uow:
        await write_steps(uow, gone, now)


def deliveries(stored: Stored) -> Counter[str]:
    """How often each delivery stands in the workspace, by the id in its metadata without the version."""
    found: Counter[str] = Counter()
    for channel in stored.workspace.state.channels.values():
        for message in channel.messages.values():
            if message.metadata is not None and message.metadata["event_type"] != "countersign_thread":
                found[message.metadata["event_payload"]["delivery"].rpartition(":")[0]] += 1
    return found


def cards(stored: Stored, channel: str = MARKETPLACES) -> list[str]:
    """The exceptions whose cards stand in a channel, oldest message first."""
    shown = [message.metadata for message in stored.workspace.messages(channel) if message.metadata is not None]
    return [one["event_payload"]["key"] for one in shown if one["event_type"] == "countersign_card"]


async def kinds(stored: Stored, case: Case) -> list[str]:
    """What the chain of an exception tells, by kind."""
    async with stored.store.reading() as uow:
        return [one.entry.kind for one in await uow.proofs.chain(exception_chain(case.id))]


def told(stored: Stored, person: str) -> list[str]:
    """What one person alone was told in the queue's channel."""
    return [one.text.replace("\u00a0", " ") for one in stored.workspace.ephemerals(person, MARKETPLACES)]


def card(stored: Stored, case: Case) -> Message:
    return stored.message(MARKETPLACES, f"{case.name} ")


async def test_half_an_hour_away_429s_on_every_third_call_and_clicks_that_come_late_twice_and_at_once(
    stored_twice: Stored,
) -> None:
    stored, workspace = stored_twice, stored_twice.workspace
    worker = stored.queueing()
    workspace.faults.ratelimit_every, workspace.faults.retry_after = 3, 1
    before = await stored.open_many(3)
    await rounds(stored, worker)
    async with at_work(stored) as dana:
        lee = workspace.person("lee")
        await dana.click(MARKETPLACES, card(stored, before[0]).ts, "card.more", "Add note…")
        await filled(stored, dana, "Add note")
        form = dana.open_view()

        # Slack is away: twelve open, three of them and one that had its card clear, and no click gets through.
        await workspace.set_outage(Outage.UNAVAILABLE)
        opened = await stored.open_many(12, first=11)
        await away(stored, worker, HALF_AN_HOUR // 2)
        with pytest.raises(AppDidNotRespondError):
            await dana.click(MARKETPLACES, card(stored, before[1]).ts, "card.take")
        await cleared(stored, [*opened[:3], before[2]])
        await away(stored, worker, HALF_AN_HOUR // 2)
        stood = len(workspace.messages(MARKETPLACES))
        await workspace.set_outage(Outage.NONE)
        await workspace.sockets.connected()
        await rounds(stored, worker)

        note, *new = workspace.messages(MARKETPLACES)[stood:]
        text = workspace.read(note).replace("\u00a0", " ")
        assert "Slack was away" in text
        assert "12 opened, 3 of them cleared by themselves (no cards for these)" in text
        assert "Show the 9" in text, "of those that have no card yet"
        wanted = [one.name for one in reversed(opened[3:])]
        assert cards(stored)[-len(new) :] == wanted, "the most at risk first"
        assert "Cleared" in workspace.read(card(stored, before[2]))
        assert max(deliveries(stored).values()) == 1

        # A form that is older than its ten minutes changes nothing: it comes back with what was typed, and says why.
        late = await dana.submit_view({"note.text": "from before the outage"}, form.id)
        assert late.view is not None
        assert "open for more than 10 min" in workspace.read_view(late.view)
        assert "note" not in await kinds(stored, before[0])

        # What cleared meanwhile cannot be taken any more, from whatever the person still sees.
        await lee.click(MARKETPLACES, card(stored, before[1]).ts, "card.take")
        kept = workspace.delivery.sent[-1][1]
        await cleared(stored, [await current(stored, before[1])])
        workspace.delivery.sent.append(("interactive", kept | {"trigger_id": "1.2.late"}, False))
        await workspace.delivery.redeliver()
        await workspace.wait_for(lambda: any("cleared" in one for one in told(stored, "lee")))
        assert (await kinds(stored, before[1])).count("taken") == 1

        # Two people at once, each twice, and Slack delivers one of the clicks again.
        (worst,) = [one for one in opened if one.name == wanted[0]]
        at = card(stored, worst).ts
        await asyncio.gather(*(one.click(MARKETPLACES, at, "card.take") for one in (dana, lee, dana, lee)))
        await workspace.delivery.redeliver()
        await workspace.wait_for(lambda: len(told(stored, "dana")) >= 2 and len(told(stored, "lee")) >= 4)
        assert (await kinds(stored, worst)).count("taken") == 1
        owner = (await current(stored, worst)).owner
        assert owner in (DANA, LEE)
        await rounds(stored, worker, 5)
        assert "*Owned*" in workspace.read(card(stored, worst))
        assert max(deliveries(stored).values()) == 1
        assert len(workspace.messages(MARKETPLACES)) == stood + 1 + len(wanted)


async def current(stored: Stored, case: Case) -> Case:
    async with stored.store.reading() as uow:
        found = await uow.cases.get(case.id)
    assert found is not None
    return found


async def test_a_form_that_is_delivered_again_acts_once_and_is_answered_again(stored_twice: Stored) -> None:
    stored = stored_twice
    (case,) = await stored.open_many(1)
    await stored.deliver(stored.deliverer())
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card(stored, case).ts, "card.more", "Add note…")
        await filled(stored, dana, "Add note")
        sent = await dana.submit_view({"note.text": "the vendor's server is down"})
        assert sent.outcome is Outcome.CLOSED
        assert await stored.workspace.delivery.redeliver() is None, "closed again, no error"
    assert await kinds(stored, case) == ["opened", "note"]


async def test_a_click_that_opens_a_form_and_comes_twice_opens_one_and_says_nothing_else(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    await stored.deliver(stored.deliverer())
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card(stored, case).ts, "card.more", "Add note…")
        await filled(stored, dana, "Add note")
        await stored.workspace.delivery.redeliver()
        async with at_work(stored):  # another process, which did not see the first one
            for _ in range(2):
                await stored.workspace.delivery.redeliver()
        assert len(stored.workspace.state.stack(DANA)) == 1
        assert told(stored, "dana") == []


async def test_what_was_tried_during_a_short_outage_is_not_overtaken_by_what_matters_less(stored: Stored) -> None:
    worker = stored.deliverer()
    await stored.workspace.set_outage(Outage.UNAVAILABLE)
    opened = await stored.open_many(8)
    for _ in range(4):
        worker._line._away_until = 0.0
        assert await worker.run_once() == 0
    await stored.workspace.set_outage(Outage.NONE)
    worker._line._away_until = 0.0
    for _ in range(8):
        await stored.deliver(worker)
    assert cards(stored) == [one.name for one in reversed(opened)], "without any time passing"


async def test_only_posting_is_away_and_the_note_comes_first_then_all_in_order(stored_twice: Stored) -> None:
    stored = stored_twice
    worker = stored.deliverer()
    await stored.workspace.set_outage(Outage.POSTING)
    opened = await stored.open_many(8)
    await away(stored, worker, 12)
    await stored.workspace.set_outage(Outage.NONE)
    for _ in range(10):
        worker._line._away_until = 0.0
        await stored.deliver(worker)
    first, *rest = stored.workspace.messages(MARKETPLACES)
    assert "Slack was away" in stored.workspace.read(first)
    assert len(rest) == 8
    assert cards(stored) == [one.name for one in reversed(opened)]
    assert max(deliveries(stored).values()) == 1


async def test_one_message_that_slack_chokes_on_holds_up_no_other(stored: Stored) -> None:
    opened = await stored.open_many(5)
    worst = opened[-1]
    worker = stored.deliverer()
    send = worker._client.chat_postMessage

    async def choking(**arguments: Any) -> Any:
        if worst.name in str(arguments["metadata"]):
            stored.workspace.faults.fail_next["chat.postMessage"] = ["internal_error"]
        return await send(**arguments)

    worker._client.chat_postMessage = choking  # type: ignore[method-assign]
    for _ in range(12):
        worker._line._away_until = 0.0
        await stored.deliver(worker)
    assert cards(stored) == [one.name for one in reversed(opened[:-1])]


async def test_a_post_that_was_done_and_answered_with_an_error_is_found(stored_twice: Stored) -> None:
    stored = stored_twice
    opened = await stored.open_many(4)
    stored.workspace.faults.break_after["chat.postMessage"] = 2
    stored.workspace.faults.lose_answers["chat.postMessage"] = 1
    worker = stored.deliverer()
    for _ in range(20):
        worker._line._away_until = 0.0
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=20))
    assert cards(stored) == [one.name for one in reversed(opened)]
    assert max(deliveries(stored).values()) == 1
    for one in opened:
        assert len(stored.workspace.thread(MARKETPLACES, card(stored, one).ts)) == 2, "its history once"


async def test_a_revoked_token_stops_nothing_and_everything_comes_when_it_is_given_back(stored: Stored) -> None:
    worker = stored.queueing()
    stored.workspace.admin.revoke_tokens()
    opened = await stored.open_many(6)
    await away(stored, worker, 10)
    assert stored.workspace.messages(MARKETPLACES) == []
    stored.workspace.admin.restore_tokens()
    worker._line._away_until = 0.0
    await rounds(stored, worker, 8)
    assert cards(stored) == [one.name for one in reversed(opened)]
    assert "Slack was away" in stored.shown(MARKETPLACES)[0]


async def test_a_socket_that_slack_refreshes_loses_no_click(stored: Stored) -> None:
    opened = await stored.open_many(3)
    await stored.deliver(stored.deliverer())
    async with at_work(stored) as dana:
        for case in opened:
            await stored.workspace.sockets.refresh()
            await stored.workspace.sockets.connected()
            await dana.click(MARKETPLACES, card(stored, case).ts, "card.take")
    for case in opened:
        assert (await kinds(stored, case)).count("taken") == 1


async def test_a_modal_is_waited_for_where_slack_is_busy(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    await stored.deliver(stored.deliverer())
    stored.workspace.faults.limit_next["views.open"] = 1
    stored.workspace.faults.limit_next["views.update"] = 1
    async with at_work(stored) as dana:
        await dana.click(MARKETPLACES, card(stored, case).ts, "card.more", "Add note…")
        await filled(stored, dana, "Add note")
    assert told(stored, "dana") == []


async def test_over_http_what_slack_retries_is_done_once_and_every_retry_is_answered_yes(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    await stored.deliver(stored.deliverer())
    workspace, at = stored.workspace, card(stored, case).ts
    await stored.room.directory.refresh()
    app = web.Application()
    app.add_routes(http_routes(build_app(stored.room, workspace.signing_secret)))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await workspace.delivery.use_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        dana = workspace.person("dana")
        await dana.click(MARKETPLACES, at, "card.take")
        for _ in range(3):
            await workspace.delivery.redeliver()
        await workspace.wait_for(lambda: told(stored, "dana"))
        await dana.say(MARKETPLACES, f"<@{workspace.state.bot.id}> SKU-00001")
        await workspace.wait_for(lambda: len(told(stored, "dana")) == 2)
        for _ in range(3):
            await workspace.delivery.redeliver()
        await dana.click(MARKETPLACES, at, "card.more", "Add note…")
        await filled(stored, dana, "Add note")
        await dana.submit_view({"note.text": "the vendor's server is down"})
        await workspace.delivery.redeliver()
    finally:
        await runner.cleanup()
    assert await kinds(stored, case) == ["opened", "taken", "note"]
    answers = [one for one in told(stored, "dana") if "yours" in one or "SKU-00001" in one]
    assert len(answers) == 2


# -- clocks ------------------------------------------------------------------------------------------------------------


async def silent(stored: Stored) -> tuple[Decider, Case]:
    """A source is silent, and its exception opened just now; who decides goes on deciding."""
    rules, now = stored.policy.current, stored.clock.now()
    wms = rules.systems["wms"]
    assert wms.source is not None
    source = wms.source.model_copy(update={"fresh_for": timedelta(hours=1)})
    systems = rules.systems | {"wms": wms.model_copy(update={"source": source})}
    own = rules.rules_for(ExceptionClass.STALE_FEED).model_copy(
        update={"assign_within": timedelta(minutes=9), "resolve_within": timedelta(minutes=11)}
    )
    classes = rules.classes | {ExceptionClass.STALE_FEED: own}
    stored.policy.take(rules.model_copy(update={"systems": systems, "classes": classes}))
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("wms")], now - timedelta(hours=9))
    decider = Decider(stored.store, stored.policy, stored.clock)
    for _ in range(2):
        await decider.decide_systems()
        stored.clock.move(timedelta(minutes=1))
        await looked_at(stored)
    async with stored.store.reading() as uow:
        (case,) = await uow.cases.unresolved()
    return decider, case


async def looked_at(stored: Stored) -> None:
    """The source is looked at again."""
    async with stored.store.unit_of_work() as uow:
        await uow.systems.mark_due([SystemId("wms")], stored.clock.now())


async def away_and_decided(stored: Stored, worker: Deliverer, decider: Decider, minutes: int) -> None:
    for _ in range(minutes):
        await away(stored, worker, 1)
        await looked_at(stored)
        await decider.decide_systems()


@pytest.mark.parametrize("outage", [Outage.UNAVAILABLE, Outage.POSTING])
async def test_clocks_of_people_stand_still_and_those_of_money_go_on(stored_twice: Stored, outage: Outage) -> None:
    stored, worker = stored_twice, stored_twice.deliverer(mentions=None)
    decider, case = await silent(stored)
    assert case.assign_by is not None
    assert case.resolve_by is not None
    await stored.workspace.set_outage(outage)
    began = stored.clock.now()
    await away_and_decided(stored, worker, decider, 14)
    told_meanwhile = await kinds(stored, case)
    assert "late_to_own" not in told_meanwhile
    assert told_meanwhile.count("late_to_end") == 1, "money does not wait; who else is to be told does"
    assert "escalated" not in told_meanwhile
    await stored.workspace.set_outage(Outage.NONE)
    worker._line._away_until = 0.0
    back = stored.clock.now()
    await rounds(stored, worker, 4)
    after = await current(stored, case)
    assert after.assign_by is not None
    assert after.resolve_by == case.resolve_by
    assert abs((after.assign_by - back) - (case.assign_by - began)) < timedelta(seconds=30)
    assert (await kinds(stored, case)).count("clocks_stood") == 1
    note = next(one for one in stored.shown(MARKETPLACES) if "Slack was away" in one).replace("\u00a0", " ")
    assert "1 limit to fix passed meanwhile: clocks of people were stopped, clocks of money were not" in note
    await looked_at(stored)
    await decider.decide_systems()
    assert "late_to_own" not in await kinds(stored, case)
    stored.clock.move(after.assign_by - stored.clock.now() + timedelta(seconds=1))
    await looked_at(stored)
    await decider.decide_systems()
    assert "late_to_own" in await kinds(stored, case)
    async with stored.store.reading() as uow:
        assert verify_chain(await uow.proofs.chain(exception_chain(case.id))) == []


async def test_who_dies_while_slack_is_away_holds_no_clock_for_ever(stored_twice: Stored) -> None:
    """What is said to be away is a lease: another process goes on with it, and without anybody it ends."""
    stored = stored_twice
    first, second = stored.deliverer("first"), stored.deliverer("second")
    decider, case = await silent(stored)
    await stored.workspace.set_outage(Outage.UNAVAILABLE)
    began = stored.clock.now()
    await away_and_decided(stored, first, decider, 8)
    await first.release()
    await away_and_decided(stored, second, decider, 2)
    async with stored.store.reading() as uow:
        since = await uow.posts.away_since(stored.clock.now())
    assert since is not None
    assert abs(since - began) < timedelta(seconds=30), "the second knows since when"
    stored.clock.move(timedelta(hours=1))
    await looked_at(stored)
    await decider.decide_systems()
    assert "late_to_own" in await kinds(stored, case)


async def test_a_hiccup_stops_no_clock(stored: Stored) -> None:
    worker, (case,) = stored.deliverer(), await stored.open_many(1)
    await stored.workspace.set_outage(Outage.UNAVAILABLE)
    await away(stored, worker, 3)
    await stored.workspace.set_outage(Outage.NONE)
    worker._line._away_until = 0.0
    await rounds(stored, worker, 3)
    assert (await current(stored, case)).assign_by == case.assign_by
    assert await kinds(stored, case) == ["opened"]
