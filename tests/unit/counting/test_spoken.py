"""A person's word on a silent source: which numbers it is about, what they are worth, and when it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sync.counting.kits import kit_pool
from sync.counting.raising import may_rise
from sync.counting.spoken import kin_with_words, with_words
from sync.exceptions.spoken import HEARD_AGAIN, TIME_OVER, why_over
from sync.model.facts import Revision
from sync.model.ids import ExceptionId, LocationId, SkuId, SystemId, UserId
from sync.model.kits import Recipes
from sync.model.picture import CommittedPool, Kinship, Part, RaiseMemo, SystemPicture
from sync.model.source_word import SourceWord, WordKind
from sync.model.stock import Recipe, SkuState
from sync.policy.schema import Policy
from sync.promise import decider, next_change, pool, promise
from tests.builders import SHOP, SKU, WMS, a_listing, a_policy, a_source, at, counted, folded

ERP = SystemId("erp")
RENO, SET = LocationId("reno"), SkuId("SET")


def policy(**wms: Any) -> Policy:
    """Numbers of the WMS are fresh for an hour, then half of them counts."""
    source = {"fresh_for": "1 h", "stale_counts_as": "0.5"} | wms
    return a_policy(wms=source, systems={"erp": a_source(fresh_for="1 h")}, deciders={"reno": ["wms", "erp"]})


def a_word(
    kind: WordKind = WordKind.NOTHING, until: datetime | None = None, content: str = "08:00", system: SystemId = WMS
) -> SourceWord:
    return SourceWord(system, kind, UserId("U0DANA"), "Dana", "why", at("10:00"), at(content), ExceptionId(1), until)


def worth(rules: Policy, state: SkuState, *words: SourceWord, when: str = "10:30") -> int:
    """What the shop may show."""
    return promise(with_words(state, words), a_listing(), rules, at(when)).units


def vouched(until: str = "12:00", **rest: Any) -> SourceWord:
    return a_word(WordKind.VOUCHED, at(until), **rest)


def test_a_stale_number_counts_as_policy_says_or_as_a_person_does() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"))
    assert worth(rules, state) == 5
    assert worth(rules, state, a_word()) == 0
    assert worth(rules, state, vouched()) == 10
    told = promise(with_words(state, [a_word()]), a_listing(), rules, at("10:30")).arithmetic
    assert "\u2212 Reno counts as 0 since 10:00 UTC, says Dana 10" in told
    told = promise(with_words(state, [vouched()]), a_listing(), rules, at("10:30")).arithmetic
    assert told == ("Reno 10 (wms, as of 08:00 UTC, vouched for until 12:00 UTC)",)


def test_a_fresh_number_needs_nobody_s_word() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"), counted(7, "10:20"))
    assert worth(rules, state, a_word()) == worth(rules, state, vouched()) == worth(rules, state) == 7


def test_what_is_vouched_for_is_over_at_its_time_and_due_then() -> None:
    rules = policy()
    state = with_words(folded(rules, counted(10, "08:00")), [vouched()])
    assert next_change(state, rules, at("10:30")) == at("12:00")
    assert worth(rules, state, vouched(), when="11:59") == 10
    assert worth(rules, state, vouched(), when="12:00") == 5


def test_a_newer_number_that_is_stale_too_is_not_the_one_that_was_vouched_for() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"), counted(8, "09:00"))
    assert worth(rules, state, vouched()) == 4
    assert worth(rules, state, vouched(content="09:00")) == 8
    assert worth(rules, state, a_word()) == 0, "nothing of what is old counts"


def test_a_fresh_number_of_another_source_goes_before_one_that_is_vouched_for() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"), counted(3, "10:20", system=ERP))
    assert worth(rules, state, vouched()) == 3
    both = folded(rules, counted(10, "08:00"), counted(3, "08:00", system=ERP))
    assert worth(rules, both, vouched(system=ERP)) == 3
    found = decider(with_words(both, [vouched(system=ERP)]), RENO, rules, at("10:30"))
    assert found is not None
    assert found.system == ERP


def test_a_vendor_whose_counts_acknowledge_is_acknowledged_by_what_is_vouched_for() -> None:
    rules = policy(acknowledged_for="1 h", counts_acknowledge=True)
    state = folded(rules, counted(10, "08:00"))
    assert (worth(rules, state), worth(rules, state, vouched())) == (0, 10)
    explicit = policy(acknowledged_for="1 h")
    assert worth(explicit, state, vouched()) == 0, "its own word, where policy asks for it, is nobody else's to give"


def test_the_word_of_one_source_is_about_no_other() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"))
    assert with_words(state, [a_word(system=ERP)]) is state


def test_a_person_s_word_explains_an_increase_and_its_end_by_itself_none() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"))
    drawn = pool(state, SHOP, rules, at("10:30"))
    memo = RaiseMemo(0, numbers=((RENO, WMS, at("08:00")),))
    assert may_rise(memo, 5, drawn, (), rules, at("10:30"), by_word=True)[::2] == (True, "said by a person")
    allowed, kept, _ = may_rise(memo, 5, drawn, (), rules, at("10:30"))
    assert (allowed, kept.allowed) == (False, 0)


def test_a_kit_s_own_slice_counts_its_parts_by_the_same_word() -> None:
    rules = policy()
    state = folded(rules, counted(10, "08:00"))
    part = Part(state, pools=((SHOP, CommittedPool(10, memo=RaiseMemo(10))),))
    recipe = Recipe(SHOP, at("07:00"), Revision(0, at("07:00"), ""), ((SKU, 1),))
    kin = Kinship(Recipes({SET: (recipe,)}), (part,), frozenset({SKU}))

    def units(*words: SourceWord) -> int:
        found = kit_pool(SET, kin_with_words(kin, words), kin.recipes, SHOP, rules, at("10:30"))
        assert found is not None
        return found.believed.units

    assert (units(), units(a_word()), units(vouched())) == (5, 0, 10)


@pytest.mark.parametrize(
    ("content", "when", "word", "why"),
    [
        ("08:00", "10:30", a_word(), ""),
        ("08:30", "10:30", a_word(), ""),
        ("10:00", "10:30", a_word(), HEARD_AGAIN),
        ("08:00", "12:00", vouched(), TIME_OVER),
        ("08:00", "11:59", vouched(), ""),
        ("08:00", "10:30", None, ""),
    ],
)
def test_it_is_over_with_the_silence_or_at_its_time(content: str, when: str, word: SourceWord | None, why: str) -> None:
    heard = SystemPicture(WMS, at(content), at(content), at("07:00"), 1, None, 0, None, word=word)
    assert why_over(heard, policy(), at(when)) == why


def test_a_source_that_policy_lets_be_silent_for_longer_now_is_not_silent_any_more() -> None:
    heard = SystemPicture(WMS, at("08:00"), at("08:00"), at("07:00"), 1, None, 0, None, word=a_word())
    assert why_over(heard, policy(fresh_for="3 h"), at("10:30")) == HEARD_AGAIN
