"""A snapshot on its way from the data folder into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.landing.snapshot import Covered, Figures
from sync.model.ids import SystemId


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a snapshot beside its rows: the digest of the bytes it came as, its name there, its figures, its newest
    time, and the places that it lists whole."""

    key: str
    name: str
    figures: Figures
    content_at: datetime
    covered: tuple[Covered, ...] = ()


@dataclass(frozen=True, slots=True)
class Landing:
    """A snapshot that landed as ``file`` (below the data folder, with this SHA-256) and belongs to a recorded delivery."""

    delivery: int
    system: SystemId
    file: str
    digest: str
    received_at: datetime
    told: Told
