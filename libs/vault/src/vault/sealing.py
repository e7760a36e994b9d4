"""One data key at work: content to sealed bytes and back, and the keyed digest.

Sealed bytes are bound to whose they are (shop, order, kind, version), so that a row copied over
another one does not open. The digest key is derived from the data key: it stays the same for all
versions and for every master key, and erasing the data key makes old digests worthless.
"""

import hmac
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.keys import KEY_BYTES, NONCE_BYTES, RandomBytes, Unreadable
from vault.values import JSON


def label(*parts: str | int) -> bytes:
    """Names without ambiguity, as additional data of an encryption: ("1", "23") ≠ ("12", "3")."""
    return json.dumps(parts).encode()


def canonical(value: Mapping[str, JSON]) -> bytes:
    """The same bytes for the same content, however its keys are ordered."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


class DataKey:
    """A data key in the clear, for the moment of its use."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key = key

    def __repr__(self) -> str:
        return "DataKey(…)"

    def seal(self, value: Mapping[str, JSON], owner: bytes, random_bytes: RandomBytes) -> bytes:
        """``value`` encrypted and bound to ``owner``: nonce, then ciphertext with its tag."""
        nonce = random_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, canonical(value), owner)

    def open(self, sealed: bytes, owner: bytes) -> dict[str, JSON]:
        """The value again; Unreadable when the bytes are not ``owner``'s under this key."""
        try:
            text = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner)
        except InvalidTag:
            raise Unreadable(f"sealed content does not open as {owner.decode()}") from None
        value: dict[str, JSON] = json.loads(text)
        return value

    def digest(self, value: Mapping[str, JSON], purpose: bytes) -> str:
        """HMAC-SHA256 in hex; equal for equal content and purpose under one data key."""
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"ordersync digest")
        key = derived.derive(self._key)
        return hmac.new(key, purpose + canonical(value), SHA256.name).hexdigest()
