"""Second looks: forms that come back with all that was typed, receipts with an undo, refusals that are kept, owners asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_builders import a_case, a_count, a_listing, a_pause, a_sku_view, owned, resolved_view, stopped
from slack_stored import Stored
from slack_world import Running
from test_slack_app import MARKETPLACES, form, front, opened, told
from test_slack_mentions import changed, limits_pass, telling

from bot.slack.app import build_app
from sandbox.slack import Message, Outcome, Surface, validate
from sync.model.exceptions import ActionKind, ActionState, Life
from sync.model.ids import UserId


async def test_an_old_form_comes_back_with_all_that_was_typed_and_then_acts(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    world.clock.move(timedelta(minutes=31))
    again = await dana.submit_view({"pause.reason": "damaged", "pause.note": "two cartons look damaged"})
    assert again.outcome is Outcome.UPDATED
    assert "It was open for more than 10 min. Look at the numbers once more and send again." in front(world, dana)
    view = dana.open_view()
    assert view is not None
    inputs = {one["block_id"]: one["element"] for one in view.content["blocks"] if one["type"] == "input"}
    assert inputs["pause.note"]["initial_value"] == "two cartons look damaged"
    assert inputs["pause.reason"]["initial_option"]["value"] == "damaged"
    assert [one["value"] for one in inputs["pause.listings"]["initial_options"]] == ["amazon-us:B0KTL"]
    assert not world.memory.wanted_targets
    assert (await dana.submit_view()).outcome is Outcome.CLOSED
    assert len(world.memory.wanted_targets) == 1


async def test_numbers_that_moved_are_told_and_nothing_is_sent(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    template = world.desk.templates[next(iter(world.desk.templates))]
    assert template.sku is not None
    first, *rest = template.sku.listings
    moved = replace(template.sku, listings=(replace(first, shows=6), *rest))
    world.desk.templates[template.case.id] = replace(template, sku=moved)
    again = await dana.submit_view({"pause.reason": "count"})
    assert again.outcome is Outcome.UPDATED
    assert "Changed while you wrote: Amazon US shows 6. It will show 0" in front(world, dana)
    assert "Shopify US goes on selling (shows 1). Check" not in front(world, dana)
    assert not world.memory.wanted_targets


async def test_a_refusal_keeps_what_was_typed_and_stands_in_the_thread_once(running: Running) -> None:
    world = running.world
    case = replace(owned(a_case(), 6), actions=(a_pause(),))
    ts = await opened(running, case, sku=stopped())
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.resume.open")
    await form(world, dana, "Resume listing")
    for _ in range(2):
        refused = await dana.submit_view({"resume.note": "carton 7 was open"})
        assert refused.outcome is Outcome.UPDATED
        assert "Resume anyway needs @Lee or @Ana." in front(world, dana)
        assert "> carton 7 was open" in front(world, dana)
        await dana.click(MARKETPLACES, ts, "card.resume.open")
        await form(world, dana, "Resume listing")
    kept = [one.entry.sentence for one in world.memory.chains["exception:EX-1042"] if one.entry.kind == "refused"]
    (sentence,) = kept
    assert sentence.startswith("Dana tried to resume and may not: Counts still differ by 7\u00a0units.")
    assert "Lee or Ana" in sentence


async def test_the_receipt_of_a_pause_takes_it_back_with_one_click(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.pause.open")
    await form(world, dana, "Pause listing")
    await dana.submit_view({"pause.reason": "count"})
    assert "Paused on Amazon US" in await told(world, "dana")
    receipt = world.workspace.ephemerals("dana", MARKETPLACES)[-1]
    assert validate(receipt.blocks, Surface.MESSAGE) == []
    await dana.click(MARKETPLACES, receipt.ts, "card.undo")
    await world.workspace.wait_for(lambda: len(world.memory.wanted_targets) == 2)
    stop, start = world.memory.wanted_targets
    assert (stop.wanted, start.wanted) == (0, 1)
    await dana.click(MARKETPLACES, receipt.ts, "card.undo")
    await world.workspace.wait_for(
        lambda: "Nothing of yours" in world.workspace.read(world.workspace.ephemerals("dana", MARKETPLACES)[-1])
    )
    assert len(world.memory.wanted_targets) == 2


async def test_a_count_is_cancelled_from_its_card_and_the_ask_folds(running: Running) -> None:
    world = running.world
    ts = await opened(running, replace(owned(a_case(), 7), actions=(a_count(),)))
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.more", "Cancel the count")
    assert "Cancelled; nobody counts." in await told(world, "dana")
    act = world.memory.cases[next(iter(world.memory.cases))].newest(ActionKind.COUNT)
    assert act is not None
    assert act.state is ActionState.UNDONE


async def test_help_is_asked_behind_more_actions_and_told_directly(running: Running) -> None:
    world, ts = running.world, await opened(running)
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.more", "More actions…")
    await form(world, dana, "More actions")
    await dana.click_view("card.help")
    await world.workspace.wait_for(lambda: world.workspace.person("kim").direct().timeline())
    (ask,) = world.workspace.person("kim").direct().timeline()
    assert "Dana asks for your help with EX-1042 (Amazon US)" in world.workspace.read(ask)


async def test_a_pause_that_failed_offers_to_set_zero_with_the_number_filled_in(running: Running) -> None:
    world = running.world
    failed = a_pause(state=ActionState.FAILED, result="Amazon US refused.")
    case = replace(owned(a_case(), 6), actions=(failed,))
    ts = await opened(running, case, sku=a_sku_view(listings=(a_listing(writable=True),)))
    dana = world.workspace.person("dana")
    await dana.click(MARKETPLACES, ts, "card.zero.open")
    await form(world, dana, "Show less")
    view = dana.open_view()
    assert view is not None
    inputs = {one["block_id"]: one["element"] for one in view.content["blocks"] if one["type"] == "input"}
    assert inputs["cap.units"]["initial_value"] == "0"


async def test_the_proof_is_sent_as_a_file_and_says_how_anybody_checks_it(running: Running) -> None:
    world = running.world
    await world.desk.open(resolved_view())
    running.deliverer.wake()

    def proofs() -> list[Message]:
        messages = world.workspace.state.channel(MARKETPLACES).messages.values()
        return [one for one in messages if "is right again" in world.workspace.read(one)]

    (proof,) = await world.workspace.wait_for(proofs)
    dana = world.workspace.person("dana")
    assert validate(proof.blocks, Surface.MESSAGE) == []
    await dana.click(MARKETPLACES, proof.ts, "proof.verify")
    text = await form(world, dana, "Check it yourself")
    assert "countersign proof verify --file EX-1042-proof.json" in text
    await dana.click(MARKETPLACES, proof.ts, "proof.export")
    await world.workspace.wait_for(lambda: "EX-1042-proof.json" in str(world.workspace.state.files))
    await dana.click(MARKETPLACES, proof.ts, "card.reopen.open")
    assert "EX-1042 was ended as fixed by Dana." in await form(world, dana, "Open again")


async def test_an_owner_of_whom_nothing_is_heard_is_asked_and_then_it_goes_back(stored: Stored) -> None:
    worker, (case,) = telling(stored), await stored.open_many(1)
    await stored.deliver(worker)
    dana = UserId("U0DANA")
    now = stored.clock.now()
    case = await changed(
        stored, case, life=Life.OWNED, owner=dana, owner_name="Dana", owned_at=now, owner_since=now, resolve_by=None
    )
    stored.clock.move(timedelta(hours=3, minutes=1))
    (case,) = await limits_pass(stored, [case])
    await stored.deliver(worker)
    (ask,) = stored.workspace.person("dana").direct().timeline()
    assert validate(ask.blocks, Surface.MESSAGE) == []
    assert "EX-1 has been yours for 3\u00a0h\u00a001\u00a0min" in stored.workspace.read(ask)
    handler = AsyncSocketModeHandler(build_app(stored.room), stored.workspace.app_token)
    await handler.connect_async()
    await stored.workspace.sockets.connected()
    direct = stored.workspace.person("dana").direct()
    await stored.workspace.person("dana").click(direct.id, ask.ts, "card.stillonit")
    await stored.workspace.wait_for(lambda: stored.workspace.ephemerals("dana", direct.id))
    assert "It stays yours." in stored.workspace.read(stored.workspace.ephemerals("dana", direct.id)[-1])
    await handler.close_async()
    stored.clock.move(timedelta(minutes=40))
    (case,) = await limits_pass(stored, [case])
    assert case.owner == dana, "an answer keeps it"
    stored.clock.move(timedelta(hours=3))
    (case,) = await limits_pass(stored, [case])
    stored.clock.move(timedelta(minutes=31))
    (case,) = await limits_pass(stored, [case])
    assert (case.life, case.owner) == (Life.OPEN, None)
    await stored.deliver(worker)
    card = stored.message(MARKETPLACES, "EX-1")
    thread = " ".join(one.text for one in stored.workspace.thread(MARKETPLACES, card.ts))
    assert "Back in the queue: Dana did not answer for 30 min." in thread
