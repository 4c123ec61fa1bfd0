"""A file that was held whole because it is not plausible: what it says as a whole, and what counting it anyway would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sync.landing.snapshot import Figures
from sync.model.ids import ExceptionId, SystemId, UserId


@dataclass(frozen=True, slots=True)
class Change:
    """What counting it would do to what is known of its system, reckoned when it came. Of ``rows`` so many were ``reckoned`` in
    time. SKUs that it would lower to zero, lower and raise, the units of that, ``value`` of all of them at cost (of ``unvalued``
    SKUs that is not known); ``unknown`` rows map to nothing; it names nothing of ``unnamed`` SKUs, which keep their number."""

    rows: int
    reckoned: int
    to_zero: int = 0
    lowered: int = 0
    raised: int = 0
    less: int = 0
    more: int = 0
    value: Decimal = Decimal(0)
    unvalued: int = 0
    unknown: int = 0
    unnamed: int = 0

    @property
    def whole(self) -> bool:
        """All of it was reckoned."""
        return self.reckoned >= self.rows

    @property
    def sure(self) -> bool:
        """Its worth is known to the last unit."""
        return self.whole and not self.unvalued


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A delivery that is held whole for its ``figures`` beside those of the last good one (``last`` None: it is the first).
    ``content_at`` is the newest time that its rows tell, ``why`` the sentence it was held with. ``readable`` False: its bytes are
    kept no longer."""

    delivery: int
    system: SystemId
    name: str
    received_at: datetime
    content_at: datetime
    why: str
    figures: Figures
    last: Figures | None
    change: Change
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Release:
    """A held file that is to be counted although it is not plausible: who said so beside which exception (None: policy's own
    limits allow it by now), and the digest of its bytes."""

    held: HeldFile
    digest: str
    by: UserId | None
    by_name: str
    case: ExceptionId | None
