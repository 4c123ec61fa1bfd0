"""Who owns what and who may do what; a refusal says why and who can."""

from __future__ import annotations

from decimal import Decimal

import pytest
from policy_texts import EXAMPLE, changed

from sync.model.exceptions import ExceptionClass, Fingerprint
from sync.model.ids import QueueId, UserId
from sync.policy.reading import read_policy
from sync.policy.routing import Routed, leads_of, may_act, may_approve, route, who_can

POLICY = read_policy(EXAMPLE)
DANA, LEE, SAM, ANA, KIM = (UserId(person.slack) for person in POLICY.people.values())
STRANGER = UserId("U01NOBODY")
WAREHOUSE, MARKETPLACES, FINANCE = QueueId("warehouse"), QueueId("marketplaces"), QueueId("finance")


def test_a_class_goes_to_its_queue_and_what_is_not_listed_to_the_default() -> None:
    assert route(POLICY, Fingerprint(ExceptionClass.STALE_FEED)) == Routed(QueueId("dropship"), "classes.stale_feed")
    assert route(POLICY, Fingerprint(ExceptionClass.NEGATIVE_STOCK)) == Routed(MARKETPLACES, "default_queue")


def test_trouble_is_told_in_turn_and_the_ops_lead_is_the_last_resort() -> None:
    assert leads_of(POLICY, MARKETPLACES) == (DANA, LEE, KIM)
    nobody = read_policy(changed(EXAMPLE, ("channel: inv-warehouse, lead: sam", "channel: inv-warehouse")))
    assert leads_of(nobody, WAREHOUSE) == (KIM,)


def test_who_can_names_each_person_once() -> None:
    assert who_can(POLICY, FINANCE, "act") == (LEE, ANA, KIM)
    assert who_can(POLICY, FINANCE, "approve") == (LEE, ANA)


@pytest.mark.parametrize("user", [SAM, KIM])
def test_named_people_and_the_ops_lead_may_act(user: UserId) -> None:
    assert may_act(POLICY, user, WAREHOUSE, private_member=False).allowed


def test_a_member_of_the_private_channel_may_act() -> None:
    assert may_act(POLICY, STRANGER, WAREHOUSE, private_member=True).allowed


def test_others_are_told_who_can() -> None:
    refused = may_act(POLICY, DANA, WAREHOUSE, private_member=False)
    assert (refused.allowed, refused.why) == (False, f"Only Warehouse acts here. <@{SAM}> or <@{KIM}> can.")


@pytest.mark.parametrize(
    ("user", "value", "contributors", "why"),
    [
        (LEE, "1000.00", {DANA}, ""),
        (ANA, "99999.00", {DANA, LEE}, ""),
        (LEE, "10", {LEE}, f"You gave this number, so you cannot approve it. <@{ANA}> can."),
        (DANA, "10", {DANA}, f"You gave this number, so you cannot approve it. <@{LEE}> or <@{ANA}> can."),
        (DANA, "10", {SAM}, f"Only approvers of Finance decide this. <@{LEE}> or <@{ANA}> can."),
        (LEE, "1204.00", {DANA}, f"1,204.00 USD is above your limit of 1,000.00 USD. <@{ANA}> can."),
        (LEE, "1204.00", {ANA},
         f"1,204.00 USD is above your limit of 1,000.00 USD. Nobody is left who may approve it; ask <@{KIM}>."),
        (ANA, "1204.00", {ANA},
         f"You gave this number, so you cannot approve it. Nobody is left who may approve it; ask <@{KIM}>."),
    ],
)  # fmt: skip
def test_a_second_person_within_their_limit_approves(
    user: UserId, value: str, contributors: set[UserId], why: str
) -> None:
    permission = may_approve(POLICY, user, Decimal(value), frozenset(contributors))
    assert (permission.allowed, permission.why) == (not why, why)
