"""How long a lane waits before it tries an account again, and when a write that was tried before took effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from sync.connectors.base import Answer, Fault
from sync.model.outbox import TargetKind
from sync.model.time import AsOf
from sync.path.lanes import LaneRunner, Sent
from sync.path.waits import LONGEST_WAIT, MOST_TRIES, account_wait, wait_before
from tests.storage.given import NOW, a_target, later

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fault", "lasting", "wait"),
    [
        (Fault.CONNECTION, timedelta(0), timedelta(seconds=5)),
        (Fault.PERMISSION, timedelta(0), timedelta(seconds=30)),
        (Fault.PERMISSION, 8 * MINUTE, 2 * MINUTE),
        (Fault.CONNECTION, 12 * 60 * MINUTE, LONGEST_WAIT),
    ],
)
def test_the_longer_an_account_refuses_the_rarer_it_is_tried(fault: Fault, lasting: timedelta, wait: timedelta) -> None:
    assert account_wait(fault, lasting) == wait


def test_a_write_outlives_an_outage_of_some_minutes_and_not_one_of_an_hour() -> None:
    lasting = sum((wait_before(tries, None) for tries in range(1, MOST_TRIES)), timedelta(0))
    assert 8 * MINUTE < lasting < 25 * MINUTE


@pytest.mark.parametrize(
    ("kind", "tries", "since"),
    [(TargetKind.QUANTITY, 0, 60), (TargetKind.QUANTITY, 1, 0), (TargetKind.DOORS, 1, 60)],
)
def test_a_quantity_that_was_tried_before_may_have_been_written_by_any_try(
    kind: TargetKind, tries: int, since: int
) -> None:
    target = replace(a_target(), kind=kind, wanted_at=NOW, attempts=tries)
    nothing = cast("Any", None)
    runner = LaneRunner(nothing, {}, nothing, nothing, nothing, "one")
    answered = AsOf(later(seconds=60), later(seconds=61))

    settled = runner.outcome(target, Sent(Answer(True, answered), None), later(seconds=62))

    assert settled.sent_at == AsOf(later(seconds=since), later(seconds=61))
    assert settled.attempts == 0
