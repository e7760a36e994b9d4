-- What the Orders and Products pages show. A view of the events: may be emptied and filled again.

CREATE SCHEMA console;

-- How far the events are in the rows; moved in the same transaction as the rows.
CREATE TABLE console.checkpoint (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position   bigint NOT NULL DEFAULT 0
);
INSERT INTO console.checkpoint DEFAULT VALUES;

CREATE TABLE console.order_row (
    stream_id         text COLLATE "C" PRIMARY KEY,
    shop_id           text COLLATE "C" NOT NULL,
    order_id          text COLLATE "C" NOT NULL,
    placed_at         timestamptz NOT NULL,
    items             integer NOT NULL,
    total             numeric NOT NULL,
    currency          text NOT NULL,
    tiktok_status     text NOT NULL,
    status            text COLLATE "C" NOT NULL,
    reason_code       text COLLATE "C" NOT NULL,
    next_attempt_at   timestamptz,
    remark            text NOT NULL,
    may_sync          boolean NOT NULL,
    delivery          text NOT NULL,
    store             text NOT NULL,
    shopify_order_id  text NOT NULL,
    shopify_number    text COLLATE "C" NOT NULL,
    shopify_name      text COLLATE "C" NOT NULL,
    is_gift           boolean NOT NULL,
    is_sample         boolean NOT NULL,
    open_sku_ids      text[] NOT NULL,
    ship_by           timestamptz
);

-- Ways of looking at the list: all, with a reason, gifts, samples; of one shop or all; of one
-- status or all. Each has an index in the order of the list, so that a page is read from the index
-- however many orders there are, and however few of them it shows. Few rows have a reason, or are
-- gifts or samples.
CREATE INDEX order_row_all
    ON console.order_row (placed_at DESC, stream_id DESC)
    WHERE status <> 'Not eligible';
CREATE INDEX order_row_shop
    ON console.order_row (shop_id, placed_at DESC, stream_id DESC)
    WHERE status <> 'Not eligible';
CREATE INDEX order_row_status
    ON console.order_row (status, placed_at DESC, stream_id DESC);
CREATE INDEX order_row_shop_status
    ON console.order_row (shop_id, status, placed_at DESC, stream_id DESC);
CREATE INDEX order_row_reason
    ON console.order_row (reason_code, placed_at DESC, stream_id DESC)
    WHERE reason_code <> '' AND status <> 'Not eligible';
CREATE INDEX order_row_shop_reason
    ON console.order_row (shop_id, reason_code, placed_at DESC, stream_id DESC)
    WHERE reason_code <> '' AND status <> 'Not eligible';
CREATE INDEX order_row_reason_status
    ON console.order_row (reason_code, status, placed_at DESC, stream_id DESC)
    WHERE reason_code <> '';
CREATE INDEX order_row_shop_reason_status
    ON console.order_row (shop_id, reason_code, status, placed_at DESC, stream_id DESC)
    WHERE reason_code <> '';
CREATE INDEX order_row_gift
    ON console.order_row (placed_at DESC, stream_id DESC)
    WHERE is_gift AND status <> 'Not eligible';
CREATE INDEX order_row_gift_shop
    ON console.order_row (shop_id, placed_at DESC, stream_id DESC)
    WHERE is_gift AND status <> 'Not eligible';
CREATE INDEX order_row_gift_status
    ON console.order_row (status, placed_at DESC, stream_id DESC)
    WHERE is_gift;
CREATE INDEX order_row_gift_shop_status
    ON console.order_row (shop_id, status, placed_at DESC, stream_id DESC)
    WHERE is_gift;
CREATE INDEX order_row_sample
    ON console.order_row (placed_at DESC, stream_id DESC)
    WHERE is_sample AND status <> 'Not eligible';
CREATE INDEX order_row_sample_shop
    ON console.order_row (shop_id, placed_at DESC, stream_id DESC)
    WHERE is_sample AND status <> 'Not eligible';
CREATE INDEX order_row_sample_status
    ON console.order_row (status, placed_at DESC, stream_id DESC)
    WHERE is_sample;
CREATE INDEX order_row_sample_shop_status
    ON console.order_row (shop_id, status, placed_at DESC, stream_id DESC)
    WHERE is_sample;
CREATE INDEX order_row_order_id ON console.order_row (order_id);
CREATE INDEX order_row_shopify_number ON console.order_row (shopify_number)
    WHERE shopify_number <> '';
CREATE INDEX order_row_shopify_name ON console.order_row (shopify_name) WHERE shopify_name <> '';
CREATE INDEX order_row_open ON console.order_row (shop_id) WHERE open_sku_ids <> '{}';

-- Orders by status and reason, kept up to date with the rows: counting a million rows is slow.
CREATE TABLE console.tally (
    shop_id      text COLLATE "C" NOT NULL,
    status       text COLLATE "C" NOT NULL,
    reason_code  text COLLATE "C" NOT NULL,
    orders       bigint NOT NULL,
    PRIMARY KEY (shop_id, status, reason_code)
);

-- Every TikTok SKU that an order or a link named. variant_id '': not linked.
CREATE TABLE console.sku (
    shop_id       text COLLATE "C" NOT NULL,
    sku_id        text COLLATE "C" NOT NULL,
    seller_sku    text NOT NULL DEFAULT '',
    product_name  text NOT NULL DEFAULT '',
    sku_name      text NOT NULL DEFAULT '',
    variant_id    text NOT NULL DEFAULT '',
    store         text NOT NULL DEFAULT '',
    linked_by     text NOT NULL DEFAULT '',
    PRIMARY KEY (shop_id, sku_id)
);

-- How far each shop's orders are fetched: proven complete from and until, history read back to.
CREATE TABLE console.shop_fetched (
    shop_id         text COLLATE "C" PRIMARY KEY,
    proven_from     timestamptz,
    complete_until  timestamptz,
    read_back_to    timestamptz
);

-- Sellers on their way to TikTok and back, by the digest of their state. Not a view of events.
CREATE TABLE console.authorization_begun (
    state_digest  text COLLATE "C" PRIMARY KEY,
    begun_by      text NOT NULL,
    expires_at    timestamptz NOT NULL
);

-- Bulk syncs that were asked for, by the id of their form. Not a view of events. after_row: the last
-- row that was seen, as it is in addresses; free_at: from when any process may work on it;
-- begun_at_position: up to where there were events when it was begun.
CREATE TABLE console.bulk_sync (
    id            text COLLATE "C" PRIMARY KEY,
    begun_by      text NOT NULL,
    begun_at      timestamptz NOT NULL DEFAULT now(),
    wanted        text NOT NULL,
    total         integer NOT NULL,
    after_row     text NOT NULL DEFAULT '',
    seen          integer NOT NULL DEFAULT 0,
    asked         integer NOT NULL DEFAULT 0,
    not_asked     integer NOT NULL DEFAULT 0,
    waits_for     text[] NOT NULL DEFAULT '{}',
    trouble       text NOT NULL DEFAULT '',
    free_at       timestamptz NOT NULL DEFAULT now(),
    done_at       timestamptz,
    is_dismissed  boolean NOT NULL DEFAULT false,
    begun_at_position  bigint NOT NULL DEFAULT 0
);
CREATE INDEX bulk_sync_open ON console.bulk_sync (free_at, id) WHERE done_at IS NULL;
CREATE INDEX bulk_sync_shown ON console.bulk_sync (begun_at, id) WHERE NOT is_dismissed;
CREATE INDEX bulk_sync_done ON console.bulk_sync (done_at) WHERE done_at IS NOT NULL;

-- Streams whose row could not be made or written: shown to operators, tried again now and then.
CREATE TABLE console.unshown (
    stream_id  text COLLATE "C" PRIMARY KEY,
    error      text NOT NULL,
    since      timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA console TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA console TO ordersync_app;
