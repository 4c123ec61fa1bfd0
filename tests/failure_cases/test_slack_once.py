"""F40 and F44: a post whose answer was lost, and clicks that come twice, at once, or late."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass
from tests.stage import Stage

KETTLE = "KTL-17-BLK"


async def opened(stage: Stage) -> Case:
    stage.trouble("carton")
    return await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE)


async def pauses(stage: Stage, case: Case) -> int:
    now = await stage.case_when(case, lambda _: True, "the case")
    return sum(act.kind is ActionKind.PAUSE for act in now.actions)


async def test_f40_posted_and_died_before_it_was_recorded_there_is_no_second_card(stage: Stage) -> None:
    stage.workspace.faults.lose_answers["chat.postMessage"] = 1
    case = await opened(stage)

    await stage.restart()

    await stage.pause("dana", case)
    await stage.card(case, "verified at Shopify US", within=45)
    assert len(stage.cards_of(case)) == 1


async def test_f44_of_two_people_who_pause_at_once_one_wins_and_the_other_is_told_who_did(stage: Stage) -> None:
    case = await opened(stage)
    dana = await stage.press("dana", case, "card.pause.open")
    lee = await stage.press("lee", case, "card.pause.open")
    form = {"pause.reason": "count", "pause.note": "a carton looks short"}

    answers = await asyncio.gather(dana.submit_view(dict(form)), lee.submit_view(dict(form)))

    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
    assert await pauses(stage, case) == 1
    late = [
        person for person, answer in zip((dana, lee), answers, strict=True) if answer.view is not None or answer.errors
    ]
    winner = (await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)).by_name
    assert len(late) == 1
    [loser] = late
    assert loser.name != winner
    view = loser.open_view()
    assert view is not None
    assert winner in stage.workspace.read_view(view)


async def test_f44_a_double_click_pauses_once(stage: Stage) -> None:
    case = await opened(stage)
    card = await stage.card(case, "Take it")
    dana = stage.workspace.person("dana")

    await asyncio.gather(*(dana.click(card.channel_id, card.ts, "card.take") for _ in range(2)))

    await stage.case_when(case, lambda now: now.owner is not None, "an owner")
    told = [text for text in await stage.verified(case) if "took it" in text]
    assert len(told) == 1


async def test_f44_a_click_forty_seconds_late_acts_on_what_is_so_now(stage: Stage) -> None:
    case = await opened(stage)
    dana = await stage.press("dana", case, "card.pause.open")
    await stage.pause("lee", case)
    await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
    stage.clock.pass_by(timedelta(seconds=40))

    late = await dana.submit_view({"pause.reason": "count", "pause.note": "late"})

    assert await pauses(stage, case) == 1
    assert late.view is not None
    assert "Lee" in stage.workspace.read_view(late.view)
