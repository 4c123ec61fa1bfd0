"""What goes wrong in a workspace, named as Slack names it."""

from __future__ import annotations

from sandbox.slack.model import Json


class ApiError(Exception):
    """The Web API refused a call. `code` is Slack's error code; the method's page explains it."""

    def __init__(self, code: str, *messages: str, **extra: object) -> None:
        super().__init__(code if not messages else f"{code}: {'; '.join(messages)}")
        self.code = code
        self.messages = messages
        self.extra = extra

    def body(self) -> Json:
        """The answer's JSON body."""
        answer: Json = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            answer["response_metadata"] = {"messages": list(self.messages)}
        return answer


class AppDidNotRespondError(Exception):
    """The app did not acknowledge in time, or nothing was connected: look into its log, or start it."""


class CannotDoError(Exception):
    """A person tried what the page would not offer them; the message says what is missing."""
