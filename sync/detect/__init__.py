"""Detectors: pure rules that look at one SKU's or one system's whole picture and yield findings."""

from __future__ import annotations

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
from sync.detect.picture import SkuDetector, SystemDetector
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
SYSTEM_DETECTORS: tuple[SystemDetector, ...] = (
    stale_feed,
    unacknowledged,
    account_refused,
    unmapped_codes,
    unusable_input,
)
