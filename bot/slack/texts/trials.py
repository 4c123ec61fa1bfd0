"""Texts of trying a proposed rule on the recorded past."""

from typing import Final

DIGEST_TRY: Final = "Try the {wait} rule"
DIGEST_TRY_LABEL: Final = "Try on the past: wait {wait} on {system}"
DIGEST_TRY_TITLE: Final = "Try a rule"
DIGEST_TRY_LONG: Final = (
    "Living through the recorded past under both rules: {done} so far. It may take minutes. You may close this: the figures come"
    " to you as a direct message then."
)
DIGEST_TRY_HEAD: Final = (
    "*Wait {wait} on {system} instead of {now}*: {cls} {before} → {after} ({change}) in the last {span}."
    " Tried on {skus}."
)
DIGEST_TRY_NONE: Final = "Nothing was recorded in the last {span}, so the {wait} rule on {system} cannot be tried."
DIGEST_TRY_TABLE: Final = ("", "today", "new")
DIGEST_TRY_ROWS: Final = {
    "class": "Opened, this class",
    "all": "Opened, all",
    "prevented": "Prevented, units",
    "oversold": "Oversold, units",
    "missed": "Missed, units",
    "pauses": "Pauses by policy",
    "updates": "Updates sent",
}
DIGEST_TRY_TAKE: Final = (
    "To take it, write `settles_in: {wait}` under `systems: {system}:` in policy.yml. Nothing was changed by trying."
)
DIGEST_TRY_BASIS: Final = (
    "Facts come as they came, a channel in mode full shows at once what the rules publish, nobody clicks. Only what concerns one"
    " SKU is tried: no silent feeds, no refused accounts, no overrides by hand, no kits."
)
DIGEST_TRY_PART: Final = "These are the SKUs that were tried within ten minutes, not all."
DIGEST_TRY_GONE: Final = "Policy has no such system any more."
DIGEST_TRY_GUEST: Final = "Guests cannot try rules."
DIGEST_TRY_BUSY: Final = "Somebody is trying a rule just now. Try again in a minute."
