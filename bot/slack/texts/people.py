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
CHOOSE_PREVIEW: Final = (
    "Critical exceptions and what only you can decide always reach you. The rest waits for the end of your quiet hours."
)
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
