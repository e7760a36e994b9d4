-- What the mapper looks up: orders that wait for something, links to be looked at, and the variants
-- of each store. All are views: they can be dropped and are filled again.

CREATE SCHEMA mapper;

-- Vacuumed early, as it is a queue: looking for a first entry passes over those that were deleted.
CREATE TABLE mapper.waiting (
    stream_id  text COLLATE "C" PRIMARY KEY,
    shop_id    text COLLATE "C" NOT NULL,
    as_of      bigint NOT NULL, -- which version of its stream it follows from (waiting.as_of)
    waits_for  text COLLATE "C" NOT NULL
               CHECK (waits_for IN ('wish', 'link', 'writer', 'shop')),
    sku_ids    text[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX waiting_of_shop ON mapper.waiting (shop_id, waits_for, stream_id);
CREATE INDEX waiting_for_sku ON mapper.waiting USING gin (sku_ids) WHERE waits_for = 'link';

-- Waiting orders that are to be decided again, page by page: work that survives the process.
-- sku_id '': all of them. A new cause begins a new round from the first page; rounds are numbered once
-- for all releases, so that one which ended and was queued anew has another.
CREATE SEQUENCE mapper.release_round;
CREATE TABLE mapper.release (
    shop_id        text COLLATE "C" NOT NULL,
    waits_for      text COLLATE "C" NOT NULL,
    sku_id         text COLLATE "C" NOT NULL DEFAULT '',
    cause          text NOT NULL,
    round          bigint NOT NULL DEFAULT nextval('mapper.release_round'),
    after_stream   text COLLATE "C" NOT NULL DEFAULT '',
    worked_at      timestamptz NOT NULL DEFAULT now(),
    claimed_until  timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (shop_id, waits_for, sku_id)
);

CREATE INDEX release_turn ON mapper.release (worked_at);

-- One row once every order that waits is in mapper.waiting; without it the mapper reads them anew.
CREATE TABLE mapper.filled (
    whole  boolean PRIMARY KEY DEFAULT true CHECK (whole),
    at     timestamptz NOT NULL DEFAULT now()
);

-- SKUs of TikTok shops whose link is to be looked at: made, confirmed, made anew or taken back.
-- seller_sku and named_at: what the newest order names it by, and when that was placed; asked_in: the
-- store's reading that had begun by then; variant_id: what it was linked to when it was looked at. A check that needs_reading waits for the store's products
-- to be read; one that failed alone waits for due_at.
CREATE TABLE mapper.sku_check (
    shop_id        text COLLATE "C" NOT NULL,
    sku_id         text COLLATE "C" NOT NULL,
    store          text COLLATE "C" NOT NULL,
    seller_sku     text NOT NULL,
    named_at       timestamptz NOT NULL,
    round          bigint NOT NULL DEFAULT 1,
    is_open        boolean NOT NULL DEFAULT true,
    needs_reading  boolean NOT NULL DEFAULT false,
    asked_at       timestamptz NOT NULL DEFAULT now(),
    asked_in       bigint NOT NULL DEFAULT 0,
    due_at         timestamptz NOT NULL DEFAULT '-infinity',
    looked_at      timestamptz,
    variant_id     text NOT NULL DEFAULT '',
    PRIMARY KEY (shop_id, sku_id)
);
CREATE INDEX sku_check_open ON mapper.sku_check (store, needs_reading, asked_at) WHERE is_open;
CREATE INDEX sku_check_of_store ON mapper.sku_check (store, variant_id);

-- The reading of each store's products, page by page: one at a time, it goes on where it was cut off.
-- whole: the last one that was read to its end, and read_at when that was. Readings up to stale are
-- known to be wrong by now.
CREATE TABLE mapper.catalogue (
    store          text COLLATE "C" PRIMARY KEY,
    reading        bigint NOT NULL DEFAULT 0,
    is_reading     boolean NOT NULL DEFAULT false,
    cursor         text NOT NULL DEFAULT '',
    whole          bigint NOT NULL DEFAULT 0,
    stale          bigint NOT NULL DEFAULT 0,
    read_at        timestamptz NOT NULL DEFAULT '-infinity',
    read_after     timestamptz NOT NULL DEFAULT '-infinity',
    claimed_until  timestamptz NOT NULL DEFAULT '-infinity',
    worked_at      timestamptz NOT NULL DEFAULT now(),
    failures       integer NOT NULL DEFAULT 0
);

CREATE TABLE mapper.variant (
    store       text COLLATE "C" NOT NULL,
    variant_id  text COLLATE "C" NOT NULL,
    sku         text NOT NULL,
    reading     bigint NOT NULL,
    PRIMARY KEY (store, variant_id)
);
CREATE INDEX variant_by_sku ON mapper.variant (store, sku);

GRANT USAGE ON SCHEMA mapper TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.waiting, mapper.release, mapper.filled,
    mapper.sku_check, mapper.catalogue, mapper.variant TO ordersync_app;
GRANT USAGE ON SEQUENCE mapper.release_round TO ordersync_app;
