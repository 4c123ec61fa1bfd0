"""What a person says of a silent source: it counts as nothing at once, or its last numbers are vouched for until a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.replaying import replay_problems
from storage.store import SqlStore
from sync.inbox.acts import Close, CountByPolicy, TreatAsNothing, Undo, Vouch, Withdraw
from sync.model.exceptions import ActionKind, ActionState, Life
from sync.path.decider import Decider
from tests.acting.desk import ANA, DANA, LEE, SAM, person
from tests.acting.silent_world import KTL, MUG, NORTH, SilentWorld, silent_rules, silent_world
from tests.databases import MovableClock

HALF, ALL, NONE = (dict.fromkeys(("shop", "outlet", "shade"), units) for units in (10, 20, 0))
MANY = {KTL: 200}


@pytest.fixture
def world(store: SqlStore, store_clock: MovableClock) -> SilentWorld:
    return silent_world(store, store_clock)


async def test_what_counts_as_nothing_is_lowered_at_once_and_everywhere(world: SilentWorld) -> None:
    await world.silent({KTL: 20, MUG: 7})
    assert await world.wanted() == HALF
    done = await world.nothing(DANA)
    assert (done.kind, done.text) == ("done", "Counts as 0 from now on. It is lowered everywhere, and read back.")
    await world.decide()
    assert await world.wanted() == NONE
    assert await world.wanted(MUG) == NONE
    [word] = await world.words()
    assert (word.system, word.kind, word.by_name, word.reason) == (NORTH, "nothing", "Dana", "its depot burns")
    case = await world.case()
    assert (case.life, case.owner_name) == (Life.OWNED, "Dana")
    assert "Its stock counts as 0 since 14:00 UTC, says Dana." in case.evidence.changed
    assert await world.told(source=True) == ["counts_as_nothing"]
    assert (await world.told())[-1] == "counts_as_nothing"


async def test_taken_back_it_rises_to_what_policy_says_since_a_person_explains_it(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    await world.decide()
    await world.later(minutes=30)
    assert (await world.take_back(LEE)).kind == "done"
    await world.decide()
    assert await world.wanted() == HALF
    assert await world.words() == ()
    assert (await world.case()).actions[-1].state is ActionState.UNDONE
    assert "Its stock counts as 50% meanwhile." in (await world.case()).evidence.changed
    assert await world.told(source=True) == ["counts_as_nothing", "word_taken_back"]
    again = await world.send(LEE, CountByPolicy("once more"))
    assert (again.kind, "Nothing that was said" in again.text) == ("faster", True)


async def test_it_ends_by_itself_as_a_fresh_feed_comes_and_what_rises_waits_for_its_second_number(
    world: SilentWorld,
) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    await world.decide()
    world.clock.move(timedelta(minutes=5))
    await world.counts({KTL: 20})
    await world.decide()
    assert await world.words() == ()
    assert await world.wanted() == NONE, "one number alone raises nothing"
    await world.later(minutes=1)
    ended = await world.case()
    assert (ended.life, ended.actions[-1].state) == (Life.CLEARED, ActionState.UNDONE)
    assert ended.actions[-1].result == "The source is not silent any more."
    assert "word_ended" in await world.told()
    world.clock.move(timedelta(minutes=20))
    await world.counts({KTL: 20})
    await world.decide()
    assert await world.wanted() == ALL


async def test_an_old_file_that_arrives_now_ends_nothing(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    now = world.clock.now()
    world.clock.at = now - timedelta(minutes=90)
    await world.counts({KTL: 30})
    world.clock.at = now + timedelta(minutes=1)
    await world.decide()
    assert len(await world.words()) == 1
    assert await world.wanted() == NONE


async def test_what_is_vouched_for_counts_in_full_until_its_time_and_is_lowered_by_itself_then(
    world: SilentWorld,
) -> None:
    await world.silent({KTL: 20})
    done = await world.vouch(DANA, hours=3)
    assert (done.kind, done.text) == ("done", "Its last numbers count in full until 17:00:00 UTC.")
    await world.decide()
    assert await world.wanted() == ALL
    assert (
        "Dana vouches for its last numbers: they count in full until 17:00 UTC."
        in (await world.case()).evidence.changed
    )
    await world.later(hours=2, minutes=59)
    assert await world.wanted() == ALL
    await world.later(minutes=1)
    assert await world.wanted() == HALF
    assert await world.words() == ()
    [act] = (await world.case()).actions
    assert (act.state, act.result) == (ActionState.UNDONE, "Its time is over.")
    assert await world.told(source=True) == ["vouched", "word_ended"]


async def test_newer_numbers_are_not_those_that_were_vouched_for(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.vouch(DANA)
    now = world.clock.now()
    world.clock.at = now - timedelta(minutes=90)
    await world.counts({KTL: 12})
    world.clock.at = now + timedelta(minutes=1)
    await world.decide()
    assert await world.wanted() == dict.fromkeys(HALF, 6), "half of the newer number, which nobody vouched for"


async def test_above_the_limit_a_second_person_decides_and_nobody_who_vouched(world: SilentWorld) -> None:
    await world.silent(MANY)
    done = await world.vouch(LEE)
    assert (done.kind, done.text) == ("done", "Sent for approval: a second person decides.")
    await world.decide()
    assert (await world.wanted())["shop"] == 100
    assert await world.words() == ()
    act = (await world.case()).newest(ActionKind.VOUCH)
    assert act is not None
    assert (act.state, act.figure("value"), act.figure("units"), act.figure("listings")) == (
        "asked",
        "1000.00",
        "300",
        "3",
    )
    refused = await world.decided(LEE)
    assert (refused.kind, refused.text) == ("refused", "You gave this number, so you cannot approve it. <@U0ANA> can.")
    approved = await world.decided(ANA)
    assert (approved.kind, approved.text) == ("done", "Approved. Its last numbers count in full until 17:00:00 UTC.")
    await world.decide()
    assert (await world.wanted())["shop"] == 200
    [word] = await world.words()
    assert (word.by_name, word.kind) == ("Lee", "vouched")


async def test_what_one_person_vouches_for_again_and_again_is_held_against_the_limit_as_one(world: SilentWorld) -> None:
    await world.silent({KTL: 30})
    assert "count in full" in (await world.vouch(DANA, hours=1)).text
    await world.later(minutes=50)
    assert "a second person decides" in (await world.vouch(DANA, hours=1)).text, "150 and 150 are more than 250"
    await world.decide()
    assert (await world.wanted())["shop"] == 30, "what stood stands until it is decided"


async def test_who_vouched_before_does_not_approve_what_another_asks(world: SilentWorld) -> None:
    await world.silent(MANY)
    await world.vouch(LEE)
    assert (await world.send(LEE, Withdraw())).kind == "done"
    await world.vouch(DANA)
    refused = await world.decided(LEE)
    assert "You gave this number" in refused.text


async def test_goods_of_no_known_worth_need_a_second_person_whatever_the_sum(world: SilentWorld) -> None:
    await world.silent({KTL: 2}, cost=None)
    assert "a second person decides" in (await world.vouch(DANA)).text


async def test_without_its_form_nobody_has_seen_what_it_is_worth_so_a_second_person_decides(world: SilentWorld) -> None:
    await world.silent({KTL: 2})
    asked = await world.send(DANA, Vouch(world.clock.now() + timedelta(hours=1), "they phoned"))
    assert "a second person decides" in asked.text


async def test_a_request_goes_with_the_silence_and_cannot_be_approved_after(world: SilentWorld) -> None:
    await world.silent(MANY)
    await world.vouch(DANA)
    act = (await world.case()).actions[-1]
    await world.counts({KTL: 200})
    refused = await world.decided(ANA)
    assert (refused.kind, refused.text) == ("faster", "North is not silent any more. Nothing was changed.")
    await world.decide()
    assert (await world.case()).actions[-1].state is ActionState.UNDONE
    assert act.state is ActionState.ASKED


async def test_a_request_whose_time_is_over_is_over(world: SilentWorld) -> None:
    await world.silent(MANY)
    await world.vouch(DANA, hours=1)
    await world.later(hours=1)
    assert (await world.case()).actions[-1].state is ActionState.UNDONE


async def test_a_rejected_request_changes_nothing(world: SilentWorld) -> None:
    await world.silent(MANY)
    await world.vouch(DANA)
    assert (await world.decided(ANA, "reject", "nobody phoned me")).kind == "done"
    await world.decide()
    assert (await world.wanted())["shop"] == 100
    assert await world.words() == ()


async def test_the_last_word_counts(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    await world.vouch(LEE)
    await world.decide()
    assert await world.wanted() == ALL
    assert [act.state for act in (await world.case()).actions] == ["undone", "done"]
    await world.nothing(DANA)
    await world.decide()
    assert await world.wanted() == NONE
    [word] = await world.words()
    assert word.kind == "nothing"


async def test_it_is_undone_for_ten_minutes_by_who_said_it(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    await world.decide()
    assert (await world.send(LEE, Undo())).kind == "faster"
    assert (await world.send(DANA, Undo())).kind == "done"
    await world.decide()
    assert await world.wanted() == HALF
    await world.vouch(DANA)
    await world.later(minutes=11)
    assert (await world.send(DANA, Undo())).kind == "faster"


@pytest.mark.parametrize(
    ("act", "field", "text"),
    [
        (lambda now: TreatAsNothing(" "), "reason", "Say why"),
        (lambda now: Vouch(now + timedelta(hours=1), ""), "reason", "Say why"),
        (lambda now: Vouch(now + timedelta(minutes=1), "x"), "until", "It ends in 5 min at the soonest"),
        (lambda now: Vouch(now + timedelta(hours=25), "x"), "until", "24 h at the latest"),
        (lambda now: CountByPolicy(""), "note", "Say why"),
    ],
)
async def test_a_reason_and_an_end_within_a_day_are_needed(
    world: SilentWorld, act: Callable[..., TreatAsNothing | Vouch | CountByPolicy], field: str, text: str
) -> None:
    await world.silent({KTL: 20})
    outcome = await world.send(DANA, act(world.clock.now()))
    [error] = outcome.errors
    assert error.field == field
    assert text in error.text
    assert await world.words() == ()


async def test_what_is_said_already_is_not_said_twice(world: SilentWorld) -> None:
    await world.silent(MANY)
    await world.nothing(DANA)
    again = await world.nothing(LEE)
    assert (again.kind, again.text) == ("faster", "It counts as 0 since 14:00:00 UTC: Dana said so.")
    await world.vouch(LEE)
    twice = await world.vouch(DANA)
    assert "Lee asked for it at 14:00:00 UTC. It is not decided yet." in twice.text


async def test_of_a_source_that_is_heard_again_nothing_is_said(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.counts({KTL: 20})
    outcome = await world.send(DANA, TreatAsNothing("its depot burns"))
    assert (outcome.kind, outcome.text) == ("faster", "North is not silent any more. Nothing was changed.")


async def test_a_form_that_was_reckoned_for_other_numbers_comes_back(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    form = await world.open(DANA, "nothing")
    now = world.clock.now()
    world.clock.at = now - timedelta(minutes=90)
    await world.counts({KTL: 12})
    world.clock.at = now
    outcome = await world.send(DANA, TreatAsNothing("its depot burns"), form)
    assert (outcome.kind, "has sent other numbers meanwhile" in outcome.text) == ("changed", True)


async def test_while_it_stands_the_silence_is_not_closed_as_no_problem(world: SilentWorld) -> None:
    await world.silent({KTL: 20})
    await world.nothing(DANA)
    closed = await world.send(DANA, Close("expected", "fine"))
    assert (closed.kind, "Take it back first" in closed.text) == ("refused", True)


async def test_who_may_not_act_there_reckons_nothing_and_says_nothing(world: SilentWorld) -> None:
    case = await world.silent({KTL: 20})
    refused = await world.inbox.prepare(person(SAM), "nothing", case.id, case.version, {})
    assert getattr(refused, "kind", "") == "refused"
    assert (await world.send(SAM, TreatAsNothing("I say so"))).kind == "refused"
    assert await world.words() == ()


async def test_the_form_says_what_would_change_before_anything_does(world: SilentWorld) -> None:
    await world.silent({KTL: 20, MUG: 7})
    effect = (await world.open(DANA, "nothing")).effect
    assert effect is not None
    assert (effect.skus, effect.reckoned, effect.listings, effect.units) == (2, 2, 6, 39)
    assert (effect.channels, effect.shadow) == (("Outlet", "Shade", "Shop"), ("Shade",))
    more = (await world.open(DANA, "vouch")).effect
    assert more is not None
    assert (more.listings, more.units, str(more.value), more.about) == (6, 42, "140.00", False)
    assert await world.wanted() == HALF


async def test_a_longer_silence_than_policy_s_own_share_of_all_changes_nothing_to_vouch_for(
    store: SqlStore, store_clock: MovableClock
) -> None:
    world = silent_world(store, store_clock, silent_rules(source={"stale_counts_as": "1"}))
    await world.silent({KTL: 20})
    effect = (await world.open(DANA, "vouch")).effect
    assert effect is not None
    assert (effect.listings, effect.units, str(effect.value)) == (0, 0, "0.00")


async def test_replaying_the_ledger_comes_to_the_same_whatever_was_said(world: SilentWorld) -> None:
    await world.silent({KTL: 20, MUG: 7})
    await world.nothing(DANA)
    await world.decide()
    assert await replay_problems(world.store, world.policy.current, world.clock.now()) == []
    await world.vouch(LEE)
    await world.decide()
    assert await replay_problems(world.store, world.policy.current, world.clock.now()) == []


async def test_two_processes_judge_what_was_said_in_slices_of_their_own(
    world: SilentWorld, other_store: SqlStore
) -> None:
    units = {KTL: 20, MUG: 7}
    await world.silent(units)
    other = Decider(other_store, world.policy, world.clock)
    await world.nothing(DANA)
    assert await other.decide_slice(1) == 1
    assert await world.shop.decider.decide_slice(1) == 1
    assert await other.decide_slice() == 0
    assert await world.wanted() == NONE
    assert await world.wanted(MUG) == NONE
