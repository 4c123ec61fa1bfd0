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
