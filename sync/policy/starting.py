"""The first policy: ten questions, and a commented file for one storefront, one source, one downstream, one queue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.errors import BadInput

_LONGEST = 200
"""Characters of a name or a folder."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of `countersign init`: ``check`` returns what is wrong with an answer, or nothing."""

    id: str
    text: str
    default: str
    check: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers, as text; the names are those of the questions."""

    company: str
    currency: str
    timezone: str
    storefront: str
    downstream: str
    source_folder: str
    place: str
    lead: str
    second: str
    channel: str


def _some(answer: str) -> str:
    fits = 0 < len(answer.strip()) <= _LONGEST and answer.isprintable()
    return "" if fits else f"Write 1 to {_LONGEST} characters on one line."


def _currency(answer: str) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", answer) else "Write the three capital letters of a currency, like USD."


def _zone(answer: str) -> str:
    try:
        ZoneInfo(answer)
    except (ZoneInfoNotFoundError, ValueError):
        return "Write a time zone like Europe/London."
    return ""


def _shop(answer: str) -> str:
    fits = re.fullmatch(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", answer)
    return "" if fits else "Write the shop's own address, like example.myshopify.com."


def _user(answer: str) -> str:
    fits = re.fullmatch(r"[UW][A-Z0-9]{4,}", answer)
    return "" if fits else "Write a Slack member ID like U02ABCDEF (profile → ⋮ → Copy member ID)."


def _channel(answer: str) -> str:
    fits = re.fullmatch(r"#?[a-z0-9_-]{1,80}", answer)
    return "" if fits else "Write a channel name in small letters, like inv-exceptions."


QUESTIONS = (
    Question("company", "What is the shop called?", "Our shop", _some),
    Question("currency", "Which currency are figures in?", "USD", _currency),
    Question("timezone", "Which time zone do people work in?", "UTC", _zone),
    Question("storefront", "The storefront's Shopify address?", "storefront.myshopify.com", _shop),
    Question(
        "downstream", "The downstream store that is to follow (Shopify address)?", "downstream.myshopify.com", _shop
    ),
    Question(
        "source_folder", "Which folder does the warehouse system drop its stock files into?", "stock-files", _some
    ),
    Question("place", "What is the warehouse called in those files?", "Main", _some),
    Question("lead", "Who leads the queue (Slack member ID)?", "U0LEAD", _user),
    Question("second", "Who is the second approver (Slack member ID)?", "U0SECOND", _user),
    Question("channel", "Which Slack channel is the queue?", "inv-exceptions", _channel),
)
"""Asked in this order; Enter takes the default."""

_TEMPLATE = """\
# The rules of {company}: one storefront, one source of counts, one downstream store, one queue.
# `countersign policy explain` reads this file back in plain English. Everything starts in shadow: cards say what
# would be done and nothing is sent. Change `mode:` to guard or full when you trust what you see.
company: {quoted_company}
currency: {currency}
timezone: {timezone}

systems:
  storefront:
    kind: shopify
    name: Storefront
    mode: shadow                 # shadow | guard (stops, never publishes quantities) | full
    connection:
      shop: {storefront}         # secrets are read from STOREFRONT_SECRET and STOREFRONT_TOKEN
    channel:
      locations: [main]
      publish_to: main
      safety_stock: 0            # units kept back
      buffer: 0                  # units kept back against slow updates
    settles_in: 5 min            # a difference must last this long before it is an exception
  downstream:
    kind: shopify
    name: Downstream store
    mode: shadow
    connection:
      shop: {downstream}         # DOWNSTREAM_SECRET, DOWNSTREAM_TOKEN
    channel:
      locations: [main]
      publish_to: main
    settles_in: 5 min
  warehouse:
    kind: csv_feed
    name: Warehouse
    source:
      trust: physical
      basis: on_hand             # the file's number is what stands on the shelf
      fresh_for: 2 h             # older content is silence
      books_within: 30 min       # a shipment is off the file's number within this time
    connection:
      folder: {quoted_folder}
      columns: {{ sku: SKU, location: Location, on_hand: On hand, as_of: As of }}

locations:
  main:
    name: {quoted_place}
    deciders: [warehouse]        # the first that is fresh decides; others are compared, never added
    known_as:
      warehouse: {quoted_place}       # add the Shopify location ids here: storefront: "1234", downstream: "5678"

people:
  lead: {{ name: Lead, slack: {lead} }}
  second: {{ name: Second, slack: {second} }}

queues:
  exceptions:
    name: Exceptions
    channel: {channel}
    lead: lead
    stand_in: second
    approvers: [lead, second]    # two, so that nobody approves alone

ops_lead: lead
default_queue: exceptions
warehouse_queue: exceptions
corrections:
  four_eyes_above: 250.00        # worth more than this at cost: a second person decides
costs:
  cancel: 14.00                  # what cancelling one oversold unit costs
identity:
  catalogue: [storefront]        # where titles, prices and costs come from

digest:
  channel: {channel}
  day: mon
  at: "08:00"
  timezone: {timezone}

not_automated:
  - Orders sold beyond the stock are decided by a person, one by one
  - The warehouse's own number is corrected by a person there; a card says the exact figures
  - Everything, as long as a system is in shadow
"""


def starter_policy(answers: Answers) -> str:
    """The text of a first ``policy.yml``; it reads back without a fault.

    Raises BadInput naming every question whose answer does not fit, and two approvers who are one person.
    """
    given = {question.id: getattr(answers, question.id).strip() for question in QUESTIONS}
    wrong = [f"{one.text} {one.check(given[one.id])}" for one in QUESTIONS if one.check(given[one.id])]
    if given["lead"] == given["second"]:
        wrong.append("The lead and the second approver are one person. Name two, so that nobody approves alone.")
    if given["storefront"] == given["downstream"]:
        wrong.append("The storefront and the downstream store are one shop. Name two.")
    if wrong:
        raise BadInput("\n".join(wrong))
    quoted = {
        "quoted_company": _quoted(given["company"]),
        "quoted_folder": _quoted(given["source_folder"]),
        "quoted_place": _quoted(given["place"]),
    }
    return _TEMPLATE.format(**given | {"channel": given["channel"].removeprefix("#")}, **quoted)


def _quoted(text: str) -> str:
    """A text in YAML's double quotes, whatever it holds: JSON's strings are a part of them."""
    return json.dumps(text, ensure_ascii=False)
