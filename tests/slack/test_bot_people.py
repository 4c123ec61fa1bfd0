"""Who clicked, and of which queues they are: what is not known counts against them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_builders import ANA, DANA, SAM
from slack_world import World

from sync.inbox.acts import Actor
from sync.model.ids import UserId


async def actor(world: World, user: UserId = DANA, team: str = "") -> Actor:
    return await world.directory.actor(user, team or world.workspace.team_id)


async def test_a_person_of_the_workspace_has_a_name_and_their_private_queues(world: World) -> None:
    dana = await actor(world)
    assert (dana.name, dana.restricted) == ("Dana", False)
    assert dana.member_of == {"marketplaces", "warehouse", "catalog"}


@pytest.mark.parametrize("user", ["U0GUS", "U0BOT", "U0NOBODY"])
async def test_f45_guests_bots_and_strangers_are_restricted(world: World, user: str) -> None:
    assert (await actor(world, UserId(user))).restricted


async def test_f45_somebody_of_another_team_is_restricted(world: World) -> None:
    assert (await actor(world, DANA, "TOTHER")).restricted


async def test_a_public_queue_channel_gives_no_rights(world: World) -> None:
    world.policy.take(world.policy.current.model_copy(update={"queues": with_public(world)}))
    await world.channels.find("inv-audit")
    assert "finance" not in (await actor(world, SAM)).member_of


def with_public(world: World) -> dict[str, object]:
    queues = dict(world.policy.current.queues)
    return queues | {"finance": queues["finance"].model_copy(update={"channel": "inv-audit"})}


async def test_people_are_asked_for_once_and_membership_at_most_every_five_minutes(world: World) -> None:
    calls = world.workspace.front.calls
    await actor(world)
    first = calls["conversations.members"]
    await actor(world)
    await actor(world, ANA)
    assert calls["users.info"] == 2
    assert calls["conversations.members"] == first
    world.clock.move(timedelta(minutes=6))
    await actor(world)
    assert calls["users.info"] == 3
    assert calls["conversations.members"] == 2 * first


async def test_a_directory_that_cannot_ask_restricts(world: World) -> None:
    world.workspace.faults.fail_next["users.info"] = ["internal_error"]
    assert (await actor(world)).restricted


async def test_what_was_known_holds_for_a_quarter_of_an_hour(world: World) -> None:
    await actor(world)
    world.workspace.faults.fail_next["users.info"] = ["internal_error"] * 9
    world.workspace.faults.fail_next["conversations.members"] = ["internal_error"] * 30
    world.clock.move(timedelta(minutes=10))
    known = await actor(world)
    assert not known.restricted
    assert "marketplaces" in known.member_of
    world.clock.move(timedelta(minutes=6))
    late = await actor(world)
    assert late.restricted
    assert late.member_of == frozenset()


async def test_events_keep_membership_true(world: World) -> None:
    await world.directory.refresh()
    world.directory.left("C0MKT", DANA)
    assert "marketplaces" not in (await actor(world)).member_of
    world.directory.joined("C0MKT", DANA)
    assert "marketplaces" in (await actor(world)).member_of
