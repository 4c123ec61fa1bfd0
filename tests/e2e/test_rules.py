"""A changed policy file while the product runs: taken by all at one instant, or refused aloud with the last good one in force."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.rules import Rules
from bot.wiring import Product
from sync.proof import POLICY_CHAIN
from tests.stage import Stage, until

OPS = "inv-ops"


@pytest.fixture
def file(stage: Stage, tmp_path: Path) -> Path:
    """The policy as a file that the running product follows."""
    path = tmp_path / "policy.yml"
    path.write_text(stage.policy_text, encoding="utf-8")
    _follow(stage.product, path, stage)
    return path


def _follow(product: Product, path: Path, stage: Stage) -> None:
    product.rules = Rules(
        product.store, product.policy, stage.clock, path, stage.environment, changed=product.follow_rules
    )


def _changed(file: Path, **sections: dict[str, object]) -> None:
    """Lay values over sections; None takes one out."""
    policy = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, value in sections.items():
        section = policy.get(name, {}) | value
        policy[name] = {key: one for key, one in section.items() if one is not None}
    file.write_text(yaml.safe_dump(policy, sort_keys=False), encoding="utf-8")


def _told(stage: Stage, text: str) -> bool:
    channel = next(one for one in stage.workspace.state.channels.values() if one.name == OPS)
    return any(_letters(text) in _letters(stage.workspace.read(one)) for one in channel.timeline())


def _letters(text: str) -> str:
    """Without what Slack could take for formatting, and what keeps it from doing so."""
    return "".join(one for one in text if one.isalnum())


async def test_a_changed_file_is_taken_with_its_difference_in_the_chain(stage: Stage, file: Path) -> None:
    _changed(file, costs={"cancel": 17.5})

    await stage.product.rules.look()

    assert str(stage.product.policy.current.costs.cancel) == "17.5"
    assert stage.product.policy.current.version == 2
    async with stage.product.store.reading() as uow:
        entries = await uow.proofs.chain(POLICY_CHAIN)
    assert "costs.cancel: 14.0 → 17.5" in entries[-1].entry.sentence
    await stage.idle()


async def test_a_faulty_file_is_refused_aloud_once_and_the_last_good_one_stays(stage: Stage, file: Path) -> None:
    _changed(file, no_such_section={"is": 1})

    await stage.product.rules.look()
    await stage.product.rules.look()

    assert stage.product.policy.current.version == 1
    await until(lambda: _told(stage, "is not taken; the rules before stay in force"), "the refusal in the ops channel")
    assert _told(stage, "no_such_section")


async def test_approvers_and_limits_are_not_changed_by_one_person(stage: Stage, file: Path) -> None:
    _changed(file, corrections={"four_eyes_above": 5000})

    await stage.product.rules.look()

    assert stage.product.policy.current.version == 1
    await until(lambda: _told(stage, "needs two people"), "the refusal in the ops channel")
    assert _told(stage, "corrections.four_eyes_above")


async def test_a_system_that_policy_no_longer_names_is_let_go(stage: Stage, file: Path) -> None:
    _changed(file, systems={"pos": None})

    await stage.product.rules.look()

    assert "pos" not in stage.product.connectors
    assert "shopify-us" in stage.product.connectors
