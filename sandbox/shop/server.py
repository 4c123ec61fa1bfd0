"""The shop's page: what customers see, and buttons that cause trouble. This machine only, behind a random token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.shop.goods import GOODS
from sandbox.shop.trouble import TROUBLES
from sandbox.shop.world import World

PAGE = Path(__file__).parent / "page"
COOKIE = "shop_sandbox"
TYPES = {"index.html": "text/html", "shop.css": "text/css", "shop.js": "text/javascript"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Asked(BaseModel):
    """Which trouble to cause, or to end."""

    model_config = ConfigDict(extra="forbid")

    id: str
    undo: bool = False


class ShopPage:
    """Serves the page of one world. ``url`` holds the token; without it, or from another origin, nothing is answered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._token = secrets.token_urlsafe(24)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self._port}/?token={self._token}"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1 only."""
        app = web.Application(middlewares=[self._guard()])
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/state", self._state),
                web.get("/troubles", self._troubles),
                web.post("/trouble", self._trouble),
                web.get("/{name}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _guard(self) -> Any:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            hosts = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
            origin = request.headers.get("Origin")
            if request.host not in hosts or (origin is not None and origin.removeprefix("http://") not in hosts):
                raise web.HTTPForbidden(text="This page is for this machine only.")
            given = request.query.get("token") or request.cookies.get(COOKIE, "")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise web.HTTPForbidden(text="Open the address that was printed; it holds a token.")
            return await handler(request)

        return guard

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if "token" in request.query:
            answer = web.Response(status=302, headers={"Location": "/"})
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
            return answer
        return web.FileResponse(PAGE / "index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in TYPES:
            raise web.HTTPNotFound(text="There is no such page.")
        return web.FileResponse(PAGE / name, headers={"Content-Type": TYPES[name]})

    async def _state(self, _request: web.Request) -> web.Response:
        world = self._world
        goods = []
        for good in GOODS:
            us, eu = (world.storefronts[name].customer_sees(good.sku) for name in ("shopify-us", "shopify-eu"))
            goods.append(
                {
                    "sku": good.sku,
                    "title": good.title,
                    "us": {"live": us.live, "units": us.quantity},
                    "eu": {"live": eu.live, "units": eu.quantity},
                    "shelf": world.warehouse.shelves.get(good.sku),
                    "books": world.warehouse.books.get(good.sku),
                    "acme": world.vendor.units.get(good.sku),
                }
            )
        diary = [{"at": f"{at:%H:%M:%S}", "text": text} for at, text in reversed(world.diary)]
        return web.json_response({"goods": goods, "diary": diary})

    async def _troubles(self, _request: web.Request) -> web.Response:
        return web.json_response(
            [{"id": one.id, "title": one.title, "what": one.what, "lasts": one.undo is not None} for one in TROUBLES]
        )

    async def _trouble(self, request: web.Request) -> web.Response:
        try:
            asked = Asked.model_validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(text=f"Not a trouble: {error}") from error
        trouble = next((one for one in TROUBLES if one.id == asked.id), None)
        if trouble is None or (asked.undo and trouble.undo is None):
            raise web.HTTPNotFound(text=f"There is no trouble {asked.id!r}.")
        deed = trouble.undo if asked.undo and trouble.undo is not None else trouble.cause
        deed(self._world)
        return web.json_response({"done": trouble.id})
