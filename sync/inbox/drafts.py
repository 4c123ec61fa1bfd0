"""An exception that an act opens itself: an override has one of its own, whatever else is open for the SKU. Pure."""

from __future__ import annotations

from datetime import datetime

from sync.detect.picture import SkuPicture
from sync.errors import BadInput
from sync.exceptions.standing import OVERRIDE_DETAIL
from sync.model.exceptions import Case, Evidence, ExceptionClass, Fingerprint, Life
from sync.model.ids import ExceptionId, ListingId
from sync.owners.clocks import limit_at
from sync.policy.routing import route
from sync.policy.schema import Policy
from sync.risk import no_risk


def override_case(picture: SkuPicture, listing: ListingId | None, policy: Policy, now: datetime) -> Case:
    """The override's exception that is open for a listing, or a new one that is not stored yet (its id and version are 0).

    ``listing`` None: the first whose quantity is ours. Raises BadInput when the SKU has no such listing.
    """
    ours = [
        one.listing for one in picture.listings if (c := policy.systems[one.listing.system].channel) and c.publish_to
    ]
    chosen = next((one for one in ours if listing in (None, one.id)), None)
    if chosen is None:
        raise BadInput("There is no listing here whose quantity we write.")
    cls = ExceptionClass.MANUAL_OVERRIDE
    about = Fingerprint(cls, sku=picture.sku.id, listing=chosen.id, systems=(chosen.system,), detail=OVERRIDE_DETAIL)
    known = picture.open_case(about)
    if known is not None:
        return known
    rules, routed = policy.rules_for(cls), route(policy, about, picture.sku.family)
    return Case(
        id=ExceptionId(0),
        fingerprint=about,
        life=Life.OPEN,
        version=0,
        queue=routed.queue,
        delta=0,
        evidence=Evidence("A person fixes what is shown.", cause=f"{chosen.system}:{OVERRIDE_DETAIL}"),
        risk=no_risk(policy.currency, "Nothing is shown yet that cannot be sold."),
        since=now,
        opened_at=now,
        assign_by=limit_at(policy, routed.queue, cls, now, rules.assign_within),
        resolve_by=limit_at(policy, routed.queue, cls, now, rules.resolve_within),
        policy_version=policy.version,
    )
