"""`countersign check`'s looks, at real stand-ins: all well, and each thing missing named with its mend."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import yaml
from pydantic import AnyHttpUrl

from bot.preflight.found import Found, Level
from bot.preflight.looking import SCOPES, look
from sync.policy.reading import fill, read_policy
from tests.stage import Stage, settings_for


async def looked(stage: Stage, **changed: object) -> list[Found]:
    """What preflight finds on a stage, with settings changed."""
    settings = settings_for(stage.database_url, stage.workspace).model_copy(update=changed)
    policy = read_policy(fill(stage.policy_text, stage.environment))
    environment = {"POS_TOKEN": secrets.token_hex(16)} | stage.environment
    return [one async for one in look(settings, policy, environment, loopback=True)]


def about(found: list[Found], what: str, level: Level) -> str:
    """Everything said at a level about one thing."""
    return "\n".join(f"{one.said} {one.mend}" for one in found if (one.about, one.level) == (what, level))


async def test_a_running_product_lacks_nothing(stage: Stage) -> None:
    found = await looked(stage, public_url=AnyHttpUrl(stage.product.web_url))

    assert [one for one in found if one.level is Level.FAIL] == []
    assert about(found, "shopify-us", Level.GOOD), found
    assert about(found, "slack", Level.GOOD), found


async def test_f04_a_topic_nobody_sends_is_found(stage: Stage) -> None:
    held = stage.world.storefronts["shopify-us"].shop.subscriptions
    lost = [id_ for id_, one in held.items() if one.topic == "inventory_levels/update"]
    assert lost, [one.topic for one in held.values()]
    for id_ in lost:
        del held[id_]

    found = await looked(stage, public_url=AnyHttpUrl(stage.product.web_url))

    assert "INVENTORY_LEVELS_UPDATE" in about(found, "shopify-us", Level.WARN), found


async def test_what_does_not_answer_or_is_not_there_is_named_with_its_mend(stage: Stage, tmp_path: Path) -> None:
    for shop in stage.world.storefronts.values():
        await shop.stop()
    channel = next(one for one in stage.workspace.state.channels.values() if "finance" in one.name)
    channel.archived = True

    found = await looked(stage, database_url=f"sqlite:///{tmp_path / 'new.db'}")

    assert "does not answer" in about(found, "shopify-us", Level.FAIL)
    assert "is_archived" in about(found, "slack", Level.FAIL)
    assert "has no tables yet" in about(found, "database", Level.WARN)


async def test_a_wrong_token_says_where_the_right_one_is(stage: Stage) -> None:
    token = type(stage.product.settings.slack_bot_token)("xoxb" + "-" + "not-one")  # type: ignore[call-arg, misc]

    found = await looked(stage, slack_bot_token=token)

    assert "Bot User OAuth Token" in about(found, "slack", Level.FAIL)


def with_groups(stage: Stage, *approvers: str) -> Stage:
    """The stage, its rules naming user groups: who acts in the warehouse, and who approves."""
    policy = yaml.safe_load(stage.policy_text)
    policy["queues"]["warehouse"]["members"] = ["@warehouse", "@nobody"]
    policy["queues"][policy["corrections"]["queue"]]["approvers"] = list(approvers)
    return replace(stage, policy_text=yaml.safe_dump(policy))


async def test_each_user_group_is_looked_at_and_whether_two_may_approve(stage: Stage) -> None:
    admin = stage.workspace.admin
    admin.set_group("warehouse", ["sam", "gus"])
    admin.set_group("finance", ["ana"])
    admin.disable_group("marketplaces")
    found = await looked(with_groups(stage, "@finance", "@marketplaces"))
    assert "user group @warehouse: 1 of its 2 members may act" in about(found, "slack", Level.GOOD)
    failed = about(found, "slack", Level.FAIL)
    assert "user group @nobody: this workspace has none Correct its handle in policy" in failed
    assert "user group @marketplaces: is disabled in Slack" in failed
    assert "1 of two people who may approve corrections Put more people into its user groups" in failed

    admin.set_group("finance", ["ana", "lee"])
    found = await looked(with_groups(stage, "@finance"))
    assert "who may approve corrections" not in about(found, "slack", Level.FAIL)

    admin.set_group("finance", ["gus"])
    found = await looked(with_groups(stage, "lee", "ana", "@finance"))
    assert "user group @finance: nobody in it may act" in about(found, "slack", Level.WARN)


async def test_the_right_to_read_user_groups_is_asked_for_only_where_policy_names_one(stage: Stage) -> None:
    desk = stage.workspace.front.desk
    desk.scopes = desk.scopes - {"usergroups:read"}
    found = await looked(stage)
    assert [one for one in found if one.level is Level.FAIL] == []
    failed = about(await looked(with_groups(stage, "lee", "ana")), "slack", Level.FAIL)
    assert "these scopes are not granted: usergroups:read" in failed
    assert "user group @warehouse: may not be read" in failed


def test_the_scopes_asked_for_are_the_manifest_s() -> None:
    manifest = (Path(__file__).parents[2] / "manifest.yml").read_text(encoding="utf-8")
    asked = manifest.split("bot:")[-1].split("settings:")[0]
    assert {line.strip(" -\n") for line in asked.strip().splitlines()} == SCOPES
