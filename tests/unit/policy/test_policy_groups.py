"""User groups of Slack in policy: how they are written, what they give, for how long, and what people are told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from policy_texts import EXAMPLE, changed, faults_of, line_of

from sync.model.groups import GroupFault, Groups, Member, UserGroup, is_group
from sync.model.ids import QueueId, UserId
from sync.policy.groups import approvers_known, named_groups
from sync.policy.holder import PolicyInForce
from sync.policy.reading import read_policy
from sync.policy.routing import may_act, may_approve, who_can
from sync.policy.schema import Policy
from sync.policy.signatures import needs_second
from sync.policy.words import explain

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAREHOUSE, FINANCE = QueueId("warehouse"), QueueId("finance")
PAT, NOOR, OLA, STRANGER = (UserId(f"U01{name}") for name in ("PAT", "NOOR", "OLA", "NOBODY"))
SAM, LEE, ANA, KIM = (UserId(f"U01{name}001") for name in ("SAM", "LEE", "ANA", "KIM"))
LEADS, CHECKERS = "@warehouse-leads", "S01CHECKERS"
TEXT = changed(
    EXAMPLE,
    ("channel: inv-warehouse, lead: sam }", f'channel: inv-warehouse, lead: sam, members: ["{LEADS}"] }}'),
    ("approvers: [lee, ana]", f"approvers: [lee, {CHECKERS}]"),
)
POLICY = read_policy(TEXT)


def a_group(named: str, *users: UserId, **changes: object) -> UserGroup:
    people = tuple(Member(user, user.removeprefix("U01").title()) for user in users)
    group = UserGroup(named, "S01X", named.removeprefix("@"), users, people, read_at=NOW, version=1)
    return replace(group, **changes)  # type: ignore[arg-type]


def known(*groups: UserGroup, now: datetime = NOW, policy: Policy = POLICY) -> Policy:
    return policy.with_groups(Groups.at(groups, now))


# -- as it is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [("@warehouse-leads", True), ("S0614TZR7", True), ("dana", False), ("s-team", False), ("S", False)],
)
def test_a_group_is_written_by_its_handle_or_its_id(name: str, told: bool) -> None:
    assert is_group(name) is told


def test_the_rules_name_them_beside_people() -> None:
    assert named_groups(POLICY) == {LEADS, CHECKERS}
    assert POLICY.queues["finance"].approvers == ("lee", CHECKERS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("lead: sam }", 'lead: "@warehouse-leads" }'),
            "queues.warehouse.lead: '@warehouse-leads' is a user group, and one person is asked for. Name one of dana, lee, sam,"
            " ana, kim, or add it.",
        ),
        (
            ("ops_lead: kim", "ops_lead: S01CHECKERS"),
            "ops_lead: 'S01CHECKERS' is a user group, and one person is asked for. Name one of dana, lee, sam, ana, kim, or add"
            " it.",
        ),
        (
            ("lead: sam }", 'lead: sam, members: ["@warehouse leads"] }'),
            "queues.warehouse.members: '@warehouse leads' is no handle of a user group. Write it as Slack shows it, in quotes and"
            ' without blanks, like "@warehouse-leads".',
        ),
        (
            ("lead: sam }", 'lead: sam, members: ["@"] }'),
            "queues.warehouse.members: '@' is no handle of a user group. Write it as Slack shows it, in quotes and without"
            ' blanks, like "@warehouse-leads".',
        ),
        (
            ("lead: sam }", "lead: sam, members: [@warehouse-leads] }"),
            "a text begins with a sign that YAML keeps for itself. Put the text into quotes.",
        ),
    ],
    ids=["a lead", "the ops lead", "blanks", "nothing but the sign", "no quotes"],
)
def test_what_is_no_group_or_cannot_be_one_names_its_line_and_its_mend(change: tuple[str, str], told: str) -> None:
    text = changed(EXAMPLE, change)
    [fault] = faults_of(text)
    assert str(fault) == told
    assert fault.line == line_of(text, change[1])


def test_a_queue_that_approves_may_name_a_group_instead_of_two_people() -> None:
    read_policy(changed(EXAMPLE, ("approvers: [lee, ana]", 'approvers: ["@finance-approvers"]')))
    [fault] = faults_of(changed(EXAMPLE, ("approvers: [lee, ana]", "approvers: [lee]")))
    assert "that takes two people" in str(fault)


def test_a_group_among_the_approvers_takes_two_people_to_change() -> None:
    assert needs_second(read_policy(EXAMPLE), POLICY) == ("queues.finance.approvers", "people.ana.slack")


# -- what it gives -----------------------------------------------------------------------------------------------------


def test_who_is_in_it_may_act_and_comes_after_those_who_are_named() -> None:
    policy = known(a_group(LEADS, PAT, SAM))
    assert who_can(policy, WAREHOUSE, "act") == (SAM, PAT, KIM)
    assert may_act(policy, PAT, WAREHOUSE, private_member=False).allowed
    assert not may_act(policy, PAT, FINANCE, private_member=False).allowed


def test_nothing_known_of_it_gives_nothing() -> None:
    assert who_can(POLICY, WAREHOUSE, "act") == (SAM, KIM)
    assert not may_act(POLICY, PAT, WAREHOUSE, private_member=False).allowed


@pytest.mark.parametrize("fault", [one for one in GroupFault if one])
def test_a_group_with_a_fault_gives_nothing(fault: GroupFault) -> None:
    policy = known(a_group(LEADS, PAT, fault=fault))
    assert who_can(policy, WAREHOUSE, "act") == (SAM, KIM)
    assert not may_act(policy, PAT, WAREHOUSE, private_member=False).allowed


def test_who_is_not_in_it_is_told_two_names_and_how_many_others() -> None:
    nobody_named = read_policy(changed(TEXT, ("channel: inv-warehouse, lead: sam", "channel: inv-warehouse")))
    refused = may_act(known(a_group(LEADS, PAT, NOOR), policy=nobody_named), STRANGER, WAREHOUSE, private_member=False)
    assert refused.why == f"Only Warehouse acts here. <@{PAT}> or <@{NOOR}> can."
    refused = may_act(known(a_group(LEADS, PAT, NOOR, OLA)), STRANGER, WAREHOUSE, private_member=False)
    assert refused.why == f"Only Warehouse acts here. <@{SAM}> or <@{PAT}> and 2 others can."
    refused = may_act(known(a_group(LEADS, PAT, NOOR)), STRANGER, WAREHOUSE, private_member=False)
    assert refused.why == f"Only Warehouse acts here. <@{SAM}> or <@{PAT}> and one other can."


@pytest.mark.parametrize(("minutes", "allowed"), [(0, True), (15, True), (16, False)])
def test_it_counts_for_a_quarter_of_an_hour_and_then_says_so(minutes: int, allowed: bool) -> None:
    policy = known(a_group(LEADS, PAT), now=NOW + timedelta(minutes=minutes))
    permission = may_act(policy, PAT, WAREHOUSE, private_member=False)
    assert permission.allowed is allowed
    told = (
        f"Only Warehouse acts here. <@{SAM}> or <@{KIM}> can. You were in {LEADS}, but Slack has not told me for more than 15 min"
        " who is in that group, and until it does that counts for nothing."
    )
    assert permission.why == ("" if allowed else told)


def test_whoever_never_was_in_it_is_not_told_of_its_age() -> None:
    policy = known(a_group(LEADS, PAT), now=NOW + timedelta(hours=1))
    assert (
        may_act(policy, STRANGER, WAREHOUSE, private_member=False).why
        == f"Only Warehouse acts here. <@{SAM}> or <@{KIM}> can."
    )


@pytest.mark.parametrize(
    ("user", "value", "gave", "why"),
    [
        (PAT, "99999", {STRANGER}, ""),
        (PAT, "10", {PAT}, f"You gave this number, so you cannot approve it. <@{LEE}> or <@{NOOR}> and one other can."),
        (ANA, "99999", {PAT}, ""),
        (LEE, "1204", {PAT}, f"1,204.00 USD is above your limit of 1,000.00 USD. <@{NOOR}> or <@{ANA}> can."),
        (STRANGER, "10", {PAT}, f"Only approvers of Finance decide this. <@{LEE}> or <@{NOOR}> and one other can."),
    ],
    ids=["of the group", "who gave it", "named, and of the group", "above a named person's limit", "nobody of it"],
)
def test_a_group_approves_but_nobody_their_own_number(user: UserId, value: str, gave: set[UserId], why: str) -> None:
    policy = known(a_group(CHECKERS, PAT, NOOR, ANA))
    permission = may_approve(policy, user, Decimal(value), frozenset(gave))
    assert (permission.allowed, permission.why) == (not why, why)


def test_a_named_person_s_limit_holds_in_a_group_too() -> None:
    policy = known(a_group(CHECKERS, LEE, PAT))
    assert not may_approve(policy, LEE, Decimal(1204), frozenset({STRANGER})).allowed
    assert may_approve(policy, PAT, Decimal(1204), frozenset({STRANGER})).allowed


def test_an_approver_whose_group_is_old_is_told_so() -> None:
    policy = known(a_group(CHECKERS, PAT), now=NOW + timedelta(minutes=16))
    told = may_approve(policy, PAT, Decimal(10), frozenset({STRANGER})).why
    assert told.startswith(f"Only approvers of Finance decide this. <@{LEE}> can. You were in {CHECKERS}, but Slack")


# -- whether two may approve -------------------------------------------------------------------------------------------


def test_how_many_may_approve_is_known_once_all_groups_and_all_their_members_are() -> None:
    assert approvers_known(read_policy(EXAMPLE)) is None
    assert approvers_known(POLICY) is None
    assert approvers_known(known(a_group(CHECKERS, PAT, NOOR))) == 3
    assert approvers_known(known(a_group(CHECKERS, LEE))) == 1
    assert approvers_known(known(a_group(CHECKERS, PAT, fault=GroupFault.DISABLED))) == 1
    assert approvers_known(known(a_group(CHECKERS, unasked=4))) is None
    assert approvers_known(known(a_group(CHECKERS, PAT), now=NOW + timedelta(hours=1))) is None


# -- the policy in force -----------------------------------------------------------------------------------------------


def test_what_is_known_of_groups_stays_when_other_rules_come_and_ages_by_itself() -> None:
    in_force = PolicyInForce(POLICY)
    in_force.know([a_group(LEADS, PAT)], NOW)
    in_force.take(POLICY.model_copy(update={"version": 2}))
    assert (in_force.current.version, PAT in who_can(in_force.current, WAREHOUSE, "act")) == (2, True)
    in_force.know((), NOW + timedelta(minutes=16))
    assert PAT not in who_can(in_force.current, WAREHOUSE, "act")


def test_of_two_readings_the_one_written_later_counts() -> None:
    in_force = PolicyInForce(POLICY)
    in_force.know([a_group(LEADS, version=2)], NOW)
    in_force.know([a_group(LEADS, PAT, version=1)], NOW)
    assert PAT not in who_can(in_force.current, WAREHOUSE, "act")


def test_a_fault_begins_once() -> None:
    first = a_group(LEADS, fault=GroupFault.DISABLED).following(UserGroup(LEADS), NOW)
    second = a_group(LEADS, fault=GroupFault.DISABLED).following(first, NOW + timedelta(hours=1))
    well = a_group(LEADS, PAT).following(second, NOW + timedelta(hours=2))
    assert [(one.since, one.version) for one in (first, second, well)] == [(NOW, 1), (NOW, 2), (None, 3)]


# -- in plain English --------------------------------------------------------------------------------------------------


def lines(policy: Policy, word: str) -> str:
    return "\n".join(line for line in explain(policy).splitlines() if word in line)


def test_the_rules_read_back_name_groups() -> None:
    assert lines(POLICY, "Warehouse works") == (
        "- Warehouse works in #inv-warehouse: Sam leads it; whoever is in the user group @warehouse-leads may act, too."
    )
    assert "Lee (up to 1,000.00 USD) or whoever is in the user group S01CHECKERS, from Finance." in lines(
        POLICY, "second person:"
    )
    assert "counts for nothing" in lines(POLICY, "Who is in a user group")
    assert lines(read_policy(EXAMPLE), "user group") == ""


def test_the_rules_read_back_say_whether_two_may_approve() -> None:
    alone = read_policy(changed(EXAMPLE, ("approvers: [lee, ana]", f"approvers: [lee, {CHECKERS}]")))
    assert "Whether these are two people is seen in Slack only: `countersign check` looks." in lines(
        alone, "second person"
    )
    few = lines(known(a_group(CHECKERS, LEE), policy=alone), "second person")
    assert few.endswith("That is 1 of the two people that it takes: put more into the groups, or name them.")
    assert lines(known(a_group(CHECKERS, PAT), policy=alone), "second person").endswith("approves a number they gave.")
    three = read_policy(changed(EXAMPLE, ("approvers: [lee, ana]", f"approvers: [lee, ana, {CHECKERS}]")))
    assert lines(three, "second person").endswith("approves a number they gave.")


@pytest.mark.parametrize(
    ("group", "after", "told"),
    [
        (a_group(LEADS, PAT, NOOR), 0, "(2 people)"),
        (a_group(LEADS, PAT), 0, "(1 person)"),
        (a_group(LEADS, PAT), 16, "(not read for more than 15 min, so nobody by it)"),
        (a_group(LEADS, fault=GroupFault.UNKNOWN), 0, "(Slack has none of that name, so nobody by it)"),
        (a_group(LEADS, fault=GroupFault.DISABLED), 0, "(disabled in Slack, so nobody by it)"),
    ],
)
def test_what_is_known_of_a_group_stands_beside_it(group: UserGroup, after: int, told: str) -> None:
    policy = known(group, now=NOW + timedelta(minutes=after))
    assert f"the user group {LEADS} {told} may act, too" in lines(policy, "Warehouse works")
