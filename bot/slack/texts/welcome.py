"""Texts of the first run: what is said in a channel that the bot comes into, how a queue is set up, the sample card."""

from __future__ import annotations

from typing import Final

from bot.slack.plural import Plural

HELLO: Final = (
    "Hello. I watch stock across {count} and post here when two disagree, a feed is silent or an update fails. One person takes"
    " each case; I show what customers see afterwards."
)
SYSTEMS_WATCHED: Final = Plural("{n} system", "{n} systems")
HELLO_QUEUE: Final = "This channel is *{queue}*. Lead: {lead}."
HELLO_OTHER: Final = "This channel is no queue, so I only answer here. Queues: {queues}."
HELLO_NO_LEAD: Final = "nobody yet"
HELLO_SHADOW: Final = "Nothing is published: {systems} in shadow."
HELLO_ALL_SHADOW: Final = "all channels are"
HELLO_SOME_SHADOW: Final = "{names} are"
SET_UP: Final = "Set up this queue"
SHOW_SAMPLE: Final = "Show a sample"
NAME_LEAD: Final = "Name a lead"

SET_UP_TITLE: Final = "Set up a queue"
SET_UP_PREVIEW: Final = (
    "Queues, their channels and their people stand in policy.yml, where every change has an author and a version. I write the"
    " lines for you; whoever keeps the policy puts them there."
)
SET_UP_QUEUE: Final = "This channel is"
SET_UP_LEAD: Final = "Lead"
SET_UP_SUBMIT: Final = "Write the lines"
SET_UP_LINES: Final = "Put these lines into policy.yml. They hold a second after it is saved."
SET_UP_TOLD: Final = "{ops} has them, too."
SET_UP_NOTE: Final = "{who} asks that {queue} is led by {lead} in {channel}. In policy.yml:\n{lines}"

SAMPLE: Final = "Sample, nothing is real"
SAMPLE_TITLE: Final = "Sample: {title}"
SAMPLE_FOOT: Final = "*Sample, nothing is real.* Its buttons work on the sample alone; it goes by itself after a day."
SAMPLE_SHOP: Final = "Sample shop"
SAMPLE_PLACE: Final = "Shelf"
SAMPLE_GOODS: Final = "Gooseneck kettle"
SAMPLE_CHANGED: Final = "The warehouse counts 16 → 9\u00a0units (−7)."
SAMPLE_AGAIN: Final = "Start again"

NO_RIGHT: Final = (
    "I cannot pin the summary in {channel} ({right}). Everything else works. How to mend: install the app again from"
    " manifest.yml, or let apps pin there."
)
