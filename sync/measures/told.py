"""Measures as a document for machines, and as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sync.measures.figures import Figures, Kept, Spans
from sync.measures.prevented import Prevented

COUNTERFACTUAL = (
    "Prevented: what customers would have bought beyond what could be sold, had each listing that we lowered or paused gone on"
    " showing its old number until our next update to it (24 h at most), at the pace of its orders from 28 days before the"
    " period to its end."
)
"""What prevented oversells are compared with, in a sentence for people."""


def _of_shadow(figures: Figures) -> list[tuple[str, str]]:
    """What people said of acts that shadow only names; nothing where nobody was asked."""
    agreed, disagreed = figures.opinions
    return [("Shadow's acts", f"agreed {agreed:,}, disagreed {disagreed:,}")] if agreed or disagreed else []


def as_json(figures: Figures, currency: str) -> dict[str, Any]:
    """One document: times as RFC 3339, money and shares as decimal text, spans in seconds; null where there is nothing."""
    updates = figures.updates
    return {
        "from": figures.start.isoformat(),
        "to": figures.end.isoformat(),
        "currency": currency,
        "orders": figures.orders,
        "exceptions": {
            "opened": figures.opened,
            "resolved": figures.resolved,
            "cleared_by_themselves": figures.cleared,
            "standing": figures.standing,
            "standing_before": figures.standing_before,
            "late": figures.standing_late,
            "unowned": figures.unowned,
            "most_at_once": figures.busiest,
            "repeats": figures.repeats,
            "false_alarms": figures.false_alarms,
            "shadow_agreed": figures.opinions[0],
            "shadow_disagreed": figures.opinions[1],
            "opened_by_class": {str(cls): count for cls, count in sorted(figures.by_class.items())},
        },
        "oversells": {"incidents": figures.oversells, "per_10000_orders": _text(figures.oversell_rate)},
        "prevented_oversells": None if figures.prevented is None else _saved(figures.prevented),
        "seconds": {
            "to_be_seen": _spans(figures.to_seen),
            "to_owner": _spans(figures.to_owner),
            "to_resolution": _spans(figures.to_end),
            "age_of_standing": _spans(figures.age),
        },
        "limits": {"assigned": _kept(figures.assigned), "resolved": _kept(figures.ended)},
        "owners": {
            owner: {"taken": one.taken, "ended": one.ended, "standing": one.standing, "late": one.late}
            for owner, one in figures.load.items()
        },
        "revenue_at_risk": {
            "opened": _text(figures.risk_opened),
            "cleared": _text(figures.risk_cleared),
            "standing": _text(figures.risk_standing),
            "standing_before": _text(figures.risk_before),
        },
        "updates": None
        if updates is None
        else {
            "done": updates.done,
            "failed": updates.failed,
            "refused": updates.refused,
            "tried_again": updates.again,
            "success": _text(updates.success),
            "mean_seconds": None if updates.mean is None else round(updates.mean.total_seconds(), 3),
            "faults": dict(sorted(updates.faults.items())),
        },
    }


def _saved(one: Prevented) -> dict[str, Any]:
    return {
        "units": _text(one.units),
        "value": _text(one.value),
        "units_without_price": _text(one.unpriced),
        "incidents": one.incidents,
        "compared_with": COUNTERFACTUAL,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.quantize(Decimal("0.0001")).normalize(), "f")


def _spans(one: Spans) -> dict[str, Any]:
    def seconds(span: timedelta | None) -> float | None:
        return None if span is None else round(span.total_seconds(), 3)

    return {
        "count": one.count,
        "median": seconds(one.median),
        "p90": seconds(one.p90),
        "longest": seconds(one.longest),
    }


def _kept(one: Kept) -> dict[str, Any]:
    return {"kept": one.kept, "judged": one.judged, "share": _text(one.share)}


def span_text(span: timedelta | None) -> str:
    """``38 s``, ``38 min``, ``3 h 05 min``, ``9 days``; ``not known``."""
    if span is None:
        return "not known"
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes < 48 * 60 else f"{minutes // 1440} days"


def share_text(share: Decimal | None) -> str:
    """``94.5%``; ``not known``."""
    return "not known" if share is None else f"{share * 100:.1f}%"


def money_text(amount: Decimal, currency: str) -> str:
    """``6,120 USD``: estimates are told in whole units."""
    return f"{amount:,.0f} {currency}"


def lines(figures: Figures, currency: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(measure, value) for people. ``names`` of classes and people, by what they are called inside."""
    counts = ", ".join(
        f"{names.get(cls, cls)} {count}"
        for cls, count in sorted(figures.by_class.items(), key=lambda one: -one[1])
        if count
    )
    told = [
        ("Orders", f"{figures.orders:,}"),
        ("Exceptions opened", f"{figures.opened:,}" + (f" ({counts})" if counts else "")),
        ("Ended by a person", f"{figures.resolved:,}, false alarms {figures.false_alarms:,}"),
        ("Cleared by themselves", f"{figures.cleared:,}"),
        (
            "Standing at the end",
            f"{figures.standing:,}, late {figures.standing_late:,}, nobody has {figures.unowned:,};"
            f" at most {figures.busiest:,} at once",
        ),
        ("Repeats", f"{figures.repeats:,}"),
        *_of_shadow(figures),
        ("Oversell incidents", f"{figures.oversells:,}, {_rate(figures)} per 10,000 orders"),
    ]
    if figures.prevented is not None:
        saved = figures.prevented
        value = f"about {saved.units:,.1f} units, {money_text(saved.value, currency)}, in {saved.incidents:,} cases"
        told.append(("Oversells prevented", value))
    told += [
        ("Time until seen", _spans_text(figures.to_seen)),
        ("Time to an owner", _spans_text(figures.to_owner)),
        ("Time to a fix", _spans_text(figures.to_end)),
        ("Taken within the limit", _kept_text(figures.assigned)),
        ("Fixed within the limit", _kept_text(figures.ended)),
        ("Age of what stands", f"median {span_text(figures.age.median)}, longest {span_text(figures.age.longest)}"),
        ("At risk, opened", money_text(figures.risk_opened, currency)),
        ("At risk, cleared", money_text(figures.risk_cleared, currency)),
        (
            "At risk, standing",
            f"{money_text(figures.risk_standing, currency)}, before {money_text(figures.risk_before, currency)}",
        ),
    ]
    if figures.updates is not None:
        told.append(("Updates", updates_text(figures)))
    told += [
        (
            f"Owner {names.get(owner, owner)}",
            f"took {one.taken:,}, ended {one.ended:,}, has {one.standing:,}, late {one.late:,}",
        )
        for owner, one in sorted(figures.load.items(), key=lambda one: (-one[1].taken, -one[1].standing, one[0]))
    ]
    return told


def updates_text(figures: Figures) -> str:
    """How writes went."""
    one = figures.updates
    if one is None:
        return "not known"
    ended = f"{one.done:,} done, {one.failed:,} given up, {one.refused:,} refused, {one.again:,} tries made again"
    return f"{ended}; {share_text(one.success)} succeeded"


def _rate(figures: Figures) -> str:
    return "not known" if figures.oversell_rate is None else f"{figures.oversell_rate:.2f}"


def _spans_text(one: Spans) -> str:
    return (
        f"median {span_text(one.median)}, 9 in 10 within {span_text(one.p90)} ({one.count:,})" if one.count else "never"
    )


def _kept_text(one: Kept) -> str:
    return f"{one.kept:,} of {one.judged:,}, {share_text(one.share)}" if one.judged else "none judged"
