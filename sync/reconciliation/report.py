"""What a full comparison came to, and how it is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sync.model.exceptions import ExceptionClass
from sync.model.ids import ExceptionId, SystemId, exception_name

if TYPE_CHECKING:
    from sync.policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Missed:
    """Facts of orders that a system's webhooks should have told and a reading told first; ``keys`` are the first of them."""

    system: SystemId
    facts: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What stands of SKUs at the end: opened by class, standing from before, cleared, and differences that still settle."""

    opened: Mapping[ExceptionClass, int]
    standing: int = 0
    cleared: int = 0
    settling: int = 0
    worst: tuple[ExceptionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """Exceptions of one class that opened."""

    cls: ExceptionClass
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """One comparison. ``positions`` are numbers compared, ``candidates`` SKUs whose bare numbers differ, ``moving`` SKUs judged
    because something of them is on its way or standing. ``unread`` could not be read again, so that their last known numbers
    were compared. ``since``: webhooks are looked for from then on."""

    cause: str
    began: datetime
    ended: datetime
    since: datetime
    systems: tuple[SystemId, ...]
    positions: int
    candidates: int
    moving: int
    opened: tuple[Opened, ...] = ()
    standing: int = 0
    cleared: int = 0
    settling: int = 0
    worst: tuple[ExceptionId, ...] = ()
    missed: tuple[Missed, ...] = ()
    unread: tuple[SystemId, ...] = ()

    @property
    def drift(self) -> int:
        """Exceptions that opened: differences that no event explained."""
        return sum(one.count for one in self.opened)


def sentences(report: Report, policy: Policy) -> list[str]:
    """The report for people, one thought per line, worst first."""
    names = [policy.systems[one].name if one in policy.systems else one for one in report.systems]
    took = (report.ended - report.began).total_seconds()
    lines = [f"Reconciled {_listed(names)}: {report.positions:,} numbers compared in {took:,.0f} s."]
    for missed in report.missed:
        name = policy.systems[missed.system].name
        told = _counted(missed.facts, "step of an order", "steps of orders")
        lines.append(f"Missed webhooks: {name} never told of {told}; a reading found them, and they count now.")
    if report.opened:
        of = ", ".join(f"{one.count:,} {one.cls.value.replace('_', ' ')}" for one in report.opened)
        worst = f" Worst: {', '.join(exception_name(one) for one in report.worst)}." if report.worst else ""
        lines.append(f"Drift that no event explains: {of}; each is an exception with an owner.{worst}")
    settling = f"; {_counted(report.settling, 'difference settles', 'differences settle')}" if report.settling else ""
    if not report.opened:
        lines.append(f"No new drift{settling}.")
    elif settling:
        lines.append(f"Beside these {settling[2:]}.")
    lines.append(f"{report.standing:,} exceptions stand from before, {report.cleared:,} ended.")
    if report.unread:
        unread = _listed([policy.systems[one].name for one in report.unread])
        lines.append(f"{unread} could not be read: the last known numbers were compared. Run it again when it answers.")
    return lines


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"
