"""The master keys: what wraps every data key, and the ways in which opening can fail.

VaultProblem
 ├─ MasterKeyInvalid   the settings VAULT_KEYS / VAULT_KEY_ID cannot be used
 ├─ MasterKeyMissing   a row needs a master key that VAULT_KEYS does not hold
 ├─ WrongMasterKey     VAULT_KEYS holds another key under the same id
 └─ Unreadable         a secret does not belong to its key: a table was restored or altered
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEYS_SETTING: Final = "VAULT_KEYS"
CURRENT_SETTING: Final = "VAULT_KEY_ID"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

RandomBytes = Callable[[int], bytes]
"""Gives that many unpredictable bytes; ``secrets.token_bytes`` outside of tests."""


class VaultProblem(Exception):
    """A secret cannot be stored or opened. Texts name settings and ids, never content."""

    safe = True


class MasterKeyInvalid(VaultProblem):
    """The settings that carry the master keys cannot be used."""


class MasterKeyMissing(VaultProblem):
    """A row needs a master key that the setting does not hold."""


class WrongMasterKey(VaultProblem):
    """The setting holds another key under the id that a row names."""


class Unreadable(VaultProblem):
    """A secret does not belong to its key: a table was restored alone, or altered."""


class MasterKeys:
    """Wraps and unwraps data keys with AES-256-GCM; new ones always with the current key."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        _refuse((*_unusable(keys), *_unknown(keys, current)))
        self.current = current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    @classmethod
    def from_settings(cls, keys: str, current: str) -> "MasterKeys":
        """Keys as the settings give them: JSON ``{key_id: base64 of 32 bytes}``, a current id."""
        decoded = _decoded(keys)
        _refuse((*_unusable(decoded), *_unknown(decoded, current)))
        return cls({key_id: key for key_id, key in decoded.items() if key is not None}, current)

    def __repr__(self) -> str:
        return f"MasterKeys(ids={sorted(self._ciphers)}, current={self.current!r})"

    def wrap(self, data_key: bytes, owner: bytes, random_bytes: RandomBytes) -> bytes:
        """``data_key`` under the current master key, bound to ``owner``: nonce, then the rest."""
        nonce = random_bytes(NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, data_key, owner)

    def unwrap(self, key_id: str, wrapped: bytes, owner: bytes) -> bytes:
        """The data key again; MasterKeyMissing or WrongMasterKey, naming the setting."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise MasterKeyMissing(
                f"{KEYS_SETTING} does not hold key '{key_id}', which stored secrets need: add it"
            )
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner)
        except InvalidTag:
            raise WrongMasterKey(
                f"{KEYS_SETTING}: key '{key_id}' is not the one that stored secrets were "
                "wrapped with: restore it under this id"
            ) from None


def check_keys(keys: str) -> frozenset[str]:
    """The ids of the keys in the setting; MasterKeyInvalid with all that is wrong with them."""
    decoded = _decoded(keys)
    _refuse(_unusable(decoded))
    return frozenset(decoded)


def _decoded(keys: str) -> dict[str, bytes | None]:
    """The setting's keys by id; None is one that is not base64."""
    try:
        parsed = json.loads(keys)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or not parsed:
        raise MasterKeyInvalid(
            f'{KEYS_SETTING} must be JSON like {{"k1": "<base64 of 32 bytes>"}}, '
            "for example from: openssl rand -base64 32"
        )
    return {str(key_id): _from_base64(str(text)) for key_id, text in parsed.items()}


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _unusable(keys: Mapping[str, bytes | None]) -> Iterator[str]:
    for key_id, key in keys.items():
        if key is None:
            yield f"{KEYS_SETTING}: key '{key_id}' is not base64"
        elif len(key) != KEY_BYTES:
            yield f"{KEYS_SETTING}: key '{key_id}' must have 32 bytes"


def _unknown(keys: Mapping[str, bytes | None], current: str) -> Iterator[str]:
    if current not in keys:
        yield f"{CURRENT_SETTING} names '{current}', which {KEYS_SETTING} does not hold"


def _refuse(problems: Iterable[str]) -> None:
    if text := "; ".join(problems):
        raise MasterKeyInvalid(text)
