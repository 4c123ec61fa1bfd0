"""A vendor's file is late: its depot burns, or it phoned that its numbers stand. People say so, and it ends by itself."""

from __future__ import annotations

from datetime import timedelta

from sandbox.slack import Outcome
from sandbox.slack.people import Person
from sync.model.exceptions import ActionKind, ActionState, Case, ExceptionClass, Life
from sync.model.ids import SystemId
from tests.stage import Stage, until

TRAY, ALL = "TRY-05-BRS", 55
"""Acme has all of it."""
ACME = SystemId("acme-dropship")


async def silent(stage: Stage) -> Case:
    """Acme's list grows old, and by policy nothing of it counts; the exception of that."""
    await stage.shows(TRAY, ALL, within=30)
    stage.trouble("vendor")
    stage.clock.pass_by(timedelta(minutes=2))
    case = await stage.case(ExceptionClass.STALE_FEED, within=30)
    assert ACME in case.fingerprint.systems
    await stage.shows(TRAY, 0, within=30)
    return case


async def chosen(stage: Stage, person: str, case: Case, entry: str, title: str) -> Person:
    """Choose an entry behind a card's three dots, and wait for its form."""
    who = stage.workspace.person(person)

    async def there() -> bool:
        message = await stage.card(case)
        return entry in str(message.blocks)

    await until(there, f"{entry} on {case.name}")
    message = await stage.card(case)
    await who.click(message.channel_id, message.ts, "card.more", entry)
    await until(
        lambda: (
            (view := who.open_view()) is not None
            and view.content["title"]["text"] == title
            and view.content.get("submit")
        ),
        f"the form {title}",
    )
    return who


async def test_its_file_is_late_but_the_vendor_phoned(stage: Stage) -> None:
    case = await silent(stage)
    dana = await chosen(stage, "dana", case, "Extend trust…", "Extend trust")
    form = str(dana.view().content)
    assert "more than policy allows, worth $" in form
    sent = await dana.submit_view({"vouch.reason": "their file is late, the numbers stand"})
    assert sent.outcome is Outcome.CLOSED
    asked = await stage.acted(case, ActionKind.VOUCH, ActionState.ASKED)
    assert "their file is late, the numbers stand" in asked.note
    assert stage.seen(TRAY).quantity == 0, "nothing is promised before a second person decides"
    await stage.card(case, "Waiting for approval")
    lee = await stage.press("lee", case, "card.decide.open")
    assert "Its last numbers, as of" in str(lee.view().content)
    assert (await lee.submit_view({"correction.decision": "approve"})).outcome is Outcome.CLOSED
    await stage.shows(TRAY, ALL, within=30)
    await stage.card(case, "Counts in full until")
    stage.clock.pass_by(timedelta(hours=4))
    await stage.shows(TRAY, 0, within=30)
    await stage.acted(case, ActionKind.VOUCH, ActionState.UNDONE)
    assert "Its last numbers are vouched for no longer. Its time is over." in await stage.verified(case)


async def test_heard_again_it_needs_nobody_s_word(stage: Stage) -> None:
    case = await silent(stage)
    dana = await chosen(stage, "dana", case, "Treat as 0 now…", "Treat as 0")
    assert (await dana.submit_view({})).errors, "a reason is needed"
    assert (await dana.submit_view({"nothing.reason": "their depot burns"})).outcome is Outcome.CLOSED
    await stage.card(case, "Counts as 0")
    assert stage.seen(TRAY).quantity == 0
    stage.trouble("vendor", end=True)
    await stage.case_when(case, lambda now: now.life is Life.CLEARED, "the silence to end", within=30)
    assert "Its stock counts by policy again. The source is not silent any more." in await stage.verified(case)
    async with stage.product.store.reading() as uow:
        assert list(await uow.words.standing()) == []
