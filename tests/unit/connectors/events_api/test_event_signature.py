"""Standard Webhooks: the published scheme over raw bytes, rotation, and every way not to fit."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync.connectors.events_api.signature import Signed, fits, read_signed, sign
from sync.errors import BadSignature

SENT = 1764000000
NOW = datetime.fromtimestamp(SENT, UTC)
VECTOR_SECRET = "whsec_" + base64.b64encode(b"x" * 24).decode()
VECTOR = "v1,cXTrW1344O0ZS6rz3gFhrtauBmHoBjvkH23wqusZP78="


def signed(signatures: str) -> Signed:
    return read_signed("msg_1", str(SENT), signatures, NOW)


def a_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def test_the_vector_of_the_contract_fits() -> None:
    assert fits(signed(VECTOR), b'{"a":1}', [VECTOR_SECRET])


@pytest.mark.parametrize("body", [b'{"a":1} ', b'{"a":2}', b""])
def test_another_body_does_not_fit(body: bytes) -> None:
    assert not fits(signed(VECTOR), body, [VECTOR_SECRET])


def test_any_listed_signature_and_any_known_key_is_enough_while_keys_are_changed() -> None:
    old, new = a_secret(), a_secret()
    content = f"msg_1.{SENT}.body".encode()
    both = signed(f"v1,{sign(new, content)} v1,{sign(old, content)} v9,future")
    assert fits(both, b"body", [old])
    assert fits(signed(f"v1,{sign(old, content)}"), b"body", [new, old])


def test_bytes_that_are_no_text_are_signed_like_any_others() -> None:
    secret, body = a_secret(), b"\xff\xfe\x00"
    assert fits(signed(f"v1,{sign(secret, f'msg_1.{SENT}.'.encode() + body)}"), body, [secret])


def test_an_asymmetric_signature_fits_the_senders_public_key() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = base64.b64encode(private.sign(f"msg_1.{SENT}.body".encode())).decode()
    key = "whpk_" + base64.b64encode(public).decode()
    assert fits(signed(f"v1a,{signature}"), b"body", [key])
    assert not fits(signed(f"v1a,{signature}"), b"other", [key])
    assert not fits(signed(f"v1,{signature}"), b"body", [key])


@pytest.mark.parametrize("listed", ["", "v1", "v1,", "v1,not base64!", "v1a,AAAA", "v2,abc", ",", "v1,\udcff"])
def test_a_signature_that_is_none_never_fits_and_never_raises(listed: str) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    keys = [a_secret(), "whpk_" + base64.b64encode(public).decode()]
    assert not fits(signed(listed), b"body", keys)


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_timestamp_more_than_five_minutes_off_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature, match="five minutes"):
        read_signed("msg_1", str(SENT), VECTOR, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("message", "stamp"), [("a.b", "1"), ("", "1"), ("m\n", "1"), ("m", "1.5"), ("m", "٣"), ("m", "")]
)
def test_ids_and_timestamps_of_another_form_are_refused(message: str, stamp: str) -> None:
    with pytest.raises(BadSignature):
        read_signed(message, stamp, VECTOR, NOW)
