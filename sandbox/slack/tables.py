"""Checks of blocks that carry figures: table, data_table, data_visualization. Messages only."""

from __future__ import annotations

import math

from sandbox.slack.composition import Check
from sandbox.slack.model import Json
from sandbox.slack.richtext import check_rich_text

TABLE_CHARACTERS = 10_000
"""Characters over all cells of a message's tables (Slack's table reference)."""
CHART_SERIES = 6
CHART_CATEGORIES = 20
CHART_LABEL = 20


def check_table(check: Check, table: Json, at: str) -> None:
    """The classic table: up to 100 rows of up to 20 cells."""
    check.only(table, at, "block_id", "rows", "column_settings")
    _cells(check, table, at, rows=(1, 100), kinds=("raw_text", "rich_text"))
    for index, column in enumerate(check.items(table, at, "column_settings", 0, 20, required=False)):
        here = f"{at}/column_settings/{index}"
        check.only(column, here, "align", "is_wrapped")
        check.choice(column, here, "align", ("left", "center", "right"))
        check.boolean(column, here, "is_wrapped")


def check_data_table(check: Check, table: Json, at: str) -> None:
    """The table with paging and sorting: a header row and 1 to 100 rows below it."""
    check.only(table, at, "block_id", "caption", "rows", "page_size", "row_header_column_index")
    check.string(table, at, "caption", 2000, required=True)
    check.number(table, at, "page_size", 1, 100)
    check.number(table, at, "row_header_column_index", 0, 19)
    rows = _cells(check, table, at, rows=(2, 101), kinds=("raw_text", "raw_number", "rich_text"))
    for index, cell in enumerate(rows[0] if rows else []):
        if cell.get("type") == "rich_text":
            check.add(f"{at}/rows/0/{index}/type", "rich_text is not allowed in the header row")
    if len({len(row) for row in rows}) > 1:
        check.add(f"{at}/rows", "every row must have the same number of cells")


def _cells(check: Check, table: Json, at: str, *, rows: tuple[int, int], kinds: tuple[str, ...]) -> list[list[Json]]:
    value = table.get("rows")
    if not isinstance(value, list):
        check.add(at, "missing required field: rows")
        return []
    low, high = rows
    if not low <= len(value) <= high:
        check.add(f"{at}/rows", f"must have {low} to {high} rows")
    good: list[list[Json]] = []
    characters = 0
    for number, row in enumerate(value):
        here = f"{at}/rows/{number}"
        if not isinstance(row, list) or not 1 <= len(row) <= 20:
            check.add(here, "must be an array of 1 to 20 cells")
            continue
        for index, cell in enumerate(row):
            characters += _cell(check, cell, f"{here}/{index}", kinds)
        good.append([cell for cell in row if isinstance(cell, dict)])
    if characters > TABLE_CHARACTERS:
        check.add(f"{at}/rows", f"must be less than {TABLE_CHARACTERS + 1} characters over all cells")
    return good


def _cell(check: Check, cell: object, at: str, kinds: tuple[str, ...]) -> int:
    if not isinstance(cell, dict) or cell.get("type") not in kinds:
        check.add(at, f"must be a cell of type {', '.join(kinds)}")
        return 0
    if cell["type"] == "rich_text":
        check_rich_text(check, cell, at)
        return len(str(cell))
    check.only(cell, at, "text", "value")
    if cell["type"] == "raw_number":
        if not _finite(cell.get("value")):
            check.add(f"{at}/value", "must be a number")
        return len(str(check.string(cell, at, "text", 2000) or cell.get("value")))
    return len(check.string(cell, at, "text", 2000, required=True) or "")


def check_chart(check: Check, block: Json, at: str) -> None:
    """A native chart: line, bar or area over categories, or a pie of segments."""
    check.only(block, at, "block_id", "title", "chart")
    check.string(block, at, "title", 50, required=True)
    chart = block.get("chart")
    if not isinstance(chart, dict):
        check.add(at, "missing required field: chart")
        return
    here = f"{at}/chart"
    check.choice(chart, here, "type", ("line", "bar", "area", "pie"), required=True)
    if chart.get("type") == "pie":
        check.only(chart, here, "segments")
        for index, segment in enumerate(check.items(chart, here, "segments", 1, CHART_SERIES)):
            _point(check, segment, f"{here}/segments/{index}", positive=True)
        return
    check.only(chart, here, "series", "axis_config")
    categories = _categories(check, chart, here)
    names: set[object] = set()
    for index, series in enumerate(check.items(chart, here, "series", 1, CHART_SERIES)):
        where = f"{here}/series/{index}"
        check.only(series, where, "name", "data")
        check.string(series, where, "name", CHART_LABEL, required=True)
        if series.get("name") in names:
            check.add(f"{where}/name", "must be unique")
        names.add(series.get("name"))
        points = check.items(series, where, "data", 1, CHART_CATEGORIES)
        for number, point in enumerate(points):
            _point(check, point, f"{where}/data/{number}", positive=False)
        if sorted(str(p.get("label")) for p in points) != sorted(map(str, categories)):
            check.add(f"{where}/data", "must have one value for every category")


def _categories(check: Check, chart: Json, at: str) -> list[object]:
    axis = chart.get("axis_config")
    if not isinstance(axis, dict):
        check.add(at, "missing required field: axis_config")
        return []
    here = f"{at}/axis_config"
    check.only(axis, here, "categories", "x_label", "y_label")
    check.string(axis, here, "x_label", 50)
    check.string(axis, here, "y_label", 50)
    categories = axis.get("categories")
    if not isinstance(categories, list) or not 1 <= len(categories) <= CHART_CATEGORIES:
        check.add(f"{here}/categories", f"must be an array of 1 to {CHART_CATEGORIES} labels")
        return []
    for index, label in enumerate(categories):
        if not isinstance(label, str) or not 1 <= len(label) <= CHART_LABEL:
            check.add(f"{here}/categories/{index}", f"must be less than {CHART_LABEL + 1} characters")
    return categories


def _point(check: Check, point: Json, at: str, *, positive: bool) -> None:
    check.only(point, at, "label", "value")
    check.string(point, at, "label", CHART_LABEL, required=True)
    value = point.get("value")
    if not _finite(value):
        check.add(f"{at}/value", "must be a number")
    elif positive and isinstance(value, int | float) and value <= 0:
        check.add(f"{at}/value", "must be more than 0")


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
