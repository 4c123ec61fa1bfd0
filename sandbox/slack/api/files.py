"""files.*: ask for an address, send the bytes there, complete; and read what was shared."""

from __future__ import annotations

import mimetypes

from sandbox.slack.api.args import Args
from sandbox.slack.api.chat import checked_blocks, root_of
from sandbox.slack.api.desk import Desk, method
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Json, Message, StoredFile
from sandbox.slack.wire import file_json

LARGEST = 1_000_000_000


@method("files.getUploadURLExternal", tier=4, scope="files:write")
async def get_upload_url(desk: Desk, args: Args) -> Json:
    """Where to send the bytes of a file of known length."""
    name = args.required("filename")
    length = args.number("length", 0, 0, 10**12)
    if length <= 0:
        raise ApiError("invalid_arguments", "[ERROR] missing required field: length")
    if length > LARGEST:
        raise ApiError("file_upload_size_restricted")
    file = StoredFile(
        desk.state.new_id("F"),
        name,
        length,
        alt_text=args.text("alt_txt") or "",
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        author_id=desk.state.bot.id,
    )
    desk.state.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{desk.state.api_root}/upload/v1/{file.id}"}


@method("files.completeUploadExternal", tier=4, scope="files:write")
async def complete_upload(desk: Desk, args: Args) -> Json:
    """Finish uploads and share them in a channel or thread, when one is named."""
    listed = args.json("files")
    if not isinstance(listed, list) or not listed or any(not isinstance(f, dict) for f in listed):
        raise ApiError("invalid_arguments", "[ERROR] missing required field: files")
    files = [desk.state.files.get(str(f.get("id"))) for f in listed]
    found = [f for f in files if f is not None and f.content is not None and not f.completed]
    if len(found) != len(files):
        raise ApiError("file_not_found")
    channel = None
    if args.text("channel_id") is not None:
        channel = desk.own_channel(Args({"channel": args.required("channel_id")}))
    for file, given in zip(found, listed, strict=True):
        file.completed, file.title = True, str(given.get("title") or file.name)
    if channel is not None:
        thread_ts = args.text("thread_ts")
        message = Message(
            desk.state.new_ts(),
            channel.id,
            desk.state.bot.id,
            args.text("initial_comment") or "",
            checked_blocks(desk, args) or [],
            thread_ts=root_of(channel, thread_ts) if thread_ts is not None else None,
            file_ids=[f.id for f in found],
            from_app=True,
        )
        for file in found:
            file.shared_in.append(channel.id)
        desk.state.add_message(message)
    return {"files": [file_json(desk.state, f) for f in found]}


@method("files.info", tier=4, scope="files:read")
async def info(desk: Desk, args: Args) -> Json:
    """One file."""
    file = desk.state.files.get(args.required("file"))
    if file is None or not file.completed:
        raise ApiError("file_not_found")
    return {"file": file_json(desk.state, file)}
