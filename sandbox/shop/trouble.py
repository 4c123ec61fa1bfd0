"""Trouble that a visitor can cause. Each touches the world only; what the product makes of it is its own affair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.shop.world import World


@dataclass(frozen=True, slots=True)
class Trouble:
    """One button: its name, what it does in a sentence, and the deed. ``undo`` ends it, where it lasts."""

    id: str
    title: str
    what: str
    cause: Callable[[World], None]
    undo: Callable[[World], None] | None = None


def _short_carton(world: World) -> None:
    """The books were wrong: a carton is short, and the channel swallows our update."""
    sku = "KTL-17-BLK"
    world.storefronts["shopify-us"].faults.swallow(sku, mutations="quantities")
    gone = max(0, world.warehouse.shelves[sku] - 1)
    world.warehouse.lose(sku, gone)
    counted = world.warehouse.count(sku)
    world.warehouse.write_file()
    world.note(
        f"Reno recounted {sku}: {counted} left, {gone} fewer than the books said. Shopify US takes updates and drops them."
    )


def _last_unit_twice(world: World) -> None:
    sku = "CHR-22-GRY"
    left = world.warehouse.shelves[sku]
    if left > 1:
        world.buy("shopify-us", sku, left - 1, race=True)
    world.buy("shopify-us", sku, 1, race=True)
    world.buy("shopify-eu", sku, 1, race=True)
    world.note(f"The last {sku} was sold on both storefronts at the same moment.")


def _stop_vendor(world: World) -> None:
    world.vendor.running = False
    world.note("Acme's system stopped; its address still serves the old list.")


def _start_vendor(world: World) -> None:
    world.vendor.running = True
    world.vendor.refresh()
    world.note("Acme's system is back.")


def _fail_shopify(world: World) -> None:
    world.storefronts["shopify-eu"].faults.fail_share(1.0, 503)
    world.note("Shopify EU answers every call with 503.")


def _mend_shopify(world: World) -> None:
    for shop in world.storefronts.values():
        shop.faults.clear()
    world.note("Both storefronts work again.")


def _revoke_token(world: World) -> None:
    world.storefronts["shopify-eu"].faults.lock(402)
    world.note("Shopify EU is frozen: 402 on every call.")


def _unfreeze(world: World) -> None:
    world.storefronts["shopify-eu"].faults.unlock()
    world.note("Shopify EU is no longer frozen.")


def _set_by_hand(world: World) -> None:
    sku = "MUG-03-BLU"
    world.storefronts["shopify-us"].set_by_hand(sku, world.places["shopify-us"], 400)
    world.note(f"Somebody typed 400 for {sku} into Shopify US.")


def _unknown_code(world: World) -> None:
    world.warehouse.books["KTL-17-BLX"] = 3
    world.warehouse.shelves["KTL-17-BLX"] = 3
    world.warehouse.write_file()
    world.note("The warehouse system speaks of KTL-17-BLX, which nobody else knows.")


def _refuse_sku(world: World) -> None:
    world.storefronts["shopify-us"].faults.refuse_sku("LMP-04-OAK")
    world.warehouse.receive("LMP-04-OAK", 6)
    world.warehouse.write_file()
    world.note("Shopify US refuses every update of LMP-04-OAK; Reno just received 6.")


TROUBLES = (
    Trouble(
        "carton",
        "A carton is short",
        "Reno recounts; Shopify US drops our update.",
        _short_carton,
        _mend_shopify,
    ),
    Trouble(
        "twice",
        "Sell the last unit on two channels",
        "The last chairs go in two checkouts at once.",
        _last_unit_twice,
    ),
    Trouble(
        "vendor",
        "Stop the vendor feed",
        "Acme's list stays up, but its content grows old.",
        _stop_vendor,
        _start_vendor,
    ),
    Trouble("shopify", "Make Shopify EU fail", "Every call is answered 503.", _fail_shopify, _mend_shopify),
    Trouble(
        "frozen", "Freeze the Shopify EU account", "402 on every call, for the whole account.", _revoke_token, _unfreeze
    ),
    Trouble("refuse", "Refuse one product", "Shopify US takes no update of the oak lamp.", _refuse_sku, _mend_shopify),
    Trouble("hand", "Type a number by hand", "400 blue mugs appear in Shopify US.", _set_by_hand),
    Trouble("code", "Send an unknown code", "The warehouse file has a code that maps to no product.", _unknown_code),
)
"""In the order of the page."""
