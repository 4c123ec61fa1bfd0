"""Rights by user groups of Slack: at the click and again at the submit, on both databases; what gives none is told, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from memory_desk import a_policy
from slack_builders import SAM, a_case, a_correction, owned
from slack_connected import connected
from slack_stored import Stored, until
from slack_world import Running
from test_slack_app import MARKETPLACES as QUEUE
from test_slack_app import form, front, opened

from bot.rules import Rules
from sandbox.slack import GroupSpec, Message, Outcome, Person
from sync.model.exceptions import Case
from sync.model.groups import GroupFault
from sync.model.ids import QueueId, UserId
from sync.policy.holder import PolicyInForce
from sync.policy.routing import who_can
from sync.policy.schema import Policy

AUDIT, OPS, NIGHT = "inv-audit", "inv-ops", "@night-shift"
NOOR, GUS, ANA = UserId("U0NOOR"), UserId("U0GUS"), UserId("U0ANA")
MARKETPLACES, FINANCE = QueueId("marketplaces"), QueueId("finance")
GONE = 40
"""More failures than a test makes calls: Slack does not answer any more."""


def rules(members: str = NIGHT, approvers: tuple[str, ...] = ("lee", "ana")) -> Policy:
    """The queue is a public channel, so that nobody has a right by being in it."""
    queues = {
        "marketplaces": {
            "name": "Marketplaces",
            "channel": AUDIT,
            "lead": "dana",
            "stand_in": "lee",
            "members": [members],
        },
        "warehouse": {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"},
        "finance": {"name": "Finance", "channel": "C0FIN", "lead": "lee", "approvers": list(approvers)},
        "catalog": {"name": "Catalog", "channel": "inv-catalog", "lead": "ana"},
    }
    return a_policy(queues=queues)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a click waits for is not what is told here: a busy machine may answer later."""
    monkeypatch.setattr("bot.slack.profiles.PATIENCE_SECONDS", 10.0)
    monkeypatch.setattr("bot.slack.people.PATIENCE_SECONDS", 10.0)


@pytest.fixture
async def shift(stored_twice: Stored) -> AsyncIterator[Stored]:
    """A queue that a night shift looks after: Noor, and a guest."""
    stored_twice.workspace.admin.invite(AUDIT, "gus")
    stored_twice.workspace.admin.add_group(GroupSpec("night-shift", "Night shift", "S0NIGHT", ("noor", "gus")))
    stored_twice.policy.take(rules())
    await stored_twice.room.channels.prepare()
    async with connected(stored_twice):
        await stored_twice.room.directory.refresh()
        yield stored_twice


async def card(shift: Stored) -> tuple[Case, Message]:
    """An exception, and its card."""
    case = await shift.open()
    await shift.deliver(shift.deliverer())
    (message,) = [one for one in shift.workspace.messages(AUDIT) if "WMS is silent" in shift.workspace.read(one)]
    return case, message


async def owner(shift: Stored, case: Case) -> UserId | None:
    async with shift.store.reading() as uow:
        found = await uow.cases.get(case.id)
    return found.owner


async def refused(shift: Stored, person: str) -> str:
    """What only this person was told, last."""
    await shift.workspace.wait_for(lambda: shift.workspace.ephemerals(person, AUDIT))
    return shift.workspace.read(shift.workspace.ephemerals(person, AUDIT)[-1])


async def snoozing(shift: Stored, person: Person, message: Message) -> None:
    """The form of a snooze is open before somebody."""
    await person.click(AUDIT, message.ts, "card.more", "More actions…")
    await shift.workspace.wait_for(lambda: titled(person, "More actions"))
    await person.click_view("card.snooze.open")
    await shift.workspace.wait_for(lambda: titled(person, "Snooze"))


def titled(person: Person, title: str) -> bool:
    view = person.open_view()
    return view is not None and view.content["title"]["text"] == title and "loading" not in str(view.content)


async def snoozed(shift: Stored, person: Person) -> str:
    """The form is sent; what stands in front of the person then, empty when it closed."""
    sent = await person.submit_view({"snooze.until": "worse", "snooze.reason": "the vendor calls"})
    view = person.open_view()
    return "" if sent.outcome is Outcome.CLOSED or view is None else str(view.content)


def told(shift: Stored, words: str) -> Callable[[], int]:
    """How often the ops channel was told of something."""
    return lambda: sum(words in shift.workspace.read(one) for one in shift.workspace.messages(OPS))


async def delivered(shift: Stored, words: str) -> int:
    await shift.deliver(shift.deliverer())
    return told(shift, words)()


def members(shift: Stored) -> tuple[UserId, ...]:
    return shift.policy.read[NIGHT].members


async def known_to(shift: Stored, user: UserId) -> Any:
    return await shift.room.directory.actor(user, shift.workspace.team_id)


# -- who may ------------------------------------------------------------------------------------------------------------


async def test_who_is_in_the_group_acts_and_others_are_told_who_can(shift: Stored) -> None:
    case, message = await card(shift)
    await shift.workspace.person("sam").click(AUDIT, message.ts, "card.take")
    assert "Only Marketplaces acts here. @Dana or @Lee and one other can." in await refused(shift, "sam")
    assert await owner(shift, case) is None
    await shift.workspace.person("noor").click(AUDIT, message.ts, "card.take")
    assert await owner(shift, case) == NOOR


async def test_a_guest_in_the_group_never_acts_and_is_nobody_who_could(shift: Stored) -> None:
    case, message = await card(shift)
    await shift.workspace.person("gus").click(AUDIT, message.ts, "card.take")
    assert "Guests and apps cannot act here." in await refused(shift, "gus")
    assert await owner(shift, case) is None
    assert GUS in members(shift)
    assert GUS not in who_can(shift.policy.current, MARKETPLACES, "act")


async def test_somebody_of_another_workspace_never_acts_by_a_group(shift: Stored) -> None:
    stranger = await shift.room.directory.actor(NOOR, "TOTHER")
    assert (stranger.restricted, MARKETPLACES in stranger.member_of) == (True, True)


async def test_who_becomes_a_guest_counts_no_more(shift: Stored) -> None:
    assert not (await known_to(shift, NOOR)).restricted
    shift.workspace.person("noor").member.is_restricted = True
    shift.clock.move(timedelta(minutes=6))
    actor = await known_to(shift, NOOR)
    assert (actor.restricted, actor.member_of) == (True, frozenset())


async def test_the_rules_say_how_many_may_act_by_it(shift: Stored) -> None:
    await shift.workspace.person("noor").command(AUDIT, "/inventory", "rules may act")
    text = await refused(shift, "noor")
    assert "whoever is in the user group @night-shift (1 person) may act, too" in text


# -- between click and submit -------------------------------------------------------------------------------------------


async def test_who_is_taken_out_between_click_and_submit_changes_nothing(shift: Stored) -> None:
    case, message = await card(shift)
    noor = shift.workspace.person("noor")
    await snoozing(shift, noor, message)
    shift.workspace.admin.set_group("night-shift", ["sam"])
    await until(lambda: members(shift) == (SAM,))
    assert "Only Marketplaces acts here." in await snoozed(shift, noor)
    assert await owner(shift, case) is None


async def test_it_is_seen_within_five_minutes_though_no_event_came(shift: Stored) -> None:
    case, message = await card(shift)
    noor = shift.workspace.person("noor")
    await snoozing(shift, noor, message)
    shift.workspace.state.groups["S0NIGHT"].members.remove(NOOR)
    shift.clock.move(timedelta(minutes=6))
    assert "Only Marketplaces acts here." in await snoozed(shift, noor)
    assert await owner(shift, case) is None


async def test_who_comes_in_may_act_at_once(shift: Stored) -> None:
    case, message = await card(shift)
    asked = shift.workspace.front.calls["usergroups.list"]
    shift.workspace.admin.set_group("night-shift", ["noor", "gus", "sam"])
    await until(lambda: SAM in members(shift))
    await shift.workspace.person("sam").click(AUDIT, message.ts, "card.take")
    assert await owner(shift, case) == SAM
    assert shift.workspace.front.calls["usergroups.list"] == asked


# -- how long it counts -------------------------------------------------------------------------------------------------


def slack_is_silent(shift: Stored) -> None:
    for method in ("usergroups.list", "usergroups.users.list", "conversations.members"):
        shift.workspace.faults.fail_next[method] = ["internal_error"] * GONE


async def test_it_is_read_again_after_five_minutes_and_not_before(shift: Stored) -> None:
    calls = shift.workspace.front.calls
    first = calls["usergroups.users.list"]
    for minutes, more in ((4, 0), (2, 1), (1, 1)):
        shift.clock.move(timedelta(minutes=minutes))
        await known_to(shift, NOOR)
        assert calls["usergroups.users.list"] == first + more


async def test_what_was_read_counts_for_a_quarter_of_an_hour_and_then_says_so(shift: Stored) -> None:
    case, message = await card(shift)
    noor = shift.workspace.person("noor")
    slack_is_silent(shift)
    shift.clock.move(timedelta(minutes=6))
    await snoozing(shift, noor, message)
    shift.clock.move(timedelta(minutes=3))
    assert await snoozed(shift, noor) == ""
    assert await owner(shift, case) == NOOR
    shift.clock.move(timedelta(minutes=7))
    await noor.click(AUDIT, message.ts, "card.take")
    text = await refused(shift, "noor")
    assert (
        "@Dana or @Lee can. You were in @night-shift, but Slack has not told me for more than 15 min who is in" in text
    )
    assert await owner(shift, case) == NOOR


async def test_a_note_costs_nothing_and_stays_open_to_all(shift: Stored) -> None:
    _, message = await card(shift)
    noor = shift.workspace.person("noor")
    slack_is_silent(shift)
    shift.clock.move(timedelta(minutes=16))
    await noor.click(AUDIT, message.ts, "card.more", "More actions…")
    await shift.workspace.wait_for(lambda: titled(noor, "More actions"))
    await noor.click_view("card.note.open")
    await shift.workspace.wait_for(lambda: titled(noor, "Add note"))
    assert (await noor.submit_view({"note.text": "the dock is shut"})).outcome is Outcome.CLOSED


# -- what gives no right ------------------------------------------------------------------------------------------------


async def test_a_group_that_is_disabled_gives_no_right_and_is_told_once(shift: Stored) -> None:
    case, message = await card(shift)
    shift.workspace.admin.disable_group("night-shift")
    await until(lambda: shift.policy.read[NIGHT].fault is GroupFault.DISABLED)
    await shift.workspace.person("noor").click(AUDIT, message.ts, "card.take")
    assert "Only Marketplaces acts here. @Dana or @Lee can." in await refused(shift, "noor")
    assert await owner(shift, case) is None
    for _ in range(2):
        await shift.room.directory.refresh()
        assert await delivered(shift, "@night-shift, which policy names in Marketplaces, is disabled in Slack") == 1
    shift.workspace.admin.disable_group("night-shift", disabled=False)
    await until(lambda: not shift.policy.read[NIGHT].fault)
    await shift.workspace.person("noor").click(AUDIT, message.ts, "card.take")
    assert await owner(shift, case) == NOOR


async def test_disabled_counts_at_once_though_slack_does_not_answer_then(shift: Stored) -> None:
    slack_is_silent(shift)
    shift.workspace.admin.disable_group("night-shift")
    await until(lambda: shift.policy.read[NIGHT].fault is GroupFault.DISABLED)
    assert (await known_to(shift, NOOR)).member_of == frozenset()


async def test_a_handle_that_is_none_is_told_at_the_start_and_again_only_when_it_is_gone_again(shift: Stored) -> None:
    shift.policy.take(rules("@early-shift"))
    words = "names the user group @early-shift in Marketplaces, and this workspace has none"
    for _ in range(2):
        await shift.room.directory.refresh()
        assert await delivered(shift, words) == 1
    shift.workspace.admin.add_group(GroupSpec("early-shift", "Early", "S0EARLY", ("noor",)))
    await until(lambda: not shift.policy.read["@early-shift"].fault)
    assert MARKETPLACES in (await known_to(shift, NOOR)).member_of
    shift.workspace.admin.rename_group("early-shift", "dawn")
    await until(lambda: shift.policy.read["@early-shift"].fault is GroupFault.UNKNOWN)
    assert (await known_to(shift, NOOR)).member_of == frozenset()
    assert await delivered(shift, words) == 2


async def test_a_group_may_be_named_by_its_id_whatever_it_is_called(shift: Stored) -> None:
    shift.policy.take(rules("S0NIGHT"))
    shift.workspace.admin.rename_group("night-shift", "owls")
    assert MARKETPLACES in (await known_to(shift, NOOR)).member_of, "a group that was never read is read with the click"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("missing_scope", "I may not read user groups (usergroups:read is not granted), so nobody may act by"),
        ("plan_upgrade_required", "This workspace's plan has no user groups, so nobody may act by"),
    ],
)
async def test_a_right_or_plan_that_lacks_is_told_once_for_all_groups(shift: Stored, error: str, words: str) -> None:
    shift.policy.take(rules("@marketplaces", ("lee", "ana", "@finance")))
    shift.workspace.faults.fail_next["usergroups.list"] = [error] * GONE
    for _ in range(2):
        await shift.room.directory.refresh()
        assert await delivered(shift, words) == 1
    assert await delivered(shift, "@finance and @marketplaces in Marketplaces and Finance") == 1
    assert (await known_to(shift, NOOR)).member_of == frozenset()


async def test_an_app_without_the_scope_is_told_so_by_slack_itself(shift: Stored) -> None:
    shift.workspace.front.desk.scopes = shift.workspace.front.desk.scopes - {"usergroups:read"}
    await shift.room.directory.refresh()
    assert shift.policy.read[NIGHT].fault is GroupFault.FORBIDDEN
    assert await delivered(shift, "Update the app from manifest.yml and install it again.") == 1


async def test_too_few_who_may_approve_are_told_once(shift: Stored) -> None:
    shift.workspace.admin.set_group("finance", ["lee"])
    shift.policy.take(rules(approvers=("lee", "@finance")))
    words = "those whom policy names in Finance I know Lee. Nobody can approve what they gave themselves"
    for _ in range(2):
        await shift.room.directory.refresh()
        assert await delivered(shift, words) == 1
    shift.workspace.admin.set_group("finance", ["lee", "ana"])
    await until(lambda: who_can(shift.policy.current, FINANCE, "approve") == (UserId("U0LEE"), ANA))


async def test_of_a_large_group_some_are_asked_for_at_once_and_whoever_clicks_counts(shift: Stored) -> None:
    others = [f"U0X{nth}" for nth in range(120)]
    shift.workspace.state.groups["S0NIGHT"].members = [*others, NOOR]
    before = shift.workspace.front.calls["users.info"]
    await shift.room.directory.groups.refresh()
    assert shift.workspace.front.calls["users.info"] - before == 50
    assert NOOR in who_can(shift.policy.current, MARKETPLACES, "act"), "she was known before"
    shift.room.directory.profiles.forget()
    shift.workspace.state.groups["S0NIGHT"].members = [*others, SAM]
    await shift.room.directory.groups.refresh()
    assert SAM not in who_can(shift.policy.current, MARKETPLACES, "act")
    assert MARKETPLACES in (await known_to(shift, SAM)).member_of


async def test_who_is_in_a_group_of_the_approvers_decides_but_never_on_their_own_number(running: Running) -> None:
    world = running.world
    for person in ("noor", "sam"):
        world.workspace.admin.invite("inv-finance", person)
    world.workspace.admin.add_group(GroupSpec("checkers", "Checkers", "S0CHECK", ("noor", "sam")))
    queues = dict(world.policy.current.queues)
    queues["finance"] = queues["finance"].model_copy(update={"approvers": ("lee", "@checkers")})
    world.policy.take(world.policy.current.model_copy(update={"queues": queues}))
    case = replace(owned(a_case(), 7), actions=(a_correction(),))
    ts = await opened(running, case)
    noor, sam, ana = (world.workspace.person(one) for one in ("noor", "sam", "ana"))

    for person, why in (
        (ana, "Only approvers of Finance decide this. @Lee or @Noor can."),
        (sam, "You gave this number, so you cannot approve it. @Lee or @Noor can."),
    ):
        world.workspace.admin.invite(QUEUE, person.id)
        await person.click(QUEUE, ts, "card.decide.open")
        await form(world, person, "Approve correction")
        await person.submit_view({"correction.decision": "approve"})
        assert why in front(world, person)
    world.workspace.admin.invite(QUEUE, "noor")
    await noor.click(QUEUE, ts, "card.decide.open")
    await form(world, noor, "Approve correction")
    assert (await noor.submit_view({"correction.decision": "approve"})).outcome is Outcome.CLOSED
    decided = world.memory.cases[case.id].actions[0]
    assert (decided.decided_by, decided.decided_name) == (NOOR, "Noor")


# -- other processes ----------------------------------------------------------------------------------------------------


async def test_a_process_without_slack_knows_whom_to_ask_and_forgets_it_as_soon(shift: Stored) -> None:
    elsewhere = PolicyInForce(shift.policy._written)

    async def changed(old: Policy, new: Policy) -> None:
        """Nothing is connected here."""

    other = Rules(shift.store, elsewhere, shift.clock, None, {}, changed)
    await other.look()
    assert NOOR in who_can(elsewhere.current, MARKETPLACES, "act")
    shift.clock.move(timedelta(minutes=16))
    await other.look()
    assert NOOR not in who_can(elsewhere.current, MARKETPLACES, "act")


async def test_two_processes_tell_of_one_fault_once(shift: Stored) -> None:
    shift.policy.take(rules("@early-shift"))
    await shift.room.directory.refresh()
    shift.policy._read.clear()
    await shift.room.directory.refresh()
    assert await delivered(shift, "names the user group @early-shift") == 1
