"""The page's own addresses: its files, one snapshot of what a person sees, and what they do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from pydantic import ValidationError

from sandbox.slack.acts import ACTS
from sandbox.slack.errors import ApiError, AppDidNotRespondError, CannotDoError
from sandbox.slack.model import Json
from sandbox.slack.snapshot import snapshot

if TYPE_CHECKING:
    from sandbox.slack.server import SlackWorkspace

log = structlog.get_logger(__name__)

PAGE = Path(__file__).parent / "page"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
GATHER = 0.05
"""Seconds over which changes are gathered into one notice to the page."""
HEARTBEAT = 15.0


class PageApi:
    """Handlers of the page's port."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self._streams: set[asyncio.Task[object]] = set()

    def close(self) -> None:
        """End live streams."""
        for task in self._streams:
            task.cancel()

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the page."""
        return [
            web.get("/", self.index),
            web.get("/archives/{channel}/{message}", self.index),
            web.get("/static/{name}", self.static),
            web.get("/files/{file_id}/{name}", self.file),
            web.get("/page/workspace", self.about),
            web.get("/page/state", self.state),
            web.get("/page/live", self.live),
            web.post("/page/do", self.act),
        ]

    async def index(self, _request: web.Request) -> web.Response:
        """The page itself."""
        return _served(PAGE / "index.html")

    async def static(self, request: web.Request) -> web.Response:
        """A script or style sheet of the page."""
        path = PAGE / request.match_info["name"]
        if path.parent != PAGE or path.suffix not in KINDS or not path.is_file():
            raise web.HTTPNotFound(text="no such file")
        return _served(path)

    async def file(self, request: web.Request) -> web.Response:
        """A shared file; anything but a picture is only for saving."""
        file = self.workspace.state.files.get(request.match_info["file_id"])
        if file is None or file.content is None or not file.completed:
            raise web.HTTPNotFound(text="no such file")
        headers = {} if file.mimetype in PICTURES else {"Content-Disposition": "attachment"}
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)

    async def about(self, _request: web.Request) -> web.Response:
        """What does not change while the page is open."""
        workspace, state = self.workspace, self.workspace.state
        people = [
            {
                "key": m.key,
                "id": m.id,
                "name": m.name,
                "title": m.title,
                "zone": m.time_zone,
                "guest": m.is_restricted,
            }
            for m in state.humans()
        ]
        return web.json_response(
            {
                "team": state.team_id,
                "app": {"name": state.bot.name, "id": state.bot.id},
                "people": people,
                "commands": sorted(workspace.commands),
                "shortcuts": [
                    {"callback_id": s.callback_id, "name": s.name, "on_message": s.on_message}
                    for s in workspace.shortcuts
                ],
                "extra_pages": [{"title": title, "url": url} for title, url in workspace.extra_pages],
            }
        )

    async def state(self, request: web.Request) -> web.Response:
        """What the person named in `as` sees."""
        try:
            person = self.workspace.person(request.query.get("as", ""))
        except CannotDoError as error:
            raise web.HTTPNotFound(text=str(error)) from error
        channel, thread = request.query.get("channel"), request.query.get("thread")
        return web.json_response(snapshot(person, channel, thread))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """A stream of server-sent events, one after each burst of changes."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        state, seen = self.workspace.state, -1
        try:
            while True:
                try:
                    seen = await asyncio.wait_for(state.next_change(seen), HEARTBEAT)
                    await response.write(f"data: {seen}\n\n".encode())
                    await asyncio.sleep(GATHER)
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except ConnectionResetError:
            return response

    async def act(self, request: web.Request) -> web.Response:
        """Do what a person does; the answer says what went wrong in words for them."""
        try:
            act = ACTS.validate_json(await request.read())
        except ValidationError as error:
            return _problem(400, f"the page asked for something unknown: {error}")
        app = self.workspace.state.bot.name
        try:
            answer: Json = await act.run(self.workspace.person(act.person))
        except AppDidNotRespondError as error:
            log.info("app_did_not_respond", act=act.what, why=str(error))
            return _problem(504, f"{app} didn't respond. Nothing may have happened; try again.")
        except ApiError as error:
            log.warning("app_answer_refused", act=act.what, error=error.code, messages=error.messages)
            return _problem(502, f"{app} answered with something Slack does not take: {error}")
        except CannotDoError as error:
            return _problem(409, str(error))
        return web.json_response({"ok": True, **answer})


def _served(path: Path) -> web.Response:
    return web.Response(text=path.read_text("utf-8"), content_type=KINDS[path.suffix], charset="utf-8")


def _problem(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=json.dumps({"ok": False, "problem": text}), content_type="application/json")
