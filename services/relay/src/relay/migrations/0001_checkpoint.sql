-- How far the relay has published. The epoch fences a leader that lost its lock.

CREATE SCHEMA relay;

CREATE TABLE relay.checkpoint (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position    bigint NOT NULL DEFAULT 0,
    epoch       bigint NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO relay.checkpoint DEFAULT VALUES;

-- Events whose topic this relay does not know: a newer version wrote them. A relay that knows
-- their topic publishes them.
CREATE TABLE relay.unknown_event (
    position  bigint PRIMARY KEY,
    name      text COLLATE "C" NOT NULL
);

GRANT USAGE ON SCHEMA relay TO ordersync_app;
GRANT SELECT, UPDATE ON relay.checkpoint TO ordersync_app;
GRANT SELECT, INSERT, DELETE ON relay.unknown_event TO ordersync_app;
