-- Orders another connector created in a store whose TikTok order no shop has fetched yet.

CREATE SCHEMA shopify_writer;

CREATE TABLE shopify_writer.kept_order (
    store             text COLLATE "C" NOT NULL,
    order_id          text COLLATE "C" NOT NULL,
    shopify_order_id  text COLLATE "C" NOT NULL,
    name              text NOT NULL,
    processed_at      timestamptz,
    PRIMARY KEY (store, order_id)
);

GRANT USAGE ON SCHEMA shopify_writer TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON shopify_writer.kept_order TO ordersync_app;

-- Up to which position of the events a writer has read back what it created, and that it lives.
-- taken_by: who reads back what this one, which is gone, had not.
CREATE TABLE shopify_writer.read_back_mark (
    writer    text COLLATE "C" PRIMARY KEY,
    position  bigint NOT NULL,
    seen_at   timestamptz NOT NULL,
    taken_by  text COLLATE "C"
);

GRANT SELECT, INSERT, UPDATE, DELETE ON shopify_writer.read_back_mark TO ordersync_app;

-- What Shopify's webhooks said: durable before they are answered, each carried out once. Ids and
-- codes only. respond_by: until when a compliance request has to be carried out.
CREATE TABLE shopify_writer.webhook (
    id            text COLLATE "C" PRIMARY KEY,
    topic         text NOT NULL,
    store         text COLLATE "C" NOT NULL,
    triggered_at  timestamptz,
    order_ids     text[] NOT NULL,
    customer_id   text NOT NULL,
    reason        text NOT NULL,
    received_at   timestamptz NOT NULL,
    respond_by    timestamptz,
    due_at        timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    done_at       timestamptz,
    done_by       text NOT NULL DEFAULT ''
);

CREATE INDEX webhook_due ON shopify_writer.webhook (due_at) WHERE done_at IS NULL;
CREATE INDEX webhook_done ON shopify_writer.webhook (done_at) WHERE done_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON shopify_writer.webhook TO ordersync_app;

-- When a store was last compared with the events, and who is at it.
CREATE TABLE shopify_writer.reconciled (
    store          text COLLATE "C" PRIMARY KEY,
    begun_at       timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON shopify_writer.reconciled TO ordersync_app;
