-- What the mapper looks up: orders that wait for something, and the variants of each store.
-- Both are views: they can be dropped and are filled again.

CREATE SCHEMA mapper;

CREATE TABLE mapper.waiting (
    stream_id  text COLLATE "C" PRIMARY KEY,
    shop_id    text COLLATE "C" NOT NULL,
    waits_for  text COLLATE "C" NOT NULL CHECK (waits_for IN ('wish', 'link', 'writer')),
    sku_ids    text[] NOT NULL
);
CREATE INDEX waiting_of_shop ON mapper.waiting (shop_id, waits_for, stream_id);
CREATE INDEX waiting_for_sku ON mapper.waiting USING gin (sku_ids) WHERE waits_for = 'link';

CREATE TABLE mapper.variant (
    store       text COLLATE "C" NOT NULL,
    variant_id  text COLLATE "C" NOT NULL,
    sku         text NOT NULL,
    PRIMARY KEY (store, variant_id)
);
CREATE INDEX variant_by_sku ON mapper.variant (store, sku);

GRANT USAGE ON SCHEMA mapper TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.waiting, mapper.variant TO ordersync_app;
