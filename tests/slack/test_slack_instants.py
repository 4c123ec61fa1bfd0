"""Times of day inside sentences of the core, as each reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.slack import format as fmt
from bot.slack.speaking import Reader, speaking_to

NOW = datetime(2026, 11, 24, 23, 40, tzinfo=UTC)
BERLIN = Reader(zone=ZoneInfo("Europe/Berlin"))


def stamp(when: str) -> int:
    return int(datetime.fromisoformat(f"{when}+00:00").timestamp())


def test_a_time_of_day_is_a_date_token_where_tokens_are_drawn() -> None:
    with speaking_to(BERLIN, NOW):
        shown = fmt.sentence("Customers see 0 on Shop, read back 23:38 UTC.")
    token = f"<!date^{stamp('2026-11-24T23:38')}^{{time}}|00:38 CET>"
    assert shown == f"Customers see 0 on Shop, read back {token}."


def test_a_time_of_day_is_the_readers_own_in_plain_text() -> None:
    with speaking_to(BERLIN, NOW):
        assert (
            fmt.spoken("Nobody took it by 23:10 UTC: nobody is left.") == "Nobody took it by 00:10 CET: nobody is left."
        )


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("00:10 UTC", "2026-11-25T00:10"),
        ("15:30 UTC", "2026-11-24T15:30"),
        ("Nov 23 14:02 UTC", "2026-11-23T14:02"),
        ("Dec 31 14:02 UTC", "2026-12-31T14:02"),
        ("2025-03-02 14:02 UTC", "2025-03-02T14:02"),
    ],
)
def test_it_means_the_nearest_instant(said: str, instant: str) -> None:
    with speaking_to(BERLIN, NOW):
        assert f"<!date^{stamp(instant)}^" in fmt.sentence(said)


def test_seconds_stay_where_they_decide() -> None:
    with speaking_to(BERLIN, NOW):
        shown = fmt.sentence("Lee paused it at 23:39:06 UTC.")
    assert f"<!date^{stamp('2026-11-24T23:39:06')}^{{time_secs}}|00:39:06 CET>" in shown


def test_an_old_sentence_is_read_with_the_clock_of_its_own_day() -> None:
    """Said in summer, read in winter: 14:02 UTC was 16:02 in Berlin then."""
    said_at = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
    with speaking_to(BERLIN, NOW):
        shown = fmt.sentence("Not fixed by 14:02 UTC.", said_at=said_at)
    assert shown == f"Not fixed by <!date^{stamp('2026-07-01T14:02')}^{{time}}|16:02 CEST>."


@pytest.mark.parametrize(
    "said", ["24:10 UTC", "12:61 UTC", "Nov 31 14:02 UTC", "Xyz 03 14:02 UTC", "14:02", "1:14:02 UTC"]
)
def test_what_is_no_time_stays_as_it_is(said: str) -> None:
    with speaking_to(BERLIN, NOW):
        assert fmt.sentence(said) == said


@pytest.mark.parametrize("month", ["Feb 28", "Feb 29", "Mar 01"])
def test_a_leap_day_is_found_in_its_own_year(month: str) -> None:
    with speaking_to(BERLIN, datetime(2028, 3, 1, 12, tzinfo=UTC)):
        assert "<!date^" in fmt.sentence(f"since {month} 14:02 UTC")


def test_a_leap_day_of_no_year_near_stays_as_it_is() -> None:
    with speaking_to(BERLIN, datetime(2030, 3, 1, 12, tzinfo=UTC)):
        assert fmt.sentence("since Feb 29 14:02 UTC") == "since Feb 29 14:02 UTC"


def test_nothing_is_changed_while_nobody_said_when() -> None:
    with speaking_to(BERLIN):
        assert fmt.sentence("by 14:02 UTC") == "by 14:02 UTC"


def test_a_text_that_is_cut_keeps_its_tokens_whole() -> None:
    with speaking_to(BERLIN, NOW):
        shown = fmt.sentence(f"{'a' * 30} at 14:02 UTC {'b' * 300}", 60)
    assert shown.count("<!date^") == 1
    assert shown.count(">") == 1


def test_far_days_are_named() -> None:
    with speaking_to(BERLIN, NOW):
        assert fmt.spoken("since Nov 03 14:02 UTC") == "since 3 Nov 15:02 CET"
        assert fmt.spoken(f"by {NOW + timedelta(hours=1):%H:%M} UTC") == "by 01:40 CET"
