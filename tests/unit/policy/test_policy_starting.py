"""`countersign init`: ten questions, and a first policy that reads back whatever was answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_texts import PILOT

from sync.errors import BadInput
from sync.policy.connections import FeedConnection, connection_of
from sync.policy.reading import read_policy
from sync.policy.starting import QUESTIONS, Answers, Question, starter_policy
from sync.policy.system_rules import Mode

DEFAULTS = Answers(**{question.id: question.default for question in QUESTIONS})
ANY_TEXT = st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable() and text.strip())


def test_there_are_ten_questions_each_with_an_answer_of_its_own() -> None:
    assert [question.id for question in QUESTIONS] == list(Answers.__dataclass_fields__)
    assert len(QUESTIONS) == 10


def test_the_pilot_has_one_storefront_one_source_one_downstream_one_queue() -> None:
    policy = read_policy(PILOT)
    assert list(policy.systems) == ["storefront", "downstream", "warehouse"]
    assert list(policy.channels) == ["storefront", "downstream"]
    assert list(policy.sources) == ["warehouse"]
    assert list(policy.queues) == ["exceptions"]
    assert {system.mode for system in policy.systems.values()} == {Mode.SHADOW}
    assert len(policy.not_automated) >= 3


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_takes_its_own_default_and_refuses_nothing_at_all(question: Question) -> None:
    assert question.check(question.default) == ""
    for nothing in ("", " ", "a\nb: c"):
        assert question.check(nothing) != ""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("currency", "usd"),
        ("timezone", "Mars/Phobos"),
        ("storefront", "https://a.myshopify.com"),
        ("lead", "@dana"),
        ("channel", "Inv Ops"),
        ("place", "x" * 201),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_how_to_write_it(question: str, answer: str) -> None:
    with pytest.raises(BadInput, match="Write "):
        starter_policy(replace(DEFAULTS, **{question: answer}))


def test_two_approvers_are_two_people() -> None:
    with pytest.raises(BadInput, match="so that nobody approves alone"):
        starter_policy(replace(DEFAULTS, second=DEFAULTS.lead))


def test_two_shops_are_two_shops() -> None:
    with pytest.raises(BadInput, match="one shop"):
        starter_policy(replace(DEFAULTS, downstream=DEFAULTS.storefront))


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_whatever_people_answer_reads_back_as_they_wrote_it(company: str, folder: str, place: str) -> None:
    policy = read_policy(starter_policy(replace(DEFAULTS, company=company, source_folder=folder, place=place)))
    assert (policy.company, policy.locations["main"].name) == (company.strip(), place.strip())
    feed = connection_of(policy.systems["warehouse"])
    assert isinstance(feed, FeedConnection)
    assert policy.systems["warehouse"].connection["folder"] == folder.strip()


def test_a_channel_may_be_written_with_its_sign() -> None:
    policy = read_policy(starter_policy(replace(DEFAULTS, channel="#inv-desk")))
    assert (policy.queues["exceptions"].channel, policy.digest.channel) == ("inv-desk", "inv-desk")
