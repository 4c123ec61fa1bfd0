"""Detectors: pure rules that look at one SKU's or one system's whole picture and yield findings."""

from __future__ import annotations

from sync.detect.account_refused import account_refused
from sync.detect.catalog_fault import unmapped_codes, unusable_input
from sync.detect.exposure_mismatch import exposure_mismatch
from sync.detect.failed_update import failed_update
from sync.detect.manual_override import manual_override
from sync.detect.oversell import oversell
from sync.detect.picture import SkuDetector, SystemDetector
from sync.detect.stale_feed import stale_feed

SKU_DETECTORS: tuple[SkuDetector, ...] = (exposure_mismatch, manual_override, failed_update, oversell)
SYSTEM_DETECTORS: tuple[SystemDetector, ...] = (stale_feed, account_refused, unmapped_codes, unusable_input)
