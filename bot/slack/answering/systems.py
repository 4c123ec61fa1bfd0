"""The whole: which systems are heard, what the rules say, who is on duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.answering.cases import matching_queue
from bot.slack.duty import away_lines, duty_line
from bot.slack.room import Room
from bot.slack.spoken import word_line
from sync.catching_up import unread, waits_for
from sync.detect.stale_feed import stale_at
from sync.model.ids import QueueId, SystemId
from sync.model.picture import SystemPicture
from sync.model.reading import Reading
from sync.policy.schema import Policy
from sync.policy.words import explain

MOST_LINES = 40


async def pictures(room: Room) -> Mapping[SystemId, SystemPicture]:
    """All systems that policy lists, as they were last heard."""
    async with room.store.reading() as uow:
        return await uow.systems.load([SystemId(name) for name in room.policy.current.systems])


async def systems(room: Room, asked: Asked) -> Reply:
    """One line per system: how it is run, when it was heard, what waits, what is wrong."""
    policy, now, known = room.policy.current, room.now, await pictures(room)
    readings = {name: one.reading for name, one in known.items() if one.reading is not None}
    lines = [
        _line(policy, SystemId(name), known.get(SystemId(name)), now) + _read(SystemId(name), readings, policy, now)
        for name in policy.systems
    ]
    return _text(t.SYSTEMS_HEAD.format(count=fmt.counted(len(lines), t.SYSTEMS_COUNTED)), lines)


async def feed(room: Room, asked: Asked) -> Reply:
    """The sources, or one of them: its newest content, when the next is due, what could not be used."""
    policy, now, known = room.policy.current, room.now, await pictures(room)
    word = asked.rest.casefold()
    names = [SystemId(name) for name, rules in policy.systems.items() if rules.source is not None]
    chosen = [one for one in names if word in f"{one} {policy.systems[one].name}".casefold()]
    if not chosen:
        every = fmt.listed([fmt.mrkdwn(policy.systems[one].name, 40) for one in names], 10)
        return Reply(t.FEED_NONE.format(word=fmt.code(asked.rest), feeds=every))
    lines = [_line(policy, one, known.get(one), now) for one in chosen]
    if len(chosen) == 1:
        lines += await _problems(room, chosen[0], now)
    return _text(t.FEED_HEAD, lines)


async def _problems(room: Room, system: SystemId, now: datetime) -> list[str]:
    async with room.store.reading() as uow:
        problems = await uow.views.problems(system, 5)
    return [
        t.FEED_PROBLEM.format(at=fmt.at(at, now), where=fmt.mrkdwn(where, 60), why=fmt.sentence(why, 200))
        for at, where, why, _row in problems
    ]


def _line(policy: Policy, system: SystemId, picture: SystemPicture | None, now: datetime) -> str:
    rules = policy.systems[system]
    mode = rules.mode.value if rules.channel is not None else t.SYSTEM_SOURCE
    parts = [f"*{fmt.mrkdwn(rules.name, 40)}* · {mode}"]
    if picture is None or (picture.heard_at is None and picture.content_at is None):
        parts.append(t.SYSTEM_NEVER)
    else:
        last = picture.content_at or picture.heard_at
        stale = stale_at(picture, policy)
        silent = stale is not None and stale <= now
        shape = t.SYSTEM_SILENT if silent else t.SYSTEM_HEARD
        parts.append(shape.format(at=fmt.at(last, now) if last else t.NOT_KNOWN))
        if stale is not None and not silent:
            parts.append(t.SYSTEM_DUE.format(at=fmt.at(stale, now)))
    if picture is not None:
        parts += _work(picture, now)
    if picture is not None and picture.word is not None:
        parts.append(word_line(picture.word, policy))
    return t.SYSTEM_LINE.format(parts=" · ".join(parts))


def _read(system: SystemId, readings: Mapping[SystemId, Reading], policy: Policy, now: datetime) -> str:
    """When it was read whole, or what must be read before it may be raised."""
    waits = unread(waits_for(system, readings, policy, now), policy)
    if waits and (system in readings or system in policy.channels):
        return " · " + t.SYSTEM_BEHIND.format(systems=fmt.mrkdwn(waits, 200))
    whole = readings[system].full_at if system in readings else None
    return " · " + t.SYSTEM_READ.format(at=fmt.at(whole, now)) if whole is not None else ""


def _work(picture: SystemPicture, now: datetime) -> list[str]:
    parts = []
    if picture.waiting:
        since = fmt.at(picture.oldest_waiting, now) if picture.oldest_waiting else t.NOT_KNOWN
        waiting = fmt.counted(picture.waiting, t.UPDATES_WAIT)
        parts.append(t.SYSTEM_WAITING.format(waiting=waiting, since=since))
    if picture.lane is not None and picture.lane.fault:
        parts.append(t.SYSTEM_REFUSES.format(why=fmt.sentence(picture.lane.fault_text or picture.lane.fault, 120)))
    if picture.unmapped:
        parts.append(t.SYSTEM_UNMAPPED.format(codes=fmt.counted(len(picture.unmapped), t.CODES_COUNTED)))
    if picture.held:
        parts.append(t.SYSTEM_HELD.format(count=fmt.counted(len(picture.held), t.DELIVERIES)))
    return parts


async def rules(room: Room, asked: Asked) -> Reply:
    """The policy in force as plain English; a word narrows it to the paragraphs that have it."""
    policy, word = room.policy.current, asked.rest.casefold()
    paragraphs = [part for part in explain(policy).split("\n\n") if word in part.casefold()]
    head = t.RULES_HEAD.format(version=policy.version)
    if not paragraphs:
        return Reply(t.RULES_NONE.format(word=fmt.code(asked.rest)))
    blocks = [b.section("rules.head", head)]
    blocks += [b.section(f"rules.{nth}", fmt.lines(part, 2_600)) for nth, part in enumerate(paragraphs[:MOST_LINES])]
    return Reply(head, tuple(blocks))


async def oncall(room: Room, asked: Asked) -> Reply:
    """Who is told first in each queue, who is next, and who is away. Names only: an answer to one person need not notify
    another."""
    policy, word = room.policy.current, asked.rest.casefold()
    chosen = matching_queue(policy, word) if word else None
    names = [chosen] if chosen is not None else [QueueId(name) for name in policy.queues]
    lines = [
        t.ONCALL_LINE.format(queue=fmt.mrkdwn(policy.queues[one].name, 40), duty=duty_line(policy, one, room.now))
        for one in names
    ]
    ops = fmt.mrkdwn(policy.people[policy.ops_lead].name, 40)
    async with room.store.reading() as uow:
        left = await uow.attention.last_resorts(room.now - timedelta(days=7))
    counted = [t.DUTY_LAST_RESORT.format(count=fmt.counted(left, t.EXCEPTIONS))] if left else []
    return _text(t.ONCALL_HEAD, [*lines, *away_lines(policy, room.now), t.ONCALL_OPS.format(ops=ops), *counted])


def _text(head: str, lines: list[str]) -> Reply:
    shown = lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        shown.append(t.QUEUE_MORE.format(count=fmt.number(len(lines) - MOST_LINES)))
    blocks = [b.section("inventory.head", head)]
    blocks += [b.section(f"inventory.lines.{nth}", "\n".join(shown[nth : nth + 8])) for nth in range(0, len(shown), 8)]
    return Reply("\n".join([head, *shown]), tuple(blocks))
