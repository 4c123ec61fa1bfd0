"""The frozen list: its beginning as lines of a modal, and all of it as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.bulk.words import items
from bot.slack.cells import safe
from bot.slack.lists import what
from sync.bulk.bulk import Bulk, BulkItem
from sync.model.exceptions import Case
from sync.model.ids import ExceptionId
from sync.policy.schema import Policy
from sync.ports import Store, UnitOfWork

LINES = 30
PAGE = 2_000


async def list_modal(store: Store, bulk: Bulk, policy: Policy) -> Block:
    """The first of the list."""
    async with store.reading() as uow:
        page = await uow.bulks.page(bulk.id, ExceptionId(0), LINES)
        cases = {case.id: case for case in await uow.cases.some([one.case for one in page])}
    left = sum(one.count for one in bulk.figures.left)
    total = items(bulk.figures.items + left)
    head = t.BULK_LIST_HEAD.format(name=bulk.name, shown=fmt.number(len(page)), count=total)
    lines = [_line(policy, one, cases[one.case]) for one in page if one.case in cases]
    return b.modal("list", t.BULK_LIST_TITLE, [b.section("bulk.lines", "\n".join([head, *lines]))], close=t.CLOSE)


def _line(policy: Policy, one: BulkItem, case: Case) -> str:
    if one.left is not None:
        return t.BULK_LIST_LEFT.format(name=case.name, what=what(policy, case))
    sees = ""
    if one.units_now is not None and one.units_then is not None:
        sees = t.BULK_LIST_SEES.format(now=fmt.number(one.units_now), then=fmt.units(one.units_then))
    return t.BULK_LIST_LINE.format(name=case.name, what=what(policy, case), sees=sees)


async def list_file(store: Store, bulk: Bulk) -> tuple[str, int]:
    """The whole list as CSV, and how many it holds; read by pages."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(t.BULK_CSV_HEAD)
    count, after = 0, ExceptionId(0)
    while True:
        async with store.reading() as uow:
            page = await uow.bulks.page(bulk.id, after, PAGE)
            rows = await _rows(uow, page)
        if not page:
            return out.getvalue(), count
        writer.writerows(rows)
        count, after = count + len(page), page[-1].case


async def _rows(uow: UnitOfWork, page: Sequence[BulkItem]) -> list[Sequence[str | int]]:
    cases = {case.id: case for case in await uow.cases.some([one.case for one in page])}
    return [_row(one, cases[one.case]) for one in page if one.case in cases]


def _row(one: BulkItem, case: Case) -> Sequence[str | int]:
    risk, left = case.risk_now, one.left
    return (
        case.name,
        one.version,
        safe(one.sku or ""),
        safe("+".join(case.fingerprint.systems)),
        one.state.value,
        left.why.value if left is not None else "",
        safe(left.said if left is not None else ""),
        "" if one.units_now is None else one.units_now,
        "" if one.units_then is None else one.units_then,
        f"{risk.amount:.2f}",
        risk.currency,
        safe(case.owner_name),
    )
