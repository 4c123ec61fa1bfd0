"""Reading ``policy.yml``: every fault with its line, in words of the business, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sync.policy.connections import SHAPES
from sync.policy.document import VARIABLE, Document, fill, parse
from sync.policy.faults import Fault, Path, PolicyFaulty, sentence
from sync.policy.schema import Policy
from sync.policy.telling import told

__all__ = ["Fault", "PolicyFaulty", "fill", "read_policy"]


def read_policy(text: str, source: str = "policy.yml") -> Policy:
    """The policy in ``text``. Raises PolicyFaulty with every fault found.

    What of ``connection`` still is ``${NAME}`` is read as text and checked once it is filled (:func:`fill`).
    """
    document = parse(text, source)
    faults = list(_faults_of_connections(document))
    try:
        policy = Policy.model_validate(document.values)
    except ValidationError as error:
        raise PolicyFaulty(source, [*faults, *_faults_of_policy(error, document)]) from error
    if faults:
        raise PolicyFaulty(source, faults)
    return policy


def _faults_of_policy(error: ValidationError, document: Document) -> Iterator[Fault]:
    for detail in error.errors():
        path = tuple(part for part in detail["loc"] if part != "[key]")
        if not path and detail["type"] == "value_error":
            yield from _contradictions(detail, document)
        elif not _is_below_connection(path):
            key = detail["loc"][-1:] == ("[key]",)
            yield _fault(detail, path, path, Policy, document, key=key)


def _is_below_connection(path: Path) -> bool:
    """Whether a fault is about what :data:`SHAPES` judges, and judges in better words."""
    return len(path) > 3 and path[0] == "systems" and path[2] == "connection"


def _contradictions(detail: ErrorDetails, document: Document) -> Iterator[Fault]:
    """Sections that contradict each other: all of them, each at the line of the path that it begins with."""
    for problem in str(detail["ctx"]["error"]).splitlines():
        where, _, rest = problem.partition(": ")
        what, _, mend = rest.partition("; ")
        place = document.place(tuple(where.split(".")))
        yield Fault(place.line, place.column, where, what, sentence(mend))


def _faults_of_connections(document: Document) -> Iterator[Fault]:
    systems = document.values.get("systems")
    for name, system in systems.items() if isinstance(systems, dict) else ():
        shape = SHAPES.get(str(system.get("kind"))) if isinstance(system, dict) else None
        connection = system.get("connection", {}) if shape is not None else None
        if shape is None or not isinstance(connection, dict):
            continue  # the schema says what is wrong with these
        try:
            shape.model_validate(connection)
        except ValidationError as error:
            above: Path = ("systems", name, "connection")
            for detail in error.errors():
                if not _is_unfilled(detail["input"]):
                    yield _fault(detail, (*above, *detail["loc"]), tuple(detail["loc"]), shape, document)


def _is_unfilled(given: Any) -> bool:
    return isinstance(given, str) and VARIABLE.search(given) is not None


def _fault(
    detail: ErrorDetails, path: Path, below: Path, model: type[BaseModel], document: Document, *, key: bool = False
) -> Fault:
    place = document.place(path)
    section = path[: len(path) - len(below)]
    commented = place.commented and path in document.places
    message, mend = told(detail, below, model, above=str(section[-1]) if section else "", commented=commented)
    if key:
        message = f"the name {message}"
    return Fault(place.line, place.column, ".".join(str(part) for part in path), message, mend)
