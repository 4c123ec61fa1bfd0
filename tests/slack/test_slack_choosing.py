"""My notifications: chosen on Home, kept per person, held to when people are told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_stored import Stored

from bot.slack.choosing import Choosing, chosen_by, form, line_of
from bot.slack.home import Home
from sandbox.slack import validate_view
from sandbox.slack.reading import read_blocks
from sync.inbox.acts import Actor
from sync.model.ids import UserId
from sync.model.mentions import PersonSettings

DANA = UserId("U0DANA")


@dataclass
class Answered:
    """What a form's sender was told."""

    said: dict[str, Any] = field(default_factory=dict)

    async def __call__(self, **answer: Any) -> None:
        self.said = answer


async def sent(stored: Stored, mentioned: str, begins: str, ends: str) -> tuple[UserId | None, dict[str, Any]]:
    def option(value: str) -> dict[str, Any]:
        return {"value": {"type": "static_select", "selected_option": {"value": value}}}

    state = {"settings.mentioned": option(mentioned), "settings.from": option(begins), "settings.until": option(ends)}
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


def test_the_form_shows_what_holds_and_slack_takes_it() -> None:
    view = json.loads(json.dumps(form(PersonSettings(DANA, False, "22:00", "07:00"))))
    assert validate_view(view) == []
    chosen = [block["element"]["initial_option"]["value"] for block in view["blocks"] if "element" in block]
    assert chosen == ["off", "22:00", "07:00"]


async def test_home_says_what_holds_and_offers_to_change_it(stored: Stored) -> None:
    actor = Actor(DANA, "Dana", stored.room.team)
    blocks = json.loads(json.dumps(await Home(stored.room).blocks(actor)))
    assert validate_view({"type": "home", "blocks": blocks}) == []
    told = read_blocks(stored.workspace.state, blocks)
    assert "You are mentioned when something waits for you. No quiet hours." in told
    assert "My notifications" in told
