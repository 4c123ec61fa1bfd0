"""Texts by which people are told: once per cause, below the card, with what is asked of them."""

from typing import Final

TELL_OWN: Final = "{who}, nobody has {name} since {since}: {what}.{risk}"
TELL_END_YOURS: Final = "{who}, {name} is yours and late by {late}: {what}.{fallback}{risk}"
TELL_END: Final = "{who}, {name} is late by {late}: {what}. {owner} has it.{fallback}{risk}"
TELL_LAST: Final = "{who}, nobody took {name} since {since}: {what}. You answer for it until somebody does.{risk}"
TELL_LAST_APPROVAL: Final = "{who}, nobody who may approve is left to ask: {name}, {what}. You answer for it.{risk}"
TELL_COPY: Final = "{who}, for your information: {name}, {what}. {queue} owns it.{risk}"
TELL_STILL: Final = (
    "{name} has been yours for {had}, and I have heard nothing of you since: {what}.{risk} Without an answer by {until} it goes"
    " back to the queue."
)
TELL_MANY_STILL: Final = (
    "{who}, {count} of {queue} have been yours for long. Those of which I hear nothing go back to the queue:"
)
TELL_MINE: Final = "Show mine"
TELL_STORM_OWN: Final = "{who}, nobody has {name} since {since}: {cause}, {count}.{risk}"
TELL_STORM_END: Final = "{who}, {name} is late: {cause}, {count} left. {owner} has it.{risk}"
TELL_STORM_END_YOURS: Final = "{who}, {name} is yours and late: {cause}, {count} left.{risk}"
TELL_STORM_LAST: Final = (
    "{who}, nobody took {name} since {since}: {cause}, {count}. You answer for it until somebody does.{risk}"
)
MORNING: Final = "While you were off: {count} for you, {late}."
MORNING_NONE_LATE: Final = "none late"
MORNING_LATE: Final = "{late} late"
MORNING_STORMS: Final = "Storms: {storms}"
TELL_ALL: Final = "For information"
TELL_FALLBACK: Final = " By policy I paused it at {at}."
TELL_RISK: Final = " {risk} at risk."
TELL_MANY: Final = "{who}, {count} of {queue} need somebody:"
TELL_MANY_COPY: Final = "{who}, for your information, {count} of {queue}:"
TELL_LINE: Final = "• {name} {what}, {state}{risk}"
TELL_NOBODY: Final = "nobody has it since {since}"
TELL_LATE: Final = "late by {late}, {owner} has it"
TELL_MORE: Final = "and {count} more"
TELL_ASIDE: Final = "nobody"
TELL_ASIDE_FIRST: Final = "Nobody"
TELL_TAKE: Final = "Take it"
TELL_SHOW: Final = "Show {name}"
TELL_LIST: Final = "Show the queue"
