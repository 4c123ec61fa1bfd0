"""A full shift as four people in a browser: everything is used, nobody may more than they should, and every proof fits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.slack.commands import Commands
from storage.closing import carry_problems
from storage.replaying import replay_problems
from tests.e2e.browser import NoBrowser, chromium
from tests.e2e.open_shop import RULES, STORMY, Shop, sources_tell
from tests.e2e.shift.colleague import Colleague
from tests.e2e.shift.story import SCENES, Shift
from tests.e2e.shift.used import Use
from tests.stage import Stage, open_stage, sandbox_policy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PEOPLE = ("dana", "sam", "lee", "kim")
POLICY = {**RULES, **STORMY, "bulk": {"second_person_above": 1}}
"""Two at once are many in this small shop."""


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """What is offered and used, from before the app is built."""
    use = Use()
    use.watch(monkeypatch)
    return use


@pytest.fixture
async def stage(tmp_path: Path, use: Use) -> AsyncIterator[Stage]:
    """The shop with its week of sales, whose sources go on telling their numbers."""
    async with AsyncExitStack() as stack:
        stage = await open_stage(stack, tmp_path, policy=sandbox_policy(**POLICY), shop=Shop)
        await stack.enter_async_context(sources_tell(stage))
        yield stage


@pytest.fixture
async def shift(stage: Stage) -> AsyncIterator[Shift]:
    """Four people at four desks. Without a browser the shift counts as skipped, aloud, never as passed."""
    try:
        async with chromium() as browser:
            desks = {}
            for key in PEOPLE:
                page = await browser.new_page(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
                page.set_default_timeout(20_000)
                desks[key] = Colleague(stage, page, key)
                await desks[key].arrive()
            yield Shift(stage, **desks)
    except NoBrowser as error:
        pytest.skip(f"NOT CHECKED: {error}")


EXCUSED = {
    "action ^sample\\.": "the hello in a new channel comes before a shift; tests/slack holds it",
    "action welcome.sample.show": "the same",
    "action welcome.setup.open": "the same",
    "button welcome.sample.show": "the same",
    "button welcome.setup.open": "the same",
    "view queue.setup": "the same",
    "action storm.take.open": "stands below a storm that nobody took in time; its form is used from the storm's card",
    "button card.agree": "on cards of a system in shadow; none of this shop's is, tests/slack plays them",
    "button card.disagree": "the same",
    "button card.byhand": "for channels that cannot hold an order; both of the sandbox's can",
    "button card.countfile.open": "for a file that is not plausible; the sandbox has no feed of files, tests/landing plays it",
    "form file.count": "the same",
    "view file.count": "the same",
    "button card.free.open": "for orders that hold stock for a fortnight",
    "form order.free": "the same",
    "view order.free": "the same",
    "button card.vendor.open": "for a vendor's case that stands in another queue; handing over is used with finance",
    "button home.case.show": "on Home, for the moment in which a write is under way and nothing else is offered",
    "button inventory.queue": "on a summary that counts; its word is used",
    "button inventory.show": "on unfolded links, which need a public address; its word is used",
    "function open_inventory_exception": "the sandbox's page has no Workflow Builder; tests/slack runs its steps",
    "function request_count": "the same",
}
"""What no shift in the sandbox can reach, and why."""


def words() -> frozenset[str]:
    """Every first word of the command."""
    nobody: Any = SimpleNamespace(store=None, policy=None, clock=None)
    return Commands(nobody, nobody).words


async def test_a_shift_uses_everything_and_leaves_proofs_that_fit(shift: Shift, use: Use) -> None:
    for scene in SCENES:
        await scene(shift)
    lacking = use.unused(words(), EXCUSED)
    assert not lacking, "\n".join(lacking)
    stage = shift.stage
    cases = await stage.every_case()
    assert len(cases) > len(SCENES) / 2
    for case in cases:
        await stage.verified(case)
    store, policy = stage.product.store, stage.product.policy.current
    assert [*await replay_problems(store, policy, stage.clock.now()), *await carry_problems(store)] == []
