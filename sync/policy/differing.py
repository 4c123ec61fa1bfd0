"""What changed between two policies, as sentences; and the digest of a policy's text."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sync.policy.schema import Policy
from sync.policy.spans import span


def diff(old: Policy, new: Policy) -> list[str]:
    """One sentence per setting that differs, in the order of the new document, values as they are written there."""
    return list(_differences(_plain(old), _plain(new), ""))


def _plain(policy: Policy) -> dict[str, Any]:
    return policy.model_dump(exclude={"version"})


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
    text = _written(value)
    return text if len(text) <= 120 else text[:117] + "…"


def _written(value: Any) -> str:
    """A value as it is written in the file; nothing and defaults that say nothing are left out of groups."""
    match value:
        case None:
            return "nothing"
        case timedelta():
            return span(value)
        case bool():
            return "true" if value else "false"
        case dict():
            said = {key: one for key, one in value.items() if one is not None and one != () and one != {}}
            return ", ".join(f"{key} {_written(one)}" for key, one in said.items()) or "empty"
        case tuple():
            return ", ".join(_written(one) for one in value) or "empty"
        case _:
            return str(value)


def digest_of(text: str) -> str:
    """SHA-256 of a policy's text, lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()
