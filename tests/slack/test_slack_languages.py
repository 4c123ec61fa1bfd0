"""A second language, whole: every text of every surface comes in it, whatever its length and its plurals, and Slack takes all."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from memory_desk import a_policy
from pseudo_language import english_words, write_pseudo
from slack_builders import DANA, NOW, a_view
from slack_world import Running, World
from test_slack_bulk_views import surfaces
from test_slack_cards import CARDS
from test_slack_digest import the_week
from test_slack_modals import LOOKING, prepared
from test_slack_storms import SHAPES, worst_cases

from bot.slack import format as fmt
from bot.slack import languages
from bot.slack import modals as m
from bot.slack import texts as t
from bot.slack.answering.asked import Asked
from bot.slack.cards.queue import QueueFigures, Waiting, render_overflow, render_pin
from bot.slack.clicks import Clicks
from bot.slack.commands import Commands
from bot.slack.digest.files import sheets, xlsx_of
from bot.slack.digest.render import render_digest
from bot.slack.digest.thread import render_queue, render_queues
from bot.slack.gathering import gather
from bot.slack.languages import faults_of, language_heard, language_texts, reader_of, renew, speaks, template
from bot.slack.payloads import Who
from bot.slack.plural import Plural
from bot.slack.speaking import Reader, reader, speaking_to
from sandbox.slack.blocks import validate, validate_view
from sync.bulk.bulk import Deed
from sync.errors import OurBug
from sync.model.ids import QueueId, SystemId
from sync.ports import Standing
from sync.recovery import Recovery, story

HERE = Path(__file__).parent
SAMPLES = [
    HERE / name
    for name in (
        "held_file_builders.py",
        "slack_builders.py",
        "spoken_builders.py",
        "test_slack_bulk_views.py",
        "test_slack_cards.py",
        "test_slack_modals.py",
        "test_slack_storms.py",
    )
]


def forget() -> None:
    """What was read of the languages' files."""
    for cached in (languages.languages, language_texts, language_heard, languages._whole):
        cached.cache_clear()


@pytest.fixture(scope="module")
def other_languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Files of Esperanto, Arabic and Japanese in pseudo letters, in the place of the real ones."""
    folder = tmp_path_factory.mktemp("languages")
    for language in ("eo", "ar", "ja"):
        write_pseudo(language, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(languages, "FOLDER", folder)
        forget()
        yield folder
    forget()


@pytest.fixture
def esperanto(other_languages: Path) -> Iterator[Reader]:
    someone = reader_of("eo", "Europe/Warsaw")
    with speaking_to(someone):
        yield someone


def data_words() -> set[str]:
    """Every word of the samples: names, titles, notes, and what sync says."""
    literals = (
        node.value
        for path in SAMPLES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {word for text in literals for word in re.findall(r"[A-Za-z]{3,}", text)} | {
        "CET",
        "CEST",
        "UTC",
        "USD",
        "Nov",
    }


DATA = data_words()
MARKETPLACES = "inv-marketplaces"


@pytest.mark.parametrize("name", CARDS)
def test_every_card_speaks_it(esperanto: Reader, name: str) -> None:
    shown = CARDS[name]().as_json()
    assert validate(json.loads(json.dumps(shown["blocks"]))) == []
    assert english_words(shown) - DATA == set()


@pytest.mark.parametrize("name", SHAPES)
def test_every_storm_speaks_it(esperanto: Reader, name: str) -> None:
    shown = SHAPES[name](a_policy()).as_json()
    assert validate(json.loads(json.dumps(shown["blocks"]))) == []
    assert english_words(shown) - DATA == set()


@pytest.mark.parametrize("kind", m.FORMS)
def test_every_form_speaks_it(esperanto: Reader, kind: str) -> None:
    shown = m.build(prepared(kind))
    assert validate_view(json.loads(json.dumps(shown))) == []
    assert english_words(shown) - DATA - {kind} == set()


@pytest.mark.parametrize("name", LOOKING)
def test_every_view_speaks_it(esperanto: Reader, name: str) -> None:
    shown = LOOKING[name]()
    assert validate_view(json.loads(json.dumps(shown))) == []
    assert english_words(shown) - DATA == set()


@pytest.mark.parametrize("deed", Deed)
def test_every_act_on_many_speaks_it(esperanto: Reader, deed: Deed) -> None:
    for shown in surfaces(deed):
        assert english_words(shown) - DATA == set()


def of_shop() -> set[str]:
    """Words of the shop's rules and of the digest's sample."""
    told = json.dumps(a_policy().model_dump(mode="json"), ensure_ascii=False)
    return set(re.findall(r"[A-Za-z]{3,}", told)) | {"SKU", "kettles", "CSV", "XLSX", "Marketpl"}


def test_the_digest_its_thread_and_its_files_speak_it(esperanto: Reader) -> None:
    policy = a_policy()
    week = the_week()
    messages = [
        render_digest(week, policy, "2026-W47"),
        render_digest(week, policy, "2026-W47", charts=False),
        render_queues(week, policy, "digest:2026-W47:queues"),
        *(render_queue(week, policy, QueueId(queue), f"digest:2026-W47:queue:{queue}") for queue in policy.queues),
    ]
    allowed = DATA | of_shop()
    for message in messages:
        assert message is not None
        shown = json.loads(json.dumps(message.as_json()))
        assert validate(shown["blocks"]) == []
        assert english_words(shown) - allowed == set()
    heads = [cell for rows in sheets(week, policy).values() for cell in rows[0]]
    assert english_words({"text": heads}) - allowed == set()
    assert xlsx_of(week, policy).startswith(b"PK")


def test_the_summaries_of_a_queue_speak_it(esperanto: Reader) -> None:
    policy, queue, cases = a_policy(), QueueId("marketplaces"), worst_cases(3)
    standing = Standing(3, 1, 2, Decimal(900), cases[0].id, NOW)
    figures = QueueFigures(queue, standing, cases, ((SystemId("wms"), NOW),), NOW)
    messages = (
        render_pin(figures, policy, 3),
        render_pin(replace(figures, standing=None), policy, 3),
        render_overflow(Waiting(queue, 30, 2, Decimal(900), cases, 20, 30, NOW), policy, 4),
        render_overflow(Waiting(queue, 0, 0, Decimal(0), (), 20, 30, NOW), policy, 5),
    )
    for message in messages:
        shown = json.loads(json.dumps(message.as_json()))
        assert validate(shown["blocks"]) == []
        assert english_words(shown) - DATA - of_shop() == set()


# -- in a running workspace --------------------------------------------------------------------------------------------


def in_esperanto(world: World) -> None:
    """Dana's own Slack is in Esperanto; the workspace stays English."""
    member = world.workspace.state.people[DANA]
    member.locale, member.time_zone = "eo", "Europe/Warsaw"


async def test_a_person_is_answered_in_their_language_and_all_in_the_workspaces(
    other_languages: Path, running: Running
) -> None:
    world = running.world
    in_esperanto(world)
    dana, lee = world.workspace.person("dana"), world.workspace.person("lee")
    for who, english in ((dana, False), (lee, True)):
        await who.command(MARKETPLACES, "/inventory", "help")
        await world.workspace.wait_for(
            lambda who=who: world.workspace.ephemerals(who.member.name.lower(), MARKETPLACES)
        )
        answer = world.workspace.ephemerals(who.member.name.lower(), MARKETPLACES)[-1]
        assert ("what we can sell" in world.workspace.read(answer)) is english
        await who.open_home()
        await world.workspace.wait_for(who.home)
        home = who.home()
        assert home is not None
        assert bool(english_words(home.content) - DATA) is english
    await dana.command(MARKETPLACES, "/inventory", "mine share")
    await world.workspace.wait_for(lambda: world.workspace.messages(MARKETPLACES))
    assert "Nothing is yours" in world.workspace.read(world.workspace.messages(MARKETPLACES)[-1])


COMMANDS = (
    "help",
    "help all",
    "sku",
    "sku KTL-17-BLK",
    "sku nothing",
    "queue",
    "queue marketplaces",
    "queue nowhere",
    "mine",
    "exceptions",
    "exceptions late",
    "exceptions hmm",
    "show EX-1042",
    "show",
    "pause",
    "pause KTL-17-BLK",
    "feed",
    "feed nothing",
    "systems",
    "proof",
    "proof EX-1042",
    "storm",
    "qeue",
)


@pytest.mark.parametrize("words", COMMANDS)
async def test_every_command_answers_in_it(other_languages: Path, world: World, words: str) -> None:
    await world.desk.open(a_view())
    actor = await world.room.actor(Who(id=DANA), None)
    with speaking_to(reader_of("eo", "Europe/Warsaw")):
        commands = Commands(world.room, Clicks(world.room))
        reply = await commands.answer(Asked(actor, "C0MKT", tuple(words.split())))
        typed = set(re.findall(r"[A-Za-z]{3,}", words))
        assert english_words([reply.text, list(reply.blocks)]) - DATA - of_shop() - typed == set()


async def test_a_changed_profile_is_heard_of(other_languages: Path, world: World) -> None:
    await world.room.actor(Who(id=DANA), None)
    assert world.directory.reader(DANA).locale == "en_US"
    found = (await world.client.users_info(user=DANA))["user"]
    world.directory.changed(DANA, found | {"locale": "eo", "tz": "Europe/Warsaw"})
    assert world.directory.reader(DANA).locale == "eo"
    assert world.directory.reader(DANA).zone.key == "Europe/Warsaw"
    world.directory.changed(DANA, found | {"tz": "Mars/Olympus"})
    assert world.directory.reader(DANA).locale == "eo", "an event that does not say it changes nothing"
    assert world.directory.reader(DANA).zone.key == world.policy.current.timezone


async def test_what_everybody_reads_is_in_the_language_of_policy(other_languages: Path, world: World) -> None:
    world.policy.take(world.policy.current.model_copy(update={"language": "eo"}))
    await world.desk.open(a_view())
    await world.deliver()
    card = world.card()
    assert english_words([card.text, card.blocks]) - DATA - {"SANDBOX"} == set()


def test_every_heading_of_a_proofs_story_has_a_text() -> None:
    whole = Recovery("changed", "event", ("counted",), ("approved",), ("channel",), "seen", "cause", "end")
    assert [head for head, _ in story(whole)] == list(t.PROOF_HEADS)


# -- plurals, completeness, placeholders -------------------------------------------------------------------------------


def test_each_language_has_its_own_plurals(other_languages: Path) -> None:
    arabic, japanese = language_texts("ar")["ORDERS"], language_texts("ja")["ORDERS"]
    assert isinstance(arabic, Plural)
    assert isinstance(japanese, Plural)
    assert arabic.rule is not None
    assert len(arabic.forms) == 6
    assert len({arabic.rule(count) for count in (0, 1, 2, 3, 11, 100)}) == 6, "zero, one, two, few, many and the rest"
    assert len(japanese.forms) == 1
    with speaking_to(reader_of("ja", "UTC")):
        assert fmt.counted(1, t.ORDERS)[1:] == fmt.counted(5, t.ORDERS)[1:]


def test_a_file_with_gaps_or_other_placeholders_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lacks = renew("fr", tmp_path)
    assert len(lacks) == len([one for one in template("fr", gather()) if one.id])
    write_pseudo("fr", tmp_path)
    text = path.read_text()
    path.write_text(text.replace('msgctxt "TITLE_OVER"', 'msgctxt "TITLE_OVER_GONE"', 1))
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    forget()
    with pytest.raises(OurBug, match="TITLE_OVER is not translated"):
        language_texts("fr")
    with path.open("rb") as file:
        catalog = read_po(file, locale="fr")
    said = catalog.get(t.TITLE_UNDER, context="TITLE_UNDER")
    assert said is not None
    said.string = "{sku}: {systeme} {count}"
    assert "TITLE_UNDER fills count, sku, systeme, English count, sku, system" in faults_of(catalog, ())
    forget()


def test_a_changed_english_text_waits_for_its_translator(tmp_path: Path) -> None:
    path = write_pseudo("fr", tmp_path)
    path.write_text(
        path.read_text().replace(
            'msgctxt "CHANGED"\nmsgid "What changed"', 'msgctxt "CHANGED"\nmsgid "What was changed"', 1
        )
    )
    again, lacks = renew("fr", tmp_path)
    assert lacks == ["CHANGED is not translated"]
    assert "What was changed" not in again.read_text()


def test_the_shipped_languages_are_whole() -> None:
    for path in languages.FOLDER.glob("*.po"):
        with path.open("rb") as file:
            assert faults_of(read_po(file, locale=path.stem), gather()) == []


# -- for whom ----------------------------------------------------------------------------------------------------------


def test_without_texts_a_locale_still_has_its_numbers(other_languages: Path) -> None:
    assert not speaks("nl-NL")
    with speaking_to(reader_of("nl-NL", "Europe/Amsterdam")):
        assert t.CHANGED == "What changed"
        assert fmt.number(1_234) == "1.234"
    assert reader_of("no such thing", "UTC").locale == "en_US"


def test_speaking_to_somebody_ends_with_them() -> None:
    before = reader()
    with speaking_to(Reader("de_DE", ZoneInfo("Europe/Berlin"))):
        assert fmt.at_plain(NOW, NOW).endswith(" CET")
    assert reader() is before
