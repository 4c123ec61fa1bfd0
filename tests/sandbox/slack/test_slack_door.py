"""Who may come in: the page only with its token, from its own origin, under a loopback name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.slack import SlackWorkspace


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace() as workspace:
        yield workspace


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def status(session: aiohttp.ClientSession, method: str, url: str, **more: object) -> int:
    headers = {str(k): str(v) for k, v in more.items()}
    async with session.request(method, url, headers=headers) as answer:
        return answer.status


async def test_the_printed_address_opens_the_page_and_leaves_a_strict_cookie(
    workspace: SlackWorkspace, browser: aiohttp.ClientSession
) -> None:
    root = workspace.state.page_root
    assert await status(browser, "GET", f"{root}/page/workspace") == 401
    async with browser.get(workspace.page_url) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
    assert await status(browser, "GET", f"{root}/page/workspace") == 200


async def test_a_wrong_token_opens_nothing(workspace: SlackWorkspace, browser: aiohttp.ClientSession) -> None:
    assert await status(browser, "GET", f"{workspace.state.page_root}/?token=guessed") == 401
    assert await status(browser, "GET", f"{workspace.state.page_root}/?token=%C3%A9") == 401


async def test_another_host_name_is_refused_even_with_the_cookie(
    workspace: SlackWorkspace, browser: aiohttp.ClientSession
) -> None:
    await status(browser, "GET", workspace.page_url)
    root = workspace.state.page_root
    assert await status(browser, "GET", f"{root}/page/workspace", Host="evil.example") == 403
    assert await status(browser, "POST", f"{workspace.base_url}auth.test", Host="evil.example") == 403


async def test_another_origin_cannot_act(workspace: SlackWorkspace, browser: aiohttp.ClientSession) -> None:
    await status(browser, "GET", workspace.page_url)
    url = f"{workspace.state.page_root}/page/do"
    assert await status(browser, "POST", url, Origin="http://evil.example") == 403
    assert await status(browser, "POST", url) == 403
    api = f"{workspace.base_url}auth.test"
    assert await status(browser, "POST", api, Origin=workspace.state.page_root) == 403


async def test_it_binds_loopback_only() -> None:
    with pytest.raises(ValueError, match=r"binds 127\.0\.0\.1 only"):
        await SlackWorkspace().start("0.0.0.0")


async def test_static_files_stay_inside_the_page(workspace: SlackWorkspace, browser: aiohttp.ClientSession) -> None:
    await status(browser, "GET", workspace.page_url)
    root = workspace.state.page_root
    assert await status(browser, "GET", f"{root}/static/app.js") == 200
    assert await status(browser, "GET", f"{root}/static/..%2Fserver.py") == 404
