"""The connections of systems are judged where the policy is read, and never hold a secret."""

from __future__ import annotations

import pytest
from policy_texts import EXAMPLE, changed, faults_of, line_of

from sync.connectors.csv_feed.settings import feed_settings
from sync.policy.connections import EventsConnection, FeedConnection, ShopifyConnection, connection_of
from sync.policy.reading import read_policy

US = "shop: example-us.myshopify.com "
FEED = "      url: https://feeds.example.com/acme/stock.csv\n"
HEADER = '      as_of_header: "as of: (.+)"\n'

FAULTS = {
    "an address instead of a shop": (
        (US, "shop: https://example-us.myshopify.com "),
        "systems.shopify-us.connection.shop: 'https://example-us.myshopify.com' is not a shop's own address. Write it as "
        "Shopify names it, like example.myshopify.com, without https://.",
    ),
    "no shop": (
        ("connection: { shop: example-eu.myshopify.com }", "connection: { client_id: abc }"),
        "systems.shopify-eu.connection.shop: is missing. Add `shop:` below `connection:`.",
    ),
    "nothing at all": (
        ("    connection: { shop: example-eu.myshopify.com }\n", ""),
        "systems.shopify-eu.connection.shop: is missing. Add `shop:` below `connection:`.",
    ),
    "a token": (
        ("{ shop: example-eu.myshopify.com }", "{ shop: example-eu.myshopify.com, access_token: x }"),
        "systems.shopify-eu.connection.access_token: a policy holds no secret. Take it out of this file: secrets stand in the "
        "environment (docs/install.md, Secrets of systems).",
    ),
    "a shop's calls sent elsewhere": (
        ("{ shop: example-eu.myshopify.com }", "{ shop: example-eu.myshopify.com, url: https://example.com }"),
        "systems.shopify-eu.connection.url: 'https://example.com' is not on this machine, and a shop's token is sent to the "
        "shop only. Take `url:` out.",
    ),
    "no folder and no address": (
        (FEED, ""),
        "systems.acme-dropship.connection: the feed comes from nowhere. Add `folder:` (files are dropped there) or `url:` "
        "(it is fetched).",
    ),
    "no address": (
        ("https://feeds.example.com/acme/stock.csv", "feeds.example.com/acme"),
        "systems.acme-dropship.connection.url: 'feeds.example.com/acme' is not an address. Write one like "
        "https://example.com/stock.csv.",
    ),
    "a port that is none": (
        ("https://feeds.example.com/acme/stock.csv", "https://feeds.example.com:99999/stock.csv"),
        "systems.acme-dropship.connection.url: 'https://feeds.example.com:99999/stock.csv' is not an address. Write one like "
        "https://example.com/stock.csv.",
    ),
    "a password in the address": (
        ("https://feeds.example.com/acme/stock.csv", "https://me:mine@feeds.example.com/stock.csv"),
        "systems.acme-dropship.connection.url: the address carries a password. Take it out and put the credential into the "
        "environment (docs/install.md).",
    ),
    "no time": (
        (HEADER, ""),
        "systems.acme-dropship.connection: the feed does not say as of when its numbers are, and every file would be held. "
        "Give exactly one of `columns: {as_of: …}`, `as_of_header:`, `as_of_name:`.",
    ),
    "two times": (
        (HEADER, HEADER + '      as_of_name: "stock-(.+).csv"\n'),
        "systems.acme-dropship.connection: the feed has two times. Give exactly one of `columns: {as_of: …}`, "
        "`as_of_header:`, `as_of_name:`.",
    ),
    "an expression that marks nothing": (
        ('"as of: (.+)"', '"as of: .+"'),
        "systems.acme-dropship.connection.as_of_header: 'as of: .+' does not say which part is the time. Put ( ) around that "
        "part.",
    ),
    "an expression that is none": (
        ('"as of: (.+)"', '"as of: (.+"'),
        "systems.acme-dropship.connection.as_of_header: 'as of: (.+' is not a regular expression (missing ), unterminated "
        "subpattern at position 7). Write one like 'as of: (.+)', in quotes.",
    ),
    "no place": (
        ("      location: Acme\n", ""),
        "systems.acme-dropship.connection: nothing says where its units stand. Name the location column "
        "(`columns: {location: …}`) or its one `location:`.",
    ),
    "no number": (
        ("columns: { sku: item, on_hand: qty }", "columns: { sku: item }"),
        "systems.acme-dropship.connection: no column holds a number. Name one under `columns:`, on_hand or available.",
    ),
    "a column that is none of ours": (
        ("{ sku: item, on_hand: qty }", "{ sku: item, onhand: qty, on_hand: q }"),
        "systems.acme-dropship.connection.columns.onhand: there is no such setting. Did you mean on_hand?",
    ),
    "two characters between cells": (
        ('delimiter: ";"', 'delimiter: ";;"'),
        "systems.wms.connection.delimiter: ';;' has 2 characters. Write one character; a tab is \"\\t\" in double quotes.",
    ),
    "an encoding that does not exist": (
        ('delimiter: ";"', "encoding: utf-9"),
        "systems.wms.connection.encoding: there is no encoding 'utf-9'. Write for example utf-8 or cp1252.",
    ),
    "one mark for two things": (
        ('delimiter: ";"', 'decimal: ","\n      thousands: ","'),
        "systems.wms.connection: `decimal:` and `thousands:` are the same mark. Change one.",
    ),
    "a mark that is none": (
        ('delimiter: ";"', 'decimal: ";"'),
        "systems.wms.connection.decimal: ';' is not one of '.', ','. Write one of these.",
    ),
    "no size": (
        ('delimiter: ";"', "max_bytes: 64 MB"),
        "systems.wms.connection.max_bytes: '64 MB' is not a whole number. Write digits only, like 12.",
    ),
    "anything where nothing is needed": (
        ("    name: Store till", "    name: Store till\n    connection: { door: 1 }"),
        "systems.till.connection.door: there is no such setting. Take it out: nothing can be set here.",
    ),
    "a list of connections": (
        ("connection: { shop: example-eu.myshopify.com }", "connection: [example-eu.myshopify.com]"),
        "systems.shopify-eu.connection: is a list, not a group of settings. Write settings below it, indented by two spaces.",
    ),
}


@pytest.mark.parametrize(("change", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_a_connection_that_does_not_fit_is_told_with_its_mend(change: tuple[str, str], told: str) -> None:
    [fault] = faults_of(changed(EXAMPLE, change))
    assert str(fault) == told


def test_a_fault_of_a_connection_stands_at_its_line_beside_all_others() -> None:
    text = changed(EXAMPLE, (US, "shop: no.example.com "), ("mode: shadow\n", "mode: on\n"))
    assert [(fault.line, fault.path) for fault in faults_of(text)] == [
        (line_of(text, "no.example.com"), "systems.shopify-us.connection.shop"),
        (line_of(text, "mode: on"), "systems.shopify-eu.mode"),
    ]


def test_connections_come_typed() -> None:
    systems = read_policy(changed(EXAMPLE, ('delimiter: ";"', "max_bytes: 1000\n      full: no"))).systems
    wms = connection_of(systems["wms"])
    assert isinstance(wms, FeedConnection)
    assert (wms.max_bytes, wms.full, wms.columns.quarantined) == (1000, False, "Damaged")
    assert isinstance(connection_of(systems["shopify-us"]), ShopifyConnection)
    assert isinstance(connection_of(systems["till"]), EventsConnection)


def test_a_stand_in_on_this_machine_may_answer_for_a_shop() -> None:
    for url in ("http://127.0.0.1:4001", "http://[::1]:4001", "http://localhost:4001"):
        assert ShopifyConnection(shop="a.myshopify.com", url=url).url == url


def test_the_feed_connector_reads_the_example() -> None:
    for name in ("wms", "acme-dropship"):
        system = read_policy(EXAMPLE).systems[name]
        assert feed_settings(system.connection, name).model_dump() == connection_of(system).model_dump()
