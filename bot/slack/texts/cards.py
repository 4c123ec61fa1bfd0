"""Texts of cards, asks, proofs and of what delivery itself says."""

from __future__ import annotations

from typing import Final

from sync.model.exceptions import ExceptionClass

# -- the card's frame ----------------------------------------------------------------------------------------------------

TEXT_OWNER: Final = " Owner: {owner}."
CHANGED: Final = "What changed"
NEXT: Final = "Who is next"
CLOSES: Final = "What closes it"

MARK_OPEN: Final = ":small_red_triangle:"
MARK_OWNED: Final = ":bust_in_silhouette:"
MARK_PAUSED: Final = ":double_vertical_bar:"
MARK_COUNT: Final = ":1234:"
MARK_APPROVAL: Final = ":raised_hand:"
MARK_RESOLVED: Final = ":white_check_mark:"
MARK_CLEARED: Final = ":ballot_box_with_check:"
MARK_AGAIN: Final = ":repeat:"
MARK_FAILED: Final = ":warning:"
MARK_FIXED: Final = ":pushpin:"
MARK_CAPPED: Final = ":arrow_down_small:"
MARK_HELD: Final = ":package:"
MARK_SNOOZED: Final = ":zzz:"
MARK_MOVED: Final = ":arrow_right:"

STATE_OPEN: Final = "{mark} *Open*, nobody has it. Take it by {by}"
STATE_OPEN_FREE: Final = "{mark} *Open*, nobody has it"
STATE_AGAIN: Final = "{mark} *Open again*, {nth} time. {last}Take it by {by}"
STATE_LAST_FIX: Final = "Last fix: {who}, {ago} ago, “{note}”. "
STATE_OWNED: Final = "{mark} *Owned* by {owner} since {since}. {fix}"
STATE_PAUSED: Final = "{mark} *Paused* by {by} at {at}. {fix}"
STATE_READY: Final = "{mark} *Paused* by {by} at {at}; counts agree, ready to resume. {fix}"
STATE_FIXED: Final = "{mark} *Fixed at {units}* on {system} until {until} by {by}"
STATE_CAPPED: Final = "{mark} *At most {units}* on {system} by {by} at {at}. {fix}"
STATE_CAPPED_READY: Final = (
    "{mark} *At most {units}* on {system} by {by} at {at}; counts agree, ready to show all. {fix}"
)
STATE_COUNT: Final = "{mark} *Count requested* by {by} at {at} at {place}{due}"
STATE_APPROVAL: Final = "{mark} *Waiting for approval* since {at}: {change}"
STATE_WRITING: Final = "{mark} *Correction approved* by {by} at {at}: {change}, not read back yet"
STATE_SENDING: Final = "{mark} *Sending…* since {at} ({span})"
STATE_FAILED: Final = "{mark} *{act} failed* at {at}. {fix}"
STATE_SNOOZED: Final = "{mark} *Snoozed* by {owner} until {until}, or worse than {delta}{note}. {fix}"
STATE_QUOTED: Final = ": “{text}”"
STATE_ALSO: Final = "also: {what}"
ALSO_PAUSED: Final = "paused since {at}"
ALSO_SNOOZED: Final = "snoozed until {at}"
ALSO_FIXED: Final = "fixed since {at}"
STATE_HELD: Final = "{mark} *Held until reviewed*: {orders}, by {by} at {at}. {fix}"
ORDER_AT: Final = "{order} at {system}"
ORDERS_MORE: Final = " and {count} more"
STATE_TO_HOLD: Final = "{mark} *Hold asked for*: {orders}, by {by} at {at}. {fix}"
HOLD_BY_HAND: Final = "to hold by hand: {orders}"
RELEASE_BY_HAND: Final = "to release by hand: {orders}"
ALSO_HELD: Final = "order held since {at}"
ALSO_CAPPED: Final = "capped since {at}"
ALSO_COUNT: Final = "count requested at {at}"
ALSO_APPROVAL: Final = "approval asked at {at}"
FIX_BY: Final = "Fix by {by}"
FIX_LATE: Final = "Late by {span}"
DUE: Final = ", due {by}"

FOLD_RESOLVED: Final = "{mark} *Resolved* by {who}, after {span}: {what}"
FOLD_CLEARED: Final = "{mark} *Cleared by itself* after {span}: {what} Nobody had to act."
FOLD_AGAIN: Final = "{mark} *Open again*, see {card}"
FOLD_AGAIN_CARD: Final = "<{link}|the newer card>"
FOLD_AGAIN_BELOW: Final = "the newer card below"
FOLD_MOVED: Final = "{mark} *Handed to {queue}*, see {card}"
FOLD_SHOWS: Final = "{sku} on {system} shows {shows}, {read}."
CHANGE_AT_COST: Final = "{where} {change}, {value} at cost"
FOLD_WRITTEN: Final = "{system} {place} {was} → {to}, approved by {who}."
FOOT: Final = "{name} · since {since} ({span}), {then}{nth}"
FOOT_OPENED: Final = "opened {at}"
FOOT_OWNED: Final = "owned after {span}"
FOOT_ENDED: Final = "{name} · {outcome}"
FOOT_RUNBOOK: Final = " · <{link}|what to do>"
FOOT_NTH: Final = " · {nth} time"
CARD_FROZEN: Final = ":snowflake: Frozen by {who} since {at}: only decreases, zeros and pauses go out"
SHADOW: Final = "Shadow: nothing is sent to {system}"
UNREAD: Final = "Only lowered until read again: {systems}"

NEXT_ANYONE: Final = "Anyone in {queue}.{told}"
NEXT_TOLD: Final = " At {by} {lead} is told{then}."
NEXT_THEN: Final = ", then {stand_in}"
NEXT_OWNER: Final = "{owner}: {what}"
NEXT_STOP: Final = "pause, or show why not."
NEXT_LOOK: Final = "look into it, or close it with the reason."
NEXT_COUNT: Final = "request a count or resume."
NEXT_FIXED: Final = "end it when its reason is gone; at {until} it ends by itself."
NEXT_CAPPED: Final = "request a count, or show all again."
NEXT_RELEASE: Final = "decide which order ships, then release or cancel the held one."
NEXT_BY_HAND: Final = "do it there by hand, then press Done by hand."
NEXT_UNCAP: Final = "show all again, with a note on what was found."
NEXT_LACKS: Final[dict[str, str]] = {
    "note": "say what was found in a note; counts and channel agree, and it ends with it.",
    "cause": "name the cause; the sum is repaired, and without a cause it comes back.",
}
NEXT_RESUME: Final = "resume, with a note on what was found."
NEXT_SNOOZED: Final = "{owner}, when it wakes or gets worse."
NEXT_COUNTER: Final = "{who} counts. The expected number is not shown to the counter."
NEXT_APPROVERS: Final = "{queue}: {who}. Above {limit} a second person decides."
NEXT_WRITTEN: Final = "{system} itself; I watch for {to} there."
NEXT_SYSTEM: Final = "Nobody; I wait for {system} to answer."
NEXT_FAILED: Final = "{owner}: try again, or ask for help."
NEXT_SHADOW: Final = " I would pause {system}."
APPROVERS: Final = "Approvers"
ANYONE_WITH_RIGHT: Final = "somebody who may approve"
ANYONE_OF: Final = "Anyone in {queue}"
SOMEBODY_OF: Final = "Somebody in {queue}"

CLOSES_RESUME: Final = "A count that agrees, a note, and the listing live again at what we can sell."
CLOSES_DECISION: Final = "A decision; a no changes nothing."
CLOSES_FIXED: Final = "Its end, and {system} showing what we can sell."
CLOSES_RELEASE: Final = "Counts that agree, and each held order released."
CLOSES_UNCAP: Final = "A count that agrees, a note, and the channel showing all that we can sell."
ACT_NAMES: Final[dict[str, str]] = {
    "pause": "Pause",
    "resume": "Resume",
    "count": "Count",
    "correction": "Correction",
    "retry": "Retry",
    "override": "Override",
    "cap": "Showing less",
    "uncap": "Showing all again",
    "hold": "Holding the order",
    "release": "Releasing the order",
    "publish": "Publishing",
    "resend": "Sending the data",
    "file": "Counting the file",
}
CLOSES_COUNT: Final = "The counted number, and then the read-back that agrees with it."
CLOSES_APPROVAL: Final = "A decision, and {system} itself saying {to}."

RISK: Final = "*{amount} at risk*, estimated"
RISK_RATES: Final = ", rates of {day}"
RISK_NO_RATE: Final = ", without sales: no rate for {currency}"
RISK_FIRST: Final = " · first oversell in about {span}"
RISK_HIDDEN: Final = "*{amount} in missed sales*, estimated"
RISK_NONE: Final = "nothing at risk"
RISK_PAUSED: Final = "*{zero} at risk*, was {was}{cost}"
RISK_PAUSE_COST: Final = " · the pause costs up to {cost}"
WHY: Final = "Why {amount}?"
WHY_LABEL: Final = "{button} How the revenue at risk of {name} was computed"
WHY_PAUSE_LABEL: Final = "{button} How the cost of the pause on {name} was computed"
CUSTOMERS_SEE: Final = "*Customers see {shows}* on {system}, {read}"
VERIFIED: Final = ", verified at {system}"
ZERO_ONLY: Final = " (its quantity is 0: {system} cannot pause a listing)"
READ_BACK: Final = "read back {at}"
READ_NOT_YET: Final = "not read back yet"
NOT_KNOWN: Final = "not known"

# -- classes -------------------------------------------------------------------------------------------------------------

CLASS_NAMES: Final[dict[ExceptionClass, str]] = {
    ExceptionClass.EXPOSURE_MISMATCH: "Exposure mismatch",
    ExceptionClass.STALE_FEED: "Stale feed",
    ExceptionClass.FAILED_UPDATE: "Failed update",
    ExceptionClass.WMS_ERP_VARIANCE: "WMS-ERP variance",
    ExceptionClass.MANUAL_OVERRIDE: "Override by hand",
    ExceptionClass.FEED_SUPPRESSION: "Feed suppression",
    ExceptionClass.CATALOG_FAULT: "Catalog fault",
    ExceptionClass.OVERSELL: "Oversell",
    ExceptionClass.NEGATIVE_STOCK: "Negative stock",
    ExceptionClass.STUCK_RESERVATION: "Stuck reservation",
    ExceptionClass.REPORTED: "Reported number",
}
CLASS_SHORT: Final[dict[ExceptionClass, str]] = {
    ExceptionClass.EXPOSURE_MISMATCH: "Exposure",
    ExceptionClass.STALE_FEED: "Feed",
    ExceptionClass.FAILED_UPDATE: "Update",
    ExceptionClass.WMS_ERP_VARIANCE: "WMS-ERP",
    ExceptionClass.MANUAL_OVERRIDE: "Override",
    ExceptionClass.FEED_SUPPRESSION: "Suppress",
    ExceptionClass.CATALOG_FAULT: "Catalog",
    ExceptionClass.OVERSELL: "Oversell",
    ExceptionClass.NEGATIVE_STOCK: "Negative",
    ExceptionClass.STUCK_RESERVATION: "Reserved",
    ExceptionClass.REPORTED: "Reported",
}

TITLE_OVER: Final = "{sku}: {system} shows {count} too many"
TITLE_UNDER: Final = "{sku}: {system} shows {count} too few"
TITLE_UNLIMITED: Final = "{sku}: {system} sells without a limit"
TITLE_PAUSED: Final = "{sku}: paused on {system}"
TITLE_PAUSE_FAILED: Final = "{sku}: pause failed, still selling"
TITLE_FAILED: Final = "{sku}: {system} did not take {wanted}"
TITLE_FAILED_OTHER: Final = "{sku}: {system} did not take our update"
TITLE_REFUSED: Final = "{system} refuses us"
TITLE_UNACKNOWLEDGED: Final = "{system} has not acknowledged {family}"
FAMILY: Final = "family {family}"
FAMILY_NONE: Final = "SKUs without a family"
TITLE_STALE: Final = "{system} is silent since {at}"
TITLE_UNMAPPED: Final = "{system} names {count} we do not know"
TITLE_UNUSABLE: Final = "{system} sent {count} we cannot use"
TITLE_COLLISION: Final = "{sku}: one code on {things} at {system}"
TITLE_GTIN: Final = "{sku}: its barcode is no GTIN"
TITLE_OVERRIDE: Final = "{sku}: somebody set {shows} on {system}"
TITLE_FIXED: Final = "{sku}: {system} fixed at {units}"
TITLE_AGAIN: Final = "{title}, again"
TITLE_PLAIN: Final = "{what}: {cls}"

SHOWS: Final = "*{delta}* · shows {shows}, can sell {can}"
SHOWS_SHOULD: Final = "*{delta}* · shows {shows}, should be {can}"
WAITING: Final = "*{waiting}* · oldest since {since}"
UNACKNOWLEDGED: Final = "*{skus}* without its word"
SILENT: Final = "*{skus}* · since {since} ({span})"
CODES: Final = "*{codes}* kept until they are mapped"
COLLIDING: Final = "*{things}* with one code; nothing is published to them until somebody owns this"
BARCODE: Final = "{written} is kept as it is"
PARTS: Final = "*{parts}* kept, not used"
DIFFERENCE: Final = "*{delta}*"

CLOSES_OVER: Final = "{system} shows {can} or less when we read it back."
CLOSES_UNDER: Final = "{system} shows {can} when we read it back."
CLOSES_UPDATE: Final = "{system} shows {can} when we read it back."
CLOSES_ACCOUNT: Final = "{system} takes our updates again."
CLOSES_UNACKNOWLEDGED: Final = "The word of {system} on each of them, or policy that asks for none."
CLOSES_STALE: Final = "A new file or message whose content is newer than {at}."
CLOSES_UNMAPPED: Final = "Each code mapped to one product, or ignored in policy."
CLOSES_COLLISION: Final = "The code on one thing only at {system}, or a person says which is meant."
CLOSES_GTIN: Final = "A barcode with a right check digit in the catalogue, or a person says why it stays."
CLOSES_UNUSABLE: Final = "A delivery that can be used, or a person says why it does not matter."
CLOSES_OVERRIDE: Final = "{system} shows {can}, or a person says why it stays."
CLOSES_ANY: Final = "The difference is gone when we read it back, or a person closes it with the reason."

# -- buttons -------------------------------------------------------------------------------------------------------------

BUTTON: Final[dict[str, str]] = {
    "pause": "Pause listing",
    "resume": "Resume listing",
    "override": "Override",
    "endoverride": "End override",
    "nothing": "Treat as 0 now",
    "vouch": "Extend trust",
    "bypolicy": "By policy again",
    "countfile": "Count it anyway",
    "cap": "Show less",
    "uncap": "Show all again",
    "hold": "Hold order",
    "release": "Release order",
    "byhand": "Done by hand",
    "count": "Request count",
    "entercount": "Enter count",
    "correct": "Propose correction",
    "decide": "Decide",
    "take": "Take it",
    "agree": "Agree",
    "disagree": "Disagree",
    "giveback": "Give back",
    "wake": "Wake now",
    "handover": "Hand over",
    "snooze": "Snooze",
    "finance": "Route to finance",
    "vendor": "Route to vendor",
    "sendback": "Send back",
    "more": "More actions",
    "retry": "Try again",
    "zero": "Set to 0 instead",
    "reopen": "Open again",
    "export": "Download proof",
    "verify": "Check it yourself",
    "choose": "Choose the product",
    "askfeed": "Ask for a feed",
    "askreason": "Ask for the reason",
    "senddata": "Send the right data",
    "givereason": "Give the reason",
    "publish": "Undo: publish {units}",
    "skus": "Show the SKUs",
    "free": "Release units",
    "keep": "Keep until",
    "undo": "Undo",
    "withdraw": "Withdraw request",
    "cancelcount": "Cancel the count",
    "remind": "Remind the counter",
    "help": "Ask for help",
    "stillonit": "Still on it",
    "note": "Add note",
    "close": "Not a problem",
    "cause": "Name the cause",
    "picture": "All channels and orders",
    "proof": "Proof",
}
BUTTON_LABEL: Final[dict[str, str]] = {
    "pause": "{button}: {sku} on {system}",
    "resume": "{button}: {sku} on {system}",
    "override": "{button}: {sku} on {system}",
    "endoverride": "{button}: {sku} on {system}",
    "nothing": "{button}: {system}",
    "vouch": "{button}: {system}",
    "bypolicy": "{button}: {system}",
    "countfile": "{button}: the held file of {system}",
    "cap": "{button}: {sku} on {system}",
    "uncap": "{button}: {sku} on {system}",
    "hold": "{button} of {sku}",
    "release": "{button} of {sku}",
    "byhand": "{button}: {name}",
    "count": "{button} of {sku}",
    "entercount": "{button} of {sku}",
    "correct": "{button} of {sku}",
    "decide": "{button} on the correction of {sku}",
    "take": "{button}: {name}",
    "agree": "Agree: I would have paused {sku}, too",
    "disagree": "Disagree: I would not have paused {sku}",
    "giveback": "{button}: {name}",
    "wake": "{button}: {name}",
    "handover": "{button}: {name}",
    "snooze": "{button}: {name}",
    "finance": "{button}: {name}",
    "vendor": "{button}: {name}",
    "sendback": "{button}: {name}",
    "more": "{button} on {name}",
    "retry": "{button}: the failed update of {name}",
    "zero": "{button}: {sku} on {system}",
    "reopen": "{button}: {name}",
    "export": "{button} of {name}",
    "verify": "{button}: the proof of {name}",
    "choose": "{button}: {name}",
    "askfeed": "{button} of {system}",
    "askreason": "{button}: {sku} on {system}",
    "senddata": "{button} of {sku} to {system}",
    "givereason": "{button}: {sku} on {system}",
    "publish": "{button}: {sku} on {system}",
    "skus": "{button} that stand on {system}",
    "free": "{button} of {sku}",
    "keep": "{button}: {sku} on {system}",
    "undo": "{button} what you did on {name}",
    "withdraw": "{button}: {name}",
    "cancelcount": "{button} of {sku}",
    "remind": "{button} of {sku}",
    "help": "{button} with {name}",
    "stillonit": "{button}: {name}",
    "note": "{button} to {name}",
    "close": "{button}: close {name}",
    "cause": "{button}: {name}",
    "picture": "{button} of {sku}",
    "proof": "{button} of {name}",
}
"""What a screen reader says; it holds the button's own words, so that people who speak to their device can name it."""

# -- asks, proof, thread -------------------------------------------------------------------------------------------------

ASK_COUNT_TITLE: Final = "Count {sku} at {place}"
ASK_COUNT_STATE: Final = "{mark} *Count asked* by {by} at {at}{due}"
ASK_COUNT_BODY: Final = "{who} counts what is there: sellable units only. The expected number is not shown."
ASK_COUNT_DONE: Final = "{mark} *Counted* by {who} at {at}. Thank you."
ASK_COUNT_OVER: Final = "{mark} *No longer needed*: the exception has ended."
ASK_COUNT_AGAIN: Final = "{mark} *No longer needed*: this count was taken back."
ASK_DECIDE_TITLE: Final = "Approve {system}, {place}: {was} → {to}"
ASK_FREE_TITLE: Final = "Approve releasing {units} of {sku}"
ASK_DECIDE_STATE: Final = "{mark} *Waiting for approval* since {at}, asked by {by}"
ASK_DECIDE_NUMBERS: Final = "*{delta}* · *{value} at cost* · {cause}"
ASK_DECIDE_WHY: Final = "{who} can decide: above {limit} a second person does, and nobody who gave the number."
ASK_DECIDE_DONE: Final = "{mark} *Approved* by {who} at {at}: {change}"
ASK_DECIDE_ALONE: Final = "{mark} *Written by {who}* at {at}, within the limit: {change}"
ASK_DECIDE_REFUSED: Final = "{mark} *Not approved* by {who} at {at}: {why}"
ASK_DECIDE_OVER: Final = "{mark} *No longer asked*: {change}"
ASK_QUOTE: Final = "> {who}: {text}"

PROOF_TITLE_RIGHT: Final = "{sku}: {system} is right again"
PROOF_TITLE: Final = "{what}: closed"
PROOF_STATE: Final = "{mark} *Resolved* by {who} at {at}, after {span}: *{outcome}*"
PROOF_STATE_CLEARED: Final = "{mark} *Cleared by itself* at {at}, after {span}"
PROOF_UNITS: Final = "Units"
PROOF_BEFORE: Final = "Before"
PROOF_AFTER: Final = "After"
PROOF_ROW_SHOWS: Final = "{system} shows"
PROOF_ROW_CAN: Final = "Can sell there"
PROOF_TRIGGER: Final = "*What changed* {text}{event}"
PROOF_EVENT: Final = " (event {event})"
PROOF_APPROVED: Final = "*Approved* {text}"
PROOF_CHANNEL: Final = "*Channel update* {text}"
PROOF_CAUSE: Final = "*Cause* {cause}"
PROOF_OWNER: Final = "*Owner* {who} from {at}"
PROOF_NOBODY: Final = "*Owner* nobody had to act"
PROOF_ACTIONS: Final = "*Actions* {what}"
PROOF_NOTE: Final = "*Note* {text}"
PROOF_READ: Final = "*Customers see* {system} {live}, shows {shows}, read back {at}"
PROOF_READ_NONE: Final = "*Customers see* not read back: {why}"
PROOF_NEVER_READ: Final = "{system} was not read since"
PROOF_NO_CHANNEL: Final = "no listing of a channel belongs to this"
PROOF_LIVE: Final = "live"
PROOF_OFF: Final = "off sale"
PROOF_FOOT: Final = "{name} · {owner}fixed after {fixed}{limit}"
PROOF_FOOT_OWNER: Final = "owner after {span}{limit} · "
PROOF_LIMIT: Final = " (limit {span})"
PROOF_CHAIN: Final = "{entries}, last `{hash}`"
PROOF_ACT: Final[dict[str, str]] = {
    "pause": "paused {at} ({who})",
    "resume": "resumed {at} ({who})",
    "override": "fixed at {units} {at} ({who})",
    "cap": "capped at {units} {at} ({who})",
    "uncap": "all shown again {at} ({who})",
    "hold": "order held {at} ({who})",
    "release": "order released {at} ({who})",
    "count": "counted {units} {at} ({who})",
    "correction": "corrected {delta}, {value} at cost, {decided}",
    "retry": "tried again {at} ({who})",
    "free": "{units} released {at} ({who})",
    "nothing": "counted as 0 {at} ({who})",
    "vouch": "vouched for {at} ({who})",
    "file": "held file counted {at} ({who})",
    "choose": "product chosen {at} ({who})",
    "ask": "asked {at} ({who})",
    "reason": "reason given {at} ({who})",
    "resend": "data sent again {at} ({who})",
    "publish": "{units} published over it {at} ({who})",
}
PROOF_DECIDED: Final = "approved {at} ({who})"

# -- delivery ------------------------------------------------------------------------------------------------------------

CHANNEL_GONE: Final = (
    "{channel} {trouble}. What it should show comes here until the queue {queue} has another channel: set"
    " `queues.{queue}.channel` in the policy."
)
PERSON_GONE: Final = (
    "Slack takes no direct messages to {name} ({trouble}), as if they had left. What they were to be told alone was given up; it"
    " stands on the cards. Put somebody else in their place in the policy."
)
CHANNEL_RENAMED: Final = (
    "{channel} is called #{name} now. I go on posting there; set `queues.{queue}.channel` in the policy to the new name, or I do"
    " not find it at the next start."
)
WENT_HOME: Final = "{name} is in {channel} again."
CHANNEL_TROUBLE: Final[dict[str, str]] = {
    "channel_not_found": "cannot be found, or I am not in it",
    "not_in_channel": "does not have me as a member; invite me there",
    "is_archived": "is archived",
    "restricted_action": "does not let me post",
}
CANNOT_DRAW: Final = "(This could not be drawn here; the text says it all.)"
