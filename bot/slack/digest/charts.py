"""The digest's charts, each once as figures: drawn by Slack, as a picture, or told in words. Pure.

A line for standing money, bars for counts; labels of at most nine characters and at most six categories, since more collide
on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.digest.week import DigestWeek
from sync.measures.figures import Figures
from sync.measures.grouping import By
from sync.model.exceptions import ExceptionClass
from sync.policy.schema import Policy

MOST_BARS = 6
LABEL = 9
ALT_MOST = 1_900


@dataclass(frozen=True, slots=True)
class Chart:
    """``series`` are (name, values) in the order of ``labels``; values are whole numbers of ``unit``."""

    name: str
    kind: Literal["line", "bar"]
    title: str
    x_label: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def compares(self) -> bool:
        """Whether there is something to see: one category alone would be one giant bar, or a line of one point."""
        return len(self.labels) > 1

    def shown(self, *, charts: bool, file: str | None) -> Block:
        """Drawn by Slack where it draws ``charts``, else an uploaded picture if there is a ``file``; told in words where neither
        helps."""
        if self.compares and charts:
            return self.block
        if self.compares and file:
            return self.picture(file)
        return b.section(f"digest.words.{self.name}.v1", self.words)

    @property
    def block(self) -> Block:
        """As Slack draws it."""
        series = [(name, list(zip(self.labels, values, strict=True))) for name, values in self.series]
        return b.chart(f"digest.chart.{self.name}.v1", self.kind, self.title, self.x_label, self.unit, series)

    @property
    def alt(self) -> str:
        """What it says, with all its numbers: for a picture, and for who cannot see it."""
        told = [
            t.CHART_SERIES.format(
                name=name,
                values=", ".join(
                    f"{label} {fmt.number(value)}" for label, value in zip(self.labels, values, strict=True)
                ),
            )
            for name, values in self.series
        ]
        kind = t.CHART_LINE if self.kind == "line" else t.CHART_BAR
        return fmt.cut(t.CHART_ALT.format(kind=kind, title=self.title, series=" ".join(told)), ALT_MOST, ALT_MOST)

    @property
    def words(self) -> str:
        """As lines of text, where nothing can be drawn: the title, then one line per series."""
        lines = [
            f"{name}: "
            + ", ".join(f"{label} {fmt.number(value)}" for label, value in zip(self.labels, values, strict=True))
            for name, values in self.series
        ]
        return "\n".join([f"*{self.title}*", *(fmt.mrkdwn(line, 600) for line in lines)])

    def picture(self, file: str) -> Block:
        """An uploaded picture of it."""
        image: Block = {
            "type": "image",
            "block_id": f"digest.picture.{self.name}.v1",
            "slack_file": {"id": file},
            "alt_text": self.alt,
            "title": b.plain_text(self.title, 200),
        }
        return image


def of_week(week: DigestWeek, policy: Policy) -> list[Chart]:
    """Money at risk by day, exceptions by class: those of the message itself. Empty ones are left out."""
    return [chart for chart in (_risk(week, policy), _classes(week)) if _says(chart)]


def of_queues(week: DigestWeek, policy: Policy) -> list[Chart]:
    """Time to a fix and the busiest moment of each queue: those of the thread."""
    return [chart for chart in (_fix(week, policy), _load(week, policy)) if _says(chart)]


def _says(chart: Chart) -> bool:
    return bool(chart.labels) and any(value for _, values in chart.series for value in values)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value())


def _risk(week: DigestWeek, policy: Policy) -> Chart:
    labels = tuple(label for label, _, _ in week.risk_days)
    series = [(t.DIGEST_THIS_WEEK, tuple(_whole(now) for _, now, _ in week.risk_days))]
    before = [past for _, _, past in week.risk_days if past is not None]
    if before and len(before) == len(labels):
        series.append((t.DIGEST_WEEK_BEFORE, tuple(_whole(past) for past in before)))
    title = t.DIGEST_CHART_RISK.format(currency=policy.currency)
    return Chart("risk", "line", title, t.DIGEST_AXIS_DAY, policy.currency, labels, tuple(series))


def class_counts(week: DigestWeek) -> list[tuple[str, int, int]]:
    """(label, this week, week before) of the most frequent classes, at most six, the last being the rest."""
    known = [
        (cls, count) for cls, count in sorted(week.this.by_class.items(), key=lambda one: (-one[1], one[0])) if count
    ]
    before = week.before.by_class if week.before is not None else {}
    shown = known if len(known) <= MOST_BARS else known[: MOST_BARS - 1]
    bars = [(t.CLASS_SHORT[cls], count, before.get(cls, 0)) for cls, count in shown]
    rest = [cls for cls, _ in known[len(shown) :]]
    if rest:
        now, past = (sum(counts.get(cls, 0) for cls in rest) for counts in (week.this.by_class, before))
        bars.append((t.DIGEST_REST, now, past))
    return bars


def _classes(week: DigestWeek) -> Chart:
    bars = class_counts(week)
    series = [(t.DIGEST_THIS_WEEK, tuple(now for _, now, _ in bars))]
    if week.before is not None:
        series.append((t.DIGEST_WEEK_BEFORE, tuple(past for _, _, past in bars)))
    labels = tuple(label for label, _, _ in bars)
    return Chart("class", "bar", t.DIGEST_CHART, t.DIGEST_AXIS_X, t.DIGEST_AXIS_Y, labels, tuple(series))


def _fix(week: DigestWeek, policy: Policy) -> Chart:
    def minutes(one: Figures) -> int:
        return 0 if one.to_end.median is None else round(one.to_end.median.total_seconds() / 60)

    return _per_queue(week, policy, "fix", t.DIGEST_CHART_FIX, t.DIGEST_AXIS_MINUTES, minutes)


def _load(week: DigestWeek, policy: Policy) -> Chart:
    return _per_queue(week, policy, "load", t.DIGEST_CHART_LOAD, t.DIGEST_AXIS_OPEN, lambda one: one.busiest)


def _per_queue(
    week: DigestWeek, policy: Policy, name: str, title: str, unit: str, value: Callable[[Figures], int]
) -> Chart:
    queues = week.groups[By.QUEUE]
    chosen = sorted(queues, key=lambda queue: (-queues[queue].opened, -queues[queue].standing, queue))[:MOST_BARS]
    labels = _labels([policy.queues[one].name if one in policy.queues else one for one in chosen])
    series = [(t.DIGEST_THIS_WEEK, tuple(value(queues[one]) for one in chosen))]
    past = week.groups_before.get(By.QUEUE)
    if past is not None:
        before = tuple(value(past[one]) if one in past else 0 for one in chosen)
        series.append((t.DIGEST_WEEK_BEFORE, before))
    return Chart(name, "bar", title, t.DIGEST_AXIS_QUEUE, unit, labels, tuple(series))


def _labels(names: Sequence[str]) -> tuple[str, ...]:
    """Short ones that differ: Slack wants every category once."""
    shown: list[str] = []
    for name in names:
        label = fmt.cut(fmt.clean(name), LABEL, LABEL) or "?"
        number = 2
        while label in shown:
            label = f"{fmt.cut(fmt.clean(name), LABEL - 2, LABEL - 2)} {number}"
            number += 1
        shown.append(label)
    return tuple(shown)


def class_name(cls: ExceptionClass) -> str:
    """A class for mrkdwn."""
    return fmt.mrkdwn(t.CLASS_NAMES[cls], 40)
