"""The secrets: recipients, buyers' messages and credentials, encrypted and erasable."""

from importlib.resources import files

from runtime.migrations import MigrationSet
from vault.interface import LockedGrant, Vault
from vault.keys import (
    MasterKeyInvalid,
    MasterKeyMissing,
    MasterKeys,
    Unreadable,
    VaultProblem,
    WrongMasterKey,
)
from vault.memory import MemoryVault
from vault.postgres import PostgresVault
from vault.values import (
    JSON,
    CredentialKind,
    Entry,
    Erased,
    Kind,
    Reference,
    Secret,
    Wanted,
)

MIGRATIONS = MigrationSet("vault", files("vault") / "migrations")
"""The vault's tables, for ``ordersync migrate``."""

__all__ = [
    "JSON",
    "MIGRATIONS",
    "CredentialKind",
    "Entry",
    "Erased",
    "Kind",
    "LockedGrant",
    "MasterKeyInvalid",
    "MasterKeyMissing",
    "MasterKeys",
    "MemoryVault",
    "PostgresVault",
    "Reference",
    "Secret",
    "Unreadable",
    "Vault",
    "VaultProblem",
    "Wanted",
    "WrongMasterKey",
]
