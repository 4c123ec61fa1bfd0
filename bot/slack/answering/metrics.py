"""``/inventory metrics [period] [by …]``: the same measures as the command and the digest."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.room import Room
from sync.errors import BadInput
from sync.measures.figures import Figures, measure
from sync.measures.grouping import By, families_of, grouped
from sync.measures.period import period_of
from sync.measures.rated import in_own_currency
from sync.measures.told import lines
from sync.model.exceptions import ExceptionClass
from sync.policy.schema import Policy

MOST_GROUPS = 30


async def metrics(room: Room, asked: Asked) -> Reply:
    """The measures of a period (a week until now unless one is named), and by group where one is asked for."""
    policy, now = room.policy.current, room.now
    text, _, word = f" {asked.rest.casefold()} ".partition(" by ")
    try:
        period = period_of(text, now, policy.timezone)
        by = By(word.strip()) if word.strip() else None
    except BadInput as error:
        return Reply(fmt.sentence(str(error)))
    except ValueError:
        return Reply(
            t.METRICS_WHICH.format(word=fmt.code(word.strip()), periods=", ".join(f"`by {one}`" for one in By))
        )
    async with room.store.reading() as uow:
        found = await uow.measured.recorded(period.start, period.end, now, families_of(policy))
    recorded = in_own_currency(found, policy)
    names: dict[str, str] = {cls.value: t.CLASS_NAMES[cls] for cls in ExceptionClass}
    names |= {person.slack: person.name for person in policy.people.values()}
    head = t.MEASURES_HEAD.format(
        name=fmt.mrkdwn(period.name, 40), start=fmt.at(period.start, now), end=fmt.at(period.end, now)
    )
    known = lines(measure(recorded, policy.currency), policy.currency, names)
    told = [t.MEASURES_LINE.format(name=fmt.mrkdwn(name, 60), value=fmt.mrkdwn(value, 300)) for name, value in known]
    blocks = [b.section("metrics.head", head)]
    blocks += [b.section(f"metrics.lines.{nth}", "\n".join(told[nth : nth + 10])) for nth in range(0, len(told), 10)]
    if by is not None:
        groups = list(grouped(recorded, by, policy).items())[:MOST_GROUPS]
        parts = [_group(by, name, figures, policy, names) for name, figures in groups]
        told += [t.MEASURES_BY.format(by=by), *parts]
        blocks.append(b.section("metrics.by", t.MEASURES_BY.format(by=by)))
        blocks += [b.section(f"metrics.by.{nth}", "\n".join(parts[nth : nth + 8])) for nth in range(0, len(parts), 8)]
    blocks.append(b.context("metrics.foot", b.mrkdwn_text(t.MEASURES_FOOT), b.mrkdwn_text(t.FILE_METHOD["prevented"])))
    return Reply("\n".join([head, *told]), tuple(blocks))


def _group(by: By, name: str, figures: Figures, policy: Policy, names: dict[str, str]) -> str:
    shown = called(by, name, policy, names)
    line = t.MEASURES_GROUP.format(
        name=fmt.mrkdwn(shown, 60),
        opened=fmt.number(figures.opened),
        repeats=fmt.number(figures.repeats),
        standing=fmt.number(figures.standing),
        fix=fmt.span(figures.to_end.median) if figures.to_end.median is not None else t.NOT_KNOWN,
        inside=fmt.percent(figures.ended.share) if figures.ended.share is not None else t.NOT_KNOWN,
        risk=fmt.estimate(figures.risk_standing, policy.currency),
    )
    success = figures.updates.success if figures.updates is not None else None
    return line if success is None else line + t.MEASURES_GROUP_UPDATES.format(success=fmt.percent(success))


def called(by: By, name: str, policy: Policy, names: dict[str, str]) -> str:
    """A group by its name for people."""
    if not name:
        return t.MEASURES_NONE.get(by, t.NOT_KNOWN)
    if by in (By.CHANNEL, By.VENDOR) and name in policy.systems:
        return policy.systems[name].name
    if by is By.QUEUE and name in policy.queues:
        return policy.queues[name].name
    return names.get(name, name)
