"""The page's own addresses: its files, one snapshot of what a person sees, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.slack.server import SlackWorkspace


class PageApi:
    """Handlers of the page's port."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.workspace = workspace

    def close(self) -> None:
        """End live streams."""

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the page."""
        return []
