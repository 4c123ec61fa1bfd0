"""Words inside numbers, spans and lists, and numbers with their nouns."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

UNITS: Final = Plural("{n} unit", "{n} units")
THOUSANDS: Final = "k"
MILLIONS: Final = "m"
"""What stands after shortened money: ``$120 k``, ``$1.2 m``."""

SPAN_SECONDS: Final = "{n} s"
SPAN_MINUTES: Final = "{n} min"
SPAN_HOURS: Final = "{n} h"
SPAN_HOURS_MINUTES: Final = "{n} h {minutes} min"
SPAN_DAYS: Final = Plural("{n} day", "{n} days")

LIST_COMMA: Final = ", "
LIST_AND: Final = "{first} and {last}"
EITHER: Final = "{one} or {other}"
AND_OTHERS: Final = "{shown} and {others}"
LIST_MORE: Final = "{shown} and {count} more"
ORDINAL: Final[dict[str, str]] = {"one": "{n}st", "two": "{n}nd", "few": "{n}rd", "other": "{n}th"}
"""By the ordinal forms of English; a language with fewer repeats its own, one with more takes ``other`` for the rest."""
CARRY_ON: Final = "… the rest in the thread"

# -- nouns ---------------------------------------------------------------------------------------------------------------

CODES_COUNTED: Final = Plural("{n} code", "{n} codes")
DELIVERIES: Final = Plural("{n} delivery", "{n} deliveries")
ARE_YOURS: Final = Plural("{n} is yours", "{n} are yours")
ENTRIES: Final = Plural("{n} entry", "{n} entries")
EXCEPTIONS: Final = Plural("{n} exception", "{n} exceptions")
FACTS: Final = Plural("{n} fact", "{n} facts")
INCIDENTS: Final = Plural("{n} oversell", "{n} oversells")
LISTINGS: Final = Plural("{n} listing", "{n} listings")
NEED_A_PERSON: Final = Plural("{n} needs", "{n} need")
FACTS_COUNTED: Final = Plural("{n} fact", "{n} facts")
OPEN_COUNTED: Final = Plural("{n} open", "{n} open")
OPEN_EXCEPTIONS: Final = Plural("{n} open exception", "{n} open exceptions")
OPEN_ORDERS: Final = Plural("{n} open order", "{n} open orders")
ORDERS: Final = Plural("{n} order", "{n} orders")
OTHERS: Final = Plural("{n} other", "{n} others")
PARTS_COUNTED: Final = Plural("{n} part", "{n} parts")
PRODUCTS: Final = Plural("{n} product", "{n} products")
REPEATS: Final = Plural("{n} repeat", "{n} repeats")
SKUS_COUNTED: Final = Plural("{n} SKU", "{n} SKUs")
SYSTEMS_COUNTED: Final = Plural("{n} system", "{n} systems")
THINGS: Final = Plural("{n} thing", "{n} things")
UPDATES_WAIT: Final = Plural("{n} update waits", "{n} updates wait")
