"""`countersign policy …`."""

from __future__ import annotations

from pathlib import Path

from sync.errors import BadInput
from sync.model.exceptions import ExceptionClass, Fingerprint
from sync.model.ids import LocationId, SkuId, SystemId
from sync.policy.reading import read_policy
from sync.policy.routing import leads_of, route
from sync.policy.words import explain


def explain_file(file: Path) -> str:
    """The policy in plain English. Raises PolicyFaulty, which names lines and mends."""
    return explain(read_policy(file.read_text(encoding="utf-8"), str(file)))


def route_in_file(
    file: Path, cls: str, *, sku: str | None, systems: tuple[str, ...], location: str | None, family: str | None
) -> str:
    """Which queue would own such an exception, which line says so, and who is told in turn.

    ``family`` None: policy's own word for the SKU. Raises PolicyFaulty, BadInput (a name that policy does not know).
    """
    policy = read_policy(file.read_text(encoding="utf-8"), str(file))
    if cls not in list(ExceptionClass):
        raise BadInput(f"There is no class {cls!r}; it is one of {', '.join(ExceptionClass)}.")
    for system in systems:
        if system not in policy.systems:
            raise BadInput(f"Policy has no system {system!r}; it has {', '.join(policy.systems)}.")
    if location is not None and location not in policy.locations:
        raise BadInput(f"Policy has no place {location!r}; it has {', '.join(policy.locations)}.")
    about = Fingerprint(
        ExceptionClass(cls),
        sku=SkuId(sku) if sku is not None else None,
        location=LocationId(location) if location is not None else None,
        systems=tuple(SystemId(system) for system in systems),
    )
    own = policy.skus.get(about.sku) if about.sku is not None else None
    routed = route(policy, about, family or (own.family if own is not None else None) or "")
    names = {person.slack: person.name for person in policy.people.values()}
    told = ", then ".join(names[user] for user in leads_of(policy, routed.queue))
    queue = policy.queues[routed.queue]
    return f"{queue.name} ({queue.channel}), by {routed.by} in {file}. Told in turn: {told}."
