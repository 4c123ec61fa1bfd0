"""The referee's verdict: which troubles nobody noticed, and which notices were of no trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.simulator.referee import FIRM_AFTER, SETTLES, Episode, Subject
from sandbox.simulator.ways import HOUR, MINUTE

SLACK = 2 * MINUTE
"""How much later than a trouble's own time a notice still is in time, and how much earlier it is of that trouble."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An exception that whoever listens had open from ``opened`` to ``ended`` (None: still), in seconds of the world."""

    name: str
    cls: str
    sku: str
    systems: tuple[str, ...]
    place: str
    direction: str
    opened: float
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``missed``: troubles of which somebody had to be told and nobody was. ``false``: notices of no trouble."""

    firm: int
    missed: tuple[Episode, ...]
    notices: int
    false: tuple[Notice, ...]
    by_class: dict[str, tuple[int, int]]
    """Per class: troubles that had to be noticed, exceptions opened."""

    @property
    def false_share(self) -> float:
        """False notices of all notices, 0 to 1."""
        return len(self.false) / self.notices if self.notices else 0.0


def judge(episodes: Iterable[Episode], notices: Sequence[Notice], until: float) -> Verdict:
    """Hold what was noticed against what was so. A trouble too young at the end is not judged."""
    every = list(episodes)
    firm = [one for one in every if one.firm and _deadline(one) < until]
    missed = tuple(one for one in firm if not any(_tells(notice, one) for notice in notices))
    false = tuple(notice for notice in notices if not any(_explains(one, notice) for one in every))
    had, opened = Counter(one.subject.cls for one in firm), Counter(one.cls for one in notices)
    by_class = {cls: (had[cls], opened[cls]) for cls in sorted(had.keys() | opened.keys())}
    return Verdict(len(firm), missed, len(notices), false, by_class)


def _deadline(one: Episode) -> float:
    """By when it must have been noticed: after the time that its kind takes, or once it was over when that came first."""
    kind = f"{one.subject.cls}:{one.subject.direction}" if one.subject.direction else one.subject.cls
    grace = one.began + FIRM_AFTER[kind]
    return (grace if one.ended is None else min(grace, max(one.ended, one.began))) + SLACK


def _tells(notice: Notice, one: Episode) -> bool:
    """The notice is of this trouble, and in time."""
    if notice.opened > _deadline(one) or (notice.ended is not None and notice.ended < one.began - SLACK):
        return False
    subject = one.subject
    if subject.cls == "exposure_mismatch":
        # One trouble, one card: a hand or a refused update behind it is told as what it is.
        return _same(notice, subject, "exposure_mismatch", "manual_override") or _of_account(notice, subject.system)
    return _same(notice, subject, subject.cls)


def _same(notice: Notice, subject: Subject, *classes: str) -> bool:
    return (
        notice.cls in classes
        and subject.sku in ("", notice.sku)
        and (not subject.system or subject.system in notice.systems)
        and subject.place in ("", notice.place)
        and (not subject.direction or notice.cls not in (subject.cls,) or subject.direction == notice.direction)
    )


def _of_account(notice: Notice, system: str) -> bool:
    return notice.cls == "failed_update" and system in notice.systems


EXPLAINED_BY: dict[str, tuple[tuple[str, float], ...]] = {
    # Class of a notice: kinds of troubles that it may be of, and how long after their end it still may open, since what
    # ended them comes through (or into the books) late.
    # Sold beyond the books is sold beyond all that anybody could promise, even where a receipt not yet booked saves the day.
    "oversell": (("oversell", 1 * HOUR), ("beyond_books", 1 * HOUR)),
    "exposure_mismatch:over": (
        ("exposure_mismatch", 15 * MINUTE),
        ("kept_back", 15 * MINUTE),
        ("failed_update", 15 * MINUTE),
    ),
    "exposure_mismatch:under": (("hidden", 15 * MINUTE), ("failed_update", 15 * MINUTE)),
    "manual_override": (("manual_override", 15 * MINUTE),),
    "negative_stock": (("negative_book", 1 * HOUR),),
    "wms_erp_variance": (("wms_erp_variance", 1 * HOUR),),
    "stale_feed": (("stale_feed", 5 * MINUTE),),
    "feed_suppression": (("feed_suppression", 20 * MINUTE),),
    "stuck_reservation": (("stuck_reservation", 1 * HOUR),),
    "failed_update": (("failed_update", 15 * MINUTE),),
    "catalog_fault": (("catalog_fault", 1 * HOUR),),
}


def _explains(one: Episode, notice: Notice) -> bool:
    """There was such a trouble when (or shortly before) the notice was opened."""
    kind = f"{notice.cls}:{notice.direction}" if notice.cls == "exposure_mismatch" else notice.cls
    for cls, window in EXPLAINED_BY.get(kind, ()):
        if one.subject.cls != cls or one.began > notice.opened + SLACK:
            continue
        if one.ended is not None and notice.opened > one.ended + window:
            continue
        if cls == "wms_erp_variance" and one.ended is not None and one.ended - one.began <= SETTLES:
            continue
        subject = one.subject
        fits = subject.sku in ("", notice.sku) and (not notice.place or subject.place in ("", notice.place))
        if fits and (not subject.system or subject.system in notice.systems):
            return True
    return False
