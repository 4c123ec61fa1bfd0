"""A policy that is right: exact money, variables from the environment, the files of the repository, contradictions."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from policy_texts import EXAMPLE, PILOT, ROOT, changed, faults_of, line_of

from sync.policy.reading import PolicyFaulty, fill, read_policy

SANDBOX = (ROOT / "sandbox" / "shop" / "policy.yml").read_text(encoding="utf-8")
FILLED = {
    "SHOPIFY_US_SHOP": "harbour-us.myshopify.com",
    "SHOPIFY_US_URL": "http://127.0.0.1:4001",
    "SHOPIFY_US_RENO": "655441491",
    "SHOPIFY_EU_SHOP": "harbour-eu.myshopify.com",
    "SHOPIFY_EU_URL": "http://127.0.0.1:4002",
    "SHOPIFY_EU_RENO": "487838322",
    "WMS_FOLDER": "stock files",
    "ACME_URL": "http://127.0.0.1:4003/stock.csv",
}


def test_the_example_shows_two_shops_two_files_and_a_sender_of_events() -> None:
    policy = read_policy(EXAMPLE)
    assert sorted(system.kind for system in policy.systems.values()) == [
        "csv_feed",
        "csv_feed",
        "events_api",
        "shopify",
        "shopify",
    ]
    assert len(policy.queues) >= 4


def test_the_shop_of_the_sandbox_is_filled_from_the_environment() -> None:
    policy = read_policy(fill(SANDBOX, FILLED))
    assert policy.company == "Harbour & Hearth"
    assert policy.systems["shopify-us"].connection["url"] == "http://127.0.0.1:4001"
    assert policy.locations["reno"].known_as["shopify-eu"] == "487838322"


def test_a_policy_that_is_not_filled_yet_can_be_read_and_explained() -> None:
    assert read_policy(SANDBOX).systems["wms"].connection["folder"] == "${WMS_FOLDER}"


def test_each_variable_that_is_not_set_is_named_with_its_line() -> None:
    environment = {name: value for name, value in FILLED.items() if name not in ("ACME_URL", "WMS_FOLDER")}
    with pytest.raises(PolicyFaulty) as caught:
        fill(SANDBOX, environment, "shop.yml")
    assert str(caught.value).splitlines() == [
        f"shop.yml:{line_of(SANDBOX, '${' + name)}: the environment has no {name}. "
        f"Set {name} in the environment or in .env, or write the value here."
        for name in ("WMS_FOLDER", "ACME_URL")
    ]


def test_what_the_environment_holds_cannot_change_the_document() -> None:
    nasty = 'x"\ncompany: Other\n# \\'
    filled = fill(PILOT.replace('company: "Our shop"', "company: ${COMPANY}"), {"COMPANY": nasty})
    assert read_policy(filled).company == nasty
    assert filled.count("\n") == PILOT.count("\n")


def test_a_variable_in_a_comment_is_left_alone() -> None:
    assert fill("# set ${THIS}\na: 1 # or ${THAT}\n", {}) == "# set ${THIS}\na: 1 # or ${THAT}\n"


def test_money_and_shares_are_exact() -> None:
    text = changed(EXAMPLE, ("cancel: 14.00", "cancel: 0.1"), ("share: 0.4", "share: 0.333333333333333333"))
    policy = read_policy(text)
    assert policy.costs.cancel * 3 == Decimal("0.3")
    channel = policy.systems["shopify-eu"].channel
    assert channel is not None
    assert str(channel.share) == "0.333333333333333333"


def test_numbers_without_quotes_are_texts_where_texts_are_meant() -> None:
    text = changed(EXAMPLE, ('shopify-us: "655441491"', "shopify-us: 0655441491"), ('at: "08:00"', "at: 08:00"))
    policy = read_policy(changed(text, ("company: Example Home Goods", "company: 1984")))
    assert policy.locations["reno"].known_as["shopify-us"] == "0655441491"
    assert (policy.digest.at, policy.company) == ("08:00", "1984")


CONTRADICTIONS = {
    "an unknown decider": (
        ("deciders: [wms]", "deciders: [wmss]"),
        "locations.reno.deciders: 'wmss' is not a system with `source:`. Did you mean wms?",
    ),
    "a decider that does not count": (
        ("deciders: [wms]", "deciders: [shopify-eu]"),
        "locations.reno.deciders: 'shopify-eu' is not a system with `source:`, so it counts nothing. Add `source:` under "
        "systems.shopify-eu, or name one of wms, acme-dropship, till.",
    ),
    "an unknown place to sell from": (
        ("locations: [reno, acme]", "locations: [reno, akme]"),
        "systems.shopify-us.channel.locations: there is no location 'akme'. Did you mean acme?",
    ),
    "an unknown place to publish to": (
        ("publish_to: reno ", "publish_to: rono "),
        "systems.shopify-us.channel.publish_to: there is no location 'rono'. Did you mean reno?",
    ),
    "nowhere to publish to": (
        ("      publish_to: reno ", "      # "),
        "systems.shopify-us.channel: mode full has nowhere to write. Add `publish_to:`, the location there that our "
        "quantities are written to.",
    ),
    "full mode for a source": (
        ("    name: Store till", "    name: Store till\n    mode: full"),
        "systems.till.mode: full is for systems that sell. Add `channel:`, or set the mode to guard or shadow.",
    ),
    "the name that counts by people have": (
        ("  till:", "  count:"),
        "systems.count: counts by people have this name. Give the system another one.",
    ),
    "an unknown system to speak for": (
        ("    name: Store till", "    name: Store till\n    speaks_for: [amazon]"),
        "systems.till.speaks_for: there is no system 'amazon'. Name one of shopify-us, shopify-eu, wms, acme-dropship, till, "
        "or add it.",
    ),
    "an unknown catalogue": (
        ("catalogue: [shopify-us, shopify-eu] ", "catalogue: [shopify-uk] "),
        "identity.catalogue: there is no system 'shopify-uk'. Did you mean shopify-us?",
    ),
    "a place known to an unknown system": (
        ("known_as: { acme-dropship: Acme }", "known_as: { acme-drop: Acme }"),
        "locations.acme.known_as.acme-drop: there is no system 'acme-drop'. Did you mean acme-dropship?",
    ),
    "two places with one name in a system": (
        ("known_as: { acme-dropship: Acme }", 'known_as: { shopify-us: "655441491" }'),
        "locations.acme.known_as.shopify-us: '655441491' is reno already. Write what this place is called there, each place "
        "has its own.",
    ),
    "an unknown queue to count": (
        ("count_queue: warehouse", "count_queue: warehose"),
        "locations.reno.count_queue: there is no queue 'warehose'. Did you mean warehouse?",
    ),
    "an unknown ops lead": (
        ("ops_lead: kim", "ops_lead: kin"),
        "ops_lead: 'kin' is not under `people:`. Did you mean kim?",
    ),
    "an unknown lead": (
        ("lead: sam", "lead: samm"),
        "queues.warehouse.lead: 'samm' is not under `people:`. Did you mean sam?",
    ),
    "an unknown member": (
        ("lead: sam }", "lead: sam, members: [zoe] }"),
        "queues.warehouse.members: 'zoe' is not under `people:`. Name one of dana, lee, sam, ana, kim, or add it; a user group "
        'of Slack is written in quotes with its @, like "@zoe".',
    ),
    "an unknown owner of a class": (
        ("  oversell: { queue: marketplaces", "  oversell: { queue: marketplace"),
        "classes.oversell.queue: there is no queue 'marketplace'. Did you mean marketplaces?",
    ),
    "one person under two names": (
        ("slack: U01KIM001", "slack: U01SAM001"),
        "people.kim.slack: U01SAM001 is sam already. Write this person's own member ID, or keep one of the two.",
    ),
    "one approver": (
        ("approvers: [lee, ana]", "approvers: [lee, lee]"),
        "queues.finance.approvers: corrections are approved here, and that takes two people, so that nobody approves alone. "
        "Name two different people, a user group, or another queue under `corrections: { queue: … }`.",
    ),
}


@pytest.mark.parametrize(("change", "told"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_is_told_where_it_begins(change: tuple[str, str], told: str) -> None:
    text = changed(EXAMPLE, change)
    [fault] = faults_of(text)
    assert str(fault) == told
    assert re.search(rf"\b{fault.path.rsplit('.', 1)[-1]}:", text.splitlines()[fault.line - 1])


def test_what_we_publish_is_never_a_count() -> None:
    text = changed(
        EXAMPLE,
        ("    settles_in: 5 min ", "    source: { trust: physical }\n    settles_in: 5 min "),
        ("deciders: [wms]", "deciders: [shopify-us, wms]"),
    )
    [fault] = faults_of(text)
    assert "what we publish is never a count" in fault.message
    assert fault.line == line_of(text, "deciders: [shopify-us")


def test_all_contradictions_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        EXAMPLE, ("deciders: [wms]", "deciders: [x]"), ("lead: sam", "lead: y"), ("ops_lead: kim", "ops_lead: z")
    )
    assert [fault.path for fault in faults_of(text)] == ["locations.reno.deciders", "queues.warehouse.lead", "ops_lead"]
