"""Standard Webhooks (specification of 2026-08): signatures over ``{id}.{timestamp}.{raw body}``.

``v1`` is HMAC-SHA256 with a shared secret (``whsec_`` + base64 of 24 to 64 bytes), ``v1a`` is Ed25519 with the sender's
public key (``whpk_`` + base64). Any listed signature that fits is enough (rotation); unknown versions are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.errors import BadSignature

TOLERANCE = timedelta(minutes=5)
_ID = re.compile(r"[!-~]{1,255}\Z")
_STAMP = re.compile(r"[0-9]{1,12}\Z")
_MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of a signed request. ``id`` is stable over retries, ``timestamp`` is that of the attempt."""

    id: str
    timestamp: str
    signatures: tuple[str, ...]


def read_signed(message_id: str, timestamp: str, signatures: str, now: datetime) -> Signed:
    """The headers, checked for their form and for a timestamp within five minutes. Raises BadSignature."""
    if not _ID.match(message_id) or "." in message_id:
        raise BadSignature("webhook-id must be 1 to 255 printable characters without a full stop.")
    if not _STAMP.match(timestamp):
        raise BadSignature("webhook-timestamp must be Unix seconds.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than five minutes off. Check the sender's clock.")
    return Signed(message_id, timestamp, tuple(signatures.split(" ")[:_MOST_SIGNATURES]))


def fits(signed: Signed, body: bytes, keys: Iterable[str]) -> bool:
    """True when any listed signature fits any of the keys (``whsec_…`` or ``whpk_…``)."""
    content = f"{signed.id}.{signed.timestamp}.".encode() + body
    listed = [one.partition(",") for one in signed.signatures]
    shared = [text for version, _, text in listed if version == "v1"]
    public = [text for version, _, text in listed if version == "v1a"]
    found = False
    for key in keys:
        prefix, _, text = key.partition("_")
        if prefix == "whsec" and shared:
            own = sign(key, content)
            found |= any(hmac.compare_digest(own.encode(), _header(given)) for given in shared)
        elif prefix == "whpk" and public:
            found |= any(_verifies(_bytes(text), given, content) for given in public)
    return found


def sign(secret: str, content: bytes) -> str:
    """The base64 HMAC-SHA256 of ``content`` (id, timestamp and body joined by full stops) under a ``whsec_`` secret."""
    key = _bytes(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _verifies(key: bytes, signature: str, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _header(text: str) -> bytes:
    """A header's own bytes, which need not be UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    """A configured key. ValueError when it is no base64: our setting is wrong, not the sender."""
    return base64.b64decode(text, validate=True)
