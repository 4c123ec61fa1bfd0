"""`countersign metrics`: the measures of a period, for people and for machines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.cli.opened import opened_store, policy_taken
from storage.store import SqlStore
from sync.errors import BadInput
from sync.measures.figures import Figures, measure
from sync.measures.grouping import By, families_of, grouped
from sync.measures.period import moment_of
from sync.measures.rated import in_own_currency
from sync.measures.told import (
    COUNTERFACTUAL,
    as_json,
    lines,
    money_text,
    share_text,
    span_text,
)
from sync.policy.schema import Policy

USUAL = timedelta(days=7)
NOTHING = {By.FAMILY: "(no family)", By.CHANNEL: "(no channel)", By.VENDOR: "(no vendor)"}
"""How the group of what has no such thing is called."""


def told(since: str | None, until: str | None, by: Sequence[str], *, as_document: bool) -> str:
    """The measures between two times (the last seven days unless told), as text or JSON. Raises BadInput."""
    return asyncio.run(_told(since, until, [By(one) for one in by], as_document=as_document))


async def _told(since: str | None, until: str | None, by: Sequence[By], *, as_document: bool) -> str:
    async with opened_store() as (store, clock):
        policy, now = await policy_taken(store), clock.now()
        end = moment_of(until, policy.timezone) if until else now
        start = moment_of(since, policy.timezone) if since else end - USUAL
        if not start < end:
            raise BadInput("The period ends before it begins; --from is the earlier time, --to the later.")
        whole, groups = await measured(store, policy, start, end, now, by)
    if as_document:
        return json.dumps(document(whole, groups, policy), indent=2)
    return text_of(whole, groups, policy)


async def measured(
    store: SqlStore, policy: Policy, start: datetime, end: datetime, now: datetime, by: Sequence[By]
) -> tuple[Figures, dict[By, dict[str, Figures]]]:
    """The measures of the whole, and of each group asked for, all from one reading."""
    async with store.reading() as uow:
        recorded = await uow.measured.recorded(start, end, now, families_of(policy))
    recorded = in_own_currency(recorded, policy)
    return measure(recorded, policy.currency), {one: grouped(recorded, one, policy) for one in by}


def document(whole: Figures, groups: Mapping[By, Mapping[str, Figures]], policy: Policy) -> dict[str, object]:
    """For machines."""
    return {
        **as_json(whole, policy.currency),
        "by": {
            one: {name: as_json(figures, policy.currency) for name, figures in parts.items()}
            for one, parts in groups.items()
        },
    }


def text_of(whole: Figures, groups: Mapping[By, Mapping[str, Figures]], policy: Policy) -> str:
    """For people."""
    names: dict[str, str] = {person.slack: person.name for person in policy.people.values()}
    known = lines(whole, policy.currency, names)
    wide = max(len(name) for name, _ in known)
    head = f"{whole.start:%Y-%m-%d %H:%M} to {whole.end:%Y-%m-%d %H:%M} UTC"
    parts = ["\n".join([head, *(f"{name:<{wide}}  {value}" for name, value in known)])]
    parts += [_table(one, figures, policy) for one, figures in groups.items()]
    return "\n\n".join([*parts, COUNTERFACTUAL])


COLUMNS = ("opened", "repeats", "standing", "oversells", "owner", "fix", "in time", "at risk", "updates", "prevented")


def _table(by: By, groups: Mapping[str, Figures], policy: Policy) -> str:
    rows = [(f"by {by}", *COLUMNS)]
    for name, one in groups.items():
        rows.append(
            (
                name or NOTHING.get(by, "(none)"),
                f"{one.opened:,}",
                f"{one.repeats:,}",
                f"{one.standing:,}",
                f"{one.oversells:,}",
                span_text(one.to_owner.median),
                span_text(one.to_end.median),
                share_text(one.ended.share),
                money_text(one.risk_standing, policy.currency),
                share_text(one.updates.success) if one.updates is not None else "",
                f"{one.prevented.units:,.1f} units" if one.prevented is not None else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
