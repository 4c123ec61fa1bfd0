"""`countersign backtest`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.cli.opened import opened_store, policy_taken
from bot.cli.run import environment
from storage.past import pasts
from sync.backtest.replayed import Tally, live_through
from sync.errors import BadInput
from sync.policy.fields import parse_span
from sync.policy.reading import fill, read_policy

ROWS = (
    ("prevented", "oversells prevented (units)"),
    ("oversold", "sold beyond the pool (units)"),
    ("missed", "sales missed (units)"),
    ("missed_money", "sales missed (money)"),
    ("pauses", "pauses if nobody had acted"),
    ("updates", "updates sent to channels"),
)
"""Figures of a tally that are set side by side, and what people call them."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Today's rules and the new ones, over one period."""

    days: float
    currency: str
    today: Tally
    new: Tally


def backtested(file: Path, since: str, *, as_json: bool) -> str:
    """Live through the last ``since`` (``14 days``) under the policy in force and that of ``file``.

    Raises BadInput, PolicyFaulty.
    """
    text = file.read_text(encoding="utf-8")
    try:
        span = parse_span(since)
    except ValueError as error:
        raise BadInput(str(error)) from error
    assert isinstance(span, timedelta)  # noqa: S101 - that is what it parses to

    async def work() -> Compared:
        async with opened_store(migrated=False) as (store, clock):
            now = clock.now()
            new = read_policy(fill(text, environment()), str(file))
            today = await policy_taken(store)
            compared = Compared(span / timedelta(days=1), new.currency, Tally(), Tally())
            async for past in pasts(store, now - span, now):
                for policy, tally in ((today, compared.today), (new, compared.new)):
                    tally.add(live_through(past.sku, past.carried, past.facts, policy, now - span, now))
            return compared

    compared = asyncio.run(work())
    return json.dumps(as_figures(compared), indent=2) if as_json else told(compared)


def as_figures(compared: Compared) -> dict[str, object]:
    """For machines."""
    sides = {"today": compared.today, "new": compared.new}
    return {
        "days": compared.days,
        "skus": compared.today.skus,
        "currency": compared.currency,
        **{name: {side: str(getattr(tally, name)) for side, tally in sides.items()} for name, _ in ROWS},
        "opened": {side: _by_name(tally) for side, tally in sides.items()},
    }


def _by_name(tally: Tally) -> dict[str, int]:
    return {f"{queue}/{cls}": count for (queue, cls), count in sorted(tally.opened.items())}


def told(compared: Compared) -> str:
    """A table for people, and what it rests on."""
    today, new = compared.today, compared.new
    rows: list[tuple[str, str, str]] = []
    for queue, cls in sorted({*today.opened, *new.opened}):
        rows.append((f"{queue}: {cls}", str(today.opened[queue, cls]), str(new.opened[queue, cls])))
    rows.append(("exceptions opened", str(today.opened.total()), str(new.opened.total())))
    rows += [(words, str(getattr(today, name)), str(getattr(new, name))) for name, words in ROWS]
    head = f"{today.skus} SKUs with facts in the last {compared.days:g} days, money in {compared.currency}."
    basis = (
        "Facts come as they came, a channel in mode full shows at once what the rules publish, nobody clicks. Only what "
        "concerns one SKU is tried: no silent feeds, no refused accounts, no overrides by hand."
    )
    return "\n".join([head, *_columns([("", "today", "new"), *rows]), basis])


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    wide = [max(len(row[number]) for row in rows) for number in range(3)]
    return [f"{row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}" for row in rows]
