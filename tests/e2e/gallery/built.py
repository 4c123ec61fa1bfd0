"""Built: surfaces that are hard to bring about in the sandbox's shop, from the snapshots that the tests of the product's
drawing hold. They are posted into a workspace of their own and photographed like the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import RateLimits, SlackWorkspace
from sandbox.slack.api.views import checked_view, stack_view
from tests.e2e.gallery.camera import Camera

GOLDEN = Path(__file__).parents[2] / "slack" / "golden"
CHANNEL = "C0OPS"


async def built(camera: Camera) -> None:
    """Every snapshot that no played chapter has shown."""
    camera.chapter, camera.played = "Built from snapshots: states that are hard to bring about", False
    shown = {one.name for one in camera.taken}
    async with SlackWorkspace(rate_limits=RateLimits.off()) as workspace:
        await camera.visit(workspace)
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.base_url)
        for path in sorted(GOLDEN.glob("*.json")):
            if path.stem in shown or path.stem.endswith("-preview"):
                continue
            await _shown(camera, workspace, client, path.stem, json.loads(path.read_text(encoding="utf-8")))
        await camera.leave()


async def _shown(camera: Camera, workspace: SlackWorkspace, client: AsyncWebClient, name: str, surface: Any) -> None:
    words = name.replace("-", " ").capitalize()
    if isinstance(surface, dict) and surface.get("type") == "modal":
        dana = workspace.person("dana")
        stack_view(workspace.state, dana.id, checked_view(surface, "modal"))
        await camera.modal(name, words)
        await dana.close_view(all_of_them=True)
        return
    blocks, text = (surface["blocks"], surface["text"]) if isinstance(surface, dict) else (surface, words)
    answer = await client.chat_postMessage(channel=CHANNEL, text=text, blocks=blocks)
    await camera.message(name, words, workspace.state.channels[CHANNEL].messages[answer["ts"]])
