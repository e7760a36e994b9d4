"""The vault in PostgreSQL: schemas ``vault`` (sealed data) and ``vault_keys`` (wrapped keys)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Final

import asyncpg

from runtime.clock import Clock
from runtime.migrations import MigrationSet
from vault import tables
from vault.credentials import SealedCredential, open_credential, seal_credential
from vault.interface import LockedGrant, Vault
from vault.keys import MasterKeys, RandomBytes, Unreadable
from vault.ledger import Ledger, WrappedKey
from vault.sealing import label
from vault.values import JSON, CredentialKind, Entry, Erased, Reference, Secret, Wanted

MIGRATIONS: Final = MigrationSet("vault", files("vault") / "migrations")


class PostgresVault(Vault):
    """Keeps what ``Vault`` promises. ``pool`` must connect directly: locks belong to sessions.

    Puts and erasures of one shop run one after the other; shops do not wait for each other.
    """

    def __init__(
        self, pool: asyncpg.Pool, keys: MasterKeys, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._ledger = Ledger(keys, random_bytes)
        self._credentials = _Credentials(keys, clock, random_bytes)

    def __repr__(self) -> str:
        return "PostgresVault(…)"

    async def put_many(self, entries: Sequence[Entry]) -> tuple[Reference | Erased, ...]:
        """See ``Vault.put_many``: one statement locks, one reads, one writes."""
        if not entries:
            return ()
        orders = sorted({(entry.shop_id, entry.order_id) for entry in entries})
        async with self._pool.acquire() as connection, connection.transaction():
            await tables.lock_shops(connection, {shop_id for shop_id, _ in orders})
            states = await tables.read_orders(connection, orders)
            puts = self._ledger.put(entries, states)
            if puts.keys or puts.versions:
                await tables.add(connection, puts, self._clock())
        return puts.answers

    async def get_many(self, wanted: Sequence[Wanted]) -> tuple[Secret | Erased | None, ...]:
        """See ``Vault.get_many``."""
        rows = await tables.read_versions(self._pool, wanted)
        return tuple(self._opened(secret, row) for secret, row in zip(wanted, rows, strict=True))

    async def erase_order(self, shop_id: str, order_id: str, reason: str) -> Erased:
        """See ``Vault.erase_order``."""
        async with self._pool.acquire() as connection, connection.transaction():
            await tables.lock_shops(connection, {shop_id})
            return await tables.erase_order(connection, shop_id, order_id, reason, self._clock())

    async def erase_shop(self, shop_id: str, reason: str) -> Erased:
        """See ``Vault.erase_shop``."""
        async with self._pool.acquire() as connection, connection.transaction():
            await tables.lock_shops(connection, {shop_id})
            return await tables.erase_shop(connection, shop_id, reason, self._clock())

    async def readmit_shop(self, shop_id: str) -> bool:
        """See ``Vault.readmit_shop``."""
        async with self._pool.acquire() as connection, connection.transaction():
            await tables.lock_shops(connection, {shop_id})
            return await tables.readmit_shop(connection, shop_id)

    async def put_credential(
        self, kind: CredentialKind, credential_id: str, value: Mapping[str, JSON]
    ) -> None:
        """See ``Vault.put_credential``."""
        await self._credentials.write(self._pool, kind, credential_id, value)

    async def get_credential(
        self, kind: CredentialKind, credential_id: str
    ) -> Mapping[str, JSON] | None:
        """See ``Vault.get_credential``."""
        return await self._credentials.read(self._pool, kind, credential_id)

    async def delete_credential(self, kind: CredentialKind, credential_id: str) -> bool:
        """See ``Vault.delete_credential``."""
        return await tables.delete_credential(self._pool, kind, credential_id)

    @asynccontextmanager
    async def grant_lock(
        self, credential_id: str, kind: CredentialKind = "tiktok_grant"
    ) -> AsyncIterator[LockedGrant]:
        """See ``Vault.grant_lock``; reading and writing use the connection that holds the lock."""
        name = f"{kind}/{credential_id}"
        async with self._pool.acquire() as connection, tables.grant_lock(connection, name):
            yield _LockedRow(self._credentials, connection, kind, credential_id)

    def _opened(self, wanted: Wanted, row: asyncpg.Record) -> Secret | Erased | None:
        if row["reason"] is not None:
            return tables.erased(wanted.shop_id, row)
        if row["version"] is None:
            return None
        if row["wrapped"] is None:
            raise Unreadable(f"vault_keys has no key for order {wanted.order_id}: restore it")
        order = (wanted.shop_id, wanted.order_id)
        data_key = self._ledger.data_key(order, WrappedKey(row["key_id"], row["wrapped"]))
        owner = label(*order, wanted.kind, row["version"])
        reference = Reference(wanted.kind, row["version"], row["digest"], row["masked"])
        return Secret(reference, data_key.open(row["sealed"], owner))


class _Credentials:
    """Credentials through any connection: the pool's, or the one that holds a grant's lock."""

    def __init__(self, keys: MasterKeys, clock: Clock, random_bytes: RandomBytes) -> None:
        self._keys = keys
        self._clock = clock
        self._random_bytes = random_bytes

    async def read(
        self, connection: tables.Connection, kind: CredentialKind, credential_id: str
    ) -> Mapping[str, JSON] | None:
        row = await tables.read_credential(connection, kind, credential_id)
        if row is None:
            return None
        stored = SealedCredential(WrappedKey(row["key_id"], row["wrapped"]), row["sealed"])
        return open_credential(self._keys, kind, credential_id, stored)

    async def write(
        self,
        connection: tables.Connection,
        kind: CredentialKind,
        credential_id: str,
        value: Mapping[str, JSON],
    ) -> None:
        sealed = seal_credential(self._keys, self._random_bytes, kind, credential_id, value)
        await tables.write_credential(connection, kind, credential_id, sealed, self._clock())


class _LockedRow:
    def __init__(
        self,
        credentials: _Credentials,
        connection: tables.Connection,
        kind: CredentialKind,
        credential_id: str,
    ) -> None:
        self._credentials = credentials
        self._connection = connection
        self._place = (kind, credential_id)

    async def read(self) -> Mapping[str, JSON] | None:
        return await self._credentials.read(self._connection, *self._place)

    async def write(self, value: Mapping[str, JSON]) -> None:
        await self._credentials.write(self._connection, *self._place, value)
