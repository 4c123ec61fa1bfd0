"""Texts of modals."""

from __future__ import annotations

from typing import Final

from sync.inbox.acts import CAUSES as _CAUSES
from sync.inbox.acts import PAUSE_REASONS as _PAUSE_REASONS

# -- modals --------------------------------------------------------------------------------------------------------------

NOT_NOW: Final = "Not now"
CLOSE: Final = "Close"
READING_TITLE: Final = "One moment"
READING: Final = "Reading the latest numbers…"
REFUSED_TITLE: Final = "Not possible"
DONE_ALREADY_TITLE: Final = "Already done"
YOUR_NOTE: Final = "Your note:"
ADD_AS_NOTE: Final = "Add as a note"
UNKNOWN_TITLE: Final = "Not known yet"
BROKEN_TITLE: Final = "Something broke"
BROKEN: Final = "Something broke on our side (ref {ref}). Look at the card before you try again; the ops lead has it."
GONE: Final = "There is no {name}."
TOO_LATE: Final = "That took too long to open. Nothing was changed; please click again."
OLD_BUTTON: Final = "This button is not one that I know any more. Nothing was changed; use the newest card."

REASON: Final = "Reason"
NOTE: Final = "Note"
NOTE_HINT: Final = "Goes into the proof."
CHOOSE: Final = "Choose"

PAUSE_TITLE: Final = "Pause listing"
PAUSE_SEE: Final = "{system} shows {shows}. It will show 0, usually within 2 min.{orders}"
PAUSE_ZERO: Final = " {system} cannot pause a listing, so its quantity is set to 0."
PAUSE_ORDERS: Final = " {orders} stay and ship."
PAUSE_REST: Final = "{system} goes on selling (shows {shows})."
PAUSE_COST: Final = "Costs up to {cost} in missed sales, saves about {risk}. Estimates."
PAUSE_SAVES: Final = "Saves about {risk}, estimated."
PAUSE_WHERE: Final = "Where"
PAUSE_WHERE_OPTION: Final = "{system} (shows {shows})"
PAUSE_WHERE_MORE: Final = "{count} are not listed here; pause those from their own cards."
PAUSE_WHY: Final = "Why"
PAUSE_WHYS: Final[dict[str, str]] = dict(_PAUSE_REASONS)
CAUSE_NAMES: Final[dict[str, str]] = {cause: cause.capitalize() for cause in _CAUSES}
PAUSE_BACK: Final = "It stays off sale until somebody resumes it."
PAUSE_SUBMIT: Final = "Pause {count}"
PAUSE_SUBMIT_NONE: Final = "Pause"
PAUSE_NO_LISTING: Final = "Choose at least one listing."
PAUSE_NO_REASON: Final = "Choose why; it goes into the proof."
PAUSE_NO_NOTE: Final = "Say in a few words why; it goes into the proof."

RESUME_TITLE: Final = "Resume listing"
RESUME_NOTE: Final = "What was found"
RESUME_NOTE_HINT: Final = "It is the closing note and goes into the proof."
RESUME_SUBMIT: Final = "Resume"
RESUME_SUBMIT_WITH: Final = "Resume with {units}"

CAP_TITLE: Final = "Show less"
CAP_WHERE: Final = "Where"
CAP_WHERE_OPTION: Final = "{system} (shows {shows})"
CAP_UNITS: Final = "Show at most"
CAP_UNITS_HINT: Final = "Units. Fewer are shown when fewer can be sold."
CAP_SUBMIT: Final = "Show less"
CAP_STANDS: Final = "It stands until somebody shows all again; until then the exception stays open."
CAP_NO_LISTING: Final = "Choose where."
CAP_NO_REASON: Final = "Say why; it goes into the proof."
CAP_NONE: Final = "There is no listing here whose quantity we write."
CHOOSE_PRODUCT_TITLE: Final = "Choose the product"
CHOOSE_PRODUCT_PREVIEW: Final = (
    "Say which product a code means. What was told of it is counted for that product; before and after come first."
)
CHOOSE_CODE: Final = "Code"
CHOOSE_SKU: Final = "It is this product"
CHOOSE_SKU_HINT: Final = "Its SKU, as /inventory sku finds it. Nothing is guessed."
CHOOSE_LOOK: Final = "Show what it does"
CHOOSE_DO: Final = "Do exactly this"
CHOOSE_WOULD: Final = "{code} will mean {sku}, and not {old}. {facts} move."
CHOOSE_NOTHING: Final = "nothing"
CHOOSE_BEFORE: Final = "Before"
CHOOSE_AFTER: Final = "After"
CHOOSE_UNDO: Final = "It is undone by choosing another product, from a shell: `countersign map`."
FREE_TITLE: Final = "Release units"
FREE_ORDERS: Final = "Orders that hold them no longer"
FREE_SUBMIT: Final = "Release"
FREE_LIMIT: Final = (
    "Above {limit} at cost a second person decides. The shop is told nothing: cancel or ship the order there."
)
FREE_WHAT: Final = "*{sku}*\nAsked by {by} at {at}: {reason}"
FREE_PREVIEW: Final = (
    "{units} of {orders} could be sold again, {value} at cost. The orders stay in the shop as they are."
)
FREE_APPROVE_ABOUT: Final = "They can be sold again"
FREE_REJECT_ABOUT: Final = "They go on being held, and whoever asked is told why"
HOLD_TITLE: Final = "Hold order"
HOLD_ORDERS: Final = "Orders to hold"
HOLD_OPTION: Final = "{order} at {system}, {units}"
HOLD_SUBMIT: Final = "Hold"
HOLD_STANDS: Final = (
    "Nobody ships it until somebody releases it. It goes on weighing; until then the exception stays open."
)
HOLD_NO_ORDER: Final = "Choose at least one order."
HOLD_NO_REASON: Final = "Say why; it goes into the proof."
RELEASE_TITLE: Final = "Release order"
RELEASE_ORDERS: Final = "Orders to release"
RELEASE_SUBMIT: Final = "Release"
UNCAP_TITLE: Final = "Show all again"
UNCAP_SUBMIT: Final = "Show all"

OVERRIDE_TITLE: Final = "Override"
OVERRIDE_OPTION: Final = "{system} (shows {shows})"
OVERRIDE_UNITS: Final = "Show exactly"
OVERRIDE_ENDS: Final = "Ends"
OVERRIDE_FOR: Final = "after {span}"
OVERRIDE_OWNER: Final = "Owner"
OVERRIDE_LIMIT: Final = (
    "It lowers freely. Units that are not there, worth more than {limit} at cost, need a second person."
)
OVERRIDE_SUBMIT: Final = "Set it"
OVERRIDE_NO_END: Final = "Choose when it ends."
OVERRIDE_NO_OWNER: Final = "Reason and owner are needed."
END_OVERRIDE_TITLE: Final = "End override"
END_OVERRIDE_NO_NOTE: Final = "Say what was found; it is the closing note."
END_OVERRIDE_SUBMIT: Final = "End it"

FREEZE_TITLE: Final = "Freeze"
FREEZE_ALL: Final = "All channels"
FREEZE_PREVIEW: Final = (
    "Only decreases, zeros and pauses go out there until a second person thaws it."
    " Nothing is raised, resumed or corrected."
)
FREEZE_HINT: Final = "Everybody sees it on cards, Home and the pinned summaries."
FREEZE_SUBMIT: Final = "Freeze"
FREEZE_NO_CHANNEL: Final = "There is no channel {word}. Channels: {channels}."
THAW_TITLE: Final = "Thaw"
THAW_PREVIEW: Final = "What waited goes out, each at its newest number."
THAW_SUBMIT: Final = "Thaw"
THAW_NOTHING: Final = "Nothing is frozen."
FROZEN: Final = ":snowflake: Frozen: {system} by {who} since {at}: {why}. Only decreases go out"

COUNT_TITLE: Final = "Request count"
COUNT_WHERE: Final = "Where"
COUNT_WHO: Final = "Who"
COUNT_WHO_HINT: Final = "Left empty, anyone in the warehouse queue may count."
COUNT_BY: Final = "By"
COUNT_SUBMIT: Final = "Request"
COUNT_NO_PLACE: Final = "Choose where to count."

ENTER_TITLE: Final = "Enter count"
ENTER_WHAT: Final = "*{sku}* · {place}"
ENTER_HOW: Final = "Count what you see: sellable units only."
ENTER_UNITS: Final = "Units"
ENTER_UNITS_HINT: Final = "Single units, 0 or more."
ENTER_UNSELLABLE: Final = "Not sellable, if any"
ENTER_AT: Final = "Counted at"
ENTER_REMARK: Final = "Remark"
ENTER_AGAIN: Final = "Units, typed again"
ENTER_SUBMIT: Final = "Save count"
ENTER_WHOLE: Final = "Whole units, 0 or more."

CORRECT_TITLE: Final = "Propose correction"
CORRECT_WHICH: Final = "Which number"
CORRECT_OPTION: Final = "{system}, {place}: {units}"
CORRECT_UNITS: Final = "New count"
RESUME_NO_NOTE: Final = "Say what was found; it is the closing note."
CORRECT_CAUSE: Final = "Cause"
CAUSE_TITLE: Final = "Name the cause"
CAUSE_PREVIEW: Final = (
    "The sum of {name} is repaired. Say why it was wrong: that is shown on the next card if it returns."
)
CAUSE_PREVIEW_AGAIN: Final = (
    "{name} is here for the {nth} time. Say why it comes back: that is told with it if it returns once more."
)
CAUSE_NOTE: Final = "What was found"
CAUSE_NONE: Final = "Choose the cause; it stays open as long as it is unknown."
CAUSE_SUBMIT: Final = "Save cause"
CORRECT_LIMIT: Final = "Above {limit} at cost a second person decides; nobody approves a number they gave."
CORRECT_SUBMIT: Final = "Send for approval"
CORRECT_NO_CHOICE: Final = "Choose which number is wrong."
CORRECT_NO_CAUSE: Final = "Choose the cause; “unknown” is a choice, and keeps the exception open."
CORRECT_NO_REASON: Final = "Say why; it goes into the proof."

DECIDE_TITLE: Final = "Approve correction"
DECIDE_WHAT: Final = "*{sku}* at *{place}*\nAsked by {by} at {at}: {reason}"
DECIDE_PREVIEW: Final = (
    "On hand goes from {was} to {to} ({delta}). {value}What customers see stays the same until it is read."
)
DECIDE_VALUE: Final = "Value at cost goes from {was} to {to} ({delta}). "
DECIDE_EVIDENCE: Final = "*Evidence*\n{counts}\n*Then*\n{then}"
DECIDE_COUNT: Final = "{system}: {units}, {at}"
DECIDE_COUNT_BLIND: Final = "{units} counted by {who}, blind, {at}"
DECIDE_NO_COUNT: Final = "No count yet."
DECIDE_WRITE: Final = (
    "We write {to} to {system} only if it still says {was}. If not, nothing is written and you are told."
)
DECIDE_TASK: Final = "{system} cannot be written by me: somebody sets {to} there, and I watch until it says so."
DECIDE_WHY: Final = (
    "You are asked because {value} is above {limit} (rule `corrections`, policy {policy}). {givers} gave the number and"
    " cannot approve it."
)
DECIDE_WHY_NO_RATE: Final = (
    "You are asked because its value is not known: policy {policy} has no rate for {currency}. Whoever gave the number cannot"
    " approve it."
)
DECIDE_YOURS: Final = "Your decision"
DECIDE_APPROVE: Final = "Approve"
DECIDE_APPROVE_ABOUT: Final = "Write {to} to {system}, {place}"
DECIDE_REJECT: Final = "Reject"
DECIDE_REJECT_ABOUT: Final = "Nothing is written, {who} is told why"
DECIDE_RECOUNT: Final = "Count again"
DECIDE_RECOUNT_ABOUT: Final = "Nothing is written, this request ends"
DECIDE_REASON_HINT: Final = "Needed when you reject or ask for another count. Goes into the proof."
DECIDE_SUBMIT: Final = "Send decision"
DECIDE_NO_CHOICE: Final = "Choose one."
DECIDE_NO_REASON: Final = "Whoever asked will read it: say why."
DECIDE_TABLE_ON_HAND: Final = "On hand"
DECIDE_TABLE_CHANGE: Final = "  change"
DECIDE_TABLE_VALUE: Final = "Value at cost"
DECIDE_TABLE_NOW: Final = "Now"
DECIDE_TABLE_AFTER: Final = "After"

HAND_TITLE: Final = "Hand over"
HAND_TO: Final = "To whom"
HAND_PERSON: Final = "{name} ({works})"
HAND_PERSON_OF: Final = "{name}, {queue} ({works})"
HAND_SUGGESTED: Final = "{name} has least open work in this queue. Empty: anyone in the queue below."
HAND_QUEUE: Final = "Or to which queue"
HAND_QUEUE_HINT: Final = "Its people may act then, and this queue may not any more."
HAND_REASON_HINT: Final = "They read it first. Goes into the proof."
HAND_SUBMIT: Final = "Hand over"
HAND_NOBODY: Final = "Choose a person or a queue."
HAND_NO_REASON: Final = "Say in a few words why; they read it first."

SNOOZE_TITLE: Final = "Snooze"
SNOOZE_UNTIL: Final = "Quiet for"
SNOOZE_OPTION: Final = "{span}, or until it worsens"
SNOOZE_WORSE: Final = "Until it worsens, 7 days at most"
SNOOZE_WHY: Final = "What it waits for"
SNOOZE_SUBMIT: Final = "Snooze"
SNOOZE_NO_TIME: Final = "Choose how long."
SNOOZE_NO_REASON: Final = "Say what it waits for; it goes into the proof."

MORE_TITLE: Final = "More actions"
MORE_NONE: Final = "There is nothing else to do here."
ABOUT: Final[dict[str, str]] = {
    "pause": "*Pause listing*: customers see 0 there until somebody resumes it.",
    "resume": "*Resume listing*: back on sale, with the closing note.",
    "cap": "*Show less*: at most so many units on one channel, until you show all again.",
    "uncap": "*Show all again*: ends the cap, with the closing note.",
    "hold": "*Hold order*: chosen orders are not shipped until you release them.",
    "release": "*Release order*: it may be shipped again, with the closing note.",
    "byhand": "*Done by hand*: you made the holds and releases there that we cannot make.",
    "override": "*Override*: a fixed number for one listing, with owner and end; above what is there a second person decides.",
    "endoverride": "*End override*: what can be sold is shown again.",
    "nothing": "*Treat as 0 now*: nothing of this source's stock is promised until it is heard again or you take it back.",
    "vouch": "*Extend trust*: its last numbers count in full until a time; above the limit a second person decides.",
    "countfile": "*Count it anyway*: the held file counts, since you know it is true; above the limit a second person decides.",
    "bypolicy": "*By policy again*: takes back what was said of this source.",
    "count": "*Request count*: the warehouse counts, blind.",
    "retry": "*Try again*: send what failed once more.",
    "zero": "*Set to 0 instead*: the quantity shown there becomes 0, until you show all again.",
    "keep": "*Keep until*: what somebody set there stands until a time, in your name and with a reason.",
    "free": "*Release units*: chosen old orders hold their units no longer; above the limit a second person decides.",
    "senddata": "*Send the right data*: the listing goes back where it was shown, and is read back; else a task.",
    "askreason": "*Ask for the reason*: why somebody set that number, of a person or of the queue.",
    "givereason": "*Give the reason*: why that number was set, and who stands for it; the number stays.",
    "publish": "*Undo*: our number is published over one that was set too low, once, and read back.",
    "askfeed": "*Ask for a feed*: whom policy names for this source, in Slack or by hand; the card says who asked.",
    "skus": "*Show the SKUs*: what stands on this source, the most money at risk first, and all of it as a file.",
    "choose": "*Choose the product*: say which product a code means; before and after are shown first.",
    "withdraw": "*Withdraw request*: nothing is written, and nobody is asked any more.",
    "cancelcount": "*Cancel the count*: nobody counts.",
    "remind": "*Remind the counter*: they are asked once more, directly.",
    "help": "*Ask for help*: the ops lead is told, once.",
    "take": "*Take it*: it is yours, nothing else changes.",
    "wake": "*Wake now*: the snooze ends.",
    "correct": "*Propose correction*: a new number for the books; above the limit a second person decides.",
    "giveback": "*Give back*: it goes back to the queue.",
    "handover": "*Hand over*: to a named person, or to another queue.",
    "snooze": "*Snooze*: quiet until a time, or until it worsens.",
    "close": "*Not a problem*: ends it with your reason; it stays closed unless it worsens.",
    "note": "*Add note*: into the thread and the proof.",
    "finance": "*Route to finance*: their queue gets it, with your reason.",
    "vendor": "*Route to vendor follow-up*: the people who talk to vendors get it.",
    "sendback": "*Send back*: to the queue that it came from.",
    "picture": "*All channels and orders*: every number known of this SKU.",
}

DECIDE_OVERRIDE_TITLE: Final = "Override"
DECIDE_OVERRIDE_PREVIEW: Final = (
    "{system} would show {to}, {delta} than can be sold now ({can}), until {until}. Worth {value} at cost."
)
DECIDE_OVERRIDE_MORE: Final = "{count} more"
DECIDE_OVERRIDE_ABOUT: Final = "{system} shows {to} until its time is over"
DECIDE_OVERRIDE_NOTHING: Final = "It goes on showing what can be sold"

NOTE_TITLE: Final = "Add note"
NOTE_PREVIEW: Final = "It goes into the thread of {name} and into its proof."
NOTE_SUBMIT: Final = "Add note"
NOTE_EMPTY: Final = "Write the note."

REOPEN_TITLE: Final = "Open again"
REOPEN_SUBMIT: Final = "Open again"
CLOSE_TITLE: Final = "Not a problem"
CLOSE_PREVIEW: Final = "Closes {name}. {rest}"
CLOSE_STAYS: Final = "The difference of {delta} stays, and {system} goes on showing {shows}."
CLOSE_STAYS_PLAIN: Final = "What was found stays as it is."
CLOSE_OUTCOME: Final = "What it was"
CLOSE_SUBMIT: Final = "Close it"
CLOSE_NO_OUTCOME: Final = "Choose what it was."
CLOSE_FALSE_ALARM: Final = "For a false alarm say what the rule missed."
OUTCOMES: Final[dict[str, str]] = {
    "expected": "Expected",
    "no_action": "No action needed",
    "false_alarm": "False alarm",
    "duplicate": "Duplicate of another exception",
    "fixed": "Fixed elsewhere",
}

WHY_TITLE: Final = "How it was computed"
WHY_SUM: Final = "{text} = {amount}"
WHY_TOTAL: Final = "*{total}*"
WHY_ESTIMATE: Final = "An estimate, not a booking. Cancel cost: policy `costs.cancel`."
WHY_PAUSE: Final = (
    "The pause costs up to {cost} in missed sales until {by}: at most what can be sold, at the pace of the last 7 days."
)
WHY_NOTHING: Final = "Nothing is at risk by what is known."

PICTURE_TITLE: Final = "All channels and orders"
PICTURE_GONE: Final = "This exception is not about one SKU."
VERIFY_TITLE: Final = "Check it yourself"
VERIFY_STEPS: Final = (
    "1. *Download proof* sends you the file.\n2. On any machine with Countersign, with no database and no network:"
    " `countersign proof verify --file {name}-proof.json`. It prints what does not fit, entry by entry.\n3. Compare its last"
    " entry with what you noted, or with another person's copy: here it is `{hash}`, entry {count}."
)
VERIFY_LIMITS: Final = "What a proof cannot show stands in docs/proof.md."
PROOF_MODAL_TITLE: Final = "Proof"
PROOF_MODAL_HEAD: Final = "{name}: {entries}, last `{hash}`"
PROOF_MODAL_CHECK: Final = "Check it yourself: `countersign proof verify {name}`"
PROOF_MODAL_MORE: Final = "{count} earlier; `countersign proof show {name}` has all."
PROOF_MODAL_LINE: Final = "{seq}. {at} {sentence}"
