"""What a detector looks at: one SKU with its promises and exposures worked out, ready to be judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sync.exposure import Exposure
from sync.model.exceptions import Case, Finding, Fingerprint
from sync.model.facts import Fact
from sync.model.ids import ListingId, SkuId, SystemId
from sync.model.made import quickly
from sync.model.outbox import Target
from sync.model.picture import Pace, RaiseMemo, Suspicion, SystemPicture
from sync.model.stock import Listing, Sku, SkuState
from sync.policy.schema import Policy
from sync.promise import Promise


@quickly
@dataclass(frozen=True, slots=True)
class ListingPicture:
    """One listing: what may be promised there, what customers are offered, and the state of our own writes to it.

    ``allowed`` is what of the promise may be shown already (a raise waits for its explanation).
    ``unexplained`` True: the newest level is neither our publish nor the channel's own changes. ``reckoned_by`` is the version
    of policy by which the promise was reckoned last (0: not known).
    """

    listing: Listing
    promise: Promise
    allowed: int
    memo: RaiseMemo | None
    exposure: Exposure
    unexplained: bool
    quantity: Target | None
    doors: Target | None
    reckoned_by: int = 0
    frozen: bool = False
    """Nothing is raised there: a person froze its channel."""
    fixed: int | None = None
    """Units that a person fixed it at, for a time."""

    @property
    def offered(self) -> int | None:
        """Units offered now, or, while a stop of ours stands, those that would be offered on resuming."""
        if self.listing.stopped:
            return self.exposure.offered_if_resumed
        return self.exposure.units_high if self.exposure.kind == "number" else None


@quickly
@dataclass(frozen=True, slots=True)
class SkuPicture:
    """One SKU's whole picture. ``fresh`` are the facts that this slice folded, the likely cause of
    what is found; ``before`` is the state without them."""

    sku: Sku
    state: SkuState
    listings: tuple[ListingPicture, ...]
    cases: tuple[Case, ...]
    targets: tuple[Target, ...]
    fresh: tuple[Fact, ...] = ()
    before: SkuState | None = None
    paces: tuple[Pace, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    same_gtin: tuple[SkuId, ...] = ()

    def pace(self, system: SystemId) -> int:
        """Units ordered on a channel in the last seven days."""
        return next((pace.units_7d for pace in self.paces if pace.system == system), 0)

    @property
    def pace_of_all(self) -> int:
        """Units ordered on all channels in the last seven days."""
        return sum(pace.units_7d for pace in self.paces) if self.paces else 0

    def open_case(self, fingerprint: Fingerprint) -> Case | None:
        """The unresolved exception with this fingerprint."""
        return next((case for case in self.cases if case.fingerprint == fingerprint and not case.life.ended), None)

    def known(self, fingerprint: Fingerprint) -> Finding | None:
        """The same trouble as it is known already: open, or found and not yet settled."""
        for suspicion in self.suspicions:
            if suspicion.finding.fingerprint == fingerprint:
                return suspicion.finding
        case = self.open_case(fingerprint)
        if case is None:
            return None
        return Finding(fingerprint, case.delta, case.evidence, case.risk, case.since)

    def by_listing(self, listing: ListingId) -> ListingPicture | None:
        """The picture of one listing."""
        return next((one for one in self.listings if one.listing.id == listing), None)


class SkuDetector(Protocol):
    """A rule over one SKU: pure, time and policy are arguments."""

    def __call__(self, sku: SkuPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
        """Yield what is wrong now."""


class SystemDetector(Protocol):
    """A rule over one system."""

    def __call__(self, system: SystemPicture, policy: Policy, now: datetime) -> Iterator[Finding]:
        """Yield what is wrong now."""


def until_resolved(policy: Policy, finding_class_hours: timedelta, since: datetime, now: datetime) -> timedelta:
    """How long the trouble may go on selling: to its resolution limit, at least a quarter of an hour."""
    return max(since + finding_class_hours - now, timedelta(minutes=15))
