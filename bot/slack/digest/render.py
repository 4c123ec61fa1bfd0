"""The digest's message: pure, from the week as it was worked out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block, Message
from bot.slack.digest.answers import causes, limits, rules
from bot.slack.digest.charts import class_counts, of_week
from bot.slack.digest.measures import Measure, compared
from bot.slack.digest.week import DigestWeek
from bot.slack.plural import Plural
from sync.measures.period import midnight
from sync.policy.rates import rates_as_of
from sync.policy.schema import Policy

Pictures = Mapping[str, str]
"""Charts by name, and the file in the workspace that shows each."""


def render_digest(
    week: DigestWeek, policy: Policy, period: str, *, charts: bool = True, pictures: Pictures | None = None
) -> Message:
    """``period`` is ``2026-W47``. ``charts`` False, for a workspace that does not draw charts: uploaded ``pictures`` of them,
    else the same figures as lines of text."""
    measures = compared(week, policy)
    headline = _headline(measures, week)
    sentence = _sentence(measures, week)
    blocks: list[Block] = [
        b.header("digest.title.v1", headline),
        b.context("digest.period.v1", b.mrkdwn_text(_asof(week, policy))),
        b.section("digest.headline.v1", sentence),
        b.fields("digest.tiles.v1", _tiles(measures, week, policy)),
    ]
    for chart in of_week(week, policy):
        blocks.append(chart.shown(charts=charts, file=(pictures or {}).get(chart.name)))
    for name, text in (
        ("causes", causes(week, policy)),
        ("rules", rules(week, policy)),
        ("limits", limits(week, policy)),
    ):
        if text:
            blocks.append(b.section(f"digest.{name}.v1", text))
    blocks.append(b.context("digest.foot.v1", b.mrkdwn_text(_foot(week, policy))))
    text = t.DIGEST_TEXT.format(
        days=week.days,
        headline=headline[:1].lower() + headline[1:],
        sentence=fmt.bare(sentence),
        classes=_classes_text(week),
    )
    return Message(fmt.cut(text, b.FALLBACK_MOST, b.FALLBACK_MOST), tuple(blocks), "digest", period, 1)


def _asof(week: DigestWeek, policy: Policy) -> str:
    return t.DIGEST_PERIOD.format(
        days=week.days,
        zone=fmt.mrkdwn(policy.digest.timezone, 40),
        compared=t.DIGEST_COMPARED if week.before is not None else t.DIGEST_FIRST,
        orders=fmt.counted(week.this.orders, t.ORDERS),
    )


def _headline(measures: Mapping[str, Measure], week: DigestWeek) -> str:
    """The best improved of oversells, money at risk and time to fix; then the worst changed measure. Never only good news."""
    if week.before is None:
        return t.DIGEST_HEAD_FIRST.format(exceptions=_noun(measures["exceptions"], t.EXCEPTIONS))
    moved = [(name, one) for name, one in measures.items() if one.judged]
    first = min(("oversells", "risk", "fix"), key=lambda name: measures[name].relative)
    worst = max(moved, key=lambda one: one[1].relative, default=None)
    better = first if measures[first].judged == t.DIGEST_BETTER else ""
    worse = worst[0] if worst is not None and worst[1].judged == t.DIGEST_WORSE else ""
    if better and worse:
        return t.DIGEST_HEAD_BOTH.format(better=t.DIGEST_IMPROVED[better], worse=_lowered(t.DIGEST_WORSENED[worse]))
    if worse:
        return t.DIGEST_WORSENED[worse]
    standing = t.DIGEST_STANDING.format(risk=measures["risk"].shown)
    return t.DIGEST_HEAD_BOTH.format(better=t.DIGEST_IMPROVED[better], worse=standing) if better else t.DIGEST_HEAD_SAME


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sentence(measures: Mapping[str, Measure], week: DigestWeek) -> str:
    def was(name: str) -> str:
        before = measures[name].before
        return t.DIGEST_WAS.format(before=fmt.number(int(before))) if before is not None else ""

    return t.DIGEST_SENTENCE.format(
        oversells=_noun(measures["oversells"], t.INCIDENTS),
        oversells_was=was("oversells"),
        exceptions=_noun(measures["exceptions"], t.EXCEPTIONS),
        exceptions_was=was("exceptions"),
        risk=measures["risk"].shown,
        risk_change=f" ({measures['risk'].change})" if measures["risk"].change else "",
    )


def _noun(measure: Measure, noun: Plural) -> str:
    return fmt.counted(int(measure.value or 0), noun)


def _tiles(measures: Mapping[str, Measure], week: DigestWeek, policy: Policy) -> list[str]:
    this, currency = week.this, policy.currency
    nine = this.to_end.p90
    fix = measures["fix"].tile + (f"\n{t.DIGEST_NINE.format(span=fmt.span(nine))}" if nine is not None else "")
    rate = this.oversell_rate
    oversells = measures["oversells"].tile
    if rate is not None:
        oversells += f"\n{t.DIGEST_RATE.format(rate=fmt.rate(rate))}"
    tiles = [
        (t.DIGEST_T_OVERSELLS, oversells),
        (t.DIGEST_T_PREVENTED, _prevented(week, currency)),
        (t.DIGEST_T_RISK, measures["risk"].tile),
        (t.DIGEST_T_FLOW, _flow(week, currency)),
        (t.DIGEST_T_OWNER, measures["owner"].tile),
        (t.DIGEST_T_FIX, fix),
        (t.DIGEST_T_INSIDE, measures["inside"].tile),
        (t.DIGEST_T_FAILED, measures["failed"].tile),
        (t.DIGEST_T_STALE, measures["stale"].tile),
        (t.DIGEST_T_OVERRIDE, measures["override"].tile),
    ]
    return [f"*{name}*\n{tile}" for name, tile in tiles]


def _prevented(week: DigestWeek, currency: str) -> str:
    saved = week.this.prevented
    if saved is None or saved.units < Decimal("0.5"):
        return t.DIGEST_PREVENTED_NONE
    units = fmt.units(int(saved.units.to_integral_value()))
    return t.DIGEST_PREVENTED.format(units=units, value=fmt.estimate(saved.value, currency))


def _flow(week: DigestWeek, currency: str) -> str:
    opened, cleared = fmt.estimate(week.this.risk_opened, currency), fmt.estimate(week.this.risk_cleared, currency)
    return t.DIGEST_FLOW.format(opened=opened, ended=cleared)


def _classes_text(week: DigestWeek) -> str:
    most = [f"{label} {count}" for label, count, _ in class_counts(week)[:4]]
    return t.DIGEST_MOST.format(classes=", ".join(most)) if most else ""


def _foot(week: DigestWeek, policy: Policy) -> str:
    seen = week.this.to_seen.median
    foot = t.DIGEST_FOOT.format(facts=fmt.counted(week.facts, t.FACTS), repeats=fmt.counted(week.repeats, t.REPEATS))
    rates = rates_as_of(policy, midnight(week.first + timedelta(days=7), policy.digest.timezone))
    foot += t.DIGEST_FOOT_RATES.format(day=fmt.day(rates)) if rates is not None else ""
    return foot + (t.DIGEST_FOOT_SEEN.format(span=fmt.span(seen)) if seen is not None else "")
