"""A credential's way to sealed bytes and back: a fresh data key each time it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vault.keys import KEY_BYTES, MasterKeys, RandomBytes
from vault.ledger import WrappedKey
from vault.sealing import DataKey, label
from vault.values import JSON, CredentialKind


@dataclass(frozen=True, slots=True)
class SealedCredential:
    """A credential as stored: the wrapped key goes to one schema, the sealed fields to another."""

    key: WrappedKey
    sealed: bytes = field(repr=False)


def seal_credential(
    keys: MasterKeys,
    random_bytes: RandomBytes,
    kind: CredentialKind,
    credential_id: str,
    value: Mapping[str, JSON],
) -> SealedCredential:
    """All fields sealed under a new data key, both bound to kind and id."""
    owner = label("credential", kind, credential_id)
    data_key = random_bytes(KEY_BYTES)
    key = WrappedKey(keys.current, keys.wrap(data_key, owner, random_bytes))
    return SealedCredential(key, DataKey(data_key).seal(value, owner, random_bytes))


def open_credential(
    keys: MasterKeys, kind: CredentialKind, credential_id: str, stored: SealedCredential
) -> dict[str, JSON]:
    """The fields again; VaultProblem when a key is missing or wrong."""
    owner = label("credential", kind, credential_id)
    data_key = keys.unwrap(stored.key.key_id, stored.key.wrapped, owner)
    return DataKey(data_key).open(stored.sealed, owner)
