"""Buttons that open the form of another act with something chosen in it."""

from __future__ import annotations

from collections.abc import Mapping

ROUTES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "finance": ("handover", {"route": "finance"}),
    "vendor": ("handover", {"route": "vendor"}),
    "sendback": ("handover", {"route": "sendback"}),
    "keep": ("override", {"keep": "yes"}),
    "zero": ("cap", {"units": "0"}),
}
"""By button: the form, and what it is opened for."""
