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
