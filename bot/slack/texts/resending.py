"""Texts of sending a suppressed listing's data again."""

from __future__ import annotations

from typing import Final

SENDDATA_TITLE: Final = "Send the right data"
SENDDATA_SUBMIT: Final = "Send it"
SENDDATA_TASK: Final = "Make it a task"
SENDDATA_NOTE: Final = "Note"
NEXT_BY_HAND_THERE: Final = "By hand, asked by {who} at {at}: {task}"
