"""The API's HTTP door: tokens, faults, rate limits, methods, uploads, downloads, response URLs."""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass, field
from typing import NoReturn

import structlog
from aiohttp import web

from sandbox.slack.api import chat, conversations, files, functions, pins, users, views
from sandbox.slack.api.args import Args, read_args
from sandbox.slack.api.desk import METHODS, Desk, Method
from sandbox.slack.blocks import Surface, validate
from sandbox.slack.errors import ApiError
from sandbox.slack.faults import Faults, Outage
from sandbox.slack.limits import RateLimits
from sandbox.slack.model import Json, Message, ResponseUrl
from sandbox.slack.state import RESPONSE_URL_LIFE, RESPONSE_URL_USES, State
from sandbox.slack.wire import with_ids

log = structlog.get_logger(__name__)

MODULES = (chat, conversations, files, functions, pins, users, views)
"""Imported for the methods they register."""


@dataclass(slots=True)
class Tokens:
    """The app's tokens; `revoked` ones are refused by that name."""

    bot: str
    app: str
    revoked: set[str] = field(default_factory=set)

    def check(self, token: str | None, *, app_level: bool) -> None:
        """Raise ApiError unless the token is the one that the method wants."""
        if not token:
            raise ApiError("not_authed")
        wanted, other = (self.app, self.bot) if app_level else (self.bot, self.app)
        if hmac.compare_digest(token.encode(), wanted.encode()):
            if token in self.revoked:
                raise ApiError("token_revoked")
            return
        raise ApiError("not_allowed_token_type" if token == other else "invalid_auth")


@dataclass(slots=True)
class Front:
    """Handlers of the API's own port."""

    desk: Desk
    tokens: Tokens
    faults: Faults
    limits: RateLimits
    calls: dict[str, int] = field(default_factory=dict)
    """How often each method was called and not turned away by a fault."""

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the API."""
        return [
            web.route("*", "/api/{method}", self.call),
            web.post("/upload/v1/{file_id}", self.upload),
            web.get("/files/{file_id}/{name}", self.download),
            web.post("/actions/{secret}", self.respond),
            web.get("/link/", self.desk.sockets.handle),
        ]

    async def call(self, request: web.Request) -> web.Response:
        """One Web API call."""
        name = request.match_info["method"]
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        if self.faults.away(name):
            return _unavailable()
        try:
            args = await read_args(request)
            method = self._allowed(request, name, args)
            limited = self._limited(method, args)
            if limited is not None:
                return limited
            body = {"ok": True} | await self._answer(method, args)
        except ApiError as error:
            log.info("api_refused", method=name, error=error.code, messages=error.messages)
            body = error.body()
        if self.faults.loses(name):
            self._hang_up(request)
        granted = {"X-OAuth-Scopes": ",".join(sorted(self.desk.scopes))}
        return _unavailable() if self.faults.breaks(name) else web.json_response(body, headers=granted)

    def _allowed(self, request: web.Request, name: str, args: Args) -> Method:
        """The method that is called, for a token that may call it."""
        found = METHODS.get(name)
        if found is None:
            raise ApiError("unknown_method", req_method=name)
        token = _token(request, args)
        if found.app_token or token not in self.desk.state.step_tokens:
            self.tokens.check(token, app_level=found.app_token)
        return found

    async def _answer(self, method: Method, args: Args) -> Json:
        failure = self.faults.failure(method.name)
        if failure is not None:
            raise ApiError(failure)
        self.calls[method.name] = self.calls.get(method.name, 0) + 1
        return await method.handler(self.desk, args)

    def _limited(self, method: Method, args: Args) -> web.Response | None:
        channel = str(args.values.get("channel", ""))
        wait: int | None = self.faults.retry_after
        if not self.faults.limited(method.name, channel):
            wait = self.limits.take(method.name, method.tier, channel)
        if wait is None:
            return None
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": str(wait)})

    def _hang_up(self, request: web.Request) -> NoReturn:
        """Break the connection after the work is done: the app cannot know whether it was."""
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("answer lost on purpose")

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file, raw or as a form."""
        file = self.desk.state.files.get(request.match_info["file_id"])
        if file is None or file.completed:
            return web.Response(status=404, text="no upload is expected here")
        if request.content_type == "multipart/form-data":
            parts = [p for p in (await request.post()).values() if isinstance(p, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        if len(content) != file.size:
            return web.Response(status=400, text=f"{file.size} bytes were announced, {len(content)} came")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.Response:
        """Give a completed file to the bot."""
        file = self.desk.state.files.get(request.match_info["file_id"])
        try:
            self.tokens.check(_token(request, Args({})), app_level=False)
            self.desk.need("files:read")
        except ApiError as error:
            return web.json_response(error.body(), status=403)
        if file is None or file.content is None or not file.completed:
            return web.Response(status=404, text="no such file")
        return web.Response(body=file.content, content_type=file.mimetype)

    async def respond(self, request: web.Request) -> web.Response:
        """A post to a response_url."""
        entry = self.desk.state.response_urls.get(request.match_info["secret"])
        if self.faults.outage is Outage.UNAVAILABLE:
            return web.Response(status=503, text="service_unavailable")
        try:
            if entry is None:
                raise ApiError("expired_url")
            answer_to(self.desk.state, entry, await _response_body(request))
        except ApiError as error:
            return web.json_response(error.body(), status=404 if error.code.endswith("_url") else 400)
        return web.Response(text="ok")


def _unavailable() -> web.Response:
    return web.json_response({"ok": False, "error": "service_unavailable"}, status=503)


def _token(request: web.Request, args: Args) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else args.text("token")


async def _response_body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body


def answer_to(state: State, entry: ResponseUrl, body: Json) -> None:
    """Do what a response_url's post asks: add, replace or delete. Raises `used_url`, `expired_url` and others."""
    if entry.uses >= RESPONSE_URL_USES:
        raise ApiError("used_url")
    if state.clock() - entry.issued > RESPONSE_URL_LIFE:
        raise ApiError("expired_url")
    channel = state.channels[entry.channel_id]
    original = None
    if entry.message_ts is not None:
        original = state.find_message(channel, entry.message_ts, entry.person_id)
    if body.get("delete_original"):
        if original is None:
            raise ApiError("message_not_found")
        entry.uses += 1
        state.remove_message(original)
        return
    text, blocks = response_content(state, body)
    entry.uses += 1
    if body.get("replace_original") and original is not None:
        original.text, original.blocks, original.values = text, blocks, {}
        state.touch(original)
        return
    add_response(state, entry, body, text, blocks)


def response_content(state: State, body: Json) -> tuple[str, list[Json]]:
    """Text and blocks of an answer to an interaction or command. Raises `invalid_blocks`, `no_text`."""
    blocks = body.get("blocks") or []
    if isinstance(blocks, str):
        blocks = json.loads(blocks)
    problems = validate(blocks, Surface.MESSAGE, files=state.files)
    if problems:
        raise ApiError("invalid_blocks", *map(str, problems))
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise ApiError("no_text")
    return text, with_ids(blocks)


def add_response(state: State, entry: ResponseUrl, body: Json, text: str, blocks: list[Json]) -> Message:
    """Show an answer: to one person, or `in_channel` to all."""
    return state.add_message(
        Message(
            state.new_ts(),
            entry.channel_id,
            state.bot.id,
            text,
            blocks,
            thread_ts=body.get("thread_ts") or entry.thread_ts,
            only_for=None if body.get("response_type") == "in_channel" else entry.person_id,
            from_app=True,
        )
    )
