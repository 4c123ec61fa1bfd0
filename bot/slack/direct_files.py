"""Files in the direct messages of who asked for them."""

from __future__ import annotations

from bot.slack import texts as t
from bot.slack.room import Room
from sync.model.ids import UserId


async def send_file(room: Room, user: UserId, content: str, filename: str, title: str, comment: str) -> None:
    """Raises what the Web API raises."""
    opened = await room.client.conversations_open(users=user)
    await room.client.files_upload_v2(
        channel=str(opened["channel"]["id"]),
        content=content,
        filename=filename,
        title=title,
        initial_comment=comment,
    )


async def send_proof(room: Room, user: UserId, name: str, content: str) -> None:
    """``content`` is the exported chain of the exception ``name``."""
    title = t.PROOF_TITLE_FILE.format(name=name)
    await send_file(room, user, content, f"{name}-proof.json", title, t.PROOF_MODAL_CHECK_FILE)
