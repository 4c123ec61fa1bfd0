"""Who is on duty: turns on call by the calendar, absences that go to the stand-in, and never nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.slack.duty import away_lines, duty_line
from sync.inbox.looking import queue_face
from sync.model.ids import QueueId, UserId
from sync.model.mentions import PersonSettings
from sync.owners.absence import with_absences
from sync.owners.duty import ladder, may_be_told_at, turns
from sync.policy.routing import who_can
from sync.policy.schema import Policy
from sync.policy.words import explain
from tests.shop_rules import rules

QUEUE = QueueId("marketplaces")
NEW_YORK = ZoneInfo("America/New_York")
WEEK = {"people": ["ana", "dana", "lee"], "starts": "2026-10-26", "timezone": "America/New_York"}


def shop(*, oncall: dict[str, Any] | None = None, lead: str | None = "dana", **people: dict[str, Any]) -> Policy:
    names = ("dana", "lee", "ana", "sam", "kim")
    queue = {"name": "Marketplaces", "channel": "inv-marketplaces", "stand_in": "lee", "oncall": oncall, "lead": lead}
    finance = {"name": "Finance", "channel": "inv-finance", "lead": "lee", "approvers": ["lee", "ana"]}
    warehouse = {"name": "Warehouse", "channel": "inv-warehouse", "lead": "sam"}
    return rules(
        people={one: {"name": one.title(), "slack": f"U0{one.upper()}", **people.get(one, {})} for one in names},
        queues={"marketplaces": queue, "finance": finance, "warehouse": warehouse},
    )


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def away(first: str, last: str) -> dict[str, Any]:
    return {"away": [{"first": first, "last": last}]}


def test_turns_are_handed_over_at_nine_local_time_before_and_after_the_change_of_clocks() -> None:
    policy = shop(oncall=WEEK)
    now, coming = turns(policy, policy.queues[QUEUE], new_york("2026-10-31T12:00"))
    assert now is not None
    assert coming is not None
    assert (now.person, coming.person) == ("ana", "dana")
    assert (now.begins, now.ends) == (new_york("2026-10-26T09:00"), new_york("2026-11-02T09:00"))
    assert now.ends - now.begins == timedelta(days=7, hours=1)  # clocks go back on 1 November
    before = new_york("2026-11-02T08:59")
    assert [ladder(policy, QUEUE, at)[0] for at in (before, before + timedelta(minutes=1))] == ["ana", "dana"]
    assert ladder(policy, QUEUE, new_york("2026-11-16T10:00"))[0] == "ana"  # the fourth week is the first one's again


def test_before_the_rotation_starts_the_lead_is_on_duty() -> None:
    policy = shop(oncall=WEEK)
    early = new_york("2026-10-26T08:00")
    now, coming = turns(policy, policy.queues[QUEUE], early)
    assert now is None
    assert coming is not None
    assert coming.person == "ana"
    assert ladder(policy, QUEUE, early) == ("dana", "lee", "kim")


def test_an_absent_lead_is_stood_in_for_and_the_card_names_who_is_there() -> None:
    policy = shop(dana=away("2026-11-23", "2026-11-24") | {"hours": {"timezone": "America/New_York"}})
    assert ladder(policy, QUEUE, new_york("2026-11-22T23:59")) == ("dana", "lee", "kim")
    during = new_york("2026-11-24T23:00")  # the 25th in UTC already
    assert ladder(policy, QUEUE, during) == ("lee", "kim")
    face = queue_face(policy, QUEUE, during)
    assert (face.lead, face.stand_in) == (UserId("U0LEE"), UserId("U0KIM"))
    assert ladder(policy, QUEUE, new_york("2026-11-25T00:00")) == ("dana", "lee", "kim")


def test_who_is_away_on_call_is_stood_in_for_by_lead_and_stand_in() -> None:
    policy = shop(oncall=WEEK, ana=away("2026-10-26", "2026-11-01"))
    assert ladder(policy, QUEUE, new_york("2026-10-28T10:00")) == ("dana", "lee", "kim")


def test_a_delegate_is_told_in_the_place_of_who_is_away_where_they_may_act() -> None:
    gone = {"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "sam"}]}
    now = new_york("2026-11-24T10:00")
    assert ladder(shop(dana=gone), QUEUE, now) == ("lee", "kim"), "Sam may not act in Marketplaces"
    policy = shop(dana={"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "lee"}]})
    assert ladder(policy, QUEUE, now) == ("lee", "kim")
    assert ladder(policy, QueueId("finance"), now) == ("lee", "kim")
    onward = {"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "dana"}]}
    round_ = shop(dana={"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "lee"}]}, lee=onward)
    assert ladder(round_, QUEUE, now) == ("kim",), "two who name each other are both away"


def test_an_absence_that_somebody_told_holds_like_one_of_policy() -> None:
    chosen = PersonSettings(
        UserId("U0DANA"),
        away_from=date(2026, 11, 23),
        away_until=date(2026, 11, 29),
        delegate=UserId("U0KIM"),
    )
    policy = with_absences(shop(), [chosen, PersonSettings(UserId("U0STRANGER"), away_until=date(2026, 11, 29))])
    assert ladder(policy, QUEUE, new_york("2026-11-24T10:00")) == ("kim", "lee", "kim")
    assert ladder(policy, QUEUE, new_york("2026-11-30T10:00")) == ("dana", "lee", "kim")
    assert "Dana is away 23 Nov 2026 to 29 Nov 2026; Kim is told in their place." in explain(policy)
    assert with_absences(shop(), ()) == shop()


def test_a_delegate_must_be_somebody() -> None:
    with pytest.raises(ValidationError, match=r"people\.dana\.away\.0\.delegate: 'nobody' is not under"):
        shop(dana={"away": [{"first": "2026-11-23", "last": "2026-11-29", "delegate": "nobody"}]})


def test_where_everybody_is_away_the_ops_lead_stays_even_when_away() -> None:
    gone = away("2026-11-23", "2026-11-29")
    policy = shop(dana=gone, lee=gone, kim=gone)
    assert ladder(policy, QUEUE, new_york("2026-11-24T10:00")) == ("kim",)


@given(
    st.sampled_from(["dana", "kim", None]),
    st.sets(st.sampled_from(["dana", "lee", "ana", "sam", "kim"])),
    st.booleans(),
    st.integers(min_value=0, max_value=60 * 24),
)
def test_there_is_always_somebody_and_the_ops_lead_is_last(
    lead: str | None, gone: set[str], rotates: bool, hour: int
) -> None:
    absent = {one: away("2026-11-01", "2026-11-20") for one in gone}
    policy = shop(oncall=WEEK if rotates else None, lead=lead, **absent)
    now = datetime(2026, 10, 20, tzinfo=UTC) + timedelta(hours=hour)
    told = ladder(policy, QUEUE, now)
    assert told[-1] == "kim"
    assert len(told) - len(set(told)) <= 1


def test_nobody_is_told_outside_their_hours_or_while_away() -> None:
    office = {"hours": {"timezone": "America/New_York", "holidays": "US"}}
    policy = shop(dana=office, lee=office | away("2026-11-23", "2026-11-24"))
    friday = new_york("2026-11-20T18:00")
    assert may_be_told_at(policy, "dana", friday) == new_york("2026-11-23T09:00")
    assert may_be_told_at(policy, "lee", friday) == new_york("2026-11-25T09:00")
    assert may_be_told_at(policy, "lee", new_york("2026-11-25T17:00")) == new_york("2026-11-27T09:00")  # Thanksgiving
    assert may_be_told_at(policy, "kim", friday) == friday


def test_oncall_says_who_is_now_who_is_next_and_who_is_away() -> None:
    policy = shop(oncall=WEEK, dana=away("2026-11-03", "2026-11-10"), sam=away("2026-10-26", "2026-10-26"))
    now = new_york("2026-10-26T10:00")
    line = duty_line(policy, QUEUE, now)
    assert line.startswith("*On duty* Ana until ")
    assert ", then Lee · next on call: Dana from " in line
    assert [one.partition(" until ")[0] for one in away_lines(policy, now)] == ["• Sam is away"]
    later = duty_line(policy, QUEUE, new_york("2026-11-05T10:00"))
    assert later.startswith("*On duty* Lee · next on call: Lee from ")
    alone = duty_line(shop(lead=None, lee=away("2026-10-26", "2026-10-26")), QUEUE, now)
    assert alone == "Nobody leads this queue. Exceptions go to Kim (ops lead) when nobody takes them in time."


def test_who_is_on_call_may_act() -> None:
    assert UserId("U0ANA") in who_can(shop(oncall=WEEK), QUEUE, "act")


def test_rotation_and_absence_read_back_in_plain_english() -> None:
    told = explain(shop(oncall=WEEK, dana=away("2026-12-24", "2026-12-31")))
    assert "On call in turn, 7 days each from 26 Oct 2026 09:00, America/New_York: Ana, then Dana, then Lee." in told
    assert "Dana is away 24 Dec 2026 to 31 Dec 2026." in told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"each": "36 h"}, "a turn is made of whole days"),
        ({"people": ["zoe"]}, "queues.marketplaces.oncall.people: 'zoe'"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused_with_its_mend(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        shop(oncall=WEEK | changed)


def test_an_absence_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="write the earlier day first"):
        shop(dana=away("2026-12-31", "2026-12-24"))
