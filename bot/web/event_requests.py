"""Reading a request to the events API up to its bytes: media type, size, compression, idempotency key, fingerprint."""

from __future__ import annotations

import asyncio
import hashlib
import re
import zlib
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from bot.web.problems import Refusal
from sync.connectors.events_api.batch import Shape, shape_of

MOST_ON_WIRE = 1024 * 1024
MOST_UNPACKED = 8 * 1024 * 1024
BODY_WITHIN = timedelta(seconds=30)
_CHUNK = 64 * 1024
_KEY = re.compile(r"[!-~]{1,255}\Z")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"\Z')
_MEDIA = re.compile(r'\s*[^;\s]+\s*(?:;\s*charset\s*=\s*"?([^";\s]*)"?\s*)?\Z', re.IGNORECASE)


class NotUnpacked(Exception):
    """The body says gzip and is none, or is cut off."""


def check_media(request: web.Request) -> Shape:
    """How the events are wrapped. Raises Refusal 415 for any other media type, charset or encoding."""
    given = request.headers.getall("Content-Type", [])
    shape = _shape(given[0], lower(request)) if len(given) == 1 else None
    if shape is None:
        accepted = ", ".join(shape.value for shape in (Shape.OURS, Shape.CLOUD_EVENT, Shape.CLOUD_EVENTS))
        raise Refusal("unsupported-media-type", f"Send one Content-Type of {accepted}, in UTF-8.")
    if encoding_of(request) not in ("", "identity", "gzip"):
        raise Refusal(
            "unsupported-media-type", "Send the body as it is or as gzip.", headers={"Accept-Encoding": "gzip"}
        )
    return shape


def _shape(content_type: str, headers: Mapping[str, str]) -> Shape | None:
    match = _MEDIA.match(content_type)
    if match is None or (match[1] or "utf-8").lower() != "utf-8":
        return None
    try:
        return shape_of(headers)
    except ValueError:
        return None


def encoding_of(request: web.Request) -> str:
    """The content encoding in lower case, empty when none is given; several are joined and so known to nobody."""
    return ",".join(request.headers.getall("Content-Encoding", [])).strip().lower()


def lower(request: web.Request) -> dict[str, str]:
    """The headers that a reader of events needs, by lower-case name: the media type, the key, and CloudEvents attributes.
    One given several times is joined by commas, as HTTP says."""
    wanted = ("content-type", "idempotency-key", "webhook-id")
    names = {name.lower() for name in request.headers}
    return {
        name: ", ".join(request.headers.getall(name))
        for name in sorted(names)
        if name in wanted or name.startswith("ce-")
    }


async def read_body(request: web.Request) -> bytes:
    """The body as it is on the wire, at most 1 MiB. Raises Refusal 413 (and closes) or 408.

    The server must not unpack bodies by itself (``auto_decompress=False``): fingerprint and signature are of the raw bytes.
    """
    if (request.content_length or 0) > MOST_ON_WIRE:
        raise _too_large(f"The body has {request.content_length} bytes; {MOST_ON_WIRE} are allowed.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN.total_seconds()):
            async for chunk in request.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > MOST_ON_WIRE:
                    raise _too_large(f"The body has more than {MOST_ON_WIRE} bytes. Send more and smaller requests.")
    except TimeoutError as error:
        wait = int(BODY_WITHIN.total_seconds())
        raise Refusal("body-too-slow", f"The body was not there after {wait} s.", close=True) from error
    return bytes(body)


def unpack(body: bytes) -> bytes:
    """A gzip body, all of its members, at most 8 MiB unpacked. Raises Refusal 413, and NotUnpacked."""
    unpacked = bytearray()
    rest = body
    while rest:
        stream = zlib.decompressobj(wbits=31)
        try:
            unpacked += stream.decompress(rest, MOST_UNPACKED + 1 - len(unpacked))
        except zlib.error as error:
            raise NotUnpacked("The body is not gzip, though Content-Encoding says so.") from error
        if len(unpacked) > MOST_UNPACKED:
            raise _too_large(f"The body unpacks to more than {MOST_UNPACKED} bytes. Send more and smaller requests.")
        if not stream.eof:
            raise NotUnpacked("The gzip body is cut off.")
        rest = stream.unused_data
    return bytes(unpacked)


def idempotency_key(request: web.Request, *, signed: bool) -> str:
    """The key of the request. ``"k"`` and ``k`` are the same; a signed request's is its ``webhook-id``. Raises Refusal 400."""
    given = request.headers.getall("Idempotency-Key", [])
    message_ids = request.headers.getall("webhook-id", [])
    if len(given) > 1 or len(message_ids) > 1:
        raise Refusal("idempotency-key-invalid", "The key is given more than once.")
    if not given:
        if signed:
            return message_ids[0]
        raise Refusal(
            "idempotency-key-missing", "Send an Idempotency-Key: the same for every try of the same request, else new."
        )
    key = _unquoted(given[0].strip())
    if not _KEY.match(key):
        raise Refusal("idempotency-key-invalid", "A key is 1 to 255 characters from ! to ~.")
    if message_ids and message_ids[0] != key:
        raise Refusal("idempotency-key-invalid", "Idempotency-Key and webhook-id differ.")
    return key


def fingerprint(body: bytes, shape: Shape, headers: Mapping[str, str]) -> str:
    """SHA-256 over the media type, a zero byte and the raw body; in binary mode over the sorted ``ce-`` headers, too."""
    digest = hashlib.sha256(headers["content-type"].partition(";")[0].strip().lower().encode() + b"\0")
    if shape is Shape.BINARY:
        for name in sorted(name for name in headers if name.startswith("ce-")):
            digest.update(f"{name}:{headers[name]}\0".encode("utf-8", "surrogateescape"))
    digest.update(body)
    return digest.hexdigest()


def _unquoted(text: str) -> str:
    """The inside of a structured-field string, else the text itself."""
    match = _QUOTED.match(text)
    return re.sub(r"\\(.)", r"\1", match[1]) if match is not None else text


def _too_large(detail: str) -> Refusal:
    return Refusal("too-large", detail, close=True)
