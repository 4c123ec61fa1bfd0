"""After somebody's quiet hours: what waited for them, once, by direct message, before what waited follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from memory_desk import MovableClock
from slack_stored import Stored
from test_slack_mentions import DANA, MARKETPLACES, changed, limits_pass, mentions, telling
from test_slack_storms import open_storm

from bot.slack.morning import morning_key
from sandbox.slack import Message
from sync.model.exceptions import Case, Life
from sync.model.ids import UserId
from sync.model.mentions import Direct, PersonSettings
from sync.model.outbox import Post, PostKind

OFF = timedelta(hours=8)


async def goes_off(stored: Stored, *, direct: Direct = Direct.MINE) -> PersonSettings:
    """Dana's quiet hours begin now."""
    now = stored.clock.now()
    chosen = PersonSettings(DANA, True, f"{now:%H:%M}", f"{now + OFF:%H:%M}", "UTC", direct)
    async with stored.store.unit_of_work() as uow:
        await uow.attention.choose(chosen, now)
    return chosen


def notes(stored: Stored) -> list[Message]:
    """What Dana was told directly in the morning."""
    told = [one for channel in stored.workspace.state.channels.values() for one in channel.messages.values()]
    return [one for one in told if stored.workspace.read(one).startswith("While you were off")]


async def late_at_night(stored: Stored, count: int) -> list[Case]:
    """So many exceptions open in Dana's quiet hours, and nobody takes them in time."""
    cases = await stored.open_many(count)
    stored.clock.move(timedelta(minutes=31))
    return await limits_pass(stored, cases)


async def direct(stored: Stored, key: str = "told:1") -> None:
    """Something that only Dana can do waits for her."""
    post = Post(key, PostKind.PRIVATE, DANA, 1, body="Lee hands something over.", next_at=stored.clock.now())
    async with stored.store.unit_of_work() as uow:
        await uow.posts.want([post])


async def test_what_waited_is_told_once_and_before_it_follows(stored_twice: Stored) -> None:
    stored = stored_twice
    worker = telling(stored)
    await goes_off(stored)
    await late_at_night(stored, 2)
    await direct(stored)
    await stored.deliver(worker)
    assert notes(stored) == []
    stored.clock.move(OFF)
    await stored.deliver(worker)
    (note,) = notes(stored)
    text = stored.workspace.read(note)
    assert text.startswith("While you were off: 3 for you, 2 late.")
    assert "1. *EX-2* SKU-00002" in text
    assert "2. *EX-1* SKU-00001" in text
    followed = [*mentions(stored, MARKETPLACES), *_told_directly(stored)]
    assert len(followed) == 3
    assert all(float(note.ts) < float(one.ts) for one in followed), "the note comes first"
    stored.clock.move(timedelta(days=1) - OFF + timedelta(hours=1))
    await stored.deliver(worker)
    stored.clock.move(OFF)
    await stored.deliver(worker)
    assert len(notes(stored)) == 1, "nothing waited in the next night"


def _told_directly(stored: Stored) -> list[Message]:
    told = [one for channel in stored.workspace.state.channels.values() for one in channel.messages.values()]
    return [one for one in told if stored.workspace.read(one).startswith("Lee hands")]


async def test_none_late_is_said(stored: Stored) -> None:
    worker = telling(stored)
    await goes_off(stored)
    await direct(stored)
    await stored.deliver(worker)
    stored.clock.move(OFF)
    await stored.deliver(worker)
    (note,) = notes(stored)
    assert stored.workspace.read(note) == "While you were off: 1 for you, none late."


async def test_nothing_is_said_when_nothing_waited(stored: Stored) -> None:
    worker = telling(stored)
    await goes_off(stored)
    await stored.open_many(1)
    await stored.deliver(worker)
    stored.clock.move(OFF)
    await stored.deliver(worker)
    assert notes(stored) == []


async def test_nothing_is_said_of_what_others_did_meanwhile(stored_twice: Stored) -> None:
    stored = stored_twice
    worker = telling(stored)
    await goes_off(stored)
    (case,) = await late_at_night(stored, 1)
    await stored.deliver(worker)
    lee = UserId("U0LEE")
    await changed(stored, case, life=Life.OWNED, owner=lee, owner_name="Lee", owned_at=stored.clock.now())
    stored.clock.move(OFF)
    await stored.deliver(worker)
    assert notes(stored) == []


async def test_who_wants_no_direct_messages_gets_none(stored: Stored) -> None:
    worker = telling(stored)
    await goes_off(stored, direct=Direct.NONE)
    await late_at_night(stored, 1)
    await stored.deliver(worker)
    stored.clock.move(OFF)
    await stored.deliver(worker)
    assert len(mentions(stored, MARKETPLACES)) == 1
    assert notes(stored) == []


async def test_a_storm_counts_as_one(stored_twice: Stored) -> None:
    stored = stored_twice
    worker = telling(stored)
    await goes_off(stored)
    await open_storm(stored, 12)
    async with stored.store.reading() as uow:
        cases = await uow.cases.unresolved()
    stored.clock.move(timedelta(minutes=31))
    await limits_pass(stored, cases)
    await stored.deliver(worker)
    stored.clock.move(OFF)
    await stored.deliver(worker)
    (note,) = notes(stored)
    assert "1 for you" in stored.workspace.read(note)
    assert "Storms: ST-1" in stored.workspace.read(note)


async def test_many_processes_tell_it_once(stored_twice: Stored) -> None:
    stored = stored_twice
    first, second = telling(stored), telling(stored)
    await goes_off(stored)
    await late_at_night(stored, 1)
    await stored.deliver(first)
    await first.release()
    stored.clock.move(timedelta(seconds=3))
    await stored.deliver(second)
    stored.clock.move(OFF)
    await stored.deliver(second)
    await second.release()
    stored.clock.move(timedelta(seconds=3))
    await stored.deliver(first)
    assert len(notes(stored)) == 1


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("Europe/Berlin", ("2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00")),
        ("America/New_York", ("2026-11-01T05:30+00:00", "2026-11-01T06:30+00:00")),
        ("Atlantic/Azores", ("2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00")),
    ],
)
def test_a_clock_that_is_put_back_brings_one_note(zone: str, ends: tuple[str, str]) -> None:
    """02:30 comes twice in that night: the note of both is one."""
    chosen = PersonSettings(DANA, True, "22:00", "02:30", zone)
    keys = {morning_key(chosen, datetime.fromisoformat(one)) for one in ends}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("goes", "back"),
    [("2026-03-28T22:00+01:00", "2026-03-29T07:00+02:00"), ("2026-10-24T22:00+02:00", "2026-10-25T07:00+01:00")],
    ids=["an hour shorter", "an hour longer"],
)
async def test_it_comes_when_the_clock_on_the_wall_says_so(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, goes: str, back: str
) -> None:
    """The night of a changed clock is an hour shorter or longer; 07:00 stays 07:00."""
    at = [datetime.fromisoformat(goes).astimezone(UTC) + timedelta(hours=1)]
    monkeypatch.setattr(MovableClock, "now", lambda _: at[0])
    worker = telling(stored)
    chosen = PersonSettings(DANA, True, "22:00", "07:00", "Europe/Berlin")
    async with stored.store.unit_of_work() as uow:
        await uow.attention.choose(chosen, at[0])
    await direct(stored)
    await stored.deliver(worker)
    ends = datetime.fromisoformat(back)
    assert (await stored.post(morning_key(chosen, ends))).next_at == ends
    at[0] = ends.astimezone(UTC) - timedelta(seconds=1)
    await stored.deliver(worker)
    assert notes(stored) == []
    at[0] = ends.astimezone(ZoneInfo("UTC"))
    await stored.deliver(worker)
    assert len(notes(stored)) == 1
