"""The one catalogue of texts for people, by surface. Templates are filled by ``str.format``; callers format the values.

Words follow inbox-design, section 12: short, present tense, no exclamation mark, no praise, no blame.

A text is asked for by its name where it is written (``t.TITLE_OVER``, inside a function) and comes in the language of whom the
running task writes for (``bot/slack/speaking.py``). Asked for while a module is loaded it would stay English for ever; a
test holds that nobody does. How another language is added: ``docs/languages.md``.
"""

from typing import TYPE_CHECKING

from bot.slack.speaking import Text, reader
from bot.slack.texts.answers import *  # noqa: F403 - the catalogue is read as one
from bot.slack.texts.bulk import *  # noqa: F403
from bot.slack.texts.by_hand import *  # noqa: F403
from bot.slack.texts.cards import *  # noqa: F403
from bot.slack.texts.classes import *  # noqa: F403
from bot.slack.texts.digest import *  # noqa: F403
from bot.slack.texts.feeds import *  # noqa: F403
from bot.slack.texts.files import *  # noqa: F403
from bot.slack.texts.held_files import *  # noqa: F403
from bot.slack.texts.links import *  # noqa: F403
from bot.slack.texts.mentions import *  # noqa: F403
from bot.slack.texts.metrics import *  # noqa: F403
from bot.slack.texts.modals import *  # noqa: F403
from bot.slack.texts.people import *  # noqa: F403
from bot.slack.texts.queues import *  # noqa: F403
from bot.slack.texts.reports import *  # noqa: F403
from bot.slack.texts.resending import *  # noqa: F403
from bot.slack.texts.sources import *  # noqa: F403
from bot.slack.texts.storms import *  # noqa: F403
from bot.slack.texts.tries import *  # noqa: F403
from bot.slack.texts.welcome import *  # noqa: F403
from bot.slack.texts.writing import *  # noqa: F403

_ENGLISH: dict[str, Text] = {
    name: text for name, text in globals().items() if name.isupper() and name != "TYPE_CHECKING"
}

if not TYPE_CHECKING:
    for _name in _ENGLISH:
        del globals()[_name]

    def __getattr__(name: str) -> Text:
        """A text in the reader's language."""
        if name not in _ENGLISH:
            raise AttributeError(f"the catalogue has no text {name}")
        return reader().texts.get(name, _ENGLISH[name])


def english() -> dict[str, Text]:
    """The whole catalogue as it is written, by name."""
    return dict(_ENGLISH)
