"""The pages for people are held to the code: settings, rules, commands, links, and the worked example of counting."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from importlib.metadata import version
from pathlib import Path

import click
import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.cli import group
from bot.settings import Settings
from bot.slack.texts import CLASS_NAMES
from sync.detect import SKU_DETECTORS, SYSTEM_DETECTORS
from sync.model.exceptions import ExceptionClass
from sync.policy import bulk_rules, class_rules, people_rules, schema, sku_rules, storm_rules, system_rules
from sync.policy.connections import Columns, EventsConnection, FeedConnection, ShopifyConnection
from sync.policy.words import span

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SECTIONS: dict[type[BaseModel], str] = {
    schema.Policy: "The document",
    system_rules.System: "A system",
    system_rules.Contact: "contact",
    system_rules.Source: "source",
    system_rules.Channel: "channel",
    system_rules.Plausible: "plausible",
    schema.Location: "A place",
    schema.Person: "A person",
    people_rules.Away: "away",
    people_rules.Hours: "hours",
    people_rules.Rotation: "oncall",
    schema.Queue: "A queue",
    class_rules.ClassRules: "A class",
    class_rules.Limit: "limit",
    class_rules.LimitFor: "limits",
    class_rules.Route: "routes",
    schema.Grades: "grades",
    schema.Corrections: "corrections",
    schema.Costs: "costs",
    storm_rules.Storms: "storms",
    bulk_rules.BulkRules: "bulk",
    schema.Identity: "identity",
    sku_rules.SkuRules: "skus",
    sku_rules.Demand: "demand",
    sku_rules.Kit: "kits",
    sku_rules.Pack: "packs",
    sku_rules.FamilyRules: "families",
    sku_rules.Figures: "A family on a channel",
    schema.Digest: "digest",
}
ENDINGS = ("SECRET", "SECRET_BEFORE", "TOKEN", "TOKEN_BEFORE", "AUTHORIZATION", "SIGNING_KEYS")


def page(name: str) -> str:
    """One page's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands between a heading and the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no section {title!r}"
    return found[1]


def rows(text: str) -> dict[str, str]:
    """The tables' second column by the code in the first."""
    return {row[1]: row[2].strip() for row in re.finditer(r"^\| `([^`]+)` \| (.*?) \|", text, re.MULTILINE)}


def told_default(field: FieldInfo) -> str:
    """A default as the tables write it."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case timedelta():
            return span(value)
        case Enum():
            return f"`{value.value}`"
        case str() | Path():
            return f"`{value}`" if value else "empty"
        case int() | Decimal():
            return str(value)
        case BaseModel():
            return "see below"
        case _ if not value:
            return "empty"
        case tuple():
            return ", ".join(f"`{one}`" for one in value)
        case _:
            return f"`{value}`"


def models_of_policy() -> set[type[BaseModel]]:
    """Every section of the schema, found from the document down."""
    found: set[type[BaseModel]] = set()
    waiting: list[object] = [schema.Policy]
    while waiting:
        one = waiting.pop()
        waiting.extend(getattr(one, "__args__", ()))
        if isinstance(one, type) and issubclass(one, BaseModel) and one not in found:
            found.add(one)
            waiting.extend(field.annotation for field in one.model_fields.values())
    return found


def test_every_setting_stands_in_the_install_page_with_its_default() -> None:
    known = rows(section(page("docs/install.md"), "Settings"))
    written = {}
    for field in Settings.model_fields.values():
        default = told_default(field)
        written[str(field.validation_alias)] = default if default == "none" else f"`{default.strip('`')}`"
    assert known == written


def test_the_install_page_says_what_each_scope_is_for() -> None:
    manifest = yaml.safe_load(page("manifest.yml"))
    told = re.findall(r"^\| (`\w+:?.*`) \|", section(page("docs/install.md"), "Slack"), re.MULTILINE)
    assert sorted(re.findall(r"`([\w:]+)`", " ".join(told))) == sorted(manifest["oauth_config"]["scopes"]["bot"])


def test_the_secrets_of_systems_stand_in_the_install_page() -> None:
    told = section(page("docs/install.md"), "Secrets of systems")
    code = "".join(page(f"{name}.py") for name in ("sync/connectors/registry", "bot/web/door"))
    in_code = set(re.findall(r'"((?:SECRET|TOKEN|AUTHORIZATION|SIGNING)[A-Z_]*)"', code))
    assert in_code == set(ENDINGS)
    assert {ending for ending in ENDINGS if f"`_{ending}`" not in told} == set()


def test_policy_page_has_a_section_for_every_part_of_the_schema() -> None:
    assert models_of_policy() == set(SECTIONS)


@pytest.mark.parametrize("model", SECTIONS, ids=lambda model: model.__name__)
def test_every_policy_setting_stands_in_its_section_with_its_default(model: type[BaseModel]) -> None:
    known = rows(section(page("docs/policy.md"), SECTIONS[model]))
    assert known == {name: told_default(field) for name, field in model.model_fields.items()}


@pytest.mark.parametrize(("title", "model"), [("Shopify", ShopifyConnection), ("CSV feed", FeedConnection)])
def test_every_setting_of_a_connection_stands_in_the_connectors_page(title: str, model: type[BaseModel]) -> None:
    known = rows(section(page("docs/connectors.md"), title))
    assert known == {name: told_default(field) for name, field in model.model_fields.items()}


def test_the_other_connections_hold_what_the_connectors_page_says() -> None:
    told = section(page("docs/connectors.md"), "CSV feed")
    assert {name for name in Columns.model_fields if f"`{name}`" not in told} == set()
    assert EventsConnection.model_fields == {}


def test_limits_say_which_classes_are_detected() -> None:
    sources = {inspect.getmodule(detect) for detect in (*SKU_DETECTORS, *SYSTEM_DETECTORS)}
    code = "".join(inspect.getsource(module) for module in sources if module is not None)
    detected = {cls for cls in ExceptionClass if f"ExceptionClass.{cls.name}" in code}
    told: dict[str, bool] = {}
    for names, what in re.findall(
        r"^\| (`.*?`) \| (.*?) \|$", section(page("docs/limits.md"), "Detected, and not"), re.M
    ):
        told |= dict.fromkeys(re.findall(r"`(\w+)`", names), not what.startswith("no"))
    assert told == {cls.value: cls in detected for cls in ExceptionClass}


def test_the_defaults_of_each_class_stand_in_the_policy_page() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| `(\w+)` \| `(\w+)` \|$",
        section(page("docs/policy.md"), "Defaults of the classes"),
        re.M,
    )
    assert {row[0]: row[1:] for row in told} == {
        cls.value: (span(rules.assign_within), span(rules.resolve_within), rules.ended_by, rules.stop)
        for cls, rules in class_rules.CLASS_DEFAULTS.items()
    }


def test_the_runbook_has_a_section_for_every_class() -> None:
    titles = re.findall(r"^## (.+)$", page("docs/runbook.md"), re.M)
    assert set(CLASS_NAMES.values()) <= set(titles)
    for title in CLASS_NAMES.values():
        text = section(page("docs/runbook.md"), title)
        assert all(f"**{part}**" in text for part in ("What it means", "What to do first", "What ends it")), title


def test_the_proof_page_names_every_kind_of_entry() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("sync", "storage") for path in (ROOT / room).rglob("*.py")
    )
    written = set(re.findall(r'\bEntry\(\s*(?:kind=)?"(\w+)"', code))
    written |= set(re.findall(r'_opening_entry\(\w+, now, "(\w+)"', code))
    told = re.search(r"^Kinds: (.*?)\.$", page("docs/proof.md"), re.MULTILINE | re.DOTALL)
    assert told is not None
    assert set(re.findall(r"`(\w+)`", told[1])) == written


def test_env_example_names_settings_and_secrets_only_and_holds_no_value() -> None:
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for line in page(".env.example").splitlines():
        found = re.fullmatch(r"#?([A-Z][A-Z_]+)=(.*)", line)
        if found is None:
            assert not line or line.startswith("#"), line
            continue
        assert found[1] in names or found[1].endswith(ENDINGS), f"nothing reads {found[1]}"
        assert found[2] == "", f"{found[1]} has a value"


def code_in(text: str) -> Iterator[str]:
    """Inline code, and the lines of code blocks."""
    fences = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", prose)
    for block in (*fences, *re.findall(r"^ {4,}(\S.*)$", prose, re.MULTILINE)):
        yield from block.splitlines()


def commands() -> list[tuple[str, str]]:
    """(page, command line) of every `countersign …` in the pages."""
    found = []
    for path in PAGES:
        for code in code_in(path.read_text(encoding="utf-8")):
            match = re.match(r"(?:\S*/)?countersign (.+)", code)
            if match:
                found.append((path.name, match[1]))
    return found


@pytest.mark.parametrize(("where", "line"), commands())
def test_every_command_that_a_page_names_exists(where: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    command: click.Command = group
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        assert name in command.commands, f"{where}: there is no `countersign {line}`"
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options, f"{where}: `countersign {line}`"


def test_the_pages_name_every_command() -> None:
    named = {" ".join(shlex.split(line, comments=True)[:2]) for _, line in commands()}
    for name, command in group.commands.items():
        full = [f"{name} {one}" for one in command.commands] if isinstance(command, click.Group) else [name]
        for one in full:
            assert any(line == one or line.startswith(f"{one} ") for line in named), f"no page tells of {one}"


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links() -> list[tuple[str, str]]:
    """(page, target) of every link that does not leave the repository."""
    found = []
    for path in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8").replace("\n", " ")):
            if not re.match(r"[a-z]+:", target):
                found.append((str(path.relative_to(ROOT)), target))
    return found


@pytest.mark.parametrize(("where", "target"), links())
def test_every_relative_link_resolves(where: str, target: str) -> None:
    name, _, anchor = target.partition("#")
    path = (ROOT / where).parent / name if name else ROOT / where
    assert path.exists(), f"{where} links to {target}, which is not there"
    assert not anchor or anchor in anchors(path), f"{where} links to {target}: {path.name} has no such heading"


def test_the_changelog_has_an_entry_for_this_version() -> None:
    assert re.search(rf"^## .*\b{re.escape(version('countersign'))}\b", page("CHANGELOG.md"), re.MULTILINE)


def test_every_decision_is_listed() -> None:
    listed = page("docs/decisions/README.md")
    pages = [path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert pages
    assert [name for name in sorted(pages) if f"({name})" not in listed] == []
