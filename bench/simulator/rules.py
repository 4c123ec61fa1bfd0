"""The rules of the product in the simulated world: three channels in full mode, two warehouses of one WMS, ERP and vendor."""

from __future__ import annotations

from sandbox.simulator.referee import FRESH, HELD, SAFETY, SETTLES
from sandbox.simulator.ways import CHANNELS, DROP, EAST, ERP, MARKET, OUTLET, VENDOR, WEB, WEST, WMS, Ways

READS_EVERY = 240
"""Seconds between two readings of what changed on a channel: what a lost webhook would have told is heard then."""

SYSTEMS = (WEB, MARKET, OUTLET, WMS, ERP, VENDOR)


def policy_text(ways: Ways) -> str:
    """``policy.yml`` for a world. Times of sources are the world's own, margins are wider than its clocks differ."""
    channels = "".join(
        f"""
  {name}:
    kind: events_api
    name: {name.title()}
    mode: full
    channel: {{ locations: [{", ".join(places)}], publish_to: {places[0]}, safety_stock: {SAFETY} }}
    settles_in: {SETTLES:.0f} s
    reads_every: {READS_EVERY} s"""
        for name, places in CHANNELS.items()
    )
    return f"""\
company: A simulated shop
currency: USD
systems:{channels}
  {WMS}:
    kind: events_api
    name: Warehouse system
    mode: guard
    speaks_for: [{", ".join(CHANNELS)}]
    source: {{ trust: physical, basis: on_hand, books_within: {ways.books:.0f} s, clock_margin: 90 s }}
    settles_in: {SETTLES:.0f} s
  {ERP}:
    kind: events_api
    name: ERP
    mode: guard
    source: {{ trust: financial, basis: on_hand, books_within: {ways.books + ways.erp_lags:.0f} s, clock_margin: 90 s }}
    settles_in: {ways.erp_every + 2 * SETTLES:.0f} s  # it states its books this often: sooner no difference can settle
  {VENDOR}:
    kind: events_api
    name: Vendor
    mode: guard
    vendor: true
    source:
      trust: vendor
      basis: available
      books_within: {ways.books:.0f} s
      learns_within: {ways.learns:.0f} s
      fresh_for: {FRESH:.0f} s
      clock_margin: 90 s
    settles_in: {SETTLES:.0f} s
locations:
  {EAST}: {{ name: East, deciders: [{WMS}] }}
  {WEST}: {{ name: West, deciders: [{WMS}] }}
  {DROP}: {{ name: Drop, deciders: [{VENDOR}] }}
people:
  ada: {{ name: Ada, slack: U0ADA }}
  ben: {{ name: Ben, slack: U0BEN }}
queues:
  stock: {{ name: Stock, channel: inv-stock, lead: ada, stand_in: ben, approvers: [ada, ben] }}
ops_lead: ada
default_queue: stock
corrections: {{ queue: stock }}
classes:
  stuck_reservation: {{ held_for: {HELD:.0f} s }}
identity: {{ catalogue: [{WEB}] }}
digest: {{ channel: inv-ops }}
not_automated: [Nobody acts on exceptions here; they are only judged]
"""
