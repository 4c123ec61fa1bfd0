"""Every sentence that a person sees in Slack stands in the catalogue, so that another language can say it.

What is allowed besides: sentences for the log, for programmers (a fault of ours) and for whoever installs the product.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLACK = ROOT / "bot" / "slack"
MODULES = sorted(path for path in SLACK.rglob("*.py") if (SLACK / "texts") not in path.parents)
SPOKEN = re.compile(r"(?=.*[A-Za-z]{2})(?=.*\S.* .*\S|.*[A-Za-z] $|^ [A-Za-z])|^[A-Z][a-z]+$")
"""Two words, a word beside a blank, or one word with a capital: what a person would read."""
COMMAND = re.compile(r"^`?(by|help|oncall|proof|queue|show|storm) ")
"""A button's value, or what is typed: the words of `/inventory` are the same in every language."""
EMOJI = re.compile(r":[a-z_]+:")
FOR_OTHERS = {
    "_log": "the log",
    "OurBug": "a fault of ours",
    "ValueError": "a fault of ours",
    "TryAgain": "whoever starts the product",
    "BadInput": "whoever starts the product, in running.py alone",
}
ALLOWED = {
    "running.py": "what the command line says while it connects",
    "languages.py": "what is wrong with a language's file is told to its translator",
    "gathering.py": "parts of source code",
    "format.py": "patterns of dates and Slack's date tokens",
    "instants.py": "patterns of times in the core's sentences",
    "answering/metrics.py: by ": "a word of `/inventory metrics`",
    "queues.py:copies to {}": "the name of a channel's post, never shown",
    "digest/pictures.py:upper right": "a place in a picture",
    "digest/pictures.py:Title": "a field of a picture's file",
    "digest/pictures.py:Description": "a field of a picture's file",
}


def literals(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, text and to whom it is said: each string that is no docstring, f-strings with ``{}`` for what is filled in."""
    tree = ast.parse(path.read_text())
    quiet = set(_docstrings(tree)) | set(_annotations(tree)) | set(_exported(tree))
    said_to: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for inner in ast.walk(node):
                said_to.setdefault(id(inner), "")
            for inner in (child for argument in [*node.args, *node.keywords] for child in ast.walk(argument)):
                said_to[id(inner)] = said_to[id(inner)] or _root(node.func)
        if isinstance(node, ast.JoinedStr):
            quiet |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in quiet:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield node.lineno, text, said_to.get(id(node), "")


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        for statement in getattr(node, "body", None) if isinstance(getattr(node, "body", None), list) else ():
            if isinstance(statement, ast.Expr):
                yield id(statement.value)


def _exported(tree: ast.Module) -> Iterator[int]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            yield from (id(inner) for inner in ast.walk(node.value))


def _annotations(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        for held in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            yield from (id(inner) for inner in ast.walk(held)) if held is not None else ()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SLACK)))
def test_no_sentence_is_written_beside_the_catalogue(path: Path) -> None:
    name = str(path.relative_to(SLACK))
    if name in ALLOWED:
        return
    found = [
        f"{name}:{line}: {text!r}"
        for line, text, to in literals(path)
        if SPOKEN.search(EMOJI.sub("", text))
        and not COMMAND.search(text)
        and to not in FOR_OTHERS
        and f"{name}:{text}" not in ALLOWED
    ]
    assert not found, "write it in bot/slack/texts and take it from there as t.NAME:\n" + "\n".join(found)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SLACK)))
def test_no_text_is_taken_while_a_module_is_loaded(path: Path) -> None:
    """It would stay English for everybody: take it inside the function that draws."""
    tree = ast.parse(path.read_text())
    later = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for body in (node.body if isinstance(node.body, list) else [node.body])
        for inner in ast.walk(body)
    }
    early = [
        f"line {node.lineno}: t.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "t"
        and id(node) not in later
    ]
    assert early == []
