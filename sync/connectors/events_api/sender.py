"""Who sends, and what policy lets them say."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sync.model.ids import SystemId
from sync.policy.system_rules import Basis, System


@dataclass(frozen=True, slots=True)
class Sender:
    """The system behind a credential.

    ``basis`` is what its counts are. ``sequenced``: each event carries a ``sequence``. ``speaks_for``: channels whose orders
    it may tell of beside its own. ``types``, ``places`` (as the sender names them) and ``most_units`` bound what this
    credential may say; None does not bound.
    """

    system: SystemId
    basis: Basis = Basis.ON_HAND
    zone: ZoneInfo | None = None
    sequenced: bool = False
    speaks_for: frozenset[str] = frozenset()
    types: frozenset[str] | None = None
    places: frozenset[str] | None = None
    most_units: int | None = None


def sender_of(
    system_id: SystemId,
    system: System,
    *,
    types: frozenset[str] | None = None,
    places: frozenset[str] | None = None,
    most_units: int | None = None,
) -> Sender:
    """A sender by policy's entry of its system, and the bounds of its credential."""
    source = system.source
    return Sender(
        system=system_id,
        basis=source.basis if source is not None else Basis.ON_HAND,
        zone=ZoneInfo(source.timezone) if source is not None and source.timezone is not None else None,
        sequenced=source is not None and source.sequence,
        speaks_for=frozenset(system.speaks_for),
        types=types,
        places=places,
        most_units=most_units,
    )
