"""How the running process looks for garbage."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""Objects made before the youngest are looked through, and how often each older generation is left out."""


def settle() -> None:
    """What stands after the start stays: it is never looked through again, and what comes later is looked through in larger
    lots. Nearly all of it is gone by counting references alone; a slice of SKUs makes more objects than Python's own limits
    expect, and looking through them cost a seventh of the time of a webhook. Once per process, when everything is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
