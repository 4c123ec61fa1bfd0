"""What each system's numbers have to be brought to before they can be compared: what can be sold of them. Pure.

The arithmetic is that of ``sync.counting.numbers`` for a SKU of which nothing is on its way: no movement, no open line, no act.
Whatever has any of these is a candidate in any case, so a comparison may be coarse, and never too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.counting.numbers import sees_other_demand, takes_whole_reserved
from sync.model.ids import LocationId, SystemId
from sync.policy.schema import Policy
from sync.policy.system_rules import Basis, Mode, Trust


@dataclass(frozen=True, slots=True)
class Side:
    """How a system's positions are read for the comparison.

    ``stated`` is the column that holds its number (None: it counts nothing), ``off`` are the columns to be taken off it (unknown
    where one of them is unknown), ``incoming`` says that units on their way count. ``compared`` False: mere advice. ``own`` is
    the place whose level shows what we write there, ``sells`` are the places it sells from (both of a channel).
    """

    system: SystemId
    stated: str | None = None
    off: tuple[str, ...] = ()
    incoming: bool = False
    compared: bool = False
    own: LocationId | None = None
    sells: tuple[LocationId, ...] = ()


def side_of(system: SystemId, policy: Policy) -> Side:
    """How policy reads a system. KeyError when policy does not list it."""
    rules = policy.system(system)
    source, channel = rules.source, rules.channel
    sells = (
        tuple(sorted({*channel.locations, *([channel.publish_to] if channel.publish_to else [])})) if channel else ()
    )
    own = channel.publish_to if channel is not None and rules.mode is Mode.FULL else None
    if source is None:
        return Side(system, own=own, sells=sells)
    off: list[str] = [bucket for bucket in ("quarantined", "held") if bucket in source.contains]
    if sees_other_demand(source) or takes_whole_reserved(source):
        off.append("reserved")
    return Side(
        system=system,
        stated="on_hand" if source.basis is Basis.ON_HAND else "available",
        off=tuple(off),
        incoming=bool(source.incoming_counts_as),
        compared=source.trust is not Trust.ADVISORY,
        own=own,
        sells=sells,
    )


def sides(policy: Policy, systems: frozenset[SystemId] | None = None) -> tuple[Side, ...]:
    """The sides of a comparison: of all systems of policy, or of those that are named and their counterparts' places."""
    names = [SystemId(name) for name in policy.systems]
    return tuple(side_of(name, policy) for name in names if systems is None or name in systems)
