"""My notifications: chosen on Home, kept per person, held to when people are told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from memory_desk import a_policy
from slack_stored import Stored

from bot.rules import Rules
from bot.slack.choosing import Choosing, chosen_by, form, line_of
from bot.slack.directs import late_directs
from bot.slack.home import Home
from sandbox.slack import validate_view
from sandbox.slack.reading import read_blocks
from sync.inbox.acts import Actor
from sync.model.ids import ExceptionId, QueueId, UserId
from sync.model.mentions import Direct, Mention, PersonSettings, Why
from sync.model.outbox import Post, PostKind
from sync.owners.duty import ladder
from sync.policy.holder import PolicyInForce
from sync.policy.people_words import day_told
from sync.policy.schema import Person, Policy
from tests.slack.test_slack_cards import golden

DANA = UserId("U0DANA")


@dataclass
class Answered:
    """What a form's sender was told."""

    said: dict[str, Any] = field(default_factory=dict)

    async def __call__(self, **answer: Any) -> None:
        self.said = answer


async def sent(
    stored: Stored, mentioned: str = "on", begins: str = "none", ends: str = "none", **rest: Any
) -> tuple[UserId | None, dict[str, Any]]:
    def option(value: str) -> dict[str, Any]:
        return {"value": {"type": "static_select", "selected_option": {"value": value}}}

    days = rest.pop("days", tuple("0123456"))
    away = rest.pop("away", None)
    state = {f"settings.{name}": option(value) for name, value in rest.items()}
    state |= {"settings.mentioned": option(mentioned), "settings.from": option(begins), "settings.until": option(ends)}
    state["settings.days"] = {"value": {"type": "checkboxes", "selected_options": [{"value": one} for one in days]}}
    state["settings.away"] = {"value": {"type": "datepicker", "selected_date": away}}
    view = {"id": "V1", "callback_id": "person.settings", "state": {"values": state}, "blocks": [], "type": "modal"}
    answered = Answered()
    body = {"user": {"id": DANA}, "team": {"id": stored.room.team}, "view": view}
    return await Choosing(stored.room).chosen(answered, body), answered.said  # type: ignore[arg-type]


async def test_what_is_chosen_is_kept_with_the_time_zone_of_the_person(stored: Stored) -> None:
    kept, said = await sent(stored, "off", "22:00", "07:00")
    assert (kept, said) == (DANA, {})
    chosen = await chosen_by(stored.room, DANA)
    assert (chosen.mentioned, chosen.quiet_from, chosen.quiet_until) == (False, "22:00", "07:00")
    profile = await stored.room.client.users_info(user=DANA)
    assert chosen.timezone == profile["user"]["tz"]
    assert line_of(chosen).startswith("You are named without a mention. Quiet from 22:00 to 07:00")
    await sent(stored, "on", "none", "none")
    assert (
        line_of(await chosen_by(stored.room, DANA)) == "You are mentioned when something waits for you. No quiet hours."
    )


@pytest.mark.parametrize(
    ("begins", "ends", "told"), [("22:00", "none", "Choose both times"), ("22:00", "22:00", "these are the same")]
)
async def test_a_choice_that_means_nothing_is_told_on_its_field(
    stored: Stored, begins: str, ends: str, told: str
) -> None:
    kept, said = await sent(stored, "on", begins, ends)
    assert kept is None
    assert told in said["errors"]["settings.until"]


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"begins": "22:00", "ends": "07:00", "days": ()}, "days", "Choose a day"),
        ({"away": "2020-01-01"}, "away", "has passed"),
        ({"delegate": "U0LEE"}, "away", "Say until when"),
    ],
)
async def test_days_and_absence_are_checked_on_their_fields(
    stored: Stored, given: dict[str, Any], field: str, told: str
) -> None:
    kept, said = await sent(stored, **given)
    assert kept is None
    assert told in said["errors"][f"settings.{field}"]


async def test_who_is_away_is_stood_in_for_at_once_and_the_delegate_is_told(stored: Stored) -> None:
    until = (stored.clock.now() + timedelta(days=3)).date()
    await sent(stored, away=until.isoformat(), delegate="U0LEE", direct="late", first="money")
    policy, now = stored.policy.current, stored.clock.now()
    assert ladder(policy, QueueId("marketplaces"), now)[0] == "lee"
    chosen = await chosen_by(stored.room, DANA)
    assert (chosen.delegate, chosen.direct, chosen.money_first) == ("U0LEE", Direct.LATE, True)
    told = line_of(chosen, {UserId("U0LEE"): "Lee"}, now.date())
    assert told.endswith(f"*Away until {day_told(until)}*, Lee is told in your place.")
    await stored.deliver(stored.deliverer())
    (message,) = stored.workspace.person("lee").direct().timeline()
    assert "is away until" in message.text
    assert "told to you, where you may act" in message.text
    _, said = await sent(stored, away=until.isoformat(), delegate="U0DANA")
    assert "away then, too" in said["errors"]["settings.delegate"]
    await sent(stored)
    assert ladder(stored.policy.current, QueueId("marketplaces"), now)[0] == "dana"


async def test_what_one_process_keeps_all_hold_to(stored: Stored) -> None:
    until = (stored.clock.now() + timedelta(days=3)).date()
    await sent(stored, away=until.isoformat())
    elsewhere = PolicyInForce(stored.policy._written)

    async def changed(old: Policy, new: Policy) -> None:
        """Nothing is connected here."""

    assert ladder(elsewhere.current, QueueId("marketplaces"), stored.clock.now())[0] == "dana"
    await Rules(stored.store, elsewhere, stored.clock, None, {}, changed).look()
    assert ladder(elsewhere.current, QueueId("marketplaces"), stored.clock.now())[0] == "lee"
    elsewhere.take(stored.policy._written)
    assert ladder(elsewhere.current, QueueId("marketplaces"), stored.clock.now())[0] == "lee", "a new policy keeps it"


def test_the_form_shows_what_holds_and_slack_takes_it() -> None:
    chosen = PersonSettings(
        DANA, False, "22:00", "07:00", quiet_days=(0, 4), away_until=date(2026, 12, 4), delegate=UserId("U0LEE")
    )
    view = json.loads(json.dumps(form(chosen, a_policy(), date(2026, 12, 1))))
    assert validate_view(view) == []
    golden("modal-settings", view)
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if "element" in block}
    assert inputs["settings.from"]["initial_option"]["value"] == "22:00"
    assert inputs["settings.away"]["initial_date"] == "2026-12-04"
    assert inputs["settings.delegate"]["initial_option"]["text"]["text"] == "Lee"
    stranger = json.loads(json.dumps(form(PersonSettings(UserId("U0NOOR")), a_policy())))
    assert validate_view(stranger) == []
    assert "settings.delegate" not in {block["block_id"] for block in stranger["blocks"]}


def test_the_form_of_a_shop_of_many_is_taken_by_slack() -> None:
    policy = a_policy()
    crowd = {f"p{nth}": Person(name="N" * 200, slack=UserId(f"U0P{nth:04d}")) for nth in range(200)}
    many = policy.model_copy(update={"people": policy.people | crowd})
    assert validate_view(json.loads(json.dumps(form(PersonSettings(DANA), many)))) == []


# -- direct messages ---------------------------------------------------------------------------------------------------


async def directly(stored: Stored, key: str = "d1") -> list[str]:
    """What Dana reads in her messages after something was to be told her alone."""
    now = stored.clock.now()
    post = Post(key, PostKind.PRIVATE, "U0DANA", 1, body=f"for you alone {key}", next_at=now)
    async with stored.store.unit_of_work() as uow:
        await uow.posts.want([post])
    await stored.deliver(stored.deliverer())
    return [message.text for message in stored.workspace.person("dana").direct().timeline()]


async def test_direct_messages_wait_for_the_end_of_quiet_hours(stored: Stored) -> None:
    now = stored.clock.now().astimezone(ZoneInfo("America/New_York"))
    begins, ends = f"{now:%H:00}", f"{(now + timedelta(hours=2)):%H:00}"
    await sent(stored, begins=begins, ends=ends)
    assert await directly(stored) == []
    stored.clock.move(timedelta(hours=2))
    await stored.deliver(stored.deliverer())
    waited, told = (one.text for one in stored.workspace.person("dana").direct().timeline())
    assert waited.startswith("While you were off: 1 for you")
    assert "for you alone" in told


async def test_who_wants_none_gets_none_but_critical_ones(stored: Stored) -> None:
    await sent(stored, direct="none")
    assert await directly(stored) == []
    (case,) = await stored.open_many(1)
    rules = stored.policy.current
    critical = rules.rules_for(case.fingerprint.cls).model_copy(update={"critical": True})
    classes = rules.classes | {case.fingerprint.cls: critical}
    stored.policy.take(rules.model_copy(update={"classes": classes}))
    async with stored.store.unit_of_work() as uow:
        post = Post("d2", PostKind.PRIVATE, "U0DANA", 1, case=case.id, body="it burns", next_at=stored.clock.now())
        await uow.posts.want([post])
    await stored.deliver(stored.deliverer())
    assert [one.text for one in stored.workspace.person("dana").direct().timeline()] == ["it burns"]


async def test_who_wants_it_is_told_directly_what_is_late_in_their_queues_once_per_cause(stored: Stored) -> None:
    await sent(stored, direct="late")
    now, cause = stored.clock.now(), "amazon-us:exposure"
    late = [
        Mention(f"EX-{nth}:own", ExceptionId(nth), QueueId("marketplaces"), Why.OWN, cause, now, now, UserId("U0LEE"))
        for nth in (1, 2)
    ]
    async with stored.store.reading() as uow:
        everybody = await uow.attention.everybody()
    policy = stored.policy.current
    (post,) = late_directs(late, everybody, policy, now)
    assert (post.channel, post.body.startswith("2 exceptions of one cause in Marketplaces")) == (DANA, True)
    again = late_directs(late[1:], everybody, policy, now)
    assert [one.key for one in again] == [post.key], "one message per cause in half an hour"
    hers = [replace(late[0], person=DANA)]
    assert late_directs(hers, everybody, policy, now) == [], "she is mentioned below the card already"
    elsewhere = [replace(late[0], queue=QueueId("warehouse"))]
    assert late_directs(elsewhere, everybody, policy, now) == [], "not her queue"


async def test_home_says_what_holds_and_offers_to_change_it(stored: Stored) -> None:
    actor = Actor(DANA, "Dana", stored.room.team)
    blocks = json.loads(json.dumps(await Home(stored.room).blocks(actor)))
    assert validate_view({"type": "home", "blocks": blocks}) == []
    told = read_blocks(stored.workspace.state, blocks)
    assert "You are mentioned when something waits for you. No quiet hours." in told
    assert "My notifications" in told
