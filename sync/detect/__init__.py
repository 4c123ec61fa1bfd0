"""Detectors: pure rules that look at one SKU's or one system's whole picture and yield findings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sync.detect.account_refused import account_refused
from sync.detect.catalog_codes import colliding_codes, malformed_gtin, moved_codes, shared_gtin
from sync.detect.catalog_fault import unmapped_codes, unusable_input
from sync.detect.exposure_mismatch import exposure_mismatch
from sync.detect.failed_update import failed_update
from sync.detect.feed_suppression import feed_suppression
from sync.detect.fixed_promise import fixed_promise
from sync.detect.lost_transfer import lost_transfer
from sync.detect.manual_override import manual_override
from sync.detect.more_than_there import more_than_there
from sync.detect.negative_stock import negative_stock
from sync.detect.oversell import oversell
from sync.detect.picture import SkuDetector, SkuPicture, SystemDetector
from sync.detect.reported import reported
from sync.detect.stale_feed import stale_feed
from sync.detect.stuck_reservation import stuck_reservation
from sync.detect.unacknowledged import unacknowledged
from sync.detect.wms_erp_variance import wms_erp_variance

SKU_DETECTORS: tuple[SkuDetector, ...] = (
    exposure_mismatch,
    manual_override,
    fixed_promise,
    failed_update,
    oversell,
    feed_suppression,
    wms_erp_variance,
    lost_transfer,
    more_than_there,
    negative_stock,
    stuck_reservation,
    reported,
    colliding_codes,
    moved_codes,
    malformed_gtin,
    shared_gtin,
)
_OF_LISTINGS = {exposure_mismatch, manual_override, oversell, feed_suppression, colliding_codes, moved_codes}
_OF_CASES = {fixed_promise, reported}
_OF_POSITIONS = {wms_erp_variance, lost_transfer, more_than_there, negative_stock}


def detectors_for(sku: SkuPicture) -> tuple[SkuDetector, ...]:
    """Those of :data:`SKU_DETECTORS`, in their order, that have anything to look at: the others would find nothing."""
    return _having(
        bool(sku.listings),
        bool(sku.cases),
        bool(sku.targets),
        bool(sku.state.positions),
        bool(sku.state.lines),
        bool(sku.sku.gtin),
    )


@cache
def _having(
    listings: bool, cases: bool, targets: bool, positions: bool, lines: bool, gtin: bool
) -> tuple[SkuDetector, ...]:
    idle: set[Callable[..., object]] = set()
    idle |= set() if listings else _OF_LISTINGS
    idle |= set() if cases else _OF_CASES
    idle |= set() if targets else {failed_update}
    idle |= set() if positions else _OF_POSITIONS
    idle |= set() if lines and listings else {stuck_reservation}
    idle |= set() if gtin else {malformed_gtin}
    return tuple(detect for detect in SKU_DETECTORS if detect not in idle)


SYSTEM_DETECTORS: tuple[SystemDetector, ...] = (
    stale_feed,
    unacknowledged,
    account_refused,
    unmapped_codes,
    unusable_input,
)
