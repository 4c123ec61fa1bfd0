"""The manifest: valid by Slack's own schema, and asking for exactly the rights and events that the code uses."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.slack.steps import COUNT, OPEN, Inputs

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / ".." / "shared" / "contracts" / "slack" / "manifest.schema.2.0.0.json"

SCOPES: dict[str, frozenset[str]] = {
    "auth_test": frozenset(),
    "chat_delete": frozenset({"chat:write"}),
    "chat_getPermalink": frozenset(),
    "chat_postEphemeral": frozenset({"chat:write"}),
    "chat_postMessage": frozenset({"chat:write"}),
    "chat_unfurl": frozenset({"links:write"}),
    "chat_update": frozenset({"chat:write"}),
    "conversations_history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations_info": frozenset({"channels:read", "groups:read"}),
    "conversations_join": frozenset({"channels:join"}),
    "conversations_list": frozenset({"channels:read", "groups:read"}),
    "conversations_members": frozenset({"channels:read", "groups:read"}),
    "conversations_open": frozenset({"im:write"}),
    "conversations_replies": frozenset({"channels:history", "groups:history", "im:history"}),
    "files_upload_v2": frozenset({"files:write"}),
    "pins_add": frozenset({"pins:write"}),
    "usergroups_list": frozenset({"usergroups:read"}),
    "usergroups_users_list": frozenset({"usergroups:read"}),
    "users_info": frozenset({"users:read"}),
    "views_open": frozenset(),
    "views_publish": frozenset(),
    "views_update": frozenset(),
}
"""Web API method -> the scopes it needs for the kinds of conversation that the product is in (Slack's method pages)."""

FAMILIES = (
    "auth_",
    "blocks_",
    "bookmarks_",
    "chat_",
    "conversations_",
    "files_",
    "pins_",
    "usergroups_",
    "users_",
    "views_",
)


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


def more() -> dict[str, Any]:
    """The parts that are laid over the manifest where they are wanted."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.more.yml").read_text())
    return loaded


def laid_over(below: Any, above: Any) -> Any:
    """Lists grow, maps are added to, all else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {name: laid_over(below.get(name), value) for name, value in above.items()}
    return [*below, *above] if isinstance(below, list) and isinstance(above, list) else above


def sources() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "bot" / "slack").rglob("*.py")):
        yield ast.parse(path.read_text())


def methods_called() -> set[str]:
    """Every Web API method that the Slack room calls on a client."""
    return {
        node.func.attr
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(FAMILIES)
        and ast.unparse(node.func.value).endswith("client")
    }


def events_heard() -> list[str]:
    """The patterns of all events that a listener is registered for."""
    heard = []
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "app.event":
                (pattern,) = node.args
                literal = pattern.args[0] if isinstance(pattern, ast.Call) else pattern
                assert isinstance(literal, ast.Constant)
                heard.append(str(literal.value))
    return heard


def test_the_manifest_is_valid_by_slack_s_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: the manifest is NOT checked")
    if not SCHEMA.exists():
        pytest.skip(f"{SCHEMA.name} is not beside this repository: the manifest is NOT checked against it")
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    whole = manifest()
    for part in ({}, *more().values()):
        whole = laid_over(whole, part)
        assert [error.message for error in validator.iter_errors(whole)] == []


def test_it_asks_for_exactly_the_scopes_that_the_code_uses() -> None:
    called = methods_called()
    assert called == set(SCOPES), "name the scopes of each method called, and of no other"
    used = {scope for method in called for scope in SCOPES[method]} | {"commands", "app_mentions:read", "links:read"}
    scopes = more()["links"]["oauth_config"]["scopes"]["bot"]
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == used - set(scopes)
    assert set(scopes) == {"links:read", "links:write"}


def test_it_subscribes_to_exactly_the_events_that_are_heard() -> None:
    heard = events_heard()
    optional = [one["settings"]["event_subscriptions"]["bot_events"] for one in more().values()]
    assert optional == [["link_shared"], ["function_executed"]]
    subscribed = [*manifest()["settings"]["event_subscriptions"]["bot_events"], "link_shared"]
    assert [name for name in subscribed if not any(re.fullmatch(pattern, name) for pattern in heard)] == []
    assert [pattern for pattern in heard if not any(re.fullmatch(pattern, name) for name in subscribed)] == []


def test_the_steps_are_those_that_are_listened_for() -> None:
    assert set(more()["workflows"]["functions"]) == {OPEN, COUNT}
    for step in more()["workflows"]["functions"].values():
        known = step["input_parameters"]
        assert set(known["properties"]) <= set(Inputs.model_fields)
        assert set(known["required"]) <= set(known["properties"])


def test_the_command_is_the_one_that_is_answered() -> None:
    (command,) = manifest()["features"]["slash_commands"]
    assert command["command"] == "/inventory"
    assert command["should_escape"] is True


def test_it_needs_no_public_address() -> None:
    assert "request_url" not in json.dumps(manifest())
    assert manifest()["settings"]["socket_mode_enabled"] is True
