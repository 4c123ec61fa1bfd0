"""The weekly questions in words: what kept coming back, what improved and grew, rules to tighten, checks to drop, who carries too
much, and what is not automated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.digest.charts import class_name
from bot.slack.digest.week import DigestWeek
from sync.measures.review import Cause, Tighten
from sync.model.ids import SystemId
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode

SHOWN = 3
"""Answers of one kind in the message; the files have all."""
LIMITS = 8


def system_name(system: SystemId | None, policy: Policy) -> str:
    """A system by its name for people, for mrkdwn."""
    known = policy.systems.get(system) if system is not None else None
    return fmt.mrkdwn(known.name if known is not None else system or t.DIGEST_ELSEWHERE, 40)


def causes(week: DigestWeek, policy: Policy) -> str:
    """What kept coming back, each with a fix; empty when nothing did."""
    found = week.review.causes[:SHOWN]
    return (
        "\n".join([t.DIGEST_CAUSES, *(_cause(nth, one, policy) for nth, one in enumerate(found, 1))]) if found else ""
    )


def _cause(nth: int, one: Cause, policy: Policy) -> str:
    where = t.DIGEST_CAUSE_ON.format(system=system_name(one.system, policy)) if one.system is not None else ""
    return t.DIGEST_CAUSE.format(
        nth=nth,
        cls=class_name(one.cls),
        where=where,
        count=fmt.number(one.count),
        of=fmt.number(one.of_class),
        again=t.DIGEST_CAUSE_AGAIN.format(count=fmt.number(one.again)) if one.again else "",
        cleared=t.DIGEST_CAUSE_CLEARED.format(count=fmt.number(one.cleared)) if one.cleared else "",
        fix=t.DIGEST_FIXES[one.cls],
    )


def rules(week: DigestWeek, policy: Policy) -> str:
    """What improved, what grew, which rules to tighten, which checks to drop, and who carries too much."""
    found = week.review
    parts: list[tuple[str, Sequence[str]]] = [
        (t.DIGEST_IMPROVED_HEAD, improved(week, policy)),
        (
            t.DIGEST_GREW_HEAD,
            [
                t.DIGEST_GREW_LINE.format(
                    cls=class_name(one.cls), opened=fmt.number(one.opened), before=fmt.number(one.before)
                )
                for one in found.grew
            ],
        ),
        (t.DIGEST_TIGHTEN_HEAD, [tightened(one, policy) for one in found.tighten]),
        (t.DIGEST_DROP_HEAD, dropped(week, policy)),
        (t.DIGEST_LOAD_HEAD, loads(week, policy)),
    ]
    return "\n".join(line for head, lines in parts if lines for line in (head, *lines[:SHOWN]))


def improved(week: DigestWeek, policy: Policy) -> list[str]:
    """A line per sync path that improved."""
    lines = []
    for one in week.review.improved:
        success = ""
        if one.success is not None and one.success_before is not None:
            success = t.DIGEST_IMPROVED_SUCCESS.format(
                now=fmt.percent(one.success), before=fmt.percent(one.success_before)
            )
        lines.append(
            t.DIGEST_IMPROVED_LINE.format(
                system=system_name(one.system, policy),
                opened=fmt.number(one.opened),
                before=fmt.number(one.before),
                success=success,
            )
        )
    return lines


def tightened(one: Tighten, policy: Policy) -> str:
    """One rule to change."""
    queue = policy.queues.get(one.queue) if one.queue is not None else None
    return t.DIGEST_TIGHTEN[one.advice].format(
        cls=class_name(one.cls) if one.cls is not None else "",
        system=system_name(one.system, policy),
        queue=fmt.mrkdwn(queue.name if queue is not None else one.queue or "", 40),
        count=fmt.number(one.count),
        of=fmt.number(one.of),
        detail=fmt.mrkdwn(t.FAULTS.get(one.detail, one.detail), 60),
        now=fmt.span(one.now) if one.now is not None else "",
        wait=fmt.span(one.wait) if one.wait is not None else "",
        dropped=fmt.number(one.dropped),
        delayed=fmt.number(one.delayed),
    )


def dropped(week: DigestWeek, policy: Policy) -> list[str]:
    """A line per check that never changed anything."""
    lines = []
    for one in week.review.drop:
        place = policy.locations.get(one.location) if one.location is not None else None
        name = fmt.mrkdwn(place.name if place is not None else one.location or t.DIGEST_ELSEWHERE, 40)
        lines.append(t.DIGEST_DROP_LINE.format(cls=class_name(one.cls), place=name, done=fmt.number(one.done)))
    return lines


def loads(week: DigestWeek, policy: Policy) -> list[str]:
    """A line per person who carries too much. By name: a digest notifies nobody."""
    lines = []
    for one in week.review.overloaded:
        person = policy.person_of(one.owner)
        lines.append(
            t.DIGEST_LOAD_LINE.format(
                name=fmt.mrkdwn(person.name if person is not None else one.owner, 40),
                taken=fmt.number(one.taken),
                of=fmt.number(one.of),
                standing=fmt.number(one.standing),
                late=fmt.number(one.late),
            )
        )
    return lines


def limits(week: DigestWeek, policy: Policy) -> str:
    """What is not automated, never empty, and how many were false alarms."""
    told = [f"• {fmt.sentence(line, 200)}" for line in policy.not_automated[:LIMITS]]
    shadow = [one.name for one in policy.systems.values() if one.mode is Mode.SHADOW and one.channel is not None]
    if shadow:
        told.append(f"• {t.DIGEST_SHADOW.format(systems=fmt.mrkdwn(fmt.listed(shadow), 120))}")
    lines = [t.DIGEST_LIMITS, *told]
    this = week.this
    if this.resolved:
        share = fmt.percent(Decimal(this.false_alarms) / this.resolved)
        count = t.DIGEST_FALSE_LINE.format(
            count=fmt.number(this.false_alarms), of=fmt.number(this.resolved), share=share
        )
        lines += [t.DIGEST_FALSE_HEAD, count]
    return "\n".join(lines)
