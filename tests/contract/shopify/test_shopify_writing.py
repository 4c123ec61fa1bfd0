"""Writing to a shop that sells, fails, hangs and forgets: nothing is forced, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from shopify_shop import Shop

from sandbox.shopify import When
from sync.connectors.base import Fault, ListingRef, SetDoors, SetQuantity
from sync.connectors.shopify.connector import ShopifyConnector


def write(shop: Shop, units: int, **fields: Any) -> SetQuantity:
    return SetQuantity(**{"listing": shop.listing("KTL-17"), "place": shop.reno, "units": units, "key": "k-1"} | fields)


async def test_a_guarded_write_sets_the_number_and_says_what_may_still_be_spent(
    shop: Shop, connector: ShopifyConnector
) -> None:
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert (answer.done, answer.fault) == (True, None)
    assert answer.budget is not None
    assert answer.refill_per_second == 100
    assert shop.available("KTL-17") == 5


async def test_f29_a_lost_race_is_never_forced(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.checkout([("KTL-17", 1)])
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert (answer.done, answer.fault) == (False, Fault.STALE_GUARD)
    assert shop.available("KTL-17") == 7


async def test_without_an_expected_number_the_one_read_right_before_is_the_guard(
    shop: Shop, connector: ShopifyConnector
) -> None:
    answer = await connector.set_quantity(write(shop, 5))
    sent = [call for call in shop.stand_in.calls if call.operation == "SetQuantity"]
    assert answer.done
    assert sent[0].variables["input"]["quantities"][0]["changeFromQuantity"] == 8  # type: ignore[index]


async def test_a_number_that_is_there_already_is_done(shop: Shop, connector: ShopifyConnector) -> None:
    answer = await connector.set_quantity(write(shop, 8, expected=8))
    assert (answer.done, answer.text) == (True, "It was that already.")


async def test_a_correction_sets_on_hand_and_names_itself_to_the_merchant(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.checkout([("KTL-17", 3)])
    answer = await connector.set_quantity(
        write(shop, 6, expected=8, bucket="on_hand", reference="correction:shopify-us:12 b")
    )
    sent = [call for call in shop.stand_in.calls if call.operation == "SetQuantity"][-1].variables["input"]
    assert answer.done
    assert shop.available("KTL-17") == 3
    assert sent["reason"] == "correction"  # type: ignore[index]
    assert sent["referenceDocumentUri"] == "gid://countersign/Change/correction%3Ashopify-us%3A12%20b"  # type: ignore[index]


@pytest.mark.parametrize("lost", ["a time-out", "a dropped connection", "a 502"])
async def test_f31_an_answer_lost_after_the_change_is_settled_by_the_same_key(
    shop: Shop, connect: Callable[..., ShopifyConnector], lost: str
) -> None:
    faults, when = shop.stand_in.faults, When.AFTER_APPLYING
    {
        "a time-out": lambda: faults.time_out_next(operation="SetQuantity", when=when),
        "a dropped connection": lambda: faults.disconnect_next(operation="SetQuantity", when=when),
        "a 502": lambda: faults.fail_next(status=502, operation="SetQuantity", when=when),
    }[lost]()
    connector = connect(total=0.3)
    first = await connector.set_quantity(write(shop, 5, expected=8))
    shop.stand_in.checkout([("KTL-17", 1)])
    second = await connector.set_quantity(write(shop, 5, expected=8))
    assert (first.done, first.fault) == (False, Fault.UNKNOWN_OUTCOME)
    assert second.done
    assert shop.available("KTL-17") == 4, "the sale in between must stand"


async def test_an_answer_lost_before_the_change_is_unknown_too_and_done_by_the_next_try(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.faults.fail_next(status=500, operation="SetQuantity")
    first = await connector.set_quantity(write(shop, 5, expected=8))
    second = await connector.set_quantity(write(shop, 5, expected=8))
    assert first.fault is Fault.UNKNOWN_OUTCOME
    assert second.done
    assert shop.available("KTL-17") == 5


async def test_a_key_whose_first_try_broke_is_replaced_after_looking(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.faults.break_next(operation="SetQuantity")
    first = await connector.set_quantity(write(shop, 5, expected=8))
    second = await connector.set_quantity(write(shop, 5, expected=8))
    assert first.fault is Fault.UNKNOWN_OUTCOME
    assert second.done
    assert shop.available("KTL-17") == 5


async def test_a_key_whose_first_try_broke_is_not_used_again_when_somebody_sold_since(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.faults.break_next(operation="SetQuantity")
    await connector.set_quantity(write(shop, 5, expected=8))
    shop.stand_in.checkout([("KTL-17", 1)])
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert (answer.fault, answer.seen_units) == (Fault.STALE_GUARD, 7)
    assert shop.available("KTL-17") == 7


async def test_a_key_of_another_change_is_told_as_a_fault_of_ours(shop: Shop, connector: ShopifyConnector) -> None:
    await connector.set_quantity(write(shop, 5, expected=8))
    answer = await connector.set_quantity(write(shop, 4, expected=5))
    assert (answer.done, answer.fault) == (False, Fault.DUPLICATE)
    assert shop.available("KTL-17") == 5


async def test_throttled_says_how_long_to_wait(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.bucket.drain()
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert answer.fault is Fault.RATE_LIMIT
    assert answer.retry_after is not None
    assert 0 < answer.retry_after.total_seconds() < 1
    assert answer.budget is not None
    assert answer.budget < 20


async def test_f30_what_the_platform_refuses_is_said_in_its_words(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.faults.refuse_sku("KTL-17")
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert (answer.done, answer.fault) == (False, Fault.VALUE)
    assert "NON_MUTABLE_INVENTORY_ITEM" in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"place": "999", "expected": 8}, id="a location that is not there"),
        pytest.param({"place": "999"}, id="a location that is not there, unguarded"),
        pytest.param({"place": "reno"}, id="a location that is no id"),
        pytest.param({"listing": ListingRef("KTL-17", (("item", "999"),))}, id="an item that is gone"),
        pytest.param({"listing": ListingRef("KTL-17", ())}, id="an item that was never mapped"),
    ],
)
async def test_what_is_not_there_is_a_mapping_fault(
    shop: Shop, connector: ShopifyConnector, fields: dict[str, Any]
) -> None:
    answer = await connector.set_quantity(write(shop, 5, **fields))
    assert (answer.done, answer.fault) == (False, Fault.MISSING)
    assert shop.available("KTL-17") == 8


@pytest.mark.parametrize("status", [402, 423])
async def test_f32_a_shop_that_is_locked_concerns_the_account(
    shop: Shop, connector: ShopifyConnector, status: int
) -> None:
    shop.stand_in.faults.lock(status)
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert answer.fault is Fault.PERMISSION
    assert answer.fault.of_account


async def test_f32_a_scope_that_was_taken_away_concerns_the_account(shop: Shop, connector: ShopifyConnector) -> None:
    shop.stand_in.tokens.remove_scope("write_inventory")
    refused = await connector.set_quantity(write(shop, 5, expected=8))
    shop.stand_in.tokens.add_scope("write_inventory")
    mended = await connector.set_quantity(write(shop, 5, expected=8))
    assert refused.fault is Fault.PERMISSION
    assert mended.done


async def test_f32_an_expired_token_is_renewed_once_and_nobody_notices(
    shop: Shop, connect: Callable[..., ShopifyConnector]
) -> None:
    connector = connect(credentials=True)
    assert (await connector.set_quantity(write(shop, 7, expected=8, key="k-1"))).done
    shop.stand_in.tokens.expire()
    assert (await connector.set_quantity(write(shop, 6, expected=7, key="k-2"))).done


async def test_f32_a_removed_app_is_told_and_works_again_once_installed(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.tokens.revoke()
    refused = await connector.set_quantity(write(shop, 5, expected=8))
    shop.stand_in.tokens.restore()
    mended = await connector.set_quantity(write(shop, 5, expected=8))
    assert (refused.fault, mended.done) == (Fault.PERMISSION, True)
    assert "Install the app again" in refused.text


async def test_nobody_at_the_address_cannot_have_done_anything(shop: Shop, connector: ShopifyConnector) -> None:
    await shop.stand_in.stop()
    answer = await connector.set_quantity(write(shop, 5, expected=8))
    assert answer.fault is Fault.CONNECTION


async def test_a_pause_closes_the_open_doors_of_this_variant_and_remembers_them(
    shop: Shop, connector: ShopifyConnector
) -> None:
    answer = await connector.set_doors(SetDoors(shop.listing("MUG-01"), open=False))
    doors = {str(one.id) for one in shop.stand_in.shop.publications.values()}
    assert answer.done
    assert set(answer.doors_closed) == doors
    assert not shop.stand_in.customer_sees("MUG-01").live
    assert shop.stand_in.customer_sees("MUG-02").live


async def test_a_resume_opens_exactly_the_doors_that_the_pause_found_open(
    shop: Shop, connector: ShopifyConnector
) -> None:
    other = next(one for one in shop.stand_in.shop.publications.values() if str(one.id) != shop.door)
    shop.stand_in.unpublish("MUG-01", other)
    paused = await connector.set_doors(SetDoors(shop.listing("MUG-01"), open=False))
    resumed = await connector.set_doors(SetDoors(shop.listing("MUG-01"), open=True, doors=paused.doors_closed))
    assert paused.doors_closed == (shop.door,)
    assert resumed.done
    assert shop.stand_in.customer_sees("MUG-01").live
    assert not shop.stand_in.customer_sees("MUG-01", other).live


async def test_f31_a_pause_whose_answer_was_lost_still_tells_which_doors_it_found_open(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.faults.disconnect_next(operation="CloseDoors")
    lost = await connector.set_doors(SetDoors(shop.listing("KTL-17"), open=False))
    again = await connector.set_doors(SetDoors(shop.listing("KTL-17"), open=False))
    assert lost.fault is Fault.UNKNOWN_OUTCOME
    assert shop.door in lost.doors_closed
    assert (again.done, again.doors_closed) == (True, ())


async def test_a_resume_of_what_was_not_open_opens_nothing_and_asks_nobody(
    shop: Shop, connector: ShopifyConnector
) -> None:
    answer = await connector.set_doors(SetDoors(shop.listing("KTL-17"), open=True))
    assert answer.done
    assert not shop.stand_in.calls


async def test_what_somebody_took_off_with_its_product_comes_back_with_it(
    shop: Shop, connector: ShopifyConnector
) -> None:
    shop.stand_in.unpublish_product(shop.stand_in.shop.variant("MUG-01").product)
    shop.stand_in.unpublish("MUG-01")
    variant = await connector.set_doors(SetDoors(shop.listing("MUG-01"), open=True, doors=(shop.door,)))
    assert (variant.done, shop.stand_in.customer_sees("MUG-01").live) == (True, False), "a resume leaves the product"
    whole = await connector.set_doors(SetDoors(shop.listing("MUG-01"), open=True, doors=(shop.door,), above=True))
    assert whole.done
    assert shop.stand_in.customer_sees("MUG-01").live


async def test_a_product_that_may_not_be_published_is_told_and_its_variant_is_left(
    shop: Shop, connector: ShopifyConnector
) -> None:
    answer = await connector.set_doors(SetDoors(shop.listing("KTL-17"), open=True, doors=("999",), above=True))
    assert (answer.done, answer.fault) == (False, Fault.MISSING)


async def test_a_door_that_is_gone_is_a_mapping_fault(shop: Shop, connector: ShopifyConnector) -> None:
    answer = await connector.set_doors(SetDoors(shop.listing("KTL-17"), open=True, doors=("999",)))
    assert (answer.done, answer.fault) == (False, Fault.MISSING)


async def test_a_variant_that_is_gone_is_a_mapping_fault(shop: Shop, connector: ShopifyConnector) -> None:
    listing = shop.listing("KTL-17")
    shop.stand_in.delete_variant("KTL-17")
    answer = await connector.set_doors(SetDoors(listing, open=False))
    assert (answer.done, answer.fault) == (False, Fault.MISSING)
