"""The vault's SQL. A batch of any size is one statement per step."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from vault.credentials import SealedCredential
from vault.ledger import OrderKey, OrderState, Puts, WrappedKey
from vault.values import CredentialKind, Erased, Reference, Wanted

Connection: TypeAlias = asyncpg.Connection | asyncpg.Pool

_LOCK = (
    "SELECT pg_advisory_xact_lock(hashtextextended('vault/' || id, 0)) FROM unnest($1::text[]) id"
)

_TOMBSTONE = """
    LEFT JOIN LATERAL (
        SELECT order_id AS erased_order_id, reason, erased_at FROM vault.tombstone
        WHERE shop_id = wanted.shop_id AND order_id IN (wanted.order_id, '')
        ORDER BY order_id DESC LIMIT 1
    ) tombstone ON true
    LEFT JOIN vault_keys.data_key key
        ON key.shop_id = wanted.shop_id AND key.order_id = wanted.order_id
"""

_READ_ORDERS = f"""
    SELECT wanted.shop_id, wanted.order_id, tombstone.*, key.key_id, key.wrapped, newest.*
    FROM unnest($1::text[], $2::text[]) AS wanted (shop_id, order_id)
    {_TOMBSTONE}
    LEFT JOIN LATERAL (
        SELECT DISTINCT ON (kind) kind, version, masked, digest FROM vault.secret
        WHERE shop_id = wanted.shop_id AND order_id = wanted.order_id
        ORDER BY kind, version DESC
    ) newest ON true
"""

_READ_VERSIONS = f"""
    SELECT tombstone.*, key.key_id, key.wrapped, found.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) WITH ORDINALITY
        AS wanted (shop_id, order_id, kind, version, place)
    {_TOMBSTONE}
    LEFT JOIN LATERAL (
        SELECT version, masked, digest, sealed FROM vault.secret
        WHERE shop_id = wanted.shop_id AND order_id = wanted.order_id AND kind = wanted.kind
            AND (wanted.version IS NULL OR version = wanted.version)
        ORDER BY version DESC LIMIT 1
    ) found ON true
    ORDER BY wanted.place
"""

_ADD = """
    WITH key AS (
        INSERT INTO vault_keys.data_key (shop_id, order_id, key_id, wrapped, created_at)
        SELECT *, $1 FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[])
    )
    INSERT INTO vault.secret
        (shop_id, order_id, kind, version, masked, digest, sealed, stored_at)
    SELECT *, $1 FROM unnest($6::text[], $7::text[], $8::text[], $9::integer[], $10::boolean[],
        $11::text[], $12::bytea[])
"""

_ERASE_SHOP = """
    WITH key AS (
        DELETE FROM vault_keys.data_key WHERE shop_id = $1 RETURNING order_id
    ), secret AS (
        DELETE FROM vault.secret WHERE shop_id = $1
    )
    INSERT INTO vault.tombstone (shop_id, order_id, reason, erased_at)
    SELECT $1, order_id, $3, $4 FROM (SELECT $2 AS order_id UNION SELECT order_id FROM key) gone
    ON CONFLICT DO NOTHING
"""
_ERASE_ORDER = _ERASE_SHOP.replace("WHERE shop_id = $1", "WHERE shop_id = $1 AND order_id = $2")
_READ_TOMBSTONE = """
    SELECT order_id AS erased_order_id, reason, erased_at FROM vault.tombstone
    WHERE shop_id = $1 AND order_id = $2
"""

_READ_CREDENTIAL = """
    SELECT key.key_id, key.wrapped, credential.sealed
    FROM vault.credential JOIN vault_keys.credential_key key USING (kind, id)
    WHERE kind = $1 AND id = $2
"""
_WRITE_CREDENTIAL = """
    WITH key AS (
        INSERT INTO vault_keys.credential_key (kind, id, key_id, wrapped) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, id) DO UPDATE SET key_id = $3, wrapped = $4
    )
    INSERT INTO vault.credential (kind, id, sealed, stored_at) VALUES ($1, $2, $5, $6)
    ON CONFLICT (kind, id) DO UPDATE SET sealed = $5, stored_at = $6
"""
_DELETE_CREDENTIAL = """
    WITH key AS (
        DELETE FROM vault_keys.credential_key WHERE kind = $1 AND id = $2 RETURNING 1
    ), credential AS (
        DELETE FROM vault.credential WHERE kind = $1 AND id = $2 RETURNING 1
    )
    SELECT count(*) > 0 FROM (TABLE key UNION ALL TABLE credential) gone
"""


async def lock_shops(connection: asyncpg.Connection, shop_ids: AbstractSet[str]) -> None:
    """Until the transaction ends, nobody else puts or erases in these shops."""
    await connection.execute(_LOCK, sorted(shop_ids))


async def read_orders(
    connection: asyncpg.Connection, orders: Sequence[OrderKey]
) -> dict[OrderKey, OrderState]:
    """What is held of each order: key, newest version of each kind, tombstone."""
    rows = await connection.fetch(
        _READ_ORDERS, [shop_id for shop_id, _ in orders], [order_id for _, order_id in orders]
    )
    states: dict[OrderKey, OrderState] = {}
    for row in rows:
        order = (row["shop_id"], row["order_id"])
        states[order] = _with_row(states.get(order, OrderState()), row)
    return states


async def add(connection: asyncpg.Connection, puts: Puts, now: datetime) -> None:
    """Add the keys and versions that a batch of puts brings."""
    keys = [(*order, key.key_id, key.wrapped) for order, key in puts.keys.items()]
    versions = [
        (
            version.shop_id,
            version.order_id,
            version.reference.kind,
            version.reference.version,
            version.reference.masked,
            version.reference.digest,
            version.sealed,
        )
        for version in puts.versions
    ]
    await connection.execute(_ADD, now, *_columns(keys, 4), *_columns(versions, 7))


async def read_versions(
    connection: Connection, wanted: Sequence[Wanted]
) -> Sequence[asyncpg.Record]:
    """One row per wanted secret, in order; what is not there is NULL."""
    asked = [(secret.shop_id, secret.order_id, secret.kind, secret.version) for secret in wanted]
    rows: Sequence[asyncpg.Record] = await connection.fetch(_READ_VERSIONS, *_columns(asked, 4))
    return rows


async def erase_order(
    connection: asyncpg.Connection, shop_id: str, order_id: str, reason: str, now: datetime
) -> Erased:
    """Delete key and versions, leave a tombstone; an older tombstone stands."""
    await connection.execute(_ERASE_ORDER, shop_id, order_id, reason, now)
    return erased(shop_id, await connection.fetchrow(_READ_TOMBSTONE, shop_id, order_id))


async def erase_shop(
    connection: asyncpg.Connection, shop_id: str, reason: str, now: datetime
) -> Erased:
    """The same for every order of the shop, and a tombstone for the shop itself."""
    await connection.execute(_ERASE_SHOP, shop_id, "", reason, now)
    return erased(shop_id, await connection.fetchrow(_READ_TOMBSTONE, shop_id, ""))


async def readmit_shop(connection: asyncpg.Connection, shop_id: str) -> bool:
    """Take away the shop's own tombstone; those of its orders stay. Whether there was one."""
    return bool(await connection.fetchval("SELECT vault.readmit_shop($1)", shop_id))


def erased(shop_id: str, row: asyncpg.Record) -> Erased:
    """The tombstone that a row carries."""
    return Erased(shop_id, row["erased_order_id"], row["reason"], row["erased_at"])


async def read_credential(
    connection: Connection, kind: CredentialKind, credential_id: str
) -> asyncpg.Record | None:
    """Wrapped key and sealed fields, or None."""
    return await connection.fetchrow(_READ_CREDENTIAL, kind, credential_id)


async def write_credential(
    connection: Connection,
    kind: CredentialKind,
    credential_id: str,
    credential: SealedCredential,
    now: datetime,
) -> None:
    """Store key and fields in one statement, so that they always belong together."""
    key = credential.key
    await connection.execute(
        _WRITE_CREDENTIAL, kind, credential_id, key.key_id, key.wrapped, credential.sealed, now
    )


async def delete_credential(
    connection: Connection, kind: CredentialKind, credential_id: str
) -> bool:
    """Delete key and fields; whether there was anything."""
    return bool(await connection.fetchval(_DELETE_CREDENTIAL, kind, credential_id))


@asynccontextmanager
async def grant_lock(connection: asyncpg.Connection, grant_id: str) -> AsyncIterator[None]:
    """A session's advisory lock; the server drops it when the connection or we die."""
    key = f"vault/grant/{grant_id}"
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", key)
        yield
    finally:
        # All: whoever is cancelled while asking does not know whether it was given.
        await connection.execute("SELECT pg_advisory_unlock_all()")


def _with_row(state: OrderState, row: asyncpg.Record) -> OrderState:
    """``state`` and what one row adds: an order has a row for each kind it holds."""
    newest: Mapping[Any, Reference] = state.newest
    if row["kind"] is not None:
        reference = Reference(row["kind"], row["version"], row["digest"], row["masked"])
        newest = {**newest, row["kind"]: reference}
    return OrderState(
        key=None if row["wrapped"] is None else WrappedKey(row["key_id"], row["wrapped"]),
        newest=newest,
        erased=None if row["reason"] is None else erased(row["shop_id"], row),
    )


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into ``width`` lists, as unnest takes them."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns
