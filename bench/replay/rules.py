"""The rules of the replay: one storefront that is only watched, one warehouse whose number decides, one place."""

from __future__ import annotations

import json

from bench.replay.assumptions import NO_PRODUCTS
from bench.replay.warehouse import PLACE

RETAIL, WMS, STORE = "retail", "wms", "store"
"""The names of the storefront, the warehouse and the place in policy."""


def policy_text(shop: str, url: str, place: int) -> str:
    """``policy.yml`` for a shop (x.myshopify.com) whose API answers at ``url`` and whose one location has id ``place``.

    Nothing is published (mode guard, no ``publish_to``), the storefront's own level is no source, nothing settles (a year in
    minutes leaves no time to), no order counts as stuck (the clock stands at the year's end), and the shop is read once.
    """
    return f"""\
company: A giftware retailer
currency: GBP
timezone: Europe/London
systems:
  {RETAIL}:
    kind: shopify
    name: Storefront
    mode: guard
    connection: {{ shop: {shop}, url: "{url}" }}
    channel: {{ locations: [{STORE}] }}
    settles_in: 0 s
    reads_every: 3000 days
  {WMS}:
    kind: events_api
    name: Warehouse
    source: {{ trust: physical, basis: on_hand }}
    settles_in: 0 s
locations:
  {STORE}:
    name: Store
    deciders: [{WMS}]
    known_as: {{ {RETAIL}: "{place}", {WMS}: {PLACE} }}
people:
  ada: {{ name: Ada, slack: U0ADA }}
  ben: {{ name: Ben, slack: U0BEN }}
queues:
  stock: {{ name: Stock, channel: inv-stock, lead: ada, stand_in: ben, approvers: [ada, ben] }}
ops_lead: ada
default_queue: stock
corrections: {{ queue: stock }}
classes:
  stuck_reservation: {{ held_for: 3000 days }}
identity:
  fold_case: true
  catalogue: [{RETAIL}]
  ignored_codes: {json.dumps(NO_PRODUCTS)}
digest: {{ channel: inv-ops, timezone: Europe/London }}
not_automated: [Everything but counting, which is what is measured]
"""
