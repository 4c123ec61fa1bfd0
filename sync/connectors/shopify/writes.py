"""Writing: one quantity under compare-and-set and an idempotency key, and the doors of a listing.

One quantity per call, so that each is judged alone (F30). The guard is never left out: without an expected number the
level is read first and its number is the guard (F29). A lost answer is settled by sending the same key again (F31).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import quote

from pydantic import Field, ValidationError

from sync.connectors.base import Answer, Fault, ListingRef, SetDoors, SetQuantity
from sync.connectors.shopify.client import Client, Told
from sync.connectors.shopify.shapes import LevelNode, Shape, VariantNode, digits

NAMES = ("available", "committed", "reserved", "damaged", "quality_control", "incoming", "on_hand")
"""The quantities we read. ``safety_stock`` is what the merchant holds back; it is in ``on_hand`` and not in ``available``."""

SAME_KEY_AGAIN = timedelta(seconds=2)
"""How long to wait while Shopify still works on the same key."""

_KEYS_TRIED = 3
_NAMESPACE = uuid.UUID("0b7c1a52-7d8e-5c55-8a4e-0f6f2f1f6a11")
_STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
_UNKNOWN_TO_SHOP = frozenset({"INVALID_INVENTORY_ITEM", "INVALID_LOCATION"})


class Refusal(Shape):
    """One entry of ``userErrors``; publishing has no codes."""

    message: str
    code: str = ""
    field: list[str] | None = None


class _Stock(Shape):
    tracked: bool
    level: LevelNode | None = Field(default=None, validation_alias="inventoryLevel")


def gid(kind: str, number: str) -> str:
    """``gid://shopify/ProductVariant/39072856``. The one place where plain digits become a gid."""
    return f"gid://shopify/{kind}/{digits(number)}"


def external(listing: ListingRef, namespace: str) -> str | None:
    """The listing's id in a namespace, when it is known and looks like one."""
    found = dict(listing.external).get(namespace, "")
    return found if found.isascii() and found.isdecimal() else None


def _unmapped(client: Client, what: str) -> Answer:
    """We do not know what to call at Shopify: a mapping fault, nothing was sent."""
    text = f"We do not know Shopify's {what}. Read the catalogue again, or map it."
    return Answer(False, client.instant(), Fault.MISSING, text)


async def set_quantity(client: Client, write: SetQuantity) -> Answer:
    """Write one quantity. Done: Shopify said yes, or the number was that already."""
    item = external(write.listing, "item")
    if item is None:
        return _unmapped(client, f"inventory item of {write.listing.sku}")
    if not (write.place.isascii() and write.place.isdecimal()):
        return _unmapped(client, f"location for {write.place!r}")
    expected, key = write.expected, write.key
    if expected is None:
        seen = await _number(client, item, write)
        if isinstance(seen, Answer):
            return seen
        expected, key = seen, _key(write.key, seen)
    told = Told(client.instant())
    for tried in range(_KEYS_TRIED):
        own_key = key if tried == 0 else _key(key, tried)
        told = await client.ask("SetQuantity", input=_input(write, item, expected), key=own_key)
        refusals = refusals_of(told, "inventorySetQuantities")
        if told.fault is not None or not refusals:
            break
        if refusals[0].code != "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED":
            return _refused(told, refusals[0], write, expected)
        now = await _number(client, item, write)
        if isinstance(now, Answer):
            return now
        if now == write.units:
            return told.answer(done=True, seen_units=now)
        if now != expected:
            return _stale(told, write, expected, now)
    else:
        return told.answer(fault=Fault.INTERMITTENT, text="Shopify keeps failing at this change; nothing was written.")
    return told.answer() if told.fault is not None else told.answer(done=True, text=_done(told))


def _done(told: Told) -> str:
    """A group is given only when something changed (recorded behaviour)."""
    return "" if told.part("inventorySetQuantities").get("inventoryAdjustmentGroup") else "It was that already."


def _input(write: SetQuantity, item: str, expected: int) -> Mapping[str, object]:
    named = f"gid://countersign/Change/{quote(write.reference or write.key, safe='-._')}"
    return {
        "name": write.bucket,
        "reason": "correction" if write.bucket == "on_hand" else "other",
        "referenceDocumentUri": named,
        "quantities": [
            {
                "inventoryItemId": gid("InventoryItem", item),
                "locationId": gid("Location", write.place),
                "quantity": write.units,
                "changeFromQuantity": expected,
            }
        ],
    }


def _key(key: str, detail: object) -> str:
    """Another request needs another key; the same one gets the same key again."""
    return str(uuid.uuid5(_NAMESPACE, f"{key}|{detail}"))


async def _number(client: Client, item: str, write: SetQuantity) -> int | Answer:
    """The number to be written as it is now, or why it cannot be."""
    told = await client.ask("Level", item=gid("InventoryItem", item), place=gid("Location", write.place), names=NAMES)
    if told.fault is not None:
        return told.answer()
    if not told.part("inventoryItem"):
        return told.answer(
            fault=Fault.MISSING, text=f"Shopify no longer knows the inventory item of {write.listing.sku}."
        )
    try:
        stock = _Stock.model_validate(told.part("inventoryItem"))
    except ValidationError:
        return told.answer(fault=Fault.PARSE, text="Shopify's answer about the level could not be read.")
    number = stock.level.units(write.bucket) if stock.level is not None and stock.level.active else None
    if number is None:
        text = f"{write.listing.sku} is not stocked at this location at Shopify. Stock it there first."
        return told.answer(fault=Fault.MISSING, text=text)
    return number


def refusals_of(told: Told, root: str) -> Sequence[Refusal]:
    """The ``userErrors`` of one mutation; none when it was done."""
    errors = told.part(root).get("userErrors")
    return [Refusal.model_validate(one) for one in errors] if isinstance(errors, list) else ()


def _refused(told: Told, refusal: Refusal, write: SetQuantity, expected: int) -> Answer:
    code = refusal.code
    if code in _STALE:
        return _stale(told, write, expected, None)
    if code == "IDEMPOTENCY_CONCURRENT_REQUEST":
        return told.answer(fault=Fault.INTERMITTENT, text=refusal.message, retry_after=SAME_KEY_AGAIN)
    if code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH":
        text = "This key was used for another change before. That is a fault of ours; nothing was written."
        return told.answer(fault=Fault.DUPLICATE, text=text)
    fault = Fault.MISSING if code in _UNKNOWN_TO_SHOP else Fault.VALUE
    return told.answer(fault=fault, text=f"{refusal.message} ({code or 'no code'})")


def _stale(told: Told, write: SetQuantity, expected: int, now: int | None) -> Answer:
    shows = "another number" if now is None else str(now)
    text = f"Shopify shows {shows} where {expected} was expected: somebody sold or set in between. Nothing was written."
    return told.answer(fault=Fault.STALE_GUARD, text=text, seen_units=now)


async def set_doors(client: Client, write: SetDoors) -> Answer:
    """Close all open doors of a variant (or those given), or open exactly those given.

    ``doors_closed`` are those found open before closing, told also when the outcome is not known.
    """
    variant = external(write.listing, "variant")
    if variant is None:
        return _unmapped(client, f"variant of {write.listing.sku}")
    if write.open:
        return await _opened(client, variant, write)
    told = await client.ask("Doors", variant=gid("ProductVariant", variant))
    if told.fault is not None:
        return told.answer()
    if not told.part("productVariant"):
        return told.answer(fault=Fault.MISSING, text=f"Shopify no longer knows the variant of {write.listing.sku}.")
    try:
        seen = VariantNode.model_validate(told.part("productVariant"))
    except ValidationError:
        return told.answer(fault=Fault.PARSE, text="Shopify's answer about the listing could not be read.")
    above = {door.id for door in seen.product.doors if door.open}
    shown = [door.id for door in seen.doors if door.open and door.id in above]
    closing = tuple(one for one in shown if not write.doors or one in write.doors)
    if not closing:
        return told.answer(done=True, text="It was not shown anywhere before.")
    return _switched(await _switch(client, "CloseDoors", variant, closing), "publishableUnpublish", closing)


async def _opened(client: Client, variant: str, write: SetDoors) -> Answer:
    """The variant on exactly the doors given; first its product, where that may be off them (its publishing goes before)."""
    if not write.doors:
        return Answer(True, client.instant(), text="No door was open when it was paused, so none was opened.")
    if write.above:
        product = external(write.listing, "product")
        if product is None:
            return _unmapped(client, f"product of {write.listing.sku}")
        rows = _rows(write.doors)
        shown = _switched(
            await client.ask("OpenDoors", id=gid("Product", product), input=rows), "publishablePublish", ()
        )
        if not shown.done:
            return shown
    return _switched(await _switch(client, "OpenDoors", variant, write.doors), "publishablePublish", ())


async def _switch(client: Client, name: str, variant: str, doors: tuple[str, ...]) -> Told:
    return await client.ask(name, id=gid("ProductVariant", variant), input=_rows(doors))


def _rows(doors: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"publicationId": gid("Publication", one)} for one in doors]


def _switched(told: Told, root: str, closed: tuple[str, ...]) -> Answer:
    refusals = refusals_of(told, root)
    if told.fault is not None:
        return told.answer(doors_closed=closed if told.fault is Fault.UNKNOWN_OUTCOME else ())
    if refusals:
        gone = "does not exist" in refusals[0].message
        return told.answer(fault=Fault.MISSING if gone else Fault.VALUE, text=refusals[0].message)
    return told.answer(done=True, doors_closed=closed)
