"""What an exception belongs to: each sort of trouble has a cause that lasts as long as it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from detect_world import SkuWorld, a_world

from sync.connectors.base import Fault
from sync.model.exceptions import ExceptionClass
from sync.storms.causes import lasting_cause, stands, told
from tests.builders import a_policy, counted, level, line, listed

MISMATCH = ExceptionClass.EXPOSURE_MISMATCH


def selling(units: int = 10, **rules: object) -> SkuWorld:
    world = a_world(a_policy(**rules), pace=70)  # type: ignore[arg-type]
    shown = listed("08:00", buyable=True, tracked=True)
    world.judge("08:00", shown, level(units, "08:00"), counted(units, "08:00"))
    return world


def cause(world: SkuWorld) -> str:
    return world.one(MISMATCH).evidence.cause


def test_a_count_at_a_place_is_the_cause_and_stays_it_whatever_is_heard_later() -> None:
    world = selling()
    world.settle("09:00", counted(3, "09:00"))
    assert cause(world) == "wms:counts:reno"
    world.settle("10:00", line("A", 1, "10:00"))
    world.settle("11:00", level(9, "11:00"))
    assert cause(world) == "wms:counts:reno"


def test_a_silent_source_takes_what_it_decides_and_gives_it_back() -> None:
    world = selling(wms={"fresh_for": "2 h"})
    world.settle("09:00", counted(3, "09:00"))
    assert cause(world) == "wms:counts:reno"
    world.settle("11:30")
    assert cause(world) == "wms:silent"
    world.settle("11:40", counted(2, "11:40"))
    assert cause(world) == "wms:counts:reno"


def test_what_a_refused_account_keeps_from_being_shown_belongs_to_the_account() -> None:
    world = selling()
    world.settle("09:00", counted(3, "09:00"))
    (key,) = [key for key in world.targets if key.startswith("quantity")]
    world.targets[key] = replace(world.targets[key], lane_fault=Fault.PERMISSION)
    world.settle("09:20")
    assert cause(world) == "shop:permission"
    world.targets[key] = replace(world.targets[key], lane_fault="")
    world.settle("09:40", counted(2, "09:40"))
    assert cause(world) == "wms:counts:reno"


def test_a_changed_policy_is_the_cause_of_what_it_brings_up() -> None:
    world = selling()
    world.policy = world.policy.model_copy(update={"version": world.policy.version + 1})
    world.judge("09:00")
    buffered = a_policy(channel={"buffer": 6}).model_copy(update={"version": world.policy.version + 1})
    world.policy = buffered
    world.settle("10:00")
    assert cause(world) == f"policy:{buffered.version}"


def test_two_systems_that_differ_at_one_place_share_a_cause() -> None:
    source = {"kind": "csv_feed", "name": "ERP", "source": {"trust": "financial"}}
    world = a_world(a_policy(systems={"erp": source}))
    world.settle("09:00", counted(10, "09:00"), counted(4, "09:00", system="erp"))  # type: ignore[arg-type]
    assert world.one(ExceptionClass.WMS_ERP_VARIANCE).evidence.cause == "wms+erp:variance:reno"


@pytest.mark.parametrize(
    ("new", "old", "kept"),
    [
        ("shop:exposure", "wms:counts:reno", "wms:counts:reno"),
        ("wms:silent", "wms:counts:reno", "wms:silent"),
        ("wms:counts:reno", "wms:silent", "wms:counts:reno"),
        ("shop:permission", "wms:silent", "shop:permission"),
        ("shop:exposure", "", "shop:exposure"),
    ],
)
def test_what_stands_takes_over_and_what_happened_stays(new: str, old: str, kept: str) -> None:
    assert lasting_cause(new, old) == kept


def test_every_cause_is_told_in_words() -> None:
    policy = a_policy()
    assert told(policy, "wms:silent") == "Source is silent"
    assert told(policy, "wms:counts:reno") == "Source: new counts at Reno"
    assert told(policy, "shop:unknown_outcome") == "Shop does not take our updates (unknown outcome)"
    assert told(policy, "policy:7") == "The policy changed to version 7"
    assert told(policy, "gone:silent") == "gone is silent"
    assert [stands(one) for one in ("shop:permission", "wms:silent", "policy:7", "orders:stuck", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
