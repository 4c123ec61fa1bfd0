"""The core's sentences for translators, read out of its source: an f-string is a template, what it fills in are placeholders.

Only `countersign language` and the tests look here; a running product takes the templates from the language's own file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import sync
from sync.actions.ownership import OUTCOMES
from sync.inbox.acts import CAUSES, PAUSE_REASONS

CORE = Path(sync.__file__).parent
SILENT = ("policy/", "backtest/", "reconciliation/", "connectors/registry.py", "connectors/events_api/")
"""What speaks to whoever writes the rules, types commands or calls the API, all in English."""
SPEAKS_AFTER_ALL = ("policy/routing.py",)
NOT_FOR_PEOPLE = frozenset(
    {"OurBug", "ValueError", "TypeError", "KeyError", "_log", "compile", "Field", "AssertionError"}
)
_QUERY = re.compile(r"\w+:[<>=']")
"""A search in a platform's own language."""
_WORD = re.compile(r"[A-Za-z]{2,}")


def gather(core: Path = CORE) -> list[str]:
    """Every sentence template of the core, sorted; placeholders by the name of what fills them."""
    found = {*OUTCOMES.values(), *CAUSES, *(reason.lower() for reason in PAUSE_REASONS.values())}
    for path in sorted(core.rglob("*.py")):
        name = path.relative_to(core).as_posix()
        if name.startswith(SILENT) and name not in SPEAKS_AFTER_ALL:
            continue
        found |= set(_sentences(ast.parse(path.read_text(encoding="utf-8"))))
    return sorted(found)


def _sentences(tree: ast.Module) -> Iterator[str]:
    quiet = {id(inner) for node in ast.walk(tree) for inner in _unspoken(node)}
    for node in ast.walk(tree):
        if id(node) in quiet:
            continue
        if isinstance(node, ast.JoinedStr):
            quiet |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
            quiet |= {
                id(inner)
                for part in node.values
                if isinstance(part, ast.FormattedValue) and part.format_spec
                for inner in ast.walk(part.format_spec)
            }
            text = _template(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        plain = re.sub(r"\{[^{}]*\}", " ", text)
        words = _WORD.findall(plain)
        enough = len(words) >= 2 or (isinstance(node, ast.JoinedStr) and any(len(word) > 3 for word in words))
        if enough and " " in text.strip() and not _QUERY.match(text):
            yield text.strip(" ")
            if isinstance(node, ast.JoinedStr):
                yield from _choices(node)


def _choices(node: ast.JoinedStr) -> Iterator[str]:
    """The single words that a sentence fills in by a condition: ``nobody``, ``one``."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp | ast.BoolOp):
            for one in ast.iter_child_nodes(part.value):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and len(_WORD.findall(one.value)) == 1:
                    yield one.value.strip(" ")


def _unspoken(node: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, annotations, and what is said to programmers or the log."""
    body = getattr(node, "body", None)
    if isinstance(body, list):
        yield from (one.value for one in body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    for held in (getattr(node, "annotation", None), getattr(node, "returns", None)):
        if held is not None:
            yield from ast.walk(held)
    if isinstance(node, ast.Call) and _root(node.func) & NOT_FOR_PEOPLE:
        yield from ast.walk(node)


def _root(node: ast.expr) -> set[str]:
    names = set()
    while isinstance(node, ast.Attribute):
        names.add(node.attr)
        node = node.value
    return names | ({node.id} if isinstance(node, ast.Name) else set())


def _template(node: ast.JoinedStr) -> str:
    """``f"{actor.name} took it"`` as ``{actor_name} took it``; the same name twice gets a number."""
    parts, used = [], set()
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
            continue
        name = _named(part.value) if isinstance(part, ast.FormattedValue) else "value"
        count = 1
        while (name if count == 1 else f"{name}_{count}") in used:
            count += 1
        name = name if count == 1 else f"{name}_{count}"
        used.add(name)
        parts.append("{" + name + "}")
    return "".join(parts)


def _named(value: ast.expr) -> str:
    if isinstance(value, ast.Name | ast.Attribute):
        return re.sub(r"\W+", "_", ast.unparse(value)).strip("_").lower()
    if isinstance(value, ast.IfExp | ast.BoolOp) and any(isinstance(one, ast.Constant) for one in ast.walk(value)):
        return "choice"
    inner = [one for one in ast.walk(value) if isinstance(one, ast.Name | ast.Attribute)]
    names = [one.attr if isinstance(one, ast.Attribute) else one.id for one in inner]
    return names[-1].strip("_").lower() if names else "value"
