"""Raw bytes lie encrypted, each delivery under a key of its own: AES-256-GCM with a random nonce (NIST SP 800-38D).

The digest that facts and proofs may carry is SHA-256 over (random salt + bytes); the salt lies with the bytes. Dropping
key, salt and bytes therefore leaves a digest that tells nothing.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted bytes and the nonce they need."""

    nonce: bytes
    ciphertext: bytes


def new_key() -> bytes:
    """A key for one delivery (256 bits)."""
    return AESGCM.generate_key(bit_length=256)


def new_salt() -> bytes:
    """A salt for one digest (128 bits)."""
    return os.urandom(16)


def salted_digest(salt: bytes, raw: bytes) -> str:
    """SHA-256 over salt and bytes, in lower-case hex."""
    return hashlib.sha256(salt + raw).hexdigest()


def seal(key: bytes, raw: bytes, about: str) -> Sealed:
    """Encrypt; ``about`` says what the bytes are and must be the same on opening, so that rows cannot be swapped."""
    nonce = os.urandom(12)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, raw, about.encode()))


def unseal(key: bytes, sealed: Sealed, about: str) -> bytes:
    """Decrypt. Raises cryptography.exceptions.InvalidTag when key, bytes or ``about`` do not belong together."""
    return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, about.encode())
