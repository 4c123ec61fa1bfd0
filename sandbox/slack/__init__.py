"""A local Slack workspace: the Web API, Socket Mode and a page, with Slack's own limits and errors."""

from sandbox.slack.blocks import Problem, Surface, validate, validate_view
from sandbox.slack.errors import ApiError, AppDidNotRespondError, CannotDoError
from sandbox.slack.faults import Faults, Outage
from sandbox.slack.limits import RateLimits
from sandbox.slack.model import (
    DEFAULT_CHANNELS,
    DEFAULT_GROUPS,
    DEFAULT_PEOPLE,
    SANDBOX_TEAM_ID,
    ChannelSpec,
    GroupSpec,
    Message,
    PersonSpec,
    ShortcutSpec,
    View,
)
from sandbox.slack.people import Outcome, Person, Submission
from sandbox.slack.server import SlackWorkspace

__all__ = [
    "DEFAULT_CHANNELS",
    "DEFAULT_GROUPS",
    "DEFAULT_PEOPLE",
    "SANDBOX_TEAM_ID",
    "ApiError",
    "AppDidNotRespondError",
    "CannotDoError",
    "ChannelSpec",
    "Faults",
    "GroupSpec",
    "Message",
    "Outage",
    "Outcome",
    "Person",
    "PersonSpec",
    "Problem",
    "RateLimits",
    "ShortcutSpec",
    "SlackWorkspace",
    "Submission",
    "Surface",
    "View",
    "validate",
    "validate_view",
]
