"""The search terms that operations put into ``query:`` arguments: ``field:value`` joined by blanks or AND.

What is not understood is refused: the platform would ignore it quietly, and a stand-in must not hide that.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sandbox.shopify.api.context import fault

Node = TypeVar("Node")
Value = str | int | bool | datetime | None
Fields = Mapping[str, Callable[[Node], Value]]

_TERM = re.compile(
    r"""\s*(?P<not>-|NOT\s+)?(?P<field>\w+):\s*(?P<op>>=|<=|>|<)?(?P<value>"[^"]*"|'[^']*'|[^\s]+)\s*(?:AND\b)?"""
)
_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "": operator.eq}


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    op: str
    value: str
    negated: bool


def parse(query: str | None, fields: Collection[str]) -> list[Term]:
    """The terms of a query over these fields; all of them must hold."""
    terms: list[Term] = []
    text, at = (query or "").strip(), 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise fault(f"the stand-in does not understand the search {text[at:]!r}", "BAD_REQUEST")
        value = match["value"]
        if value[0] in "\"'":
            value = value[1:-1]
        if match["field"] not in fields:
            known = ", ".join(sorted(fields))
            message = f"the stand-in cannot search by {match['field']!r}; it knows {known}"
            raise fault(message, "BAD_REQUEST")
        terms.append(Term(match["field"], match["op"] or "", value, bool(match["not"])))
        at = match.end()
    return terms


def matches(node: Node, terms: list[Term], fields: Fields[Node]) -> bool:
    """Whether a record fits all terms."""
    return all(_fits(node, term, fields) is not term.negated for term in terms)


def _fits(node: Node, term: Term, fields: Fields[Node]) -> bool:
    actual = fields[term.field](node)
    if actual is None:
        return False
    if isinstance(actual, datetime):
        return bool(_COMPARE[term.op](actual.replace(microsecond=0), _time(term.value)))
    if isinstance(actual, bool):
        return actual is (term.value.lower() == "true")
    if isinstance(actual, int):
        return bool(_COMPARE[term.op](actual, _whole(term.value)))
    if term.value.endswith("*"):
        return actual.startswith(term.value[:-1])
    return actual == term.value


def _whole(text: str) -> int:
    digits = text.rpartition("/")[2]
    if not digits.isdecimal():
        raise fault(f"{text!r} is no whole number", "BAD_REQUEST")
    return int(digits)


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as broken:
        raise fault(f"{text!r} is no ISO 8601 time", "BAD_REQUEST") from broken
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
