"""One seed, two worlds: the product in the one, a last writer that wins in the other; and what the referee says of both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.simulator.naive import run_naive
from bench.simulator.product import listening
from sandbox.simulator.referee import Oversold
from sandbox.simulator.verdict import Verdict, judge
from sandbox.simulator.ways import Ways
from sandbox.simulator.world import World
from storage.replaying import replay_problems

BEGAN = datetime(2026, 3, 2, 6, tzinfo=UTC)
"""The second 0 of every simulated world."""

REDUCES_BY = 0.95
FALSE_BELOW = 0.05
"""The goals: oversold units less than the naive sync's by this share, and false exceptions below this share. No exception
missed, and no pool above the truth."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Both runs of one seed. Counts in units, messages and exceptions; shares 0 to 1; ``seconds`` of the product's run.

    ``beyond``: the orders of the product's world that were oversold. ``writes``, ``refused``, ``races``: the product's updates,
    those that a channel refused while it was down, and those that somebody had bought in between. ``below``: share of looks at
    a pool that was below the truth, by ``units_below`` on average of all looks; ``above``: the looks at one above it.
    ``replayed``: what of the live states is not what all facts come to when they are replayed from nothing.
    """

    seed: int
    hours: float
    skus: int
    messages: int
    lost: int
    twice: int
    sold: int
    oversold: int
    beyond: tuple[Oversold, ...]
    naive_sold: int
    naive_oversold: int
    writes: int
    refused: int
    races: int
    clicks: int
    looks: int
    below: float
    units_below: float
    above: tuple[str, ...]
    replayed: tuple[str, ...]
    verdict: Verdict
    seconds: float


async def measure(ways: Ways, url: str) -> Measured:
    """Run both; ``url`` is an empty database for the product."""
    naive = World(ways, BEGAN)
    run_naive(ways, naive)
    began = time.perf_counter()
    async with listening(url, ways, BEGAN) as listener:
        await listener.live(ways.ends)
        notices = await listener.notices()
        replayed = await replay_problems(listener.product.store, listener.product.policy.current, listener.clock.now())
    world, looks = listener.world, listener.looks
    channels = listener.channels.values()
    return Measured(
        seed=ways.seed,
        hours=ways.hours,
        skus=ways.skus,
        messages=listener.messages,
        lost=world.network.lost,
        twice=world.network.duplicated,
        sold=world.referee.sold,
        oversold=world.referee.oversold,
        beyond=tuple(world.referee.beyond),
        naive_sold=naive.referee.sold,
        naive_oversold=naive.referee.oversold,
        writes=sum(one.writes for one in channels),
        refused=sum(one.refused for one in channels),
        races=sum(one.lost_races for one in channels),
        clicks=listener.duty.clicks,
        looks=looks.count,
        below=looks.below / looks.count if looks.count else 0.0,
        units_below=looks.units_below / looks.count if looks.count else 0.0,
        above=tuple(looks.above),
        replayed=tuple(replayed),
        verdict=judge(world.referee.troubles(), notices, ways.ends),
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True, slots=True)
class Total:
    """The same over all seeds of one database: goals are held against sums, so that no quiet world hides a loud one."""

    oversold: int
    naive_oversold: int
    firm: int
    missed: int
    notices: int
    false: int
    looks: int
    below: float
    above: int
    replayed: int

    @property
    def reduction(self) -> float:
        """By which share of the naive sync's oversold units there are fewer, 0 to 1; 0 when the naive sync oversold nothing."""
        return 1 - self.oversold / self.naive_oversold if self.naive_oversold else 0.0

    @property
    def false_share(self) -> float:
        """False exceptions of all, 0 to 1."""
        return self.false / self.notices if self.notices else 0.0

    @property
    def missed_goals(self) -> list[str]:
        """Which goals were not reached, in words."""
        goals = {
            f"oversells reduced by {self.reduction:.1%}, goal {REDUCES_BY:.0%}": self.reduction >= REDUCES_BY,
            f"{self.missed} of {self.firm} troubles missed, goal 0": self.missed == 0 and self.firm > 0,
            f"{self.false_share:.1%} of exceptions false, goal below {FALSE_BELOW:.0%}": self.false_share < FALSE_BELOW,
            f"{self.above} of {self.looks} pools above the truth, goal 0": self.above == 0 and self.looks > 0,
            f"{self.replayed} states are not what a replay from nothing gives, goal 0": self.replayed == 0,
        }
        return [goal for goal, reached in goals.items() if not reached]


def total(measured: Sequence[Measured]) -> Total:
    """The sums over all runs."""
    looks = sum(one.looks for one in measured)
    return Total(
        oversold=sum(one.oversold for one in measured),
        naive_oversold=sum(one.naive_oversold for one in measured),
        firm=sum(one.verdict.firm for one in measured),
        missed=sum(len(one.verdict.missed) for one in measured),
        notices=sum(one.verdict.notices for one in measured),
        false=sum(len(one.verdict.false) for one in measured),
        looks=looks,
        below=sum(one.below * one.looks for one in measured) / looks if looks else 0.0,
        above=sum(len(one.above) for one in measured),
        replayed=sum(len(one.replayed) for one in measured),
    )
