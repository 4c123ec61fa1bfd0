"""What customers see of a listing now: its doors, what keeps it off sale, and the number behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import AliasPath, Field, ValidationError

from sync.connectors.base import ListingRef, Seen
from sync.connectors.shopify.client import Client
from sync.connectors.shopify.mapping import ON_SALE, doors_of
from sync.connectors.shopify.shapes import Digits, Rows, Shape, Text, VariantNode
from sync.connectors.shopify.writes import NAMES, external, gid
from sync.errors import BadInput, TryAgain
from sync.model.facts import DoorState


class _App(Shape):
    title: Text = None


class Publication(Shape):
    """A channel of the shop: ``Online Store``, ``Point of Sale`` …"""

    id: Digits
    title: Text = Field(default=None, validation_alias=AliasPath("catalog", "title"))
    apps: Rows[_App] = Field(default=(), validation_alias=AliasPath("catalog", "apps"))

    @property
    def name(self) -> str:
        """As people know it: the app's title, else the catalogue's."""
        return next((app.title for app in self.apps if app.title), None) or self.title or self.id


def names_of(part: object) -> dict[str, str]:
    """Names of the shop's publications by id. Raises ValidationError."""
    rows = part.get("nodes") if isinstance(part, Mapping) else None
    found = [Publication.model_validate(one) for one in (rows if isinstance(rows, list) else ())]
    return {one.id: one.name for one in found}


async def read_back(client: Client, system: str, listing: ListingRef, places: Sequence[str]) -> Seen:
    """One request. Raises TryAgain, or BadInput when Shopify no longer knows the listing."""
    variant = external(listing, "variant")
    if variant is None:
        raise BadInput(f"We do not know Shopify's variant of {listing.sku}. Read the catalogue again, or map it.")
    told = (await client.ask("ReadBack", variant=gid("ProductVariant", variant), names=NAMES)).or_raise()
    if not told.part("productVariant"):
        raise BadInput(f"{system} no longer knows the listing of {listing.sku}: its variant {variant} is gone.")
    try:
        node = VariantNode.model_validate(told.part("productVariant"))
        names = names_of(told.part("publications"))
    except ValidationError as error:
        raise TryAgain(
            f"{system}'s answer about {listing.sku} could not be read ({error.error_count()} faults)."
        ) from None
    doors = doors_of(node.doors, node.product, names)
    levels, on_hand = _numbers(node, places)
    wanted = [units for place, units in levels if place in places]
    units = None if not node.item.tracked else sum(wanted) if wanted else node.sellable
    live = node.product.status in ON_SALE and any(door.open for door in doors)
    return Seen(
        at=told.at,
        live=live,
        units=units,
        levels=levels,
        on_hand=on_hand,
        tracked=node.item.tracked,
        sells_below_zero=node.policy == "continue",
        doors=doors,
        sentence=_sentence(system, node, doors, units, live),
    )


def _numbers(
    node: VariantNode, places: Sequence[str]
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """Available and on hand by location. A place that was asked for and does not stock the item offers 0 of it."""
    if not node.item.tracked:
        return (), ()
    active = [level for level in node.item.levels if level.active]
    available = {level.place: units for level in active if (units := level.units("available")) is not None}
    on_hand = {level.place: units for level in active if (units := level.units("on_hand")) is not None}
    absent = {place: 0 for place in places if place not in {level.place for level in active}}
    return tuple(sorted({**absent, **available}.items())), tuple(sorted(on_hand.items()))


def _sentence(system: str, node: VariantNode, doors: Sequence[DoorState], units: int | None, live: bool) -> str:
    """In words for the card: what customers can buy, and what keeps them from it."""
    if node.product.status not in ON_SALE:
        return f"{system} shows 0: the product is {node.product.status}"
    if not live:
        closed = ", ".join(door.name or door.id for door in doors)
        return (
            f"{system} shows 0: not published on {closed}" if closed else f"{system} shows 0: it has no sales channel"
        )
    where = ", ".join(door.name or door.id for door in doors if door.open)
    if units is None:
        return f"{system} sells without a limit on {where}: stock is not tracked"
    if node.policy == "continue":
        return f"{system} sells without a limit on {where}: it shows {units} and sells below zero"
    return f"{system} shows {max(0, units)} on {where}" + (f" ({units} available)" if units < 0 else "")
