"""A number that somebody set in the shop: asked for its reason, given one, and published over where it hides stock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.actions.publishing import hidden_line, preview_publish
from sync.actions.reasons import asked_for_reason, reason_of
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import AskReason, GiveReason, PublishOver
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import UserId
from sync.model.outbox import TargetState
from sync.policy.system_rules import Mode
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, LEE, SAM
from tests.builders import a_policy, at, counted, level, listed

OVERRIDE = ExceptionClass.MANUAL_OVERRIDE
NOOR = UserId("U0NOOR")


def by_hand(shown: int, **channel: object) -> tuple[ActingWorld, Case]:
    """Twelve can be sold, and somebody set another number in the shop."""
    world = an_acting_world(a_policy(channel=channel))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(12, "08:00"), counted(12, "08:00"))
    world.settle("09:00", counted(12, "09:00"), level(shown, "09:00"))
    return world, world.one(OVERRIDE)


def test_too_low_a_number_is_published_over_once_and_read_back() -> None:
    world, case = by_hand(2)
    assert preview_publish(world.view(case, "09:30"))[0] == "Shop shows 2, will show 12."
    assert world.wanted() == [], "it is never raised over by itself"
    applied = world.act(DANA, PublishOver("Kim typed a wrong number"), case, "09:30")
    assert [entry.kind for entry in applied.entries] == ["taken", "published_over"]
    world.judge("09:31")
    assert world.wanted() == [12]
    (target,) = [one for one in world.targets.values() if one.state is TargetState.DUE and one.kind == "quantity"]
    assert target.expected == 2, "the shop takes it only while it still shows what was seen"
    with pytest.raises(AlreadyHandled, match="Dana asked to publish at 09:30"):
        world.act(LEE, PublishOver("me too"), case, "09:32")
    world.confirm("09:33", "09:33")
    world.judge("09:34", level(12, "09:34"))
    act = world.newest(case).newest(ActionKind.PUBLISH)
    assert act is not None
    assert (act.state, act.result) == (ActionState.SEEN, "Shop shows 12. Read back, verified at Shop.")
    world.settle("09:50", counted(12, "09:50"))
    ended = world.newest(case)
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Dana", "Kim typed a wrong number")


def test_who_sets_it_low_again_is_not_fought() -> None:
    world, case = by_hand(2)
    world.act(DANA, PublishOver("a wrong number"), case, "09:30")
    world.judge("09:31")
    world.confirm("09:33", "09:33")
    world.judge("09:40", level(3, "09:40"))
    world.settle("09:50", counted(12, "09:50"))
    assert world.wanted() == [], "sent once"
    assert world.newest(case).life is Life.OWNED


def test_too_high_a_number_is_nothing_to_publish_over() -> None:
    world, case = by_hand(40)
    assert hidden_line(world.view(case, "09:30")) is None
    with pytest.raises(BadInput, match="nothing is hidden there by hand now"):
        world.act(DANA, PublishOver("too many"), case, "09:30")


@pytest.mark.parametrize("mode", ["guard", "shadow"])
def test_what_is_not_ours_to_write_is_not_published_over(mode: str) -> None:
    world, case = by_hand(2)
    shop = world.policy.systems["shop"].model_copy(update={"mode": Mode(mode)})
    world.policy = world.policy.model_copy(update={"systems": world.policy.systems | {"shop": shop}})
    with pytest.raises(NotPermitted):
        world.act(DANA, PublishOver("a wrong number"), case, "09:30")
    assert hidden_line(world.view(case, "09:30")) is None


def test_publishing_over_needs_a_reason() -> None:
    world, case = by_hand(2)
    with pytest.raises(ReasonRequired):
        world.act(DANA, PublishOver("  "), case, "09:30")


def test_the_queue_is_asked_in_the_thread_and_a_person_directly() -> None:
    world, case = by_hand(40)
    asked = world.act(DANA, AskReason("Who set 40, and why?"), case, "09:30")
    assert (asked.answer, asked.notices) == ("Marketplaces is asked in the thread.", ())
    sentence = asked.entries[-1].sentence
    assert sentence == "Dana asked Marketplaces for the reason of the number on Shop: Who set 40, and why?"
    with pytest.raises(AlreadyHandled, match="Dana asked Marketplaces 10"):
        world.act(LEE, AskReason("Why?"), case, "09:40")
    direct = world.act(LEE, AskReason("Was it you?", SAM), case, "09:41")
    ((user, text),) = direct.notices
    assert (user, direct.answer) == (SAM, "Sam is asked in a direct message.")
    assert text.startswith("Lee asks you about")
    assert text.endswith("shows it.")
    now = asked_for_reason(world.newest(case))
    assert now is not None
    assert (now.by_name, now.figure("whom")) == ("Lee", "Sam")
    world.act(DANA, AskReason("Anybody?"), case, at("09:30") + timedelta(hours=1, minutes=1))


def test_who_was_asked_may_answer_whatever_their_queue_and_whoever_asked_is_told() -> None:
    world, case = by_hand(40)
    with pytest.raises(NotPermitted):
        world.act(NOOR, GiveReason("a pallet on the dock"), case, "09:29")
    world.act(DANA, AskReason("Was it you?", NOOR), case, "09:30")
    given = world.act(NOOR, GiveReason("a pallet on the dock"), case, "09:35")
    assert given.notices == ((DANA, f"Noor gave the reason for {case.name}: a pallet on the dock."),)
    now = world.newest(case)
    reason = reason_of(now)
    assert reason is not None
    assert (reason.note, reason.figure("owner"), reason.figure("owner_name")) == ("a pallet on the dock", NOOR, "Noor")
    assert asked_for_reason(now) is None
    assert now.owner == DANA, "answering is not owning"
    with pytest.raises(AlreadyHandled, match="Noor gave the reason at 09:35:00 UTC: a pallet on the dock"):
        world.act(LEE, AskReason("Why?"), case, "11:00")


def test_a_reason_names_who_stands_for_it() -> None:
    world, case = by_hand(40)
    world.act(DANA, GiveReason("a pallet on the dock", LEE), case, "09:30")
    reason = reason_of(world.newest(case))
    assert reason is not None
    assert (reason.by_name, reason.figure("owner_name")) == ("Dana", "Lee")
    assert world.newest(case).owner is None
    with pytest.raises(BadInput, match="must be somebody of Marketplaces"):
        world.act(DANA, GiveReason("a pallet", SAM), case, "09:31")


def test_what_cannot_be_asked_or_given_is_said() -> None:
    world, case = by_hand(40)
    with pytest.raises(BadInput, match="That is you"):
        world.act(DANA, AskReason("Why?", DANA), case, "09:30")
    for act in (AskReason(" "), GiveReason(" ")):
        with pytest.raises(ReasonRequired):
            world.act(DANA, act, case, "09:30")


def test_an_override_of_ours_has_its_reason_from_the_start() -> None:
    world, _ = by_hand(40)
    case = world.draft("09:30")
    for act in (AskReason("Why?"), GiveReason("a fair"), PublishOver("no")):
        with pytest.raises(BadInput, match="Nobody set a number here by hand"):
            world.act(DANA, act, case, "09:30")
