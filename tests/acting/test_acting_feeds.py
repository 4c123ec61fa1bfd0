"""Ask for a feed: whom policy names in a direct message, or somebody by hand; kept, told on the card, and not asked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import SqlStore
from sync.actions.feeds import asked_for_feed, preview_ask
from sync.inbox.acts import AskFeed
from sync.inbox.service import Inbox
from sync.inbox.view import Prepared
from sync.model.exceptions import Evidence, ExceptionClass, Fingerprint
from sync.model.ids import SystemId, UserId
from sync.model.outbox import PostKind
from sync.policy.holder import PolicyInForce
from sync.policy.system_rules import Contact
from tests.acting.desk import DANA, LEE, SAM, ActingDesk, person
from tests.databases import MovableClock
from tests.shop_rules import rules
from tests.storage.given import a_case

WMS = SystemId("wms")
SENT = "Please send the current file."


@pytest.fixture
async def desk(store: SqlStore, store_clock: MovableClock) -> ActingDesk:
    """WMS is silent; policy names Noor for it, who is in Slack."""
    contact = Contact(name="Noor", slack=UserId("U0NOOR"), mail="noor@wms.example")
    systems = {"wms": rules().systems["wms"].model_copy(update={"contact": contact})}
    named = rules().model_copy(update={"systems": rules().systems | systems})
    policy, now = PolicyInForce(named), store_clock.now()
    about = Fingerprint(ExceptionClass.STALE_FEED, systems=(WMS,))
    evidence = Evidence("WMS has sent nothing newer.", "wms:silence", now - timedelta(hours=2))
    case = a_case(None, fingerprint=about, evidence=evidence, opened_at=now, since=now, assign_by=None, resolve_by=None)
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([WMS], now)
        [case] = await uow.cases.open([case])
    return ActingDesk(store, store_clock, policy, Inbox(store, policy, store_clock, {}), case.id)


async def test_whom_policy_names_is_asked_directly_once_and_it_is_kept_who_asked(desk: ActingDesk) -> None:
    asked = await desk.act(DANA, AskFeed(SENT))
    assert (asked.kind, asked.text) == ("done", "Noor is asked in a direct message.")
    case = await desk.now()
    act = asked_for_feed(case)
    assert act is not None
    assert (act.by_name, act.figure("whom"), act.figure("way"), act.note) == ("Dana", "Noor", "directly", SENT)
    assert case.owner == DANA, "who acts owns it"
    told = await desk.post(f"told:{case.name}:{case.version}:U0NOOR")
    assert told is not None
    assert (told.kind, told.channel) == (PostKind.PRIVATE, "U0NOOR")
    assert told.body == f"Dana of Tiny Shop asks you for a feed of WMS: {SENT}"
    assert await desk.told() == ["taken", "feed_asked"]


async def test_asked_by_hand_nothing_is_sent(desk: ActingDesk) -> None:
    asked = await desk.act(DANA, AskFeed(SENT, "the desk at Acme"))
    assert asked.text == "Kept: you asked the desk at Acme. The card says so until newer content comes."
    case = await desk.now()
    assert await desk.post(f"told:{case.name}:{case.version}:U0NOOR") is None


async def test_a_second_one_is_told_who_asked_and_may_ask_after_an_hour(desk: ActingDesk) -> None:
    await desk.act(DANA, AskFeed(SENT))
    desk.clock.move(timedelta(minutes=20))
    second = await desk.act(LEE, AskFeed(SENT))
    assert second.kind == "faster"
    assert second.text.startswith("Dana asked Noor 20\u00a0min ago, and nothing newer has come yet. Ask again from")
    prepared = await desk.inbox.prepare(person(LEE), "askfeed", desk.case, 2, {})
    assert isinstance(prepared, Prepared)
    assert prepared.preview[1].startswith("Dana asked Noor at")
    desk.clock.move(timedelta(minutes=41))
    assert (await desk.act(LEE, AskFeed(SENT))).kind == "done"


async def test_newer_content_answers_it(desk: ActingDesk) -> None:
    await desk.act(DANA, AskFeed(SENT))
    case = await desk.now()
    later = replace(case.evidence, event_at=desk.clock.now() + timedelta(minutes=5))
    assert asked_for_feed(replace(case, evidence=later)) is None


async def test_nobody_to_ask_no_words_and_no_right_are_said(desk: ActingDesk) -> None:
    blank = await desk.act(DANA, AskFeed("  "))
    assert [(one.field, one.text) for one in blank.errors] == [("text", "Write what you ask for.")]
    assert (await desk.act(SAM, AskFeed(SENT))).kind == "refused"
    desk.policy.take(rules())
    nobody = await desk.act(DANA, AskFeed(SENT))
    assert [one.field for one in nobody.errors] == ["whom"]
    assert await desk.told() == ["refused"]


async def test_what_is_no_silence_has_nothing_to_ask_for(desk: ActingDesk) -> None:
    case = await desk.now()
    about = replace(case.fingerprint, detail="unacknowledged:Chairs")
    async with desk.store.unit_of_work() as uow:
        await uow.cases.save([replace(case, fingerprint=about, version=case.version + 1)])
    assert [one.field for one in (await desk.act(DANA, AskFeed(SENT))).errors] == ["whom"]
    view = await desk.inbox.view(desk.case)
    assert view is not None
    assert preview_ask(view) == ("This exception is not about a silent source.",)
