"""The one catalogue of texts for people, by surface. Templates are filled by ``str.format``; callers format the values.

Words follow inbox-design, section 12: short, present tense, no exclamation mark, no praise, no blame.
"""

from bot.slack.texts.answers import *  # noqa: F403 - the catalogue is read as one
from bot.slack.texts.cards import *  # noqa: F403
from bot.slack.texts.digest import *  # noqa: F403
from bot.slack.texts.links import *  # noqa: F403
from bot.slack.texts.mentions import *  # noqa: F403
from bot.slack.texts.metrics import *  # noqa: F403
from bot.slack.texts.modals import *  # noqa: F403
from bot.slack.texts.people import *  # noqa: F403
from bot.slack.texts.queues import *  # noqa: F403
from bot.slack.texts.reports import *  # noqa: F403
from bot.slack.texts.storms import *  # noqa: F403
