"""Time is a trigger: what must be noticed is noticed though nothing arrives."""

from __future__ import annotations

from datetime import timedelta

from sync.model.exceptions import ActionKind, ActionState, ExceptionClass, Life
from tests.stage import Stage

KETTLE = "KTL-17-BLK"


async def test_f68_a_dead_feed_is_told_though_nothing_arrives_and_its_return_clears_it(stage: Stage) -> None:
    stage.trouble("vendor")
    stage.clock.pass_by(timedelta(minutes=1))

    case = await stage.case(ExceptionClass.STALE_FEED)
    assert case.fingerprint.systems == ("acme-dropship",)
    await stage.card(case, "Acme dropship")
    await stage.shows("TRY-05-BRS", 0)

    stage.trouble("vendor", end=True)
    stage.clock.pass_by(timedelta(seconds=6))
    await stage.case_when(case, lambda now: now.life is Life.CLEARED, "the vendor's case to clear")


async def test_a_limit_that_passes_is_told_though_nothing_arrives(stage: Stage) -> None:
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE)
    assert case.assign_by is not None

    stage.clock.pass_by(timedelta(minutes=31))

    late = await stage.case_when(case, lambda now: now.escalated > 0, "the limit to be noticed")
    assert late.owner is None


async def test_policy_pauses_what_is_not_fixed_in_time_and_reads_it_back(stage: Stage) -> None:
    policy = stage.product.policy
    mismatch = policy.current.rules_for(ExceptionClass.EXPOSURE_MISMATCH).model_copy(update={"fallback": "pause"})
    policy.take(policy.current.model_copy(update={"classes": {ExceptionClass.EXPOSURE_MISMATCH: mismatch}}))
    stage.trouble("carton")
    case = await stage.case(ExceptionClass.EXPOSURE_MISMATCH, KETTLE)
    assert case.resolve_by is not None
    stage.clock.pass_by(case.resolve_by - stage.clock.now())

    act = await stage.acted(case, ActionKind.PAUSE, ActionState.SEEN)
    assert act.by == "countersign"
    assert not stage.seen(KETTLE).live
    told = await stage.case_when(case, lambda now: now.stopped, "the pause to stand")
    assert told.owner is None
