-- How far each shop's orders are fetched. The epoch fences a poller that lost its lease.

CREATE SCHEMA fetcher;

CREATE TABLE fetcher.poll (
    shop_id       text COLLATE "C" PRIMARY KEY,
    epoch         bigint NOT NULL DEFAULT 0,
    watermark     timestamptz,
    backfilled_to timestamptz,
    swept_at      timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN fetcher.poll.watermark IS
    'every change TikTok dated before this is durable as an event';
COMMENT ON COLUMN fetcher.poll.backfilled_to IS
    'every order created in the shop''s window before this is durable as an event';

GRANT USAGE ON SCHEMA fetcher TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON fetcher.poll TO ordersync_app;
