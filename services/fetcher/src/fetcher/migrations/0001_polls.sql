-- How far each shop's orders are fetched. The epoch fences a poller that lost its lease.

CREATE SCHEMA fetcher;

CREATE TABLE fetcher.poll (
    shop_id          text COLLATE "C" PRIMARY KEY,
    epoch            bigint NOT NULL DEFAULT 0,
    watermark        timestamptz,
    covered_from     timestamptz,
    swept_at         timestamptz,
    packages_to      timestamptz,
    cancellations_to timestamptz,
    reconciled_to    timestamptz,
    sweeps           jsonb NOT NULL DEFAULT '{}',
    updated_at       timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN fetcher.poll.watermark IS
    'every change TikTok dated before this is durable as an event';
COMMENT ON COLUMN fetcher.poll.covered_from IS
    'every order created since this is durable as an event; history moves it back, newest first';
COMMENT ON COLUMN fetcher.poll.sweeps IS
    'by status: when its orders were last swept, and from which creation on a sweep goes on';
COMMENT ON COLUMN fetcher.poll.reconciled_to IS
    'both sides counted the same orders created in the shop''s window before this';

-- Which orders are stored, by creation: what a reconciliation counts. A view of OrderFetched;
-- an order that is missing here is fetched once more, which changes nothing, and noted.
CREATE TABLE fetcher.known_order (
    shop_id       text COLLATE "C" NOT NULL,
    order_id      text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    has_buyer     boolean NOT NULL DEFAULT false,
    claimed_until timestamptz,
    erased_at     timestamptz,
    PRIMARY KEY (shop_id, order_id)
);
CREATE INDEX known_order_by_creation ON fetcher.known_order (shop_id, created_at);
CREATE INDEX known_order_to_erase ON fetcher.known_order (ended_at)
    WHERE has_buyer AND erased_at IS NULL AND ended_at IS NOT NULL;

COMMENT ON COLUMN fetcher.known_order.ended_at IS
    'completed or cancelled then: from here the time runs after which the buyer is erased';

-- Orders that could not be recorded: the rest of their page was, and they are tried again when due.
-- Ids and our own words only; the order's stream says why (OrderSetAside).
CREATE TABLE fetcher.set_aside (
    shop_id     text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    reason_code text NOT NULL,
    asked_at    timestamptz NOT NULL,
    since       timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    updated_at  timestamptz,
    PRIMARY KEY (shop_id, order_id)
);

-- What TikTok notified us of, durable before it is answered; kept for a while after it is done, so
-- that a repeated notification is recognised.
CREATE TABLE fetcher.notification (
    id          text COLLATE "C" PRIMARY KEY,
    shop_id     text COLLATE "C" NOT NULL,
    kind        integer NOT NULL,
    order_ids   text[] NOT NULL,
    expires_at  timestamptz,
    received_at timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    done_at     timestamptz
);
CREATE INDEX notification_waiting ON fetcher.notification (due_at) WHERE done_at IS NULL;
CREATE INDEX notification_done ON fetcher.notification (done_at) WHERE done_at IS NOT NULL;

GRANT USAGE ON SCHEMA fetcher TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON fetcher.poll, fetcher.known_order, fetcher.set_aside, fetcher.notification TO ordersync_app;
