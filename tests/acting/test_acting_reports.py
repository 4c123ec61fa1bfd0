"""A person says that a number is wrong: an exception that only a person, or a count and the channels together, can end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.actions.holds import holds_of
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import AddNote, Close, EnterCount, Report
from sync.model.exceptions import ActionKind, Case, ExceptionClass, Life
from sync.model.ids import ListingId, LocationId, UserId
from sync.model.outbox import TargetKind
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import ANA, DANA, LEE, SAM
from tests.builders import RENO, a_policy, at, counted, counted_by_hand, level, listed

REPORTED = ExceptionClass.REPORTED
STRANGER = UserId("U0STRANGER")


def selling(units: int = 10) -> tuple[ActingWorld, ListingId]:
    world = an_acting_world(a_policy())
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(units, "08:00"), counted(units, "08:00"))
    return world, world.state.listings[0].id


def reported(world: ActingWorld, by: UserId = STRANGER, when: str = "09:00", **rest: object) -> Case:
    act = Report("the shelf is empty", **rest)  # type: ignore[arg-type]
    world.act(by, act, world.draft(when, "report", act.listing), when)
    return world.cases[-1]


def test_everybody_who_is_no_guest_may_report_and_it_stays_nobody_s() -> None:
    world, _ = selling()
    applied = world.act(STRANGER, Report("the shelf is empty"), world.draft("09:00", "report"), "09:00")
    case = world.cases[-1]
    assert (case.fingerprint.cls, case.life, case.owner, case.queue) == (REPORTED, Life.OPEN, None, "marketplaces")
    assert case.evidence.changed == "Stranger reported: the shelf is empty."
    (entry,) = applied.entries
    assert (entry.kind, entry.actor) == ("opened", STRANGER)
    assert dict(entry.figures)["words"] == "the shelf is empty"
    assert [one.kind for one in applied.targets] == [TargetKind.READ], "what is shown is read afresh"


def test_that_all_systems_agree_is_no_answer_to_who_says_it_is_wrong() -> None:
    world, _ = selling()
    case = reported(world)
    world.settle("12:00", level(10, "12:00"), listed("12:00", buyable=True, tracked=True))
    assert world.newest(case).life is Life.OPEN


def test_a_person_ends_it_with_the_reason() -> None:
    world, _ = selling()
    case = reported(world)
    world.act(DANA, Close("expected", "the pallet stands in aisle 4"), case, "09:10")
    world.judge("09:20")
    assert world.newest(case).life is Life.RESOLVED
    assert world.open(REPORTED) == []


def test_a_count_and_the_channel_that_shows_it_end_it_with_a_note() -> None:
    world, listing = selling()
    case = reported(world, DANA, location=LocationId(RENO), listing=listing)
    count = case.standing(ActionKind.COUNT)
    assert count is not None
    assert case.owner is None, "who reports does not own it, though a count is asked for"
    world.act(SAM, EnterCount(count.id, 4, 0, at("09:30")), case, "09:31")
    world.judge("09:31", counted_by_hand(4, "09:30"))
    now = world.newest(case)
    assert (now.delta, now.evidence.shows, now.evidence.can_sell) == (6, 10, 4)
    world.confirm("09:32", "09:32")
    world.settle("09:40", level(4, "09:39"), listed("09:39", buyable=True, tracked=True))
    waiting = world.newest(case)
    assert (waiting.life.ended, waiting.lacks) == (False, "note")
    world.act(DANA, AddNote("six were stolen"), waiting, "09:50")
    world.settle("10:00")
    assert world.newest(case).life is Life.RESOLVED
    assert world.newest(case).note == "six were stolen"


def test_a_second_report_of_the_same_adds_its_words_and_opens_nothing() -> None:
    world, _ = selling()
    case = reported(world)
    again = world.act(ANA, Report("empty here, too"), world.draft("09:05", "report"), "09:05")
    assert [one.id for one in world.open(REPORTED)] == [case.id]
    assert again.entries[0].sentence == "Ana reports it, too: empty here, too."
    assert "open already" in again.answer


def test_after_it_ended_a_report_opens_a_new_one_that_names_the_old() -> None:
    world, _ = selling()
    case = reported(world)
    world.act(DANA, Close("expected", "aisle 4"), case, "09:10")
    newer = reported(world, when="09:30")
    assert (newer.previous, newer.recurrences, newer.id != case.id) == (case.id, 2, True)


def test_a_count_asks_for_the_rights_of_a_count() -> None:
    world, _ = selling()
    with pytest.raises(NotPermitted, match="acts here"):
        reported(world, STRANGER, location=LocationId(RENO))
    assert world.cases == []


def test_without_words_or_with_a_second_count_it_says_what_is_missing() -> None:
    world, _ = selling()
    with pytest.raises(ReasonRequired, match="Say what is wrong"):
        world.act(DANA, Report("  "), world.draft("09:00", "report"), "09:00")
    with pytest.raises(BadInput, match="no longer belongs"):
        world.draft("09:00", "report", ListingId("shop:gone"))
    reported(world, DANA, location=LocationId(RENO))
    with pytest.raises(AlreadyHandled, match="asked for a count"):
        world.act(LEE, Report("again", location=LocationId(RENO)), world.draft("09:05", "report"), "09:05")


def test_its_limits_pass_like_any_other_s() -> None:
    world, _ = selling()
    case = reported(world)
    assert case.assign_by == at("09:00") + timedelta(hours=1)
    assert holds_of(case) == []
    world.judge("10:01")
    assert world.newest(case).escalated == 1
