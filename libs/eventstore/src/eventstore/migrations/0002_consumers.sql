-- How far each consuming group was looked after: what Kafka lost for it is found in the events.

CREATE SCHEMA consumers;

-- next_at: when any of the group's processes may look again.
CREATE TABLE consumers.sweep (
    group_name  text COLLATE "C" PRIMARY KEY,
    position    bigint NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL
);

-- Events beyond that position that the group has acted on, where no stream shows it.
CREATE TABLE consumers.heard (
    group_name  text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (group_name, position)
);

-- Events that the group could not act on: tried again when due.
CREATE TABLE consumers.failed_event (
    group_name  text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    attempts    integer NOT NULL,
    reason      text NOT NULL,
    due_at      timestamptz NOT NULL,
    PRIMARY KEY (group_name, position)
);
CREATE INDEX failed_event_due ON consumers.failed_event (group_name, due_at);

GRANT USAGE ON SCHEMA consumers TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA consumers TO ordersync_app;
