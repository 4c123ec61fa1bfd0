"""How long a lane waits before it tries an account again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.connectors.base import Fault
from sync.path.lanes import LONGEST_WAIT, MOST_TRIES, account_wait, wait_before

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
