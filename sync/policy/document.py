"""The text of a policy as plain values, each with the place where it stands.

Every value stays the text that was written: the schema reads numbers from it, so money is exact and ``08:00``, ``No`` and
``007`` are what they look like. Only nothing (``~``, ``null`` or blank) is None. Anchors and ``<<`` are followed, tags refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.tokens import ScalarToken

from sync.policy.faults import Fault, Path, PolicyFaulty

LARGEST = 1_000_000
"""Characters of a policy file. The largest shop's rules are a small part of that; a bigger file is another file."""

MOST_VALUES = 100_000
"""Values after anchors are followed, so that a small text cannot grow without end."""

DEEPEST = 20
"""Levels below the document."""

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""``${NAME}``, filled from the environment."""

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "str", "seq", "map", "merge")}
_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
_ELSE = (
    "this line does not fit what stands before it",
    "Check colons, quotes and indentation of this line and the one before; two spaces per level.",
)
_SYNTAX = {
    "found character '\\t'": ("a tab stands at the beginning", "Indent with spaces, two per level."),
    "mapping values are not allowed": (
        "a colon stands where none can",
        "Indent settings below their section by two spaces, and put texts that hold a colon and a blank into quotes.",
    ),
    "could not find expected ':'": ("a setting has no colon", "Write it as `name: value`."),
    "found undefined alias": ("the name after * was never set with &", "Write the value itself here."),
    "found unexpected end of stream": ("a quote is opened and never closed", "Close it."),
    "found unknown escape character": (
        "a backslash stands in double quotes",
        "Use single quotes: 'C:\\stock'.",
    ),
    "but found another document": ("a second document begins with ---", "Keep one document per file."),
    "expected ',' or ']'": ("a list is not closed, or a comma is missing", "Write it like [a, b]."),
    "expected ',' or '}'": ("braces are not closed, or a comma is missing", "Write them like { a: 1, b: 2 }."),
    "that cannot start any token": (
        "a text begins with a sign that YAML keeps for itself",
        "Put the text into quotes.",
    ),
}


class _Loader(yaml.SafeLoader):
    """Composes nodes only; nothing but null and ``<<`` is recognised in plain text."""


_Loader.yaml_implicit_resolvers = {
    first: kept
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (kept := [(tag, pattern) for tag, pattern in resolvers if tag in (_NULL, _MERGE)])
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting stands, from 1. ``commented``: nothing is written, but a comment begins right there."""

    line: int
    column: int
    commented: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """The values, and where each of them stands."""

    values: dict[str, Any]
    places: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """The nearest known place at or above a path."""
        return next(
            (self.places[path[:length]] for length in range(len(path), -1, -1) if path[:length] in self.places),
            Place(1, 1),
        )


def parse(text: str, source: str) -> Document:
    """The document in ``text``. Raises PolicyFaulty for what is no YAML, or YAML beyond plain settings."""
    if len(text) > LARGEST:
        mend = "Is this the right file? A policy is far smaller."
        raise PolicyFaulty(source, [Fault(1, 1, "", f"the file has more than {LARGEST:,} characters", mend)])
    try:
        root = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyFaulty(source, [_syntax(error, text)]) from error
    walk = _Walk(text)
    values = walk.value(root, ()) if root is not None else None
    if not walk.faults and not isinstance(values, dict):
        message = "the file is empty" if values is None else "this is no list of settings"
        mend = "A policy has sections such as `systems:` and `queues:`; `countersign init` writes a first one."
        walk.faults.append(Fault(1, 1, "", message, mend))
    if walk.faults or not isinstance(values, dict):
        raise PolicyFaulty(source, walk.faults)
    return Document(values, walk.places)


def _syntax(error: yaml.YAMLError | RecursionError, text: str) -> Fault:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        return Fault(
            line, column, "", "a character here cannot be part of a text", "Delete it and type the text again."
        )
    if not isinstance(error, yaml.MarkedYAMLError):
        return Fault(1, 1, "", "brackets stand in brackets without end", "Write each setting on a line of its own.")
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or ""
    message, mend = next((told for part, told in _SYNTAX.items() if part in problem), _ELSE)
    if VARIABLE.search(next(iter(text.splitlines()[line - 1 :]), "")):
        mend = 'Put ${NAME} into quotes: "${NAME}".'
    return Fault(line, column, "", message, mend)


class _Walk:
    """One pass over the nodes: values, places and what is wrong."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.places: dict[Path, Place] = {}
        self._lines = text.splitlines()
        self._inside: list[int] = []
        self._values = 0
        self._beyond = False

    def value(self, node: yaml.Node, path: Path) -> Any:
        """The plain value of a node, with everything below it."""
        self._values += 1
        if not path:
            self.places[path] = self._place(node, node)
        if self._values > MOST_VALUES or len(path) > DEEPEST:
            if not self._beyond:
                self._fault(node, "more settings, or deeper ones, than a policy has", "Write this section anew.")
            self._beyond = True
            return None
        if node.tag not in _PLAIN_TAGS:
            self._fault(node, f"{node.tag.replace('tag:yaml.org,2002:', '!!')} is not used in a policy", "Take it out.")
            return None
        if id(node) in self._inside:
            self._fault(node, "this contains itself", "Write the value itself instead of the name after *.")
            return None
        self._inside.append(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node, path)
            return None if node.tag == _NULL else str(node.value)
        finally:
            self._inside.pop()

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        for index, item in enumerate(node.value):
            self.places[(*path, index)] = self._place(item, item)
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, item in node.value:
            if key.tag == _MERGE:
                values |= self._merged(item, path)
        own: set[str] = set()
        for key, item in node.value:
            if key.tag == _MERGE:
                continue
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "a name is a text, not a list or a group", "Write it as `name: value`.")
            elif key.value in own:
                self._fault(key, f"{key.value!r} stands here twice", "Keep one of them.")
            else:
                own.add(key.value)
                self.places[(*path, key.value)] = self._place(key, item)
                values[key.value] = self.value(item, (*path, key.value))
        return values

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        """What ``<<`` brings in: one group or a list of them, the first winning."""
        values: dict[str, Any] = {}
        for one in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(one, yaml.MappingNode):
                brought = self.value(one, path)
                values |= brought if isinstance(brought, dict) else {}
            else:
                self._fault(one, "<< brings in a group of settings only", "Name a group that was set with &.")
        return values

    def _place(self, at: yaml.Node, value: yaml.Node) -> Place:
        commented = False
        if value.tag == _NULL and value.start_mark.line < len(self._lines):
            rest = self._lines[value.start_mark.line][value.start_mark.column :].lstrip()
            commented = rest.startswith("#")
        return Place(at.start_mark.line + 1, at.start_mark.column + 1, commented)

    def _fault(self, node: yaml.Node, message: str, mend: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, node.start_mark.column + 1, "", message, mend))


def fill(text: str, environment: Mapping[str, str], source: str = "policy.yml") -> str:
    """The text with each ``${NAME}`` in a value replaced from the environment; comments stay as they are.

    A filled value is put into quotes, so that nothing in the environment can change what the document is made of. Lines keep
    their numbers. Raises PolicyFaulty naming the line of each variable that is not set.
    """
    try:
        tokens = [token for token in yaml.scan(text, Loader=_Loader) if isinstance(token, ScalarToken)]
    except yaml.YAMLError as error:
        raise PolicyFaulty(source, [_syntax(error, text)]) from error
    faults: list[Fault] = []
    parts: list[str] = []
    end = 0
    for token in tokens:
        names = VARIABLE.findall(token.value)
        if not names:
            continue
        start, stop = token.start_mark.index, token.end_mark.index
        faults.extend(
            Fault(
                token.start_mark.line + 1,
                token.start_mark.column + 1,
                "",
                f"the environment has no {name}",
                f"Set {name} in the environment or in .env, or write the value here.",
            )
            for name in names
            if name not in environment
        )
        filled = VARIABLE.sub(lambda match: environment.get(match[1], match[0]), token.value)
        parts += [text[end:start], json.dumps(filled, ensure_ascii=True), "\n" * text.count("\n", start, stop)]
        end = stop
    if faults:
        raise PolicyFaulty(source, faults)
    return "".join([*parts, text[end:]])
