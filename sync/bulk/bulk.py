"""A bulk act as stored: what is asked, the frozen list that it touches, what it would do, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sync.model.ids import BulkId, ExceptionId, QueueId, SkuId, StormId, UserId, bulk_name


class Deed(StrEnum):
    """What can be done with many exceptions at once; each is the act that one exception's form offers."""

    PAUSE = "pause"
    CAP = "cap"
    HOLD = "hold"
    TAKE = "take"
    COUNT = "count"
    SNOOZE = "snooze"
    CLOSE = "close"
    RESUME = "resume"
    RELEASE = "release"


FOR_CUSTOMERS = frozenset({Deed.PAUSE, Deed.CAP, Deed.HOLD, Deed.RESUME, Deed.RELEASE})
"""What changes what customers see or get: above policy's number it needs a second person."""

MOST_COUNTS = 50
"""A warehouse that is asked for more counts than this at once was asked for none."""


EVERYTHING = "all queues"
"""What a list is of that nothing narrows."""


def who_words(who: str, above: Decimal | None) -> str:
    """Which of a list, as proofs and messages tell it: ``all at risk``, ``above 500 at risk``, ``all``, ``chosen ones``."""
    told = {"at_risk": "all at risk", "all": "all", "chosen": "chosen ones"}
    return told.get(who) or f"above {above:,} at risk"


@dataclass(frozen=True, slots=True)
class Asked:
    """One act for all of a list. ``reason`` is the chosen one of a pause, ``note`` what was typed, ``units`` of a cap, ``until``
    of a snooze (None: until it worsens), ``outcome`` of a close; ``owned``: also what somebody else has."""

    deed: Deed
    note: str = ""
    reason: str = ""
    units: int = 0
    until: datetime | None = None
    outcome: str = ""
    owned: bool = False


class Why(StrEnum):
    """Why an exception of a list is left out."""

    OWNED = "owned"
    CHANGED = "changed"
    ENDED = "ended"
    RIGHTS = "rights"
    SHADOW = "shadow"
    CANNOT = "cannot"
    ALREADY = "already"
    NOTHING = "nothing"
    REFUSED = "refused"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Left:
    """One that is left out: why, whose it is where that is why, and what the act itself said."""

    why: Why
    who: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class LeftCount:
    """How many are left out for one reason, and of which owner."""

    why: Why
    who: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What an act on a list would do: ``items`` it touches; ``listings`` on so many ``channels`` whose customers see
    ``units_now`` and ``units_then`` (``uncounted`` of them show no number); what it ``saves`` and ``costs``, estimated in
    policy's currency; ``orders`` held or released; and who is left out."""

    items: int = 0
    listings: int = 0
    channels: int = 0
    units_now: int = 0
    units_then: int = 0
    uncounted: int = 0
    orders: int = 0
    saves: Decimal = Decimal(0)
    costs: Decimal = Decimal(0)
    left: tuple[LeftCount, ...] = ()


class BulkState(StrEnum):
    """shown -> accepted -> done; or shown -> asked (a second person) -> accepted | refused | expired."""

    SHOWN = "shown"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Bulk:
    """One act on a frozen list, by one person, with ten minutes to be sent, once.

    ``chosen`` tells the filter in words; ``storm`` is whose members they are, ``queues`` where they wait. ``shown`` is the
    SHA-256 of the figures that were shown, ``digest`` that of the frozen list. ``until``: until when it may be sent, or
    decided. ``told_again``: it was shown because an earlier list had changed; ``second``: it needs a second person, and
    ``directly`` are those who were asked by a direct message; ``member_of``: private queue channels that the actor was known
    to be in. ``done`` and ``left`` say how far it has come; ``version`` rises with every change.
    """

    id: BulkId
    actor: UserId
    actor_name: str
    team: str
    asked: Asked
    chosen: str
    queues: tuple[QueueId, ...]
    figures: Figures
    shown: str
    digest: str
    policy_version: int
    frozen_at: datetime
    until: datetime
    state: BulkState = BulkState.SHOWN
    version: int = 1
    storm: StormId | None = None
    told_again: bool = False
    second: bool = False
    member_of: tuple[str, ...] = ()
    directly: tuple[UserId, ...] = ()
    decided_by: UserId | None = None
    decided_name: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    ended_at: datetime | None = None
    done: int = 0
    left: tuple[LeftCount, ...] = ()

    @property
    def name(self) -> str:
        """``BA-7``."""
        return bulk_name(self.id)

    @property
    def apart(self) -> int:
        """How many of the frozen list were left out when it was carried out."""
        return sum(one.count for one in self.left)


class ItemState(StrEnum):
    """``left``: never in the act; ``waiting``: in it, and to be done; ``done``; ``apart``: left out when its turn came."""

    LEFT = "left"
    WAITING = "waiting"
    DONE = "done"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One exception of a frozen list at the version that was shown, and what customers of it see now and would see then."""

    case: ExceptionId
    version: int
    sku: SkuId | None
    state: ItemState = ItemState.WAITING
    left: Left | None = None
    units_now: int | None = None
    units_then: int | None = None
