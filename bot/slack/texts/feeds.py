"""Texts of a silent source: asking for its content, and what stands on it."""

from __future__ import annotations

from typing import Final

NEXT_ASKED_FEED: Final = "{whom} was asked for it by {who} at {at}; nothing newer has come yet."

ASKFEED_TITLE: Final = "Ask for a feed"
ASKFEED_DIRECT: Final = "{whom} gets this as a direct message, in your name."
ASKFEED_BY_HAND: Final = (
    "{whom} cannot be asked from here: copy this, send it yourself, and say whom you asked. I send nothing."
)
ASKFEED_NOBODY: Final = "Policy names nobody for this source (`systems.{system}.contact`)"
ASKFEED_FIELD: Final = "What you ask"
ASKFEED_WHOM: Final = "Whom you asked"
ASKFEED_HINT: Final = "Goes into the thread and the proof."
ASKFEED_SEND: Final = "Send"
ASKFEED_KEPT: Final = "I have asked"
ASKFEED_NO_TEXT: Final = "Write what you ask for."
ASKFEED_NO_WHOM: Final = "Say whom you asked."
ASKFEED_TEXT: Final = (
    "The newest stock data that we have of {system} is of {last}. {due}It is {now} now, and until newer data comes we cannot rely"
    " on the stock of {skus}. Please send the current data, or say when it comes. ({company}, {name})"
)
ASKFEED_AT: Final = "{day} {time} UTC"
ASKFEED_DUE: Final = "New data is due every {span}. "

SKUS_TITLE: Final = "SKUs of a silent source"
SKUS_HEAD: Final = "*{count}* stand on {system}, silent since {at}. Most money at risk first; an estimate."
SKUS_NONE: Final = "No SKU has a number of {system}."
SKUS_HEARD: Final = "Its source is heard again; this exception has ended."
SKUS_LINE: Final = "*{sku}* {title} · {risk}\n{listings}"
SKUS_RISK: Final = "{amount} at risk"
SKUS_NO_RISK: Final = "nothing at risk"
SKUS_SHOWS: Final = "{system} shows {shows}, can sell {can}"
SKUS_UNLISTED: Final = "on no channel"
SKUS_MORE: Final = "{count} more stand in the file."
SKUS_MORE_CUT: Final = "The first {most} stand in the file; {count} stand on it."
SKUS_CHANNELS: Final = "{listings} · and {count} more"
SKUS_EXPORT: Final = "All of it as a file"
SKUS_EXPORT_LABEL: Final = "All SKUs that stand on {system} as a file"
SKUS_ON_ITS_WAY: Final = "I send you the file of {count} directly; a long one takes a minute."
SKUS_FILE: Final = "{name}: {count} that stand on {system}, as of {at}"
SKUS_FILE_CUT: Final = " (the first {most}; {count} stand on it)"
SKUS_FILE_TITLE: Final = "{name}: {count} of {system}"
SKUS_CSV_HEAD: Final = (
    "sku",
    "title",
    "at_risk",
    "currency",
    "sold_7_days",
    "channel",
    "shows",
    "can_sell",
    "on_sale",
    "read_back",
)
SKUS_ON_SALE: Final = {"yes": "yes", "no": "no", "unknown": "not known"}
