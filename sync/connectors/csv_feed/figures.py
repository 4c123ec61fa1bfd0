"""What a reading amounts to as a whole, and whether that is plausible beside the last good one.

Pure: the recorder asks before facts are recorded, and stores the figures of what it took.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from sync.connectors.base import Parsed
from sync.landing.snapshot import Figures
from sync.model.facts import Count, FactKind


class PlausibleRules(Protocol):
    """The part of ``sync.policy.schema.Plausible`` that is read here; both are shares between 0 and 1."""

    @property
    def rows_fall_by_at_most(self) -> Decimal:
        """How much of the last good reading's rows may be missing."""

    @property
    def zeros_at_most(self) -> Decimal:
        """How much of a reading may be zeros."""


def figures_of(parsed: Parsed) -> Figures:
    """The figures of a parsed file or snapshot: on hand where stated, else available."""
    numbers = [
        fact.body.on_hand if fact.body.on_hand is not None else fact.body.available
        for fact in parsed.facts
        if fact.kind in (FactKind.COUNTED, FactKind.LEVEL_SEEN) and isinstance(fact.body, Count)
    ]
    stated = [number for number in numbers if number is not None]
    return Figures(len(numbers), sum(number == 0 for number in stated), sum(stated))


def plausibility(current: Figures, previous: Figures | None, rules: PlausibleRules) -> str:
    """Why the reading must be held whole, in one sentence for the card; empty when it may become facts.

    ``previous`` are the figures of the last good reading of the same system (None: the first). Where zeros were already
    above the limit and a person took that, what is left above zero may fall as rows may.
    """
    if current.rows == 0:
        return "It has no usable row. Ask the sender for a whole file."
    if previous is not None and previous.rows > 0:
        fall = 1 - Decimal(current.rows) / previous.rows
        if fall > rules.rows_fall_by_at_most:
            return (
                f"It has {current.rows} usable rows; the last good one had {previous.rows} "
                f"(a fall of {_percent(fall)}, allowed are {_percent(rules.rows_fall_by_at_most)})."
            )
    zeros = Decimal(current.zeros) / current.rows
    if zeros <= rules.zeros_at_most:
        return ""
    accepted = _share_above_zero(previous)
    if accepted is not None and 1 - accepted > rules.zeros_at_most:
        if 1 - zeros >= accepted * (1 - rules.rows_fall_by_at_most):
            return ""
        return (
            f"{current.zeros} of {current.rows} rows say zero ({_percent(zeros)}); "
            f"in the last good one {_percent(1 - accepted)} did."
        )
    return f"{current.zeros} of {current.rows} rows say zero ({_percent(zeros)}, allowed are {_percent(rules.zeros_at_most)})."


def _share_above_zero(figures: Figures | None) -> Decimal | None:
    if figures is None or figures.rows == 0:
        return None
    return 1 - Decimal(figures.zeros) / figures.rows


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal(1))} %"
