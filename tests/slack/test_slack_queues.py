"""The queues' own messages: pinned summaries, the overflow card of a crowd, and what is told after an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from slack_stored import Stored

from bot.slack.delivery import Deliverer
from bot.slack.pacing import Pacing
from sandbox.slack import Outage, RateLimits, validate
from sync.model.exceptions import Life
from sync.model.ids import SystemId

MARKETPLACES = "inv-marketplaces"


async def rounds(stored: Stored, worker: Deliverer, count: int, each: timedelta = timedelta(seconds=6)) -> None:
    """Deliver, and let time pass, so many times."""
    for _ in range(count):
        await stored.deliver(worker)
        stored.clock.move(each)


async def test_each_queue_has_one_pinned_summary(stored: Stored) -> None:
    await stored.open_many(2)
    worker = stored.queueing()
    await stored.deliver(worker)
    for channel in ("inv-marketplaces", "inv-warehouse", "inv-catalog"):
        (pinned,) = stored.workspace.state.channel(channel).pins
        assert pinned in [message.ts for message in stored.workspace.messages(channel)]
    pin = stored.message(MARKETPLACES, "Marketplaces: 2 open")
    text = stored.workspace.read(pin)
    assert "*$3 at risk* · 2 without owner" in text
    assert text.index("1. *EX-2*") < text.index("2. *EX-1*"), "most urgent first"
    assert "*On duty* @Dana, then @Lee" in text
    assert "Warehouse: nothing needs you" in "\n".join(stored.shown("inv-warehouse"))


async def test_a_summary_follows_by_update_and_only_when_it_says_something_new(stored: Stored) -> None:
    (case,) = await stored.open_many(1)
    worker = stored.queueing()
    await rounds(stored, worker, 12)
    before = stored.workspace.calls.get("chat.update", 0)
    await rounds(stored, worker, 12)
    assert stored.workspace.calls.get("chat.update", 0) == before, "nothing changed, so nothing is sent"
    async with stored.store.unit_of_work() as uow:
        await uow.cases.save([replace(case, life=Life.CLEARED, version=2, ended_at=stored.clock.now())])
    await rounds(stored, worker, 12)
    pin = stored.message(MARKETPLACES, "Marketplaces: nothing needs you")
    assert stored.workspace.state.channel(MARKETPLACES).pins == [pin.ts]


async def test_a_silent_source_is_never_told_as_calm(stored: Stored) -> None:
    rules = stored.policy.current
    wms = rules.systems["wms"]
    source = wms.source.model_copy(update={"fresh_for": timedelta(hours=1)})  # type: ignore[union-attr]
    systems = rules.systems | {"wms": wms.model_copy(update={"source": source})}
    stored.policy.take(rules.model_copy(update={"systems": systems}))
    async with stored.store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("wms")], stored.clock.now() - timedelta(hours=3))
    await stored.deliver(stored.queueing())
    text = "\n".join(stored.shown("inv-catalog"))
    assert "Nothing open, but WMS is silent since" in text
    assert "so I do not know" in text


async def test_a_thousand_causes_become_twenty_cards_and_one_overflow_card(stored: Stored) -> None:
    """1,000 exceptions of 1,000 causes at once, at Slack's own limits: understandable within ten seconds."""
    stored.workspace.front.limits = RateLimits()
    await stored.open_many(1000)
    began = stored.clock.now()
    worker = stored.queueing(pacing=Pacing())
    await stored.deliver(worker)
    overflow = stored.message(MARKETPLACES, "more wait for a card")
    assert stored.clock.now() - began < timedelta(seconds=10)
    assert "EX-1000" in stored.workspace.read(overflow)
    assert validate(overflow.blocks) == []
    stored.workspace.front.limits = RateLimits.off()
    fast = stored.queueing()
    await rounds(stored, fast, 6)
    cards = [text for text in stored.shown(MARKETPLACES) if "too many" in text]
    assert len(cards) == 20
    assert all(any(f"EX-{nth} " in card for card in cards) for nth in range(981, 1001)), "the twenty worst"
    assert "Marketplaces: 980 more wait for a card" in stored.workspace.read(overflow)
    assert len(stored.workspace.messages(MARKETPLACES)) == 22, "twenty cards, one overflow card, one summary"


async def test_as_cards_end_the_next_worst_get_theirs_and_at_last_the_overflow_folds(stored: Stored) -> None:
    cases = await stored.open_many(45)
    worker = stored.queueing()
    await rounds(stored, worker, 3)
    assert "25 more wait" in stored.workspace.read(stored.message(MARKETPLACES, "more wait for a card"))
    async with stored.store.unit_of_work() as uow:
        ended = [
            replace(case, life=Life.CLEARED, version=2, ended_at=stored.clock.now(), outcome="cleared")
            for case in cases[25:]
        ]
        await uow.cases.save(ended)
    await rounds(stored, worker, 4)
    waiting = stored.workspace.read(stored.message(MARKETPLACES, "All shown"))
    assert "45 had waited at most" in waiting
    cards = [text for text in stored.shown(MARKETPLACES) if "too many" in text]
    assert all(any(f"EX-{nth} " in card for card in cards) for nth in range(1, 26))


async def test_an_ordinary_card_of_another_queue_passes_a_crowd(stored: Stored) -> None:
    await stored.open_many(300)
    await stored.open_many(1, queue="catalog", first=900)
    seconds = 1000.0
    worker = stored.queueing(pacing=Pacing(lambda: seconds))
    await worker.run_once()
    assert "too many" in "\n".join(stored.shown("inv-catalog")), "in the first round, before the crowd is through"


async def test_a_crowd_that_stood_before_a_restart_goes_on_as_the_same_message(stored: Stored) -> None:
    await stored.open_many(40)
    first = stored.queueing()
    await rounds(stored, first, 2)
    await first.release()
    second = stored.queueing(holder="second")
    await stored.open_many(5, first=41)
    await rounds(stored, second, 2)
    assert len([text for text in stored.shown(MARKETPLACES) if "more wait for a card" in text]) == 1


async def test_after_thirty_minutes_away_each_queue_is_told_once_before_its_cards(stored: Stored) -> None:
    """A Slack outage of 30 simulated minutes: nothing lost, nothing twice, the worst first."""
    workspace = stored.workspace
    worker = stored.queueing()
    await stored.deliver(worker)
    await workspace.set_outage(Outage.UNAVAILABLE)
    cases = await stored.open_many(6)
    for _ in range(30):
        assert await worker.run_once() == 0
        worker._line._away_until = 0.0
        stored.clock.move(timedelta(minutes=1))
    async with stored.store.unit_of_work() as uow:
        gone = [replace(case, life=Life.CLEARED, version=2, ended_at=stored.clock.now()) for case in cases[:2]]
        await uow.cases.save(gone)
    await workspace.set_outage(Outage.NONE)
    before = len(workspace.messages(MARKETPLACES))
    await rounds(stored, worker, 3)
    told, *cards = stored.shown(MARKETPLACES)[before:]
    assert "Slack was away" in told
    assert "6 opened, 2 of them cleared by themselves" in told
    assert "4\u00a0need a person, $18 at risk" in told
    ids = [next(nth for nth in range(1, 7) if f"EX-{nth} " in card) for card in cards]
    assert ids == [6, 5, 4, 3]
    assert len([text for text in stored.shown(MARKETPLACES) if "Slack was away" in text]) == 1


async def test_every_third_call_refused_loses_nothing_and_posts_nothing_twice(stored: Stored) -> None:
    """429s on every third call."""
    stored.workspace.faults.ratelimit_every, stored.workspace.faults.retry_after = 3, 1
    await stored.open_many(12)
    worker = stored.queueing()
    for _ in range(60):
        await stored.deliver(worker)
        stored.clock.move(timedelta(seconds=3))
    cards = [text for text in stored.shown(MARKETPLACES) if "too many" in text]
    assert len(cards) == 12
    assert all(sum(f"EX-{nth} " in card for card in cards) == 1 for nth in range(1, 13))
