-- What the mapper looks up: orders that wait for something, and the variants of each store.
-- Waiting orders and variants are views: they can be dropped and are filled again.

CREATE SCHEMA mapper;

CREATE TABLE mapper.waiting (
    stream_id  text COLLATE "C" PRIMARY KEY,
    shop_id    text COLLATE "C" NOT NULL,
    waits_for  text COLLATE "C" NOT NULL
               CHECK (waits_for IN ('wish', 'link', 'writer', 'shop')),
    sku_ids    text[] NOT NULL
);
CREATE INDEX waiting_of_shop ON mapper.waiting (shop_id, waits_for, stream_id);
CREATE INDEX waiting_for_sku ON mapper.waiting USING gin (sku_ids) WHERE waits_for = 'link';

-- Waiting orders that are to be decided again, page by page: work that survives the process.
-- sku_id '': all of them. A new cause begins a new round from the first page.
CREATE TABLE mapper.release (
    shop_id        text COLLATE "C" NOT NULL,
    waits_for      text COLLATE "C" NOT NULL,
    sku_id         text COLLATE "C" NOT NULL DEFAULT '',
    cause          text NOT NULL,
    round          bigint NOT NULL DEFAULT 1,
    after_stream   text COLLATE "C" NOT NULL DEFAULT '',
    worked_at      timestamptz NOT NULL DEFAULT now(),
    claimed_until  timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (shop_id, waits_for, sku_id)
);

-- One row once every order that waits is in mapper.waiting; without it the mapper reads them anew.
CREATE TABLE mapper.filled (
    whole  boolean PRIMARY KEY DEFAULT true CHECK (whole),
    at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mapper.variant (
    store       text COLLATE "C" NOT NULL,
    variant_id  text COLLATE "C" NOT NULL,
    sku         text NOT NULL,
    PRIMARY KEY (store, variant_id)
);
CREATE INDEX variant_by_sku ON mapper.variant (store, sku);

GRANT USAGE ON SCHEMA mapper TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.waiting, mapper.release, mapper.filled, mapper.variant TO ordersync_app;
