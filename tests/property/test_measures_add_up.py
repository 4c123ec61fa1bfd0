"""Measures of parts add up to those of the whole: of periods that follow each other, and of groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.measures.figures import Figures, busiest, figures, standing_risk
from sync.measures.records import Episode, Recorded
from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, QueueId, SystemId, UserId

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 24 * 14


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


@st.composite
def lives(draw: st.DrawFn) -> Episode:
    opened = draw(st.integers(-50, HOURS))
    lasted = draw(st.none() | st.integers(0, 200))
    taken = draw(st.none() | st.integers(0, 100))
    if taken is not None and lasted is not None:
        taken = min(taken, lasted)
    risk = Decimal(draw(st.integers(0, 500)))
    ended = None if lasted is None else hour(opened + lasted)
    return Episode(
        exception=ExceptionId(draw(st.integers(1, 10**6))),
        number=0,
        cls=draw(st.sampled_from(ExceptionClass)),
        sku=None,
        family=draw(st.sampled_from(["", "kettles"])),
        systems=(SystemId(draw(st.sampled_from(["shop", "wms"]))),),
        queue=QueueId("q"),
        owner=None if taken is None else UserId("U1"),
        cause="",
        recurrences=draw(st.integers(1, 3)),
        since=hour(opened - draw(st.integers(0, 5))),
        opened_at=hour(opened),
        owned_at=None if taken is None else hour(opened + taken),
        assign_by=hour(opened + 1),
        resolve_by=hour(opened + draw(st.integers(1, 30))),
        ended_at=ended,
        outcome="" if ended is None else draw(st.sampled_from(["fixed", "cleared by itself"])),
        opening_risk=risk,
        changes=((hour(opened), risk), *(((ended, -risk),) if ended else ())),
    )


def measured(episodes: list[Episode], start: datetime, end: datetime) -> Figures:
    stood = [one for one in episodes if one.opened_at < end and (one.ended_at is None or one.ended_at >= start)]
    whole = Recorded(start, end, hour(HOURS * 3), stood, (), (), {}, {}, (), 0, 0)
    return figures(stood, whole, 0, None, None)


def sums(*parts: Figures) -> tuple[object, ...]:
    return (
        sum(one.opened for one in parts),
        sum(one.resolved for one in parts),
        sum(one.cleared for one in parts),
        sum(one.repeats for one in parts),
        sum(one.to_owner.count for one in parts),
        sum(one.to_end.count for one in parts),
        sum(one.assigned.judged for one in parts),
        sum(one.assigned.kept for one in parts),
        sum(one.ended.judged for one in parts),
        sum(one.ended.kept for one in parts),
        sum((one.risk_opened for one in parts), Decimal(0)),
        sum((one.risk_cleared for one in parts), Decimal(0)),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(lives(), max_size=12), st.integers(1, HOURS - 1))
def test_a_period_is_the_sum_of_its_parts(episodes: list[Episode], cut: int) -> None:
    whole = measured(episodes, START, hour(HOURS))
    first, second = measured(episodes, START, hour(cut)), measured(episodes, hour(cut), hour(HOURS))
    assert sums(whole) == sums(first, second)
    assert (first.standing, first.risk_standing) == (second.standing_before, second.risk_before)
    assert whole.busiest == max(first.busiest, second.busiest)


@settings(max_examples=150, deadline=None)
@given(st.lists(lives(), max_size=12))
def test_what_stood_and_opened_has_ended_or_stands(episodes: list[Episode]) -> None:
    whole = measured(episodes, START, hour(HOURS))
    assert whole.standing_before + whole.opened == whole.standing + whole.resolved + whole.cleared
    assert whole.ended.kept <= whole.ended.judged
    assert sum(load.standing for load in whole.load.values()) + whole.unowned == whole.standing
    assert [whole.risk_standing] == standing_risk(episodes, [hour(HOURS)])


@settings(max_examples=100, deadline=None)
@given(st.lists(lives(), max_size=12))
def test_groups_are_the_whole_apart(episodes: list[Episode]) -> None:
    parts = [
        measured([one for one in episodes if one.family == family], START, hour(HOURS)) for family in ("", "kettles")
    ]
    assert sums(*parts) == sums(measured(episodes, START, hour(HOURS)))
    assert busiest(episodes, START, hour(HOURS)) <= sum(one.busiest for one in parts)
