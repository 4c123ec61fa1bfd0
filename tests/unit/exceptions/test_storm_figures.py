"""A storm's figures: they move by what changed, its growth is that of five minutes, and it ends with its last member."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sync.model.ids import QueueId, StormId
from sync.storms.storm import Moved, Storm, growth, moved, parse_storm_name

BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_storm() -> Storm:
    return Storm(StormId(7), "wms:silent", QueueId("marketplaces"), BEGAN)


def test_growth_is_what_joined_and_went_within_five_minutes() -> None:
    storm = a_storm()
    for minute in range(12):
        now = BEGAN + timedelta(minutes=minute)
        storm = moved(storm, Moved(joined=10, ended=1 if minute > 6 else 0, exposed=10, risk=Decimal(100)), now)
    assert growth(storm, now) == (50, 5)
    assert growth(storm, now + timedelta(minutes=30)) == (0, 0)
    assert (storm.members, storm.joined, storm.ended, storm.version) == (115, 120, 5, 12)
    assert len(storm.marks) <= 12, "marks are of the last minutes only"


def test_it_ends_with_its_last_member_and_remembers_how_bad_it_was() -> None:
    storm = moved(a_storm(), Moved(joined=3, exposed=3, risk=Decimal(90)), BEGAN)
    storm = moved(storm, Moved(ended=2, exposed=-2, risk=Decimal(-60)), BEGAN + timedelta(minutes=1))
    assert storm.ended_at is None
    over = moved(storm, Moved(left=1, exposed=-1, risk=Decimal(-30)), BEGAN + timedelta(minutes=2))
    assert over.ended_at == BEGAN + timedelta(minutes=2)
    assert (over.most, over.most_risk, over.risk, over.exposed) == (3, Decimal(90), Decimal(0), 0)


def test_names_are_read_in_any_case() -> None:
    assert parse_storm_name(" st-31 ") == 31
    with pytest.raises(ValueError, match="looks like ST-31"):
        parse_storm_name("EX-31")
