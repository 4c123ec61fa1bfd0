"""What changed between two policies, as sentences; and the digest of a policy's text."""

from __future__ import annotations

import hashlib
from typing import Any

from sync.policy.schema import Policy


def diff(old: Policy, new: Policy) -> list[str]:
    """One sentence per setting that differs, in the order of the new document."""
    return list(_differences(_plain(old), _plain(new), ""))


def _plain(policy: Policy) -> dict[str, Any]:
    return policy.model_dump(mode="json", exclude={"version"})


def _differences(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        told: list[str] = []
        for key in dict.fromkeys((*new, *old)):
            where = f"{path}.{key}" if path else str(key)
            if key not in old:
                told.append(f"{where} is new: {_short(new[key])}")
            elif key not in new:
                told.append(f"{where} is gone")
            else:
                told.extend(_differences(old[key], new[key], where))
        return told
    return [] if old == new else [f"{path}: {_short(old)} → {_short(new)}"]


def _short(value: Any) -> str:
    text = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)
    return text if len(text) <= 120 else text[:117] + "…"


def digest_of(text: str) -> str:
    """SHA-256 of a policy's text, lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()
