"""Texts of acts on many exceptions at once."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

# -- the form ------------------------------------------------------------------------------------------------------------

BULK_TITLE: Final = "Act on many"
BULK_OPEN: Final = "Act on the {count}"
BULK_OPEN_ALL: Final = "Act on all {count}"
BULK_STORM_LABEL: Final = "Act on many exceptions of storm {name}"
BULK_LIST_LABEL: Final = "Act on the {count} of this list"
BULK_ABOUT_STORM: Final = "*{name}* {cause}: {count}, {exposed} of them with {risk} at risk."
BULK_ABOUT_LIST: Final = "{count}: {words}."
BULK_EVERYTHING: Final = "all queues"
BULK_WHO: Final = "Which ones"
BULK_AT_RISK: Final = "All at risk ({count})"
BULK_ABOVE: Final = "Above an amount at risk"
BULK_ALL: Final = "All {count}"
BULK_CHOSEN: Final = "Chosen ones"
BULK_ABOVE_FIELD: Final = "At risk above"
BULK_ABOVE_HINT: Final = "An amount in {currency}, like 500."
BULK_CHOSEN_FIELD: Final = "Exceptions"
BULK_CHOSEN_HINT: Final = "The {count} most urgent can be chosen here."
BULK_CHOSEN_OPTION: Final = "{name} {what}{risk}"
BULK_WHAT: Final = "What to do"
BULK_DEEDS: Final = {
    "pause": "Pause listings (0 where it cannot pause)",
    "cap": "Show less",
    "hold": "Hold orders",
    "take": "Take them",
    "count": "Request counts",
    "snooze": "Snooze",
    "close": "Not a problem",
    "resume": "End our stops: resume, show all again",
    "release": "Release held orders",
}
BULK_OWNED: Final = "Also"
BULK_OWNED_BOX: Final = "what somebody else has"
BULK_LOOK: Final = "See what it does"
BULK_NO_WHO: Final = "Choose which ones."
BULK_NO_AMOUNT: Final = "Write an amount, like 500."
BULK_NO_CHOSEN: Final = "Choose at least one."
BULK_NO_DEED: Final = "Choose what to do."

# -- what it would do ----------------------------------------------------------------------------------------------------

BULK_CHANNELS: Final = Plural("{n} channel", "{n} channels")
BULK_SHOW_NO_NUMBER: Final = Plural("{n} listing shows no number.", "{n} listings show no number.")
BULK_WOULD: Final = {
    "pause": "Would pause {listings} on {channels}: customers see {then} instead of {now}.",
    "cap": "Would show at most {most} on {listings} on {channels}: customers see {then} instead of {now}.",
    "hold": "Would hold {orders} of {items}: nobody ships them until they are released.",
    "take": "You would own {items}.",
    "count": "Would ask the warehouse for {items}' counts. The expected numbers are not shown.",
    "snooze": "Would be quiet about {items} {until}. Getting worse wakes each of them, and their limits keep running.",
    "close": "Would close {items} as {outcome}. What customers see stays.",
    "resume": "Would end our stops on {listings} on {channels}: customers see {then} instead of {now}.",
    "release": "Would release {orders} of {items}: they may be shipped.",
}
BULK_UNTIL: Final = "until {at}"
BULK_UNTIL_WORSE: Final = "until they worsen"
BULK_SAVES: Final = "Saves about {saves}{costs}. Estimates."
BULK_COSTS: Final = ", costs up to {costs} in missed sales"
BULK_LEFT: Final = "*{count} left out*: {reasons}."
BULK_OWNED_BY: Final = Plural("{n} is {who}'s", "{n} are {who}'s")
BULK_WHY: Final = {
    "changed": "{count} changed",
    "ended": "{count} ended",
    "rights": "{count} not yours to act on",
    "shadow": "{count} in shadow",
    "cannot": "{count} where nothing can be done by us",
    "already": "{count} done already",
    "nothing": "{count} with nothing to do",
    "refused": "{count} that the act itself refuses",
    "fault": "{count} for a fault of ours",
}
BULK_REASON: Final = "*Why*: {note}"
BULK_SECOND: Final = (
    ":raised_hand: More than {above} needs a second person: {who} is asked, and nothing is done before that."
)
BULK_FROZEN: Final = (
    "Exactly these, as they are now. What changes meanwhile is left out and named. This form is yours for 10 min, once."
)
BULK_SHOW: Final = "Show the list"
BULK_SHOW_LABEL: Final = "Show the list of {name}"
BULK_SUBMIT: Final = {
    "pause": "Pause {count}",
    "cap": "Show less on {count}",
    "hold": "Hold orders of {count}",
    "take": "Take {count}",
    "count": "Ask for {count} counts",
    "snooze": "Snooze {count}",
    "close": "Close {count}",
    "resume": "Resume {count}",
    "release": "Release {count}",
}
BULK_SUBMIT_ASK: Final = "Ask for {count}"
BULK_LOOKING: Final = "Looked at {done} of {count}…"
BULK_NOTHING: Final = "Nothing would be done."
BULK_BEGUN: Final = "{name}: {doing}, {count}. Your direct messages say how far it is, and what came of it."
BULK_ASKED: Final = (
    "{name}: a second person is asked. Your direct messages say what they decide; nothing is done before."
)
BULK_UNKNOWN: Final = "Not known yet: your direct messages will say what came of it."

# -- the list ------------------------------------------------------------------------------------------------------------

BULK_LIST_TITLE: Final = "The list"
BULK_LIST_HEAD: Final = "*{name}*: the first {shown} of {count}. All of them are in the file in your direct messages."
BULK_LIST_LINE: Final = "{name} {what}{sees}"
BULK_LIST_SEES: Final = ": {now} → {then}"
BULK_LIST_LEFT: Final = "{name} {what}: _left out_"
BULK_FILE: Final = "{name}: all {count} of its frozen list"
BULK_CSV_HEAD: Final = (
    "exception",
    "version",
    "sku",
    "systems",
    "state",
    "why",
    "said",
    "shows_now",
    "shows_then",
    "at_risk",
    "currency",
    "owner",
)

# -- how it goes ---------------------------------------------------------------------------------------------------------

BULK_DOING: Final = {
    "pause": "pausing",
    "cap": "showing less",
    "hold": "holding orders",
    "take": "taking",
    "count": "asking for counts",
    "snooze": "snoozing",
    "close": "closing",
    "resume": "ending our stops",
    "release": "releasing orders",
}
BULK_DID: Final = {
    "pause": "paused",
    "cap": "showing less",
    "hold": "orders held",
    "take": "taken",
    "count": "counts asked for",
    "snooze": "snoozed",
    "close": "closed",
    "resume": "our stops ended",
    "release": "orders released",
}
BULK_PROGRESS: Final = ":hourglass_flowing_sand: *{name}: {doing}*, {done} of {count} done{apart}. {chosen}."
BULK_APART: Final = ", {count} left out"
BULK_DONE: Final = ":white_check_mark: *{name} is done: {did} on {done} of {count}.* {chosen}."
BULK_DONE_CARDS: Final = "Each exception says when customers see it."
BULK_LEFT_NAMED: Final = "{count} left out: {reasons} ({names})."
BULK_WAITS: Final = ":raised_hand: *{name} waits for a second person* until {until}: {doing}, {count}. {chosen}."
BULK_WAS_REFUSED: Final = ":ballot_box_with_check: *{name}: {who} refused it at {at}.* Nothing was done."
BULK_WAS_EXPIRED: Final = ":ballot_box_with_check: *{name}: nobody decided in time.* Nothing was done."
BULK_QUOTE: Final = "> {text}"

# -- the second person ---------------------------------------------------------------------------------------------------

BULK_ASK_TITLE: Final = "{doing}: {count}?"
BULK_ASK_STATE: Final = ":raised_hand: *Waiting for a second person* since {at}, until {until}. Asked by {by}"
BULK_ASK_WHY: Final = "{who}: {by} cannot decide on it. Above {above} a second person does."
BULK_ASK_WAS: Final = ":white_check_mark: *{who} approved {name} at {at}.*"
BULK_DECIDE: Final = "Decide"
BULK_DECIDE_LABEL: Final = "Decide on {name}"
BULK_DECIDE_TITLE: Final = "Approve an act on many"
BULK_DECIDE_STILL: Final = "{same} of {count} are still as they were shown; what changed is left out."
BULK_DECIDE_APPROVE_ABOUT: Final = "It begins at once"
BULK_DECIDE_REJECT_ABOUT: Final = "Nothing is done, {who} is told why"
BULK_DECIDE_HINT: Final = "Needed when you reject. Goes into the proof."
BULK_APPROVED: Final = "{name} begins. Its cards say what comes of it."
BULK_REJECTED: Final = "{name}: nothing is done, and {who} is told why."
