"""When limits pass: who is told in turn, until the ops lead; each once, never outside their hours, and never nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.groups import Groups, Member, UserGroup
from sync.model.ids import UserId
from sync.model.mentions import Mention, Why
from sync.owners.escalation import answers_for, late, next_instants
from sync.path.stepping import with_limits
from sync.policy.schema import Policy
from sync.policy.words import explain
from tests.findings import a_case, a_finding
from tests.shop_rules import rules

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
DANA, LEE, ANA, SAM, KIM = (UserId(f"U0{name}") for name in ("DANA", "LEE", "ANA", "SAM", "KIM"))
POLICY = rules()
OFFICE = {"begins": "09:00", "ends": "17:00"}


def people(**given_: dict[str, Any]) -> dict[str, Any]:
    names = ("dana", "lee", "ana", "sam", "kim")
    return {one: {"name": one.title(), "slack": f"U0{one.upper()}", **given_.get(one, {})} for one in names}


def lived(case: Case, policy: Policy, until: datetime) -> tuple[Case, list[Mention], list[tuple[str, str]]]:
    """A case through time, decided only when it says that it is due; who was told, and what was written."""
    mentions: list[Mention] = []
    written: list[tuple[str, str]] = []
    now = case.opened_at
    while upcoming := min((one for one in next_instants(case, policy) if one > now), default=None):
        if upcoming > until:
            break
        now = upcoming
        for step in late([case], policy, now):
            case = step.case
            mentions += step.mentions
            written += [(entry.kind, entry.sentence) for entry in step.entries]
    return case, mentions, written


def owned(case: Case, by: UserId = DANA, name: str = "Dana") -> Case:
    return replace(case, life=Life.OWNED, owner=by, owner_name=name)


def test_a_missed_assignment_goes_to_lead_stand_in_and_ops_lead_who_answers_for_it() -> None:
    case, told, written = lived(a_case(POLICY, NOON), POLICY, NOON + timedelta(minutes=110))
    assert [(one.person, one.why, one.channel) for one in told] == [
        (DANA, Why.OWN, ""),
        (LEE, Why.OWN, ""),
        (KIM, Why.LAST_RESORT, "inv-ops"),
    ]
    assert [(one.wanted_at - NOON).total_seconds() / 60 for one in told] == [30, 45, 60]
    assert written == [
        ("late_to_own", "Nobody took it by 12:30 UTC: it is Dana's turn."),
        ("escalated", "Still nobody has it: it is Lee's turn."),
        ("last_resort", "Kim, the ops lead, answers for it until somebody takes it."),
    ]
    assert answers_for(case, POLICY, NOON) == KIM
    assert len({one.key for one in told}) == 3


def test_who_takes_it_ends_the_climb_and_giving_it_back_goes_on_with_the_next() -> None:
    case, told, _ = lived(a_case(POLICY, NOON), POLICY, NOON + timedelta(minutes=40))
    assert [one.person for one in told] == [DANA]
    taken, told, _ = lived(owned(case), POLICY, NOON + timedelta(minutes=100))
    assert told == []
    back = replace(taken, life=Life.OPEN, owner=None, owner_name="")
    [step] = late([back], POLICY, NOON + timedelta(minutes=101))
    assert [one.person for one in step.mentions] == [LEE]


def test_a_missed_fix_goes_to_its_owner_then_who_is_on_duty_then_the_ops_channel() -> None:
    _, told, written = lived(owned(a_case(POLICY, NOON), LEE, "Lee"), POLICY, NOON + timedelta(hours=6))
    assert [(one.person, one.why, one.channel) for one in told] == [
        (LEE, Why.END, ""),
        (DANA, Why.END, ""),
        (KIM, Why.END, "inv-ops"),
    ]
    assert [sentence for _, sentence in written] == [
        "Not fixed by 14:00 UTC. Lee has it.",
        "Still not fixed. Lee has it; Dana is told.",
        "Still not fixed. Lee has it; Kim, the ops lead, is told.",
    ]


def test_a_lead_who_is_the_ops_lead_is_asked_first_and_answers_last() -> None:
    queues = {
        "marketplaces": {"name": "Marketplaces", "channel": "inv-marketplaces", "lead": "kim", "stand_in": "lee"},
        "warehouse": {"name": "Warehouse", "channel": "inv-warehouse"},
        "finance": {"name": "Finance", "channel": "inv-finance", "approvers": ["lee", "ana"]},
    }
    policy = rules(queues=queues)
    _, told, _ = lived(a_case(policy, NOON), policy, NOON + timedelta(minutes=110))
    assert [(one.person, one.why) for one in told] == [(KIM, Why.OWN), (LEE, Why.OWN), (KIM, Why.LAST_RESORT)]


def test_who_is_off_duty_is_passed_over_and_when_all_are_the_first_is_told_in_the_morning() -> None:
    night = datetime(2026, 11, 24, 20, tzinfo=UTC)
    policy = rules(people=people(dana={"hours": OFFICE}))
    _, told, _ = lived(a_case(policy, night), policy, night + timedelta(minutes=40))
    assert [one.person for one in told] == [LEE]
    policy = rules(people=people(dana={"hours": OFFICE}, lee={"hours": OFFICE}, kim={"hours": OFFICE}))
    _, told, _ = lived(a_case(policy, night), policy, night + timedelta(hours=13, minutes=10))
    assert [(one.person, one.not_before) for one in told if one.why is Why.OWN] == [
        (DANA, datetime(2026, 11, 25, 9, tzinfo=UTC))
    ]


def test_critical_classes_are_told_at_any_hour() -> None:
    night = datetime(2026, 11, 24, 20, tzinfo=UTC)
    policy = rules(people=people(dana={"hours": OFFICE}, lee={"hours": OFFICE}, kim={"hours": OFFICE}))
    case = a_case(policy, night, cls=ExceptionClass.OVERSELL)
    _, told, _ = lived(case, policy, night + timedelta(minutes=15))
    assert [(one.person, one.not_before, one.critical) for one in told] == [(DANA, night + timedelta(minutes=15), True)]


def test_after_a_long_stop_one_is_told_and_not_all_at_once() -> None:
    [step] = late([a_case(POLICY, NOON)], POLICY, NOON + timedelta(minutes=90))
    assert [one.person for one in step.mentions] == [DANA]
    assert min(
        one for one in next_instants(step.case, POLICY) if one > NOON + timedelta(minutes=90)
    ) == NOON + timedelta(minutes=105)


def test_a_snooze_holds_the_climb() -> None:
    case = replace(owned(a_case(POLICY, NOON)), snoozed_until=NOON + timedelta(hours=3))
    assert late([case], POLICY, NOON + timedelta(hours=2, minutes=30)) == []
    [step] = late([case], POLICY, NOON + timedelta(hours=3))
    assert [one.person for one in step.mentions] == [DANA]


def asked(by: UserId, value: str = "300.00", *contributors: UserId) -> Action:
    return Action(
        7,
        ActionKind.CORRECTION,
        ActionState.ASKED,
        by,
        "Dana",
        NOON,
        "damage",
        figures=(("value", value), ("queue", "finance")),
        contributors=(by, *contributors),
    )


def approvals(policy: Policy, act: Action, until: timedelta) -> tuple[tuple[UserId, ...], list[str], list[Mention]]:
    case = replace(owned(a_case(policy, NOON)), actions=(act,), resolve_by=None)
    moved, told, written = case, [], []
    for step in late([case], policy, NOON):
        moved = step.case
        told, written = list(step.mentions), [entry.sentence for entry in step.entries]
    moved, more, said = lived(moved, policy, NOON + until)
    climb = moved.climb("approve:7")
    assert climb is not None
    return climb.told, [*written, *(sentence for _, sentence in said)], [*told, *more]


def test_an_approval_is_asked_of_one_able_person_after_the_other_and_last_of_the_ops_lead() -> None:
    told, written, mentions = approvals(POLICY, asked(DANA), timedelta(hours=2))
    assert told == (LEE, ANA)
    assert written == [
        "No decision yet; Ana is asked, too.",
        "Nobody else is left to ask for the approval; Kim, the ops lead, answers for it.",
    ]
    assert [(one.person, one.why, one.channel) for one in mentions] == [(KIM, Why.LAST_RESORT, "inv-ops")]


def test_the_delegate_of_who_is_away_is_told_and_asked_where_they_have_the_right() -> None:
    gone = {"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "kim"}]}
    policy = rules(people=people(dana=gone, lee=gone | {"away": [{**gone["away"][0], "delegate": "ana"}]}))
    _, told, _ = lived(owned(a_case(policy, NOON)), policy, NOON + timedelta(hours=2, minutes=1))
    assert [one.person for one in told] == [KIM], "in the place of Dana, who owns it"
    assert approvals(policy, asked(SAM), timedelta(0))[0] == (ANA,), "in the place of Lee; Kim approves nothing"


def test_no_approval_is_asked_of_who_gave_the_number_is_away_or_may_not_decide_that_much() -> None:
    assert approvals(POLICY, asked(DANA, "300.00", LEE), timedelta(0))[0] == (ANA,)
    limited = rules(people=people(lee={"approves_up_to": "299.99"}))
    assert approvals(limited, asked(DANA), timedelta(0))[0] == (ANA,)
    away = rules(people=people(lee={"away": [{"first": "2026-11-24", "last": "2026-11-24"}]}))
    assert approvals(away, asked(DANA), timedelta(0))[0] == (ANA,)
    off = rules(
        people=people(
            lee={"hours": {"begins": "14:00", "ends": "18:00"}}, ana={"hours": {"begins": "13:00", "ends": "18:00"}}
        )
    )
    assert approvals(off, asked(DANA), timedelta(minutes=59))[0] == ()
    assert approvals(off, asked(DANA), timedelta(minutes=60))[0] == (ANA,)


def test_an_approval_is_asked_of_some_of_a_user_group_after_those_who_are_named() -> None:
    """Of a large group not everybody in turn: the ops lead would hear of it after a day."""
    finance = {"name": "Finance", "channel": "inv-finance", "approvers": ["lee", "@checkers"]}
    everybody = [UserId(f"U0PAT{nth}") for nth in range(9)]
    gone = people(ana={"away": [{"first": "2026-11-24", "last": "2026-11-24"}]})
    base = rules(people=gone, queues={**policy_queues(), "finance": finance})
    members = tuple(Member(one, one) for one in (ANA, DANA, *everybody))
    group = UserGroup("@checkers", members=tuple(one.user for one in members), people=members, read_at=NOON)
    policy = base.with_groups(Groups.at([group], NOON))
    told, written, mentions = approvals(policy, asked(DANA), timedelta(hours=2))
    assert told == (LEE, *everybody[:3]), "not Ana, who is away, nor Dana, who gave the number"
    assert written[0] == "No decision yet; U0PAT0 is asked, too."
    assert [one.person for one in mentions] == [KIM]


def policy_queues() -> dict[str, Any]:
    return {name: queue.model_dump(exclude_defaults=True) for name, queue in POLICY.queues.items()}


def test_copies_are_told_once_when_it_opens_and_not_when_it_is_refreshed() -> None:
    policy = rules(classes={"exposure_mismatch": {"copies": ["ana", "#growth"]}})
    [step] = settle([a_finding(7, since=NOON)], (), (), policy, NOON).steps
    assert [(one.person, one.channel, one.why) for one in step.mentions] == [
        (ANA, "", Why.COPY),
        ("", "#growth", Why.COPY),
    ]
    assert dict(step.entries[0].figures)["copied"] == "ana,#growth"
    opened = a_case(policy, NOON)
    [again] = settle([a_finding(9, since=NOON)], (opened,), (), policy, NOON).steps
    assert again.mentions == ()
    assert "Ana and #growth are told once when it opens." in explain(policy)


def test_mentions_survive_the_merging_of_rounds() -> None:
    case = a_case(POLICY, NOON)
    [step] = with_limits([case], [], POLICY, NOON + timedelta(minutes=30))
    assert [one.person for one in step.mentions] == [DANA]


@given(st.lists(st.tuples(st.sampled_from(["wait", "take", "back"]), st.integers(1, 120)), max_size=25))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_somebody_answers_for_it_and_nobody_is_told_twice_of_one_rung(
    moves: list[tuple[str, int]],
) -> None:
    case, now, keys = a_case(POLICY, NOON), NOON, []
    for move, minutes in moves:
        now += timedelta(minutes=minutes)
        if move == "take":
            case = owned(case, LEE, "Lee")
        elif move == "back":
            case = replace(case, life=Life.OPEN, owner=None, owner_name="")
        for step in late([case], POLICY, now):
            case = step.case
            keys += [one.key for one in step.mentions]
        assert answers_for(case, POLICY, now)
        assert POLICY.person_of(answers_for(case, POLICY, now)) is not None
    assert len(keys) == len(set(keys))
    last = now + timedelta(days=2)
    case, told, _ = lived(replace(case, life=Life.OPEN, owner=None, owner_name=""), POLICY, last)
    for step in late([case], POLICY, last):
        case, told = step.case, [*told, *step.mentions]
    climb = case.climb("own")
    assert climb is not None
    assert KIM in climb.told or climb.next_at is not None
