"""Send the right data: a suppressed listing goes back to the publications that it lost, read back; else it is a task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.actions.resending import preview_send
from sync.errors import AlreadyHandled, BadInput, NotPermitted
from sync.inbox.acts import SendData
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.outbox import Target, TargetKind, TargetState
from sync.model.time import AsOf
from sync.policy.system_rules import Mode
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, LEE
from tests.builders import a_policy, at, counted, level, listed

SUPPRESSED = ExceptionClass.FEED_SUPPRESSION


def off_sale(mode: Mode = Mode.FULL, **gone: object) -> tuple[ActingWorld, Case]:
    """Twelve can be sold; the shop took the listing off one of its publications."""
    world = an_acting_world(a_policy())
    shop = world.policy.systems["shop"].model_copy(update={"mode": mode})
    world.policy = world.policy.model_copy(update={"systems": world.policy.systems | {"shop": shop}})
    shown = listed("08:00", buyable=True, tracked=True, doors={"online": True, "feed": True})
    world.judge("08:00", shown, level(12, "08:00"), counted(12, "08:00"))
    told = gone or {"doors": {"online": True, "feed": False}}
    world.settle("09:00", counted(12, "09:00"), listed("09:00", **told))
    return world, world.one(SUPPRESSED)


def offered(world: ActingWorld) -> Target:
    """What is wanted of the channel."""
    return next(one for one in world.targets.values() if one.kind is TargetKind.OFFER)


def sent(world: ActingWorld, when: str, **changed: object) -> None:
    """The lane has sent it."""
    target = offered(world)
    done = {
        "state": TargetState.IDLE,
        "sent": 1,
        "sent_at": AsOf.at(at(when)),
        "sent_revision": target.revision,
        "confirmed": True,
    }
    world.targets[target.key] = replace(target, **(done | changed))  # type: ignore[arg-type]


def test_it_goes_back_to_exactly_what_it_lost_and_is_read_back() -> None:
    world, case = off_sale()
    told = preview_send(world.view(case, "09:30"))
    assert told[0] == "Shop will show it on feed again, usually within 2 min, with what can be sold: 12\u00a0units."
    applied = world.act(DANA, SendData("the feed rule was wrong"), case, "09:30")
    assert applied.entries[-1].sentence == (
        "Dana sends the data of KTL-17-BLK to Shop again, for feed: the feed rule was wrong."
    )
    (target,) = applied.targets
    assert (target.kind, target.wanted, target.doors) == (TargetKind.OFFER, 1, ("feed",))
    with pytest.raises(AlreadyHandled, match="Dana did that at 09:30"):
        world.act(LEE, SendData(), case, "09:31")
    sent(world, "09:32")
    world.judge("09:33", listed("09:33", doors={"online": True, "feed": True}))
    act = world.newest(case).newest(ActionKind.RESEND)
    assert act is not None
    assert (act.state, act.result) == (ActionState.SEEN, "Shop shows it on feed again. Read back, verified at Shop.")
    world.settle("09:40", counted(12, "09:40"))
    ended = world.newest(case)
    assert (ended.life, ended.ended_name, ended.note) == (Life.RESOLVED, "Dana", "the feed rule was wrong")


def test_accepted_and_not_applied_is_a_failed_act_that_may_be_tried_again() -> None:
    world, case = off_sale()
    world.act(DANA, SendData(), case, "09:30")
    sent(world, "09:32")
    world.judge("09:33", listed("09:33", doors={"online": True, "feed": False}))
    assert world.newest(case).newest(ActionKind.RESEND).state is ActionState.DONE  # type: ignore[union-attr]
    world.judge("09:45", counted(12, "09:45"), listed("09:45", doors={"online": True, "feed": False}))
    act = world.newest(case).newest(ActionKind.RESEND)
    assert act is not None
    assert act.state is ActionState.FAILED
    assert act.result == "Shop accepted it and still does not show it on feed. Look there why."
    world.act(LEE, SendData(), case, "09:50")


def test_a_refusal_opens_what_every_refused_update_opens() -> None:
    world, case = off_sale()
    world.act(DANA, SendData(), case, "09:30")
    told = {"fault": "value", "fault_text": "not publishable", "failing_since": at("09:32"), "attempts": 1}
    sent(world, "09:32", state=TargetState.FAILED, sent=None, sent_at=None, confirmed=False, **told)
    world.judge("09:33")
    act = world.newest(case).newest(ActionKind.RESEND)
    assert act is not None
    assert act.state is ActionState.FAILED
    assert "did not publish it: not publishable" in act.result
    failed = world.one(ExceptionClass.FAILED_UPDATE)
    assert (failed.fingerprint.detail, failed.fingerprint.listing) == ("publication", case.fingerprint.listing)


@pytest.mark.parametrize(
    ("mode", "gone", "why"),
    [
        (Mode.GUARD, {}, "I do not publish listings on Shop"),
        (Mode.FULL, {"buyable": False}, "Shop itself keeps the product off sale"),
    ],
)
def test_where_we_cannot_it_is_a_task_with_exact_figures(mode: Mode, gone: dict[str, object], why: str) -> None:
    world, case = off_sale(mode, **gone)
    told = preview_send(world.view(case, "09:30"))
    assert told[0].startswith(why)
    applied = world.act(DANA, SendData(), case, "09:30")
    assert (applied.targets, applied.entries[-1].kind) == ((), "data_task")
    assert "Put KTL-17-BLK back on sale at Shop" in applied.answer
    assert "with 12\u00a0units." in applied.answer
    act = world.newest(case).newest(ActionKind.RESEND)
    assert act is not None
    assert (act.reason, act.state) == ("by hand", ActionState.DONE)
    with pytest.raises(AlreadyHandled):
        world.act(LEE, SendData(), case, "09:35")


def test_shadow_says_what_it_would_do_and_other_exceptions_have_no_data_to_send() -> None:
    world, case = off_sale(Mode.SHADOW)
    with pytest.raises(NotPermitted, match="I would send it again, but nothing is sent"):
        world.act(DANA, SendData(), case, "09:30")
    other = replace(case, fingerprint=replace(case.fingerprint, cls=ExceptionClass.EXPOSURE_MISMATCH))
    world.cases = [other]
    with pytest.raises(BadInput, match="No listing here was taken off sale"):
        world.act(DANA, SendData(), other, "09:30")
