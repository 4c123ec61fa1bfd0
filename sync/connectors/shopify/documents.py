"""The GraphQL documents this connector sends, each in a file of its own beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Document:
    """One operation. ``mutation`` decides what a lost answer means."""

    name: str
    text: str

    @property
    def mutation(self) -> bool:
        return self.text.lstrip().startswith("mutation")


@cache
def document(name: str) -> Document:
    """The document in ``documents/<name>.graphql``; its operation is called ``name``."""
    return Document(name, files("sync.connectors.shopify").joinpath("documents", f"{name}.graphql").read_text("utf-8"))


def names() -> tuple[str, ...]:
    """All documents there are."""
    found = files("sync.connectors.shopify").joinpath("documents").iterdir()
    return tuple(sorted(one.name.removesuffix(".graphql") for one in found if one.name.endswith(".graphql")))
