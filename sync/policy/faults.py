"""What is wrong with a policy: where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sync.errors import BadInput

Path = tuple[str | int, ...]
"""Keys and positions from the document down to a setting."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``line`` and ``column`` count from 1; ``path`` is empty for faults of the file itself."""

    line: int
    column: int
    path: str
    message: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        stop = "" if self.message.endswith((".", "?")) else "."
        return f"{where}{self.message}{stop} {self.mend}".rstrip()


class PolicyFaulty(BadInput):
    """The policy cannot be taken; each fault names its line and its mend. The last good policy stays in force."""

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(
            sorted(set(faults), key=lambda fault: (fault.line, fault.column, fault.path, fault.message))
        )
        super().__init__("\n".join(f"{source}:{fault.line}: {fault}" for fault in self.faults))


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}" if text else ""


def in_two(text: str) -> tuple[str, str]:
    """``what is wrong; how to mend it`` as message and mend."""
    message, _, mend = text.partition("; ")
    return message, sentence(mend)
