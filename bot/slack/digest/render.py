"""The digest as a message: pure, from the figures of two weeks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.digest.measures import Measure, counted, lasting, money, ninth, total
from sync.model.exceptions import ExceptionClass
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode
from sync.ports import WeekFigures

MOST_BARS = 6


def render_digest(
    figures: WeekFigures,
    previous: WeekFigures | None,
    policy: Policy,
    period: str,
    start: date,
    *,
    charts: bool = True,
) -> Message:
    """``period`` is ``2026-W47``, ``start`` its first day in the digest's zone. ``charts`` False: the same figures as text,
    for a workspace that does not draw charts."""
    measures = _measures(figures, previous, policy)
    headline = _headline(measures, previous)
    days = _days(start)
    sentence = _sentence(figures, previous, measures)
    compared = t.DIGEST_COMPARED if previous is not None else t.DIGEST_FIRST
    orders = fmt.counted(figures.orders, "order", "orders")
    asof = t.DIGEST_PERIOD.format(
        days=days, zone=fmt.mrkdwn(policy.digest.timezone, 40), compared=compared, orders=orders
    )
    blocks: list[Block] = [
        b.header("digest.title.v1", headline),
        b.context("digest.period.v1", b.mrkdwn_text(asof)),
        b.section("digest.headline.v1", sentence),
        b.fields("digest.tiles.v1", _tiles(figures, measures, policy)),
    ]
    if total(figures):
        blocks.append(_chart(figures, previous) if charts else b.section("digest.classes.v1", _classes(figures)))
    if figures.top_causes:
        blocks.append(b.section("digest.causes.v1", _causes(figures)))
    blocks += [
        b.section("digest.limits.v1", _limits(policy)),
        b.context("digest.foot.v1", b.mrkdwn_text(_foot(figures))),
    ]
    text = t.DIGEST_TEXT.format(
        days=days,
        headline=headline[:1].lower() + headline[1:],
        sentence=fmt.bare(sentence),
        classes=_classes_text(figures),
    )
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "digest", period, 1)


def _days(start: date) -> str:
    end = start + timedelta(days=6)
    first = f"{start.day}" if start.month == end.month else f"{start.day} {start:%b}"
    return f"{first} to {end.day} {end:%b} {end.year}"


def _measures(figures: WeekFigures, previous: WeekFigures | None, policy: Policy) -> dict[str, Measure]:
    def opened(cls: ExceptionClass, of: WeekFigures | None) -> int | None:
        return None if of is None else of.opened.get(cls, 0)

    def one(word: str, cls: ExceptionClass) -> Measure:
        return counted(word, figures.opened.get(cls, 0), opened(cls, previous))

    before = previous
    return {
        "oversells": one(t.DIGEST_W_OVERSELLS, ExceptionClass.OVERSELL),
        "exceptions": counted(t.DIGEST_W_EXCEPTIONS, total(figures), None if before is None else total(before)),
        "risk": money(
            t.DIGEST_W_RISK, figures.risk_standing, None if before is None else before.risk_standing, policy.currency
        ),
        "owner": lasting(
            t.DIGEST_W_OWNER, figures.seconds_to_owner, None if before is None else before.seconds_to_owner
        ),
        "fix": lasting(t.DIGEST_W_FIX, figures.seconds_to_end, None if before is None else before.seconds_to_end),
        "failed": one(t.DIGEST_W_FAILED, ExceptionClass.FAILED_UPDATE),
        "stale": one(t.DIGEST_W_STALE, ExceptionClass.STALE_FEED),
        "override": one(t.DIGEST_W_OVERRIDE, ExceptionClass.MANUAL_OVERRIDE),
    }


def _headline(measures: dict[str, Measure], previous: WeekFigures | None) -> str:
    """The best improved of oversells, money at risk and time to fix; then the worst changed measure. Never only good news."""
    if previous is None:
        return t.DIGEST_HEAD_FIRST.format(exceptions=_noun(measures["exceptions"], "exception", "exceptions"))
    moved = [one for one in measures.values() if one.judged]
    first = min((measures[name] for name in ("oversells", "risk", "fix")), key=lambda one: one.relative)
    worst = max(moved, key=lambda one: one.relative, default=None)
    better = first.word if first.judged == t.DIGEST_BETTER else ""
    worse = worst.word if worst is not None and worst.judged == t.DIGEST_WORSE else ""
    if better and worse:
        return t.DIGEST_HEAD_BOTH.format(better=t.DIGEST_IMPROVED[better], worse=t.DIGEST_WORSENED[worse].lower())
    if worse:
        return t.DIGEST_WORSENED[worse]
    standing = t.DIGEST_STANDING.format(risk=measures["risk"].shown)
    return t.DIGEST_HEAD_BOTH.format(better=t.DIGEST_IMPROVED[better], worse=standing) if better else t.DIGEST_HEAD_SAME


def _sentence(figures: WeekFigures, previous: WeekFigures | None, measures: dict[str, Measure]) -> str:
    def was(name: str, shown: str) -> str:
        return t.DIGEST_WAS.format(before=shown) if previous is not None else ""

    oversold = counted("", previous.opened.get(ExceptionClass.OVERSELL, 0), None).shown if previous else ""
    opened = fmt.number(total(previous)) if previous else ""
    return t.DIGEST_SENTENCE.format(
        oversells=_noun(measures["oversells"], "oversell", "oversells"),
        oversells_was=was("oversells", oversold),
        exceptions=_noun(measures["exceptions"], "exception", "exceptions"),
        exceptions_was=was("exceptions", opened),
        risk=measures["risk"].shown,
        risk_change=f" ({measures['risk'].change})" if measures["risk"].change else "",
    )


def _noun(measure: Measure, one: str, many: str) -> str:
    return fmt.counted(int(measure.value or 0), one, many)


def _tiles(figures: WeekFigures, measures: dict[str, Measure], policy: Policy) -> list[str]:
    ninth_span = ninth(figures.seconds_to_end)
    fix = measures["fix"].tile + (f"\n{t.DIGEST_NINE.format(span=fmt.span(ninth_span))}" if ninth_span else "")
    inside = t.NOT_KNOWN
    if figures.ended:
        share = fmt.percent(Decimal(figures.within_limit) / Decimal(figures.ended))
        inside = t.DIGEST_INSIDE.format(
            inside=fmt.number(figures.within_limit), ended=fmt.number(figures.ended), share=share
        )
    opened = fmt.estimate(figures.risk_opened, policy.currency)
    ended = fmt.estimate(figures.risk_ended, policy.currency)
    tiles = [
        (t.DIGEST_T_OVERSELLS, measures["oversells"].tile),
        (t.DIGEST_T_EXCEPTIONS, measures["exceptions"].tile),
        (t.DIGEST_T_RISK, measures["risk"].tile),
        (t.DIGEST_T_FLOW, t.DIGEST_FLOW.format(opened=opened, ended=ended)),
        (t.DIGEST_T_OWNER, measures["owner"].tile),
        (t.DIGEST_T_FIX, fix),
        (t.DIGEST_T_INSIDE, inside),
        (t.DIGEST_T_FAILED, measures["failed"].tile),
        (t.DIGEST_T_STALE, measures["stale"].tile),
        (t.DIGEST_T_OVERRIDE, measures["override"].tile),
    ]
    return [f"*{name}*\n{tile}" for name, tile in tiles]


def _bars(figures: WeekFigures, previous: WeekFigures | None) -> list[tuple[str, int, int]]:
    """(label, this week, week before) of the most frequent classes, at most six, the last being the rest."""
    classes = sorted(figures.opened, key=lambda cls: -figures.opened[cls])
    before = previous.opened if previous is not None else {}
    known = [cls for cls in classes if figures.opened[cls]]
    shown = known if len(known) <= MOST_BARS else known[: MOST_BARS - 1]
    bars = [(_short(cls), figures.opened[cls], before.get(cls, 0)) for cls in shown]
    rest = [cls for cls in known if cls not in shown]
    if rest:
        bars.append((t.DIGEST_REST, sum(figures.opened[c] for c in rest), sum(before.get(c, 0) for c in rest)))
    return bars


def _short(cls: str) -> str:
    return t.CLASS_SHORT[ExceptionClass(cls)] if cls in set(ExceptionClass) else fmt.cut(cls, 9)


def _chart(figures: WeekFigures, previous: WeekFigures | None) -> Block:
    bars = _bars(figures, previous)
    series = [(t.DIGEST_THIS_WEEK, [(label, now) for label, now, _ in bars])]
    if previous is not None:
        series.append((t.DIGEST_WEEK_BEFORE, [(label, before) for label, _, before in bars]))
    return b.bar_chart("digest.chart.class.v1", t.DIGEST_CHART, t.DIGEST_AXIS_X, t.DIGEST_AXIS_Y, series)


def _classes(figures: WeekFigures) -> str:
    lines = [
        t.DIGEST_CLASS.format(
            cls=fmt.mrkdwn(t.CLASS_NAMES[ExceptionClass(cls)] if cls in set(ExceptionClass) else cls, 40),
            opened=fmt.number(count),
            resolved=fmt.number(figures.resolved.get(cls, 0)),
            cleared=fmt.number(figures.cleared.get(cls, 0)),
        )
        for cls, count in sorted(figures.opened.items(), key=lambda one: -one[1])
        if count
    ]
    return "\n".join([f"*{t.DIGEST_CHART}*", *lines])


def _classes_text(figures: WeekFigures) -> str:
    most = [f"{label} {count}" for label, count, _ in _bars(figures, None)[:4]]
    return t.DIGEST_MOST.format(classes=", ".join(most)) if most else ""


def _causes(figures: WeekFigures) -> str:
    opened = total(figures)
    lines = []
    for nth, (cause, count) in enumerate(figures.top_causes[:3], 1):
        share = fmt.percent(Decimal(count) / Decimal(opened)) if opened else "0%"
        lines.append(t.DIGEST_CAUSE.format(nth=nth, cause=fmt.code(cause), count=fmt.number(count), share=share))
    return "\n".join([t.DIGEST_CAUSES, *lines])


def _limits(policy: Policy) -> str:
    told = [f"• {fmt.sentence(line, 200)}" for line in policy.not_automated[:8]]
    shadow = [one.name for one in policy.systems.values() if one.mode is Mode.SHADOW and one.channel is not None]
    if shadow:
        told.append(f"• {t.DIGEST_SHADOW.format(systems=fmt.mrkdwn(fmt.listed(shadow), 120))}")
    return "\n".join([t.DIGEST_LIMITS, *told])


def _foot(figures: WeekFigures) -> str:
    return t.DIGEST_FOOT.format(
        facts=fmt.counted(figures.facts, "fact", "facts"), repeats=fmt.counted(figures.repeats, "repeat", "repeats")
    )
