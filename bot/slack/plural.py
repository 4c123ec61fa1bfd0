"""A number with its noun: what each form of the noun is depends on the language, so both stand in one text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plural:
    """``Plural("{n} order", "{n} orders")``. A language with other forms brings its own, and the rule that picks one."""

    one: str
    many: str
    forms: tuple[str, ...] = ()
    """The forms of a translation, in the order of its rule; empty in English."""
    rule: Callable[[int], int] | None = None

    def of(self, count: int) -> str:
        """The template for a count; its ``{n}`` takes the written number."""
        if self.rule is not None:
            return self.forms[self.rule(abs(count))]
        return self.one if abs(count) == 1 else self.many
