"""The Home tab as its four readers see it: an owner, the ops lead, who is in no queue, a guest; kept fresh; at its worst."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from slack_builders import (
    DANA,
    KIM,
    LEE,
    NOW,
    a_case,
    a_correction,
    a_count,
    a_view,
    owned,
    paused_view,
)
from slack_stored import Stored
from slack_world import Running
from spoken_builders import a_word
from test_slack_reporting import worst_view

from bot.slack.home import Home
from bot.slack.home_view import HomeFigures, guest_blocks, home_blocks
from bot.slack.lists import Owned
from sandbox.slack import validate_view
from sandbox.slack.reading import read_blocks
from sync.inbox.acts import Actor
from sync.inbox.view import CaseView
from sync.model.exceptions import Case
from sync.model.freezing import Freeze
from sync.model.ids import ExceptionId, QueueId, SystemId, UserId
from sync.model.mentions import PersonSettings
from sync.ports import Standing
from tests.slack.memory_desk import a_policy
from tests.slack.test_slack_cards import golden

MARKETPLACES = QueueId("marketplaces")


async def blocks_of(stored: Stored, user: str, **changed: Any) -> list[dict[str, Any]]:
    actor = Actor(UserId(user), "Somebody", stored.room.team, **changed)
    blocks: list[dict[str, Any]] = json.loads(json.dumps(await Home(stored.room).blocks(actor)))
    assert validate_view({"type": "home", "blocks": blocks}) == []
    return blocks


async def home_of(stored: Stored, user: str, **changed: Any) -> str:
    return read_blocks(stored.workspace.state, await blocks_of(stored, user, **changed))


async def give(stored: Stored, cases: Sequence[Case], owner: str, **changed: Any) -> None:
    async with stored.store.unit_of_work() as uow:
        await uow.cases.save([replace(one, owner=UserId(owner), owner_name="D", version=2, **changed) for one in cases])


async def test_late_cases_of_my_queues_and_what_stands(stored: Stored) -> None:
    await stored.open_many(3)
    stored.clock.move(timedelta(minutes=31))
    told = await home_of(stored, "U0DANA")
    assert "Late in your queues" in told
    assert "3 open in all queues, 3 late, $6 at risk" in told
    assert "Marketplaces* · 3 open, 3 late, 3 without owner" in told
    assert "On duty: Marketplaces Dana, then Lee · Warehouse Sam" in told


async def test_an_owner_acts_from_home(running: Running) -> None:
    world = running.world
    case = await world.desk.open(a_view())
    world.memory.cases[case.id] = replace(case, owner=DANA, owner_name="Dana")
    dana = world.workspace.person("dana")
    await dana.open_home()
    view = await world.workspace.wait_for(dana.home)
    told = world.workspace.read_view(view)
    assert "1 is yours" in told
    assert "EX-1042 · KTL-17-BLK: Amazon US shows 7 too many" in told
    await dana.click_home("home.pause.open")
    await world.workspace.wait_for(
        lambda: (front := dana.open_view()) is not None and front.content["title"]["text"] == "Pause listing"
    )


async def test_approvals_that_wait_for_me_are_mine_to_decide(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    asked = a_correction(id=0, contributors=(DANA,), at=stored.clock.now() - timedelta(minutes=40))
    await give(stored, [case], "U0DANA", actions=(asked,))
    told = await home_of(stored, "U0LEE")
    assert "1 is yours" in told
    assert "*Approve* · EX-1" in told
    assert "Dana asked" in told
    assert "*Approve*" not in await home_of(stored, "U0DANA"), "nobody approves a number they gave"
    assert "1\u00a0approval waits over 30\u00a0min" in await home_of(stored, "U0KIM")


async def test_the_ops_lead_sees_the_whole_house(stored: Stored) -> None:
    cases = await stored.open_many(4)
    await give(stored, cases[:2], "U0LEE")
    blocks = await blocks_of(stored, "U0KIM")
    told = read_blocks(stored.workspace.state, blocks)
    assert "*All queues*" in told
    assert "busiest: Lee with 2" in told
    assert "*Nobody's: 2*" in told
    assert "*Systems* 4 fine" in told
    ways = {one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]}
    assert ways >= {"inventory.digest", "inventory.rules", "inventory.freeze"}
    assert "*All queues*" not in await home_of(stored, "U0DANA")


async def test_who_is_in_no_queue_may_look_and_is_told_whom_to_ask(stored: Stored) -> None:
    await stored.open_many(1)
    told = await home_of(stored, "U0STRANGER")
    assert "You are in no queue" in told
    assert "Dana (Marketplaces)" in told
    assert "[Find a SKU]" in told


async def test_a_guest_sees_nothing_of_it(stored: Stored) -> None:
    await stored.open_many(1)
    assert await home_of(stored, "U0GUS", restricted=True) == "Guests can read cards in their channels."


async def test_all_done_says_what_the_queues_have(stored: Stored) -> None:
    cases = await stored.open_many(2)
    assert "Your queues: 2 open, 2 without owner." in await home_of(stored, "U0DANA")
    await give(stored, cases, "U0LEE")
    assert "Your queues: 2 open, both owned." in await home_of(stored, "U0DANA")


async def test_money_stands_first_for_who_wants_it(stored: Stored) -> None:
    cases = await stored.open_many(2)
    await give(stored, cases[1:], "U0DANA")
    assert "+7\u00a0units · $2" in await home_of(stored, "U0DANA")
    async with stored.store.unit_of_work() as uow:
        await uow.attention.choose(PersonSettings(DANA, money_first=True), stored.clock.now())
    assert "$2 · +7\u00a0units" in await home_of(stored, "U0DANA")


async def test_a_home_that_is_looked_at_follows_the_work_and_is_not_published_for_nothing(stored: Stored) -> None:
    home, dana = Home(stored.room), stored.workspace.person("dana")
    await home.opened({"user": "U0DANA"})
    stored.clock.move(timedelta(minutes=1))
    assert await home.refresh() == 0
    await stored.open_many(1)
    assert await home.refresh() == 1
    view = dana.home()
    assert view is not None
    assert "1 open" in stored.workspace.read_view(view)
    assert await home.refresh() == 0
    stored.clock.move(timedelta(minutes=31))
    await stored.open_many(1, first=2)
    assert await home.refresh() == 0, "who looked half an hour ago is gone"


async def test_home_at_its_worst_is_taken_by_slack(stored: Stored) -> None:
    cases = await stored.open_many(60)
    await give(stored, cases, "U0DANA")
    assert "and 50 more" in await home_of(stored, "U0DANA")


def figures(**changed: Any) -> HomeFigures:
    late = a_case(id=ExceptionId(1038), owner=DANA, owner_name="Dana", resolve_by=NOW - timedelta(minutes=10))
    approve = replace(owned(a_case()), id=ExceptionId(1040), owner=LEE, owner_name="Lee")
    approve = replace(approve, actions=(a_correction(contributors=(LEE,), by=LEE, by_name="Lee"),))
    counting = replace(owned(a_case()), id=ExceptionId(1041), actions=(a_count(),))
    views = (a_view(late), a_view(approve), paused_view(), a_view(counting))
    mine = tuple(view.case for view in views if view.case.owner == DANA)
    standing = Standing(11, 2, 4, Decimal(6940), ExceptionId(1031), NOW - timedelta(minutes=185), 1)
    given: dict[str, Any] = {
        "actor": Actor(DANA, "Dana", "T0"),
        "owned": Owned(3, 1, Decimal(1424), (), mine),
        "items": views,
        "queues": (MARKETPLACES, QueueId("catalog")),
        "standing": {MARKETPLACES: standing},
        "late": (late,),
        "silent": ((SystemId("wms"), NOW - timedelta(hours=2)),),
        "freezes": (Freeze(SystemId("amazon-us"), LEE, "Lee", "peak", NOW),),
        "words": (a_word(),),
        "asked": (approve,),
        "busiest": {MARKETPLACES: ("Dana", 6)},
        "chosen": "You are mentioned when something waits for you. No quiet hours.",
        "money_first": False,
        "now": NOW,
    }
    return HomeFigures(**(given | changed))


def with_a_second_approver() -> Any:
    policy = a_policy()
    finance = policy.queues["finance"].model_copy(update={"approvers": ("lee", "ana", "dana")})
    return policy.model_copy(update={"queues": policy.queues | {"finance": finance}})


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("home-owner", {}),
        ("home-ops-lead", {"actor": Actor(KIM, "Kim", "T0"), "owned": Owned(0, 0, Decimal(0), (), ()), "items": ()}),
        ("home-no-queue", {"actor": Actor(UserId("U0X"), "X", "T0"), "queues": (), "items": (), "late": ()}),
    ],
)
def test_each_kind_of_home_looks_as_it_was_agreed(name: str, changed: dict[str, Any]) -> None:
    shown = json.loads(json.dumps(home_blocks(figures(**changed), with_a_second_approver())))
    assert validate_view({"type": "home", "blocks": shown}) == []
    golden(name, shown)
    greens = [one for block in shown for one in block.get("elements", ()) if one.get("style") == "primary"]
    assert len(greens) == 1


def test_a_guest_s_home() -> None:
    golden("home-guest", json.loads(json.dumps(guest_blocks(NOW))))


def test_names_of_a_thousand_signs_and_thirty_queues_are_taken_by_slack() -> None:
    policy, nasty = a_policy(), "<!channel> *x* \u202e\U0001f525" * 60
    crowd = {
        f"q{nth}": policy.queues["catalog"].model_copy(update={"name": nasty, "channel": f"q{nth}"})
        for nth in range(40)
    }
    systems = {name: one.model_copy(update={"name": nasty, "mode": "shadow"}) for name, one in policy.systems.items()}
    many = policy.model_copy(update={"queues": policy.queues | crowd, "systems": systems})
    queues = tuple(QueueId(name) for name in many.queues)
    one = Standing(10**6, 10**6, 10**6, Decimal(10**12), ExceptionId(10**9), NOW - timedelta(days=900), 10**6)
    views: tuple[CaseView, ...] = tuple(
        replace(worst_view(), case=replace(worst_view().case, owner=KIM, id=ExceptionId(nth))) for nth in range(30)
    )
    shown = home_blocks(
        figures(
            actor=Actor(KIM, nasty, "T0"),
            owned=Owned(10**6, 10**6, Decimal(10**12), (), tuple(view.case for view in views)),
            items=views,
            queues=queues,
            standing=dict.fromkeys(queues, one),
            late=tuple(replace(view.case, owner_name=nasty) for view in views),
            busiest=dict.fromkeys(queues, (nasty, 10**6)),
            chosen=nasty,
        ),
        many,
    )
    assert validate_view({"type": "home", "blocks": json.loads(json.dumps(shown))}) == []
