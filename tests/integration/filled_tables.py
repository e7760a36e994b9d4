"""Every table that grows, with 30,000 rows that look like a busy installation's."""

from collections.abc import Mapping
from typing import Any, Final

ROWS: Final = 30_000
SMALL: Final[Mapping[str, str]] = {
    "console.authorization_begun": "sellers on their way, for half an hour",
    "console.checkpoint": "one row",
    "console.shop_fetched": "a row per shop",
    "console.unshown": "orders whose row cannot be made: a fault of ours, shown until it is mended",
    "console.tally": "shops by statuses by reasons",
    "consumers.sweep": "a row per consuming group",
    "effects.budget": "a row per store",
    "effects.hold": "a row per store and kind",
    "effects.reserved": "a row per store and process",
    "eventstore.identity": "one row",
    "fetcher.poll": "a row per shop",
    "mapper.catalogue": "a row per store",
    "mapper.filled": "one row",
    "relay.checkpoint": "one row",
    "shopify_writer.read_back_mark": "a row per writer",
    "shopify_writer.reconciled": "a row per store",
    "vault.credential": "a row per grant, shop and store",
    "vault_keys.credential_key": "a row per grant, shop and store",
}
_SHOP: Final = "'749500000' || n % 3 + 1"
_STORE: Final = "'store-' || n % 3 || '.myshopify.com'"
_AGO: Final = "'2026-11-24T12:00Z'::timestamptz - n * interval '1 minute'"
FILLED: Final[Mapping[str, str]] = {
    "eventstore.event": """
        (event_id, stream_id, version, name, schema_version, occurred_at, source, correlation_id,
         causation_id, traceparent, digest, chain, payload)
        SELECT gen_random_uuid(), CASE WHEN n < 600 THEN 'shop-7495'
                   WHEN n % 100 = 0 THEN 'link-7495-' || n ELSE 'order-7495-' || n / 5 END,
               CASE WHEN n < 600 THEN n + 1 WHEN n % 100 = 0 THEN 1 ELSE n % 5 + 1 END,
               (ARRAY['OrderFetched', 'OrderEligible', 'ShopifyOrderDraft',
                      'ShopifyOrderRequested', 'ShopifyOrderCreated'])[n % 5 + 1],
               1, now(), 'mapper', '', '', '', '', '', ''""",
    "eventstore.snapshot": """
        (stream_id, fold, version, event_id, state)
        SELECT 'shop-' || n, 'code', 500, gen_random_uuid(), '{}'""",
    "effects.job": f"""
        (id, stream_id, version, store, kind, lane, payload, supersedes, state, due_at, owner,
         in_doubt_since, reason, enqueued_at, ended_at)
        SELECT gen_random_uuid(), 'order-7495-' || n, 1, {_STORE},
               CASE WHEN n % 2 = 0 THEN 'create_order' ELSE 'deliver' END,
               (ARRAY['live', 'bulk', 'bulk'])[n % 3 + 1], '{{}}', false, state, {_AGO},
               CASE state WHEN 'running' THEN 'owner' END,
               CASE state WHEN 'in_doubt' THEN {_AGO} END, '', {_AGO},
               CASE state WHEN 'done' THEN {_AGO} END
        FROM (SELECT n, (ARRAY['done', 'done', 'done', 'waiting', 'waiting', 'parked',
              CASE WHEN n % 70 = 6 THEN 'running' ELSE 'done' END,
              CASE WHEN n % 80 = 7 THEN 'in_doubt' ELSE 'waiting' END])[n % 8 + 1] AS state
              FROM numbers) AS stated""",
    "console.order_row": f"""
        (stream_id, shop_id, order_id, placed_at, items, total, currency, tiktok_status, status,
         reason_code, remark, may_sync, delivery, store, shopify_order_id, shopify_number,
         shopify_name, is_gift, is_sample, open_sku_ids)
        SELECT 'order-7495000001-' || n, {_SHOP}, '5764' || lpad(n::text, 8, '0'), {_AGO}, 1, 10,
               'USD', 'AWAITING_SHIPMENT',
               (ARRAY['Synced', 'Sync failed', 'Not synced', 'Not eligible'])[n % 4 + 1],
               (ARRAY['', 'unlinked_sku', '', 'on_hold'])[n % 4 + 1], '', true, '', '', '',
               CASE n % 4 WHEN 0 THEN (7000000 + n)::text ELSE '' END,
               CASE n % 4 WHEN 0 THEN '#' || n ELSE '' END, n % 50 = 0, n % 60 = 0,
               CASE n % 4 WHEN 1 THEN ARRAY['1729'] ELSE '{{}}' END""",
    "console.sku": f"(shop_id, sku_id) SELECT {_SHOP}, n::text",
    "console.bulk_sync": f"""
        (id, begun_by, begun_at, wanted, total, free_at, done_at, is_dismissed)
        SELECT n::text, 'ana', {_AGO}, '{{}}', 1, {_AGO}, CASE WHEN n % 300 > 0 THEN {_AGO} END,
               n % 30 > 0""",
    "consumers.heard": """
        (group_name, position)
        SELECT (ARRAY['mapper', 'shopify-writer', 'status-tracker'])[n % 3 + 1], n""",
    "consumers.failed_event": f"""
        (group_name, position, attempts, reason, due_at)
        SELECT (ARRAY['mapper', 'shopify-writer', 'status-tracker'])[n % 3 + 1], n, 1, '',
               {_AGO}""",
    "relay.unknown_event": "(position, name) SELECT n, 'OrderTeleported'",
    "fetcher.known_order": f"""
        (shop_id, order_id, created_at, ended_at, has_buyer, erased_at)
        SELECT {_SHOP}, n::text, {_AGO}, CASE WHEN n % 3 > 0 THEN {_AGO} END, true,
               CASE WHEN n % 3 = 1 THEN now() END""",
    "fetcher.set_aside": f"""
        (shop_id, order_id, reason_code, asked_at, since, due_at)
        SELECT {_SHOP}, n::text, 'unreadable', {_AGO}, {_AGO}, {_AGO}""",
    "fetcher.notification": f"""
        (id, shop_id, kind, order_ids, received_at, due_at, done_at)
        SELECT n::text, {_SHOP}, 1, '{{}}', {_AGO}, {_AGO},
               CASE WHEN n % 300 > 0 THEN {_AGO} END""",
    "mapper.waiting": f"""
        (stream_id, shop_id, waits_for, sku_ids, as_of)
        SELECT 'order-7495-' || n, {_SHOP}, (ARRAY['wish', 'link', 'shop'])[n % 3 + 1],
               ARRAY[(n / 10)::text], 2""",
    "mapper.release": f"""
        (shop_id, waits_for, sku_id, cause) SELECT {_SHOP}, 'link', n::text, 'cause'""",
    "mapper.sku_check": f"""
        (shop_id, sku_id, store, seller_sku, named_at, is_open)
        SELECT {_SHOP}, n::text, {_STORE}, 'MUG-' || n, {_AGO}, n % 30 = 0""",
    "mapper.variant": f"""
        (store, variant_id, sku, reading) SELECT {_STORE}, n::text, 'MUG-' || n / 2, 1""",
    "shopify_writer.kept_order": f"""
        (store, order_id, shopify_order_id, name) SELECT {_STORE}, n::text, n::text, '#' || n""",
    "shopify_writer.webhook": f"""
        (id, topic, store, order_ids, customer_id, reason, received_at, due_at, done_at)
        SELECT n::text, 'orders/cancelled', {_STORE}, '{{}}', '', '', {_AGO}, {_AGO},
               CASE WHEN n % 300 > 0 THEN {_AGO} END""",
    "vault.secret": f"""
        (shop_id, order_id, kind, version, masked, digest, sealed, stored_at)
        SELECT {_SHOP}, n::text, 'recipient', 1, false, '', '', {_AGO}""",
    "vault.tombstone": f"""
        (shop_id, order_id, reason, erased_at) SELECT {_SHOP}, n::text, 'age', {_AGO}""",
    "vault_keys.data_key": f"""
        (shop_id, order_id, key_id, wrapped, created_at)
        SELECT {_SHOP}, n::text, 'k1', '', {_AGO}""",
}
"""Table → its columns and a query of them; ``n`` counts, unless the query says FROM itself."""


async def fill(admin: Any) -> None:
    """Fill the tables once, and let the planner know."""
    if await admin.fetchval("SELECT EXISTS (SELECT FROM eventstore.event)"):
        return
    await admin.execute(
        f"CREATE TEMP VIEW numbers AS SELECT n FROM generate_series(1, {ROWS}) AS n"
    )
    for table, rows in FILLED.items():
        await admin.execute(f"INSERT INTO {table} {rows}" + _from_numbers(rows))
    await admin.execute("ANALYZE")


def _from_numbers(rows: str) -> str:
    return "" if "FROM numbers" in rows else " FROM numbers"
