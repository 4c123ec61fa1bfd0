"""What acts on a listing's quantity share: which listing, whether it is ours to write, and the look that proves it."""

from __future__ import annotations

from sync.actions.applied import Setting
from sync.errors import BadInput, NotPermitted
from sync.inbox.view import CaseView, ListingLine
from sync.model.ids import ListingId
from sync.model.outbox import Priority, Target, TargetKind, target_key
from sync.policy.system_rules import Mode


def line_of(view: CaseView, listing: ListingId) -> ListingLine:
    """The line of a listing. Raises BadInput when it no longer belongs to the SKU."""
    for line in view.sku.listings if view.sku else ():
        if line.listing == listing:
            return line
    raise BadInput("That listing no longer belongs to this SKU. Open the form again.")


def check_writable(line: ListingLine, setting: Setting) -> None:
    """Raises NotPermitted where its quantity is not ours to write, saying what can be done instead."""
    rules = setting.policy.systems[line.system]
    if rules.mode is Mode.SHADOW:
        raise NotPermitted(f"{line.system_name} is in shadow: nothing is sent there. Nothing was changed.")
    if rules.mode is Mode.GUARD or rules.channel is None or rules.channel.publish_to is None:
        raise NotPermitted(f"We do not write quantities to {line.system_name}. Pause the listing, or lower it there.")


def look_at(view: CaseView, line: ListingLine, setting: Setting) -> Target:
    """A reading of the channel, so that the act is read back though nothing had to be sent."""
    sku = view.case.fingerprint.sku
    if sku is None:
        raise BadInput("This exception is not about one SKU.")
    return Target(
        key=target_key(TargetKind.READ, line.listing),
        kind=TargetKind.READ,
        lane=line.system,
        sku=sku,
        listing=line.listing,
        location=None,
        wanted=0,
        revision=0,
        priority=Priority.READ,
        wanted_at=setting.now,
        next_at=setting.now,
    )


def numbers_shown(view: CaseView) -> tuple[str, ...]:
    """What each listing shows and could sell, as sentences; none where no listing has a number."""
    return tuple(
        f"{line.system_name} shows {line.shows_text or line.shows}, can sell {line.can_sell}."
        for line in (view.sku.listings if view.sku else ())
        if line.can_sell is not None
    )
