"""Texts about people's time: duty, absence, hours."""

from typing import Final

DUTY_NOW: Final = "*On duty* {who}{until}{then}"
DUTY_UNTIL: Final = " until {at}"
DUTY_THEN: Final = ", then {who}"
DUTY_NOBODY: Final = "Nobody leads this queue. Exceptions go to {ops} (ops lead) when nobody takes them in time."
DUTY_ALL_AWAY: Final = (
    "Everybody who is on duty is away. Exceptions go to {ops} (ops lead) when nobody takes them in time."
)
DUTY_NEXT: Final = " · next on call: {who} from {at}"
DUTY_NEXT_AWAY: Final = " (away then)"
DUTY_AWAY: Final = "• {who} is away until {at}"
DUTY_LAST_RESORT: Final = "• Left to the ops lead in the last 7 days because nobody took them: {count}"

CHOOSE_TITLE: Final = "My notifications"
CHOOSE_PREVIEW: Final = "Critical exceptions always reach you. The rest waits for the end of your quiet hours."
CHOOSE_DIRECT: Final = "Direct messages"
CHOOSE_DIRECTS: Final[dict[str, str]] = {
    "mine": "What is mine alone to do",
    "late": "That, and what is late in my queues",
    "none": "None but critical ones",
}
CHOOSE_DAYS: Final = "Quiet on nights that begin on"
CHOOSE_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHOOSE_NO_DAY: Final = "Choose a day, or no quiet hours for both times."
CHOOSE_AWAY: Final = "Away until, that day included"
CHOOSE_AWAY_HINT: Final = "From today on. Nothing is asked of you meanwhile; empty: you are there."
CHOOSE_AWAY_PAST: Final = "That day has passed; choose a later one."
CHOOSE_DELEGATE: Final = "In my place"
CHOOSE_DELEGATE_HINT: Final = "Told instead of you where they may act; it gives them no right."
CHOOSE_DELEGATE_NONE: Final = "Whoever comes next"
CHOOSE_DELEGATE_AWAY: Final = "{who} is away then, too. Choose somebody else."
CHOOSE_DELEGATE_ONLY: Final = "Say until when you are away."
CHOOSE_FIRST: Final = "In my lists"
CHOOSE_UNITS: Final = "Units first"
CHOOSE_MONEY: Final = "Money first"
CHOSEN_DIRECT: Final[dict[str, str]] = {
    "mine": "",
    "late": " Direct messages also tell what is late in your queues.",
    "none": " No direct messages but critical ones.",
}
CHOSEN_DAYS: Final = " ({days})"
CHOSEN_AWAY: Final = " *Away until {day}*{delegate}."
CHOSEN_DELEGATE: Final = ", {who} is told in your place"
DELEGATED: Final = (
    "{who} is away until {day} and named you: what would be told to {who} is told to you, where you may act."
)

LATE_DIRECT: Final = "{name} in {queue}: {why}. `/inventory show {name}`"
LATE_DIRECT_MANY: Final = (
    "{count} exceptions of one cause in {queue}, {name} among them: {why}. `/inventory show {name}`"
)
LATE_WHY: Final[dict[str, str]] = {
    "own": "nobody took it in time",
    "end": "it is not fixed in time",
    "last_resort": "nobody took it in time; the ops lead answers for it",
}
CHOOSE_MENTIONED: Final = "When something waits for me"
CHOOSE_ON: Final = "Mention me"
CHOOSE_OFF: Final = "Name me without a mention"
CHOOSE_FROM: Final = "Quiet from"
CHOOSE_UNTIL: Final = "Quiet until"
CHOOSE_NEVER: Final = "No quiet hours"
CHOOSE_BOTH: Final = "Choose both times, or no quiet hours for both."
CHOOSE_DIFFERENT: Final = "Choose another time: these are the same."
CHOOSE_SUBMIT: Final = "Save"
CHOSEN_ON: Final = "You are mentioned when something waits for you."
CHOSEN_OFF: Final = "You are named without a mention."
CHOSEN_QUIET: Final = "Quiet from {begins} to {ends}, {zone}."
CHOSEN_NEVER_QUIET: Final = "No quiet hours."
HOME_CAUSE_UNKNOWN: Final = "Repaired, cause unknown: {count} (`/inventory exceptions cause`)"
HOME_SETTINGS: Final = "My notifications"

GROUP_FAULTS: Final[dict[str, str]] = {
    "unknown": "Policy names the user group {groups} in {queues}, and this workspace has none that is called so. Nobody may act"
    " by it: correct the rules, or give the group this handle.",
    "disabled": "The user group {groups}, which policy names in {queues}, is disabled in Slack. Nobody may act by it any more:"
    " enable it again, or take it out of the rules.",
    "forbidden": "I may not read user groups (usergroups:read is not granted), so nobody may act by {groups} in {queues}."
    " Update the app from manifest.yml and install it again.",
    "plan": "This workspace's plan has no user groups, so nobody may act by {groups} in {queues}. Name people in the rules"
    " instead.",
}
"""What the ops channel is told, once, of a group that gives no right."""
FEW_APPROVERS: Final = (
    "Corrections need two people who may approve, and of those whom policy names in {queue} I know {who}. Nobody can approve"
    " what they gave themselves: put more people into its user groups, or name them in the rules."
)
NOBODY_KNOWN: Final = "nobody"
