"""Who may come in: loopback names only, the page's own origin only, and the token of the printed address.

A page on the web must not be able to reach this workspace through the visitor's browser (DNS rebinding, forged requests).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = "127.0.0.1"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class Door:
    """The guards of both ports."""

    token: str
    page_port: int = 0
    api_port: int = 0

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers share cookies among the ports of one host."""
        return f"sandbox_slack_{self.page_port}"

    def _hosts(self, port: int) -> tuple[str, str]:
        return f"{LOOPBACK}:{port}", f"localhost:{port}"

    @property
    def api_guard(self) -> Middleware:
        """Middleware of the API's port: right host, and no browser page of elsewhere."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.host not in self._hosts(self.api_port):
                raise web.HTTPForbidden(text=f"unknown host {request.host}")
            if "Origin" in request.headers:
                raise web.HTTPForbidden(text="the API is for the app, not for a browser's page")
            return await handler(request)

        return guard

    @property
    def page_guard(self) -> Middleware:
        """Middleware of the page's port: right host, right origin, and the cookie or the token."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check(request)
            response = await handler(request)
            if not response.prepared:
                response.headers.update(HEADERS)
                if self._has_token(request):
                    response.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict", path="/")
            return response

        return guard

    def _check(self, request: web.Request) -> None:
        hosts = self._hosts(self.page_port)
        if request.host not in hosts:
            raise web.HTTPForbidden(text=f"unknown host {request.host}")
        origin = request.headers.get("Origin")
        if origin is None and request.method not in ("GET", "HEAD"):
            raise web.HTTPForbidden(text="the Origin header is missing")
        if origin is not None and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text=f"requests from {origin} are refused")
        held = request.cookies.get(self.cookie, "")
        if not (self._has_token(request) or _same(held, self.token)):
            raise web.HTTPUnauthorized(text="Open the address that was printed at the start: it carries a token.")

    def _has_token(self, request: web.Request) -> bool:
        return request.path == "/" and _same(request.query.get("token", ""), self.token)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
