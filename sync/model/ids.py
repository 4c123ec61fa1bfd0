"""Names of things. Each is plain text underneath, kept apart by the type checker."""

from __future__ import annotations

from typing import NewType

SkuId = NewType("SkuId", str)
"""Canonical stock keeping unit code, e.g. ``KTL-17-BLK``."""

LocationId = NewType("LocationId", str)
"""A place that holds stock, as policy names it, e.g. ``reno``."""

SystemId = NewType("SystemId", str)
"""One connected account, as policy names it, e.g. ``shopify-us``."""

ListingId = NewType("ListingId", str)
"""``<system>:<external id of the sellable thing>``, e.g. ``shopify-us:39072856``."""

QueueId = NewType("QueueId", str)
"""An owner's inbox, as policy names it, e.g. ``marketplaces``."""

UserId = NewType("UserId", str)
"""A person's Slack user id, e.g. ``U0DANA``."""

ExceptionId = NewType("ExceptionId", int)
"""Serial number of an exception; people see :func:`exception_name`."""

StormId = NewType("StormId", int)
"""Serial number of a storm: many exceptions of one cause in one queue."""

BulkId = NewType("BulkId", int)
"""Serial number of a bulk act; people see :func:`bulk_name`."""


def listing_id(system: SystemId, external: str) -> ListingId:
    """The id of a listing on ``system`` whose sellable thing is ``external`` there."""
    return ListingId(f"{system}:{external}")


def exception_name(exception: ExceptionId) -> str:
    """``EX-1042``: how people and proofs name an exception."""
    return f"EX-{exception}"


def parse_exception_name(text: str) -> ExceptionId:
    """The id behind ``EX-1042`` (any case). Raises ValueError on anything else."""
    prefix, _, number = text.strip().upper().partition("-")
    if prefix != "EX" or not number.isascii() or not number.isdigit():
        raise ValueError(f"{text!r} is not an exception id; it looks like EX-1042")
    return ExceptionId(int(number))


def bulk_name(bulk: BulkId) -> str:
    """``BA-7``: how people and proofs name an act on many exceptions at once."""
    return f"BA-{bulk}"


def parse_bulk_name(text: str) -> BulkId:
    """The id behind ``BA-7`` (any case). Raises ValueError on anything else."""
    prefix, _, number = text.strip().upper().partition("-")
    if prefix != "BA" or not number.isascii() or not number.isdigit():
        raise ValueError(f"{text!r} is not a bulk act's id; it looks like BA-7")
    return BulkId(int(number))
