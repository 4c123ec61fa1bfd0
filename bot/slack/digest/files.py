"""The whole week as a workbook and as CSV: every measure by every group, the days, and every answer. Text that a spreadsheet
would take for a formula stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cells import safe
from bot.slack.digest.answers import causes, dropped, improved, loads, tightened
from bot.slack.digest.week import DigestWeek
from sync.measures.figures import Figures
from sync.measures.grouping import By
from sync.policy.schema import Policy

Cell = str | int | float | None
SHEET_MOST = 31
"""Characters of a sheet's name, by the format."""


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 60, 2)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 4))


def figures_row(one: Figures) -> list[Cell]:
    """In the order of the catalogue's columns. Money is in policy's currency, spans in minutes."""
    saved, updates = one.prevented, one.updates
    counts = {str(cls): count for cls, count in one.by_class.items()}
    return [
        one.orders,
        one.opened,
        one.resolved,
        one.cleared,
        one.standing,
        one.standing_late,
        one.unowned,
        one.busiest,
        one.repeats,
        one.false_alarms,
        one.oversells,
        _number(one.oversell_rate),
        counts.get("wms_erp_variance", 0),
        counts.get("stale_feed", 0),
        counts.get("failed_update", 0),
        counts.get("manual_override", 0),
        _number(saved.units) if saved is not None else None,
        _number(saved.value) if saved is not None else None,
        _minutes(one.to_seen.median),
        _minutes(one.to_owner.median),
        _minutes(one.to_owner.p90),
        _minutes(one.to_end.median),
        _minutes(one.to_end.p90),
        one.assigned.kept,
        one.assigned.judged,
        one.ended.kept,
        one.ended.judged,
        _number(one.risk_opened),
        _number(one.risk_cleared),
        _number(one.risk_standing),
        updates.done if updates is not None else None,
        updates.failed if updates is not None else None,
        updates.refused if updates is not None else None,
        updates.again if updates is not None else None,
    ]


def sheets(week: DigestWeek, policy: Policy) -> dict[str, list[list[Cell]]]:
    """Every sheet by its name: rows of cells, the first a header."""
    whole: list[list[Cell]] = [[t.FILE_WEEK, *t.FILE_COLUMNS], [t.DIGEST_THIS_WEEK, *figures_row(week.this)]]
    if week.before is not None:
        whole.append([t.DIGEST_WEEK_BEFORE, *figures_row(week.before)])
    found: dict[str, list[list[Cell]]] = {t.FILE_SHEETS["week"]: whole}
    for by in By:
        rows: list[list[Cell]] = [[t.FILE_GROUPS[by], t.FILE_WEEK, *t.FILE_COLUMNS]]
        past = week.groups_before.get(by, {})
        groups = {**week.groups[by], **{name: one for name, one in past.items() if name not in week.groups[by]}}
        for name in groups:
            if name in week.groups[by]:
                rows.append([name, t.DIGEST_THIS_WEEK, *figures_row(week.groups[by][name])])
            if name in past:
                rows.append([name, t.DIGEST_WEEK_BEFORE, *figures_row(past[name])])
        found[t.FILE_SHEETS[by]] = rows
    found[t.FILE_SHEETS["days"]] = [
        [head.format(currency=policy.currency) for head in t.FILE_DAYS],
        *([day, _number(now), _number(before)] for day, now, before in week.risk_days),
    ]
    found[t.FILE_SHEETS["people"]] = [[*t.FILE_PEOPLE], *_people(week, policy)]
    found[t.FILE_SHEETS["answers"]] = [[*t.FILE_ANSWERS], *_answers(week, policy)]
    method: list[list[Cell]] = [[what, how] for what, how in t.FILE_METHOD.items()]
    found[t.FILE_SHEETS["method"]] = [[*t.FILE_HOW], *method]
    return found


def _people(week: DigestWeek, policy: Policy) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for owner, load in week.this.load.items():
        person = policy.person_of(owner)
        name = person.name if person is not None else owner
        rows.append([name, load.taken, load.ended, load.standing, load.late])
    return rows


def _answers(week: DigestWeek, policy: Policy) -> list[list[Cell]]:
    answers: list[tuple[str, Sequence[str]]] = [
        (t.DIGEST_CAUSES, causes(week, policy).splitlines()[1:]),
        (t.DIGEST_IMPROVED_HEAD, improved(week, policy)),
        (t.DIGEST_TIGHTEN_HEAD, [tightened(one, policy) for one in week.review.tighten]),
        (t.DIGEST_DROP_HEAD, dropped(week, policy)),
        (t.DIGEST_LOAD_HEAD, loads(week, policy)),
        (t.DIGEST_LIMITS, policy.not_automated),
    ]
    return [[_bare(head), _bare(line)] for head, lines in answers for line in lines]


def _bare(text: str) -> str:
    return fmt.bare(text).replace(fmt.JOINER, "").removeprefix("• ")


def csv_of(week: DigestWeek, policy: Policy) -> bytes:
    """All sheets below each other, each line with its sheet's name first; UTF-8 with a mark, as spreadsheets expect."""
    out = io.StringIO()
    writer = csv.writer(out)
    for name, rows in sheets(week, policy).items():
        writer.writerows([name, *(safe(cell) if isinstance(cell, str) else cell for cell in row)] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_of(week: DigestWeek, policy: Policy) -> bytes:
    """A workbook, a sheet each. Takes a moment, so call it off the loop."""
    import xlsxwriter  # type: ignore[import-untyped]  # ships no types; needed once a week only

    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, plain) as book:
        book.set_properties({"title": t.FILE_TITLE.format(days=week.days)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for name, rows in sheets(week, policy).items():
            sheet = book.add_worksheet(fmt.cut(name, SHEET_MOST, SHEET_MOST))
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    _write(sheet, number, column, cell, head if number == 0 else None)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 28)
            sheet.set_column(1, len(rows[0]) - 1, 90 if len(rows[0]) == 2 else 13)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, cell: Cell, style: object) -> None:
    if cell is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(cell, str):
        sheet.write_string(row, column, safe(cell), style)
    else:
        sheet.write_number(row, column, cell, style)
