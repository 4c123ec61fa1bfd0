"""What a person chooses for themselves: how they are told, when it is quiet, when they are away and who stands in. Critical
classes always reach them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.payloads import Submitted, Values
from bot.slack.room import Room
from sync.model.ids import UserId
from sync.model.mentions import EVERY_DAY, Direct, PersonSettings
from sync.model.outbox import Post, PostKind
from sync.owners.duty import away_until
from sync.policy.people_words import day_told
from sync.policy.schema import Policy

CALLBACK = "person.settings"
PREFIX = "settings"
NONE = "none"
TIMES = tuple(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30))
NEW = 1


async def chosen_by(room: Room, user: UserId) -> PersonSettings:
    """What somebody chose, else what holds where nobody chose."""
    async with room.store.reading() as uow:
        found = await uow.attention.settings({user})
    return found.get(user) or PersonSettings(user, timezone=room.policy.current.timezone)


def line_of(chosen: PersonSettings, names: dict[UserId, str] | None = None, today: date | None = None) -> str:
    """One line for the Home tab: what holds now."""
    told = t.CHOSEN_ON if chosen.mentioned else t.CHOSEN_OFF
    told += t.CHOSEN_DIRECT[chosen.direct]
    if chosen.quiet_from == chosen.quiet_until:
        told += f" {t.CHOSEN_NEVER_QUIET}"
    else:
        quiet = t.CHOSEN_QUIET.format(
            begins=chosen.quiet_from, ends=chosen.quiet_until, zone=fmt.mrkdwn(chosen.timezone, 40)
        )
        told += f" {quiet.removesuffix('.')}{_days(chosen)}."
    if is_away_on(chosen, today) and chosen.away_until is not None:
        who = (names or {}).get(chosen.delegate, chosen.delegate) if chosen.delegate is not None else ""
        delegate = t.CHOSEN_DELEGATE.format(who=fmt.mrkdwn(who, 40)) if who else ""
        told += t.CHOSEN_AWAY.format(day=day_told(chosen.away_until), delegate=delegate)
    return told


def is_away_on(chosen: PersonSettings, today: date | None) -> bool:
    """Whether the absence that somebody told holds on a day, or is to come; None: whenever it is."""
    return chosen.away_until is not None and (today is None or today <= chosen.away_until)


def _days(chosen: PersonSettings) -> str:
    if chosen.quiet_days == EVERY_DAY:
        return ""
    return t.CHOSEN_DAYS.format(days=", ".join(t.CHOOSE_DAY_NAMES[day][:3] for day in chosen.quiet_days))


def form(chosen: PersonSettings, policy: Policy, today: date | None = None) -> Block:
    """The form, with what holds now filled in."""
    mentions = [b.Option(t.CHOOSE_ON, "on"), b.Option(t.CHOOSE_OFF, "off")]
    directs = [b.Option(t.CHOOSE_DIRECTS[one], one.value) for one in Direct]
    quiet = chosen.quiet_from != chosen.quiet_until
    times = [b.Option(t.CHOOSE_NEVER, NONE), *(b.Option(one, one) for one in TIMES)]
    begins, ends = (chosen.quiet_from, chosen.quiet_until) if quiet else (NONE, NONE)
    days = [b.Option(name, str(day)) for day, name in enumerate(t.CHOOSE_DAY_NAMES)]
    first = [b.Option(t.CHOOSE_UNITS, "units"), b.Option(t.CHOOSE_MONEY, "money")]
    away = chosen.away_until if is_away_on(chosen, today) else None
    blocks = [
        b.section("settings.preview", t.CHOOSE_PREVIEW),
        b.field("settings.direct", t.CHOOSE_DIRECT, b.select(directs, chosen=chosen.direct.value)),
        b.field(
            "settings.mentioned",
            t.CHOOSE_MENTIONED,
            b.select(mentions, chosen="on" if chosen.mentioned else "off", placeholder=t.CHOOSE),
        ),
        b.field("settings.from", t.CHOOSE_FROM, b.select(times, chosen=begins, placeholder=t.CHOOSE)),
        b.field("settings.until", t.CHOOSE_UNTIL, b.select(times, chosen=ends, placeholder=t.CHOOSE)),
        b.field(
            "settings.days",
            t.CHOOSE_DAYS,
            b.checkboxes(days, [str(day) for day in chosen.quiet_days]),
            optional=True,
        ),
        b.field("settings.away", t.CHOOSE_AWAY, b.day_picker(away), optional=True, hint=t.CHOOSE_AWAY_HINT),
        *_delegates(chosen, policy),
        b.field("settings.first", t.CHOOSE_FIRST, b.select(first, chosen="money" if chosen.money_first else "units")),
    ]
    return b.modal(CALLBACK, t.CHOOSE_TITLE, blocks, submit=t.CHOOSE_SUBMIT, close=t.NOT_NOW)


def _delegates(chosen: PersonSettings, policy: Policy) -> list[Block]:
    """Who can stand in: people of policy, for somebody whom policy names."""
    if policy.name_of(chosen.user) is None:
        return []
    others = [person for person in policy.people.values() if person.slack != chosen.user][:99]
    options = [b.Option(t.CHOOSE_DELEGATE_NONE, NONE)]
    options += [b.Option(fmt.plain(person.name, 60), person.slack) for person in others]
    known = any(one.value == chosen.delegate for one in options)
    select = b.select(options, chosen=chosen.delegate if known else NONE)
    return [b.field("settings.delegate", t.CHOOSE_DELEGATE, select, hint=t.CHOOSE_DELEGATE_HINT)]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a form says, and what is wrong with it by block."""

    kept: PersonSettings
    errors: dict[str, str]


class Choosing:
    """Opens the form, and keeps what was chosen."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open(self, user: UserId, trigger_id: str) -> None:
        """Show the form."""
        chosen = await chosen_by(self._room, user)
        today = self._room.now.astimezone(ZoneInfo(chosen.timezone)).date()
        view = form(chosen, self._room.policy.current, today)
        await self._room.client.views_open(trigger_id=trigger_id, view=view)

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> UserId | None:
        """Keep it; None when a field has an error. The time zone is the person's own in Slack."""
        sent = Submitted.model_validate(body)
        known = await chosen_by(self._room, sent.user.id)
        read = self._read(sent, known)
        if read.errors:
            await ack(response_action="errors", errors=read.errors)
            return None
        await ack()
        profile = await self._room.client.users_info(user=sent.user.id)
        zone = str((profile.get("user") or {}).get("tz") or self._room.policy.current.timezone)
        kept = replace(read.kept, timezone=zone)
        async with self._room.store.unit_of_work() as uow:
            await uow.attention.choose(kept, self._room.now)
            await uow.posts.want(self._to_delegate(kept, known))
            everybody = await uow.attention.everybody()
        self._room.policy.absent(everybody)
        return sent.user.id

    def _read(self, sent: Submitted, known: PersonSettings) -> _Sent:
        values, errors = Values(PREFIX, sent.view.state), {}
        begins, ends = values.option("from"), values.option("until")
        days = tuple(int(one) for one in values.options("days"))
        if (begins == NONE) is not (ends == NONE):
            errors["settings.until"] = t.CHOOSE_BOTH
        elif begins == ends and begins != NONE:
            errors["settings.until"] = t.CHOOSE_DIFFERENT
        elif begins != NONE and not days:
            errors["settings.days"] = t.CHOOSE_NO_DAY
        today = self._room.now.astimezone(ZoneInfo(known.timezone)).date()
        until, delegate = values.day("away"), values.option("delegate")
        if until is not None and until < today:
            errors["settings.away"] = t.CHOOSE_AWAY_PAST
        if delegate not in ("", NONE):
            if until is None:
                errors["settings.away"] = t.CHOOSE_DELEGATE_ONLY
            elif told := self._not_there(UserId(delegate)):
                errors["settings.delegate"] = told
        begun = known.away_from if known.away_until is not None and known.away_until >= today else None
        kept = PersonSettings(
            user=sent.user.id,
            mentioned=values.option("mentioned") != "off",
            quiet_from=begins if begins != NONE else "00:00",
            quiet_until=ends if ends != NONE else "00:00",
            timezone=known.timezone,
            direct=Direct(values.option("direct") or Direct.MINE),
            quiet_days=days or EVERY_DAY,
            away_from=None if until is None else begun or today,
            away_until=until,
            delegate=UserId(delegate) if until is not None and delegate not in ("", NONE) else None,
            money_first=values.option("first") == "money",
        )
        return _Sent(kept, errors)

    def _not_there(self, delegate: UserId) -> str:
        """Why somebody cannot stand in; empty when they can."""
        policy, now = self._room.policy.current, self._room.now
        name = policy.name_of(delegate)
        if name is None or away_until(policy, name, now) is None:
            return ""
        return t.CHOOSE_DELEGATE_AWAY.format(who=fmt.plain(policy.people[name].name, 40))

    def _to_delegate(self, kept: PersonSettings, known: PersonSettings) -> list[Post]:
        """Who stands in is told, once per absence."""
        if kept.delegate is None or kept.away_until is None:
            return []
        if (kept.delegate, kept.away_until) == (known.delegate, known.away_until):
            return []
        who = self._room.directory.name_of(kept.user) or kept.user
        now: datetime = self._room.now
        return [
            Post(
                key=f"delegate:{kept.user}:{kept.delegate}:{kept.away_until}",
                kind=PostKind.PRIVATE,
                channel=kept.delegate,
                wanted=1,
                priority=NEW,
                body=t.DELEGATED.format(who=who, day=day_told(kept.away_until)),
                next_at=now,
            )
        ]
