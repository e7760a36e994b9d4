"""An installation that has synced so many orders, filled by SQL: the first order again and again.

Their hash chain is of no use; everything else is as services would have left it.
"""

from typing import Final

import asyncpg

from bench import orders
from bench.say import say
from devstack.databases import Database

_PAGE: Final = 20_000
_BUYERS: Final = 50_000
"""Who is remembered: of the orders of a month, one a minute; of older ones there are tombstones."""
_EVENTS: Final = f"""
    INSERT INTO eventstore.event (event_id, stream_id, version, name, schema_version, occurred_at,
        recorded_at, source, correlation_id, causation_id, traceparent, digest, chain, payload)
    SELECT gen_random_uuid(), 'order-{orders.SHOP_ID}-' || ($1::bigint + n), version, name,
        schema_version, occurred_at, recorded_at, source, correlation_id,
        causation_id, traceparent, digest, chain, payload
    FROM (SELECT * FROM eventstore.event WHERE stream_id = $3) AS first,
        generate_series(1, $2::bigint) AS n
    ORDER BY n, version
"""
_ROWS: Final = (
    f"""
    INSERT INTO console.order_row
        (stream_id, shop_id, order_id, placed_at, items, total, currency, tiktok_status, status,
         reason_code, remark, may_sync, delivery, store, shopify_order_id, shopify_number,
         shopify_name, is_gift, is_sample, open_sku_ids)
    SELECT 'order-{orders.SHOP_ID}-' || n, '{orders.SHOP_ID}', n::text,
        now() - n * interval '1 minute', 1, 10, 'USD', 'AWAITING_SHIPMENT',
        CASE WHEN n % ($1 / 40) = 0 THEN 'Sync failed' ELSE 'Synced' END,
        CASE WHEN n % ($1 / 40) = 0 THEN 'unlinked_sku' ELSE '' END, '', true, '', '{orders.STORE}',
        '', n::text, '#' || n, n % 500 = 0, n % 600 = 0, '{{}}'
    FROM generate_series(1, $1::bigint) AS n
    """,
    f"""
    INSERT INTO fetcher.known_order (shop_id, order_id, created_at, ended_at, has_buyer, erased_at)
    SELECT '{orders.SHOP_ID}', n::text, at - interval '5 days', at, true,
        CASE WHEN at < now() - interval '30 days' THEN at + interval '30 days' END
    FROM (SELECT n, now() - interval '1 day' - n * interval '1 minute' AS at
          FROM generate_series(1, $1::bigint) AS n) AS ended
    """,
    f"""
    INSERT INTO vault_keys.data_key (shop_id, order_id, key_id, wrapped, created_at)
    SELECT '{orders.SHOP_ID}', n::text, 'bench', decode(repeat('ab', 60), 'hex'), now()
    FROM generate_series(1, least($1::bigint, {_BUYERS})) AS n
    """,
    f"""
    INSERT INTO vault.secret
        (shop_id, order_id, kind, version, masked, digest, sealed, stored_at)
    SELECT '{orders.SHOP_ID}', n::text, 'recipient', 1, false, repeat('d', 64),
        decode(repeat('ab', 300), 'hex'), now()
    FROM generate_series(1, least($1::bigint, {_BUYERS})) AS n
    """,
    f"""
    INSERT INTO vault.tombstone (shop_id, order_id, reason, erased_at)
    SELECT '{orders.SHOP_ID}', n::text, 'retention', now()
    FROM generate_series({_BUYERS} + 1, $1::bigint) AS n
    """,
    """
    INSERT INTO mapper.waiting (stream_id, shop_id, waits_for, sku_ids, as_of)
    SELECT 'order-elsewhere-' || n, 'elsewhere', CASE n % 2 WHEN 0 THEN 'wish' ELSE 'link' END,
        CASE n % 2 WHEN 0 THEN ARRAY[]::text[] ELSE ARRAY[(n / 100)::text] END, 2
    FROM generate_series(1, $1::bigint / 4) AS n
    """,
    f"""
    INSERT INTO effects.job (id, stream_id, version, store, kind, lane, payload, supersedes, state,
        due_at, enqueued_at, ended_at)
    SELECT gen_random_uuid(), 'order-{orders.SHOP_ID}-' || n, 3, '{orders.STORE}', 'create_order',
        'live', '{{}}', false, 'done', now(), now(), now()
    FROM generate_series(1, $1::bigint) AS n
    """,
)
_LONG_AGO: Final = (
    "SET session_replication_role = replica; "
    "UPDATE eventstore.event SET recorded_at = recorded_at - interval '31 days'; "
    "RESET session_replication_role"
)
"""What was there first was recorded first: recording times grow with positions."""
_REST: Final = """
    UPDATE console.checkpoint SET position = (SELECT max(position) FROM eventstore.event);
    UPDATE relay.checkpoint SET position = (SELECT max(position) FROM eventstore.event);
    INSERT INTO consumers.sweep SELECT 'mapper', max(position), now() FROM eventstore.event;
    VACUUM ANALYZE;
"""


async def fill(of: Database, count: int) -> None:
    """So many orders of five events each, their rows, jobs that are done, the fetcher's index and
    vault; an order waits in another shop for every four."""
    admin = await asyncpg.connect(of.admin_dsn, command_timeout=1_800)
    try:
        await fill_events(admin, count)
        for rows in _ROWS:
            await admin.execute(rows, count)
        for statement in _REST.strip().split(";")[:-1]:
            await admin.execute(statement)
        await admin.execute("CHECKPOINT")
    finally:
        await admin.close()


async def fill_events(admin: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """So many orders of five events each, recorded after whatever there is; the first is there."""
    await admin.execute(_LONG_AGO)
    for start in range(0, count, _PAGE):
        page = min(_PAGE, count - start)
        await admin.execute(_EVENTS, start, page, orders.stream(0))
        say(f"filled up to {start + page:,} orders")
