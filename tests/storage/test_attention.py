"""Who is to be told of what, once; who was; and what people chose, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from storage.store import SqlStore
from sync.exceptions.lifecycle import settle
from sync.model.exceptions import Case, Life
from sync.model.ids import ExceptionId, QueueId, SkuId, SystemId, UserId
from sync.model.mentions import Direct, Mention, PersonSettings, Why
from sync.model.outbox import card_key
from sync.model.stock import Sku
from sync.path.written import write_steps
from tests.findings import a_finding
from tests.shop_rules import rules
from tests.storage.given import DANA, LEE, NOW, a_case, later, sku


def a_mention(nth: int, **changed: Any) -> Mention:
    given: dict[str, Any] = {"why": Why.OWN, "cause": "feed", "person": DANA, "wanted_at": NOW, "not_before": NOW}
    return Mention(key=f"EX-{nth}:0:own:0", case=ExceptionId(nth), queue=QueueId("marketplaces"), **(given | changed))


async def wanted(store: SqlStore, *mentions: Mention) -> None:
    async with store.unit_of_work() as uow:
        await uow.attention.want(mentions)


async def waiting(store: SqlStore, **by: float) -> list[str]:
    async with store.reading() as uow:
        return [one.key for one in await uow.attention.waiting(later(**by), 10)]


async def test_a_mention_comes_back_as_it_was_wanted_and_once(store: SqlStore) -> None:
    given = a_mention(1, channel="inv-ops", critical=True, why=Why.LAST_RESORT)
    await wanted(store, given)
    await wanted(store, replace(given, person=LEE))
    async with store.reading() as uow:
        assert list(await uow.attention.waiting(NOW, 10)) == [given]


async def test_what_may_not_be_told_yet_waits_and_the_critical_comes_first(store: SqlStore) -> None:
    await wanted(store, a_mention(1), a_mention(2, not_before=later(hours=1)), a_mention(3, critical=True))
    assert await waiting(store) == ["EX-3:0:own:0", "EX-1:0:own:0"]
    assert len(await waiting(store, hours=1)) == 3


async def test_what_was_told_is_known_by_person_cause_and_message(store: SqlStore) -> None:
    await wanted(store, a_mention(1), a_mention(2), a_mention(3, person=UserId(""), channel="#growth", why=Why.COPY))
    async with store.unit_of_work() as uow:
        await uow.attention.settle({"EX-1:0:own:0": "mention:a", "EX-2:0:own:0": "mention:a"}, NOW)
        await uow.attention.settle({"EX-3:0:own:0": "mention:b"}, later(minutes=5))
        await uow.attention.settle({}, NOW)
    assert await waiting(store) == []
    async with store.reading() as uow:
        assert [one.key for one in await uow.attention.of_post("mention:a")] == ["EX-1:0:own:0", "EX-2:0:own:0"]
        assert await uow.attention.told_since(NOW) == {("U0DANA", "feed"): NOW, ("#growth", "feed"): later(minutes=5)}
        assert await uow.attention.told_since(later(minutes=1)) == {("#growth", "feed"): later(minutes=5)}


async def test_nobody_is_told_of_what_ended_or_was_taken_meanwhile(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        cases = [
            a_case(sku(1)),
            a_case(sku(2), life=Life.OWNED, owner=LEE, owner_name="Lee", owned_at=NOW),
            a_case(sku(3), life=Life.CLEARED, ended_at=NOW),
        ]
        free, taken, over = [one.id for one in await uow.cases.open(cases)]
        await uow.attention.want(
            [
                a_mention(free),
                a_mention(taken),
                a_mention(over),
                replace(a_mention(taken, why=Why.END), key="end"),
                replace(a_mention(free, why=Why.COPY), key="copy"),
            ]
        )
    async with store.unit_of_work() as uow:
        assert await uow.attention.drop_needless(NOW) == 2
    assert sorted(await waiting(store)) == sorted([f"EX-{free}:0:own:0", "end", "copy"])
    async with store.reading() as uow:
        assert await uow.attention.told_since(NOW) == {}, "what was dropped was not told"


async def test_last_resorts_are_counted_by_exception(store: SqlStore) -> None:
    await wanted(
        store,
        a_mention(1, why=Why.LAST_RESORT),
        replace(a_mention(1, why=Why.LAST_RESORT), key="approval"),
        a_mention(2, why=Why.LAST_RESORT, wanted_at=later(days=-8)),
        a_mention(3),
    )
    async with store.reading() as uow:
        assert await uow.attention.last_resorts(later(days=-7)) == 1


async def test_people_choose_for_themselves(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.attention.choose(PersonSettings(DANA, False, "22:00", "07:00", "Europe/London"), NOW)
        await uow.attention.choose(PersonSettings(LEE), NOW)
    chosen = PersonSettings(
        DANA,
        True,
        "21:00",
        "06:30",
        "America/New_York",
        direct=Direct.LATE,
        quiet_days=(0, 6),
        away_from=date(2026, 12, 24),
        away_until=date(2026, 12, 31),
        delegate=LEE,
        money_first=True,
    )
    async with store.unit_of_work() as uow:
        await uow.attention.choose(chosen, later(hours=1))
    async with store.reading() as uow:
        assert await uow.attention.settings({DANA, UserId("U0KIM")}) == {DANA: chosen}
        assert await uow.attention.everybody() == [chosen, PersonSettings(LEE)]


async def test_f54_repairs_whose_cause_is_unknown_are_counted_while_they_stay_open(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        cases = [a_case(sku(1), lacks="cause"), a_case(sku(2), lacks="note"), a_case(sku(3), lacks="cause")]
        opened = await uow.cases.open(cases)
        await uow.cases.save([replace(opened[2], life=Life.RESOLVED, ended_at=NOW, version=opened[2].version + 1)])
    async with store.reading() as uow:
        standing = await uow.cases.standing()
    assert standing[QueueId("marketplaces")].cause_unknown == 1


async def test_f55_one_trouble_that_comes_back_two_hundred_times_is_one_exception_with_a_count(store: SqlStore) -> None:
    policy, now, trouble = rules(), NOW, timedelta(minutes=1)
    async with store.unit_of_work() as uow:
        await uow.systems.ensure([SystemId("shopify-us")], now)
        await uow.catalogue.add_skus([Sku(SkuId("KTL"))])
    known: tuple[Case, ...] = ()
    for nth in range(200):
        now += trouble
        found = [a_finding(7, since=now)] if nth % 2 == 0 else []
        waited = tuple(replace(case, agrees_since=now - trouble) if not case.life.ended else case for case in known)
        steps = settle(found, waited, (), policy, now).steps
        async with store.unit_of_work() as uow:
            written = await write_steps(uow, steps, now)
        known = tuple(written) or known
    [case] = known
    assert (case.reopenings, case.recurrences) == (99, 100)
    async with store.reading() as uow:
        posts = [await uow.posts.get(card_key(case.name, life)) for life in (0, 99, 100)]
        chains = await uow.proofs.names("exception:")
    assert [post is not None for post in posts] == [True, True, False]
    assert list(chains) == [f"exception:{case.name}"]
