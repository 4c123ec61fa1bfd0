"""What the core says is recognised and said in another language, with its values; words of people stay theirs."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pseudo_language import pseudo

from bot.slack.gathering import gather
from bot.slack.heard import Heard
from sync.errors import CountersignError
from sync.inbox.acts import (
    Act,
    AddNote,
    Cap,
    Close,
    GiveBack,
    HandOver,
    Pause,
    ProposeCorrection,
    RequestCount,
    Snooze,
    Take,
    TryAgain,
)
from sync.model.ids import LocationId
from tests.acting.acting_world import ActingWorld, an_acting_world
from tests.acting.desk import DANA, LEE, SAM
from tests.builders import RENO, a_policy, at, counted, level, listed

CORE = gather()
HEARD = Heard({english: pseudo(english) for english in CORE})
MARKED = Heard({english: f"⟦{english}⟧" for english in CORE})
WORDS = re.compile(r"[A-Za-z]{3,}")


def filled(english: str) -> str:
    """A template with values that no template could be."""
    names = [name for _, name, _, _ in Formatter().parse(english) if name is not None]
    return english.format(**{name: f"«{nth}»" for nth, name in enumerate(names)})


def test_the_core_has_its_sentences_gathered() -> None:
    assert len(CORE) > 400
    assert "{name} is with {who}" not in CORE
    assert "It is yours already." in CORE
    assert all(english == english.strip(" ") for english in CORE)


@pytest.mark.parametrize("english", CORE)
def test_each_sentence_is_recognised_with_its_values(english: str) -> None:
    text = filled(english)
    said = HEARD(text)
    assert sorted(re.findall("«\\d+»", said)) == sorted(re.findall("«\\d+»", text))
    assert not WORDS.findall(re.sub(r"`[^`]*`|<[^>]*>|:[a-z0-9_]+:|(?<=») UTC", "", said))


def test_several_sentences_in_one_text_are_each_said() -> None:
    text = "It is yours. Somebody typed this. Nothing was repaired here yet."
    assert MARKED(text) == "⟦It is yours.⟧ Somebody typed this. ⟦Nothing was repaired here yet.⟧"


def test_a_part_inside_a_sentence_is_said_too() -> None:
    said = MARKED("Dana says: Amazon US: to be released. The card says when it is., by hand.")
    assert "⟦" in said
    assert "Amazon US" in said


@given(st.text(max_size=200))
def test_words_of_people_stay_as_they_are(text: str) -> None:
    assert MARKED(text) == text or "⟦" in MARKED(text)
    assert HEARD("") == ""


def test_a_long_text_is_not_looked_at() -> None:
    assert MARKED("It is yours. " * 1_000) == "It is yours. " * 1_000


# -- what the core really says -----------------------------------------------------------------------------------------


def a_world() -> ActingWorld:
    """A kettle of which the shop shows five too many."""
    world = an_acting_world(a_policy(channel={}))
    world.judge("08:00", listed("08:00", buyable=True, tracked=True), level(10, "08:00"), counted(10, "08:00"))
    world.judge("09:00", counted(5, "09:00"))
    world.judge("10:00")
    return world


def said_by_core(world: ActingWorld) -> list[str]:
    """What stands in its exceptions: why, what changed, and how it was computed."""
    told = []
    for case in world.cases:
        told += [case.evidence.changed, case.risk.basis, *(term.text for term in case.risk.terms)]
        told += case.evidence.arithmetic
    return [text for text in told if text]


NAMES = "Kettle Shop wms Reno Source Dana Lee Sam Marketplaces Warehouse Finance KTL BLK UTC Mar USD min units unit"
VALUES = frozenset(NAMES.split(" "))
THEIR_WORDS = {"two", "cartons", "look", "damaged"}


def unsaid(text: str) -> set[str]:
    """Words that stayed English and are no value."""
    return set(WORDS.findall(re.sub(r"<@\w+>", "", HEARD(text)))) - VALUES - THEIR_WORDS


def test_what_is_found_is_said_whole() -> None:
    told = said_by_core(a_world())
    assert told
    for text in told:
        assert unsaid(text) == set(), text


NOTE = "two cartons look damaged"


def acts(world: ActingWorld) -> dict[str, Act]:
    listing = world.state.listings[0].id
    return {
        "take": Take(),
        "give back": GiveBack(),
        "empty note": AddNote(""),
        "retry": TryAgain(),
        "close without a word": Close("false_alarm", ""),
        "close without an outcome": Close("", ""),
        "close": Close("expected", NOTE),
        "pause": Pause((listing,), "count"),
        "pause with a note": Pause((listing,), "other", NOTE),
        "pause without a reason": Pause((listing,), ""),
        "cap": Cap(listing, 2, NOTE),
        "cap too high": Cap(listing, 90, NOTE),
        "count": RequestCount(RENO, None, None, ""),
        "count nowhere": RequestCount(LocationId("nowhere"), None, None, ""),
        "count by somebody": RequestCount(RENO, SAM, at("12:00"), ""),
        "count too late": RequestCount(RENO, None, at("07:00"), ""),
        "correct": ProposeCorrection("wms", RENO, 5, 4, "damage", NOTE),
        "correct what moved": ProposeCorrection("wms", RENO, 9, 4, "damage", NOTE),
        "hand over": HandOver(LEE, NOTE),
        "hand over to nobody": HandOver(None, NOTE),
        "snooze": Snooze(at("14:00"), NOTE),
        "snooze for ever": Snooze(None, NOTE),
        "snooze until yesterday": Snooze(at("-1 14:00"), NOTE),
    }


@pytest.mark.parametrize("name", acts(a_world()))
def test_answers_refusals_and_lines_of_the_thread_are_said_whole(name: str) -> None:
    world = a_world()
    try:
        applied = world.act(DANA, acts(world)[name], world.cases[-1], "10:05")
        told = [applied.answer, *(entry.sentence for entry in applied.entries), *(said for _, said in applied.notices)]
    except CountersignError as error:
        told = [str(error)]
    for text in told:
        assert unsaid(text) == set(), text
