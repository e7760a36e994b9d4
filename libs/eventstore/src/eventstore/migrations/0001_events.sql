-- The append-only table of events, and the one function that may write to it.

CREATE SCHEMA eventstore;

CREATE TABLE eventstore.event (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid NOT NULL UNIQUE,
    stream_id       text COLLATE "C" NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    name            text COLLATE "C" NOT NULL,
    schema_version  smallint NOT NULL,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    source          text NOT NULL,
    correlation_id  text NOT NULL,
    causation_id    text NOT NULL,
    traceparent     text NOT NULL,
    digest          bytea NOT NULL,
    payload         bytea NOT NULL,
    UNIQUE (stream_id, version)
);

COMMENT ON COLUMN eventstore.event.digest IS 'SHA-256 of the event''s JSON';
COMMENT ON COLUMN eventstore.event.payload IS 'the event''s JSON, zstd';

-- The payload is compressed by the application and stays in the row: PostgreSQL's own compression
-- and out-of-line storage would halve the rate of appends.
ALTER TABLE eventstore.event ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE eventstore.event SET (toast_tuple_target = 8160);

-- Which store of events this is: the shard it serves, and an epoch that is raised after a restore.
CREATE TABLE eventstore.identity (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    shard      text NOT NULL DEFAULT '0',
    epoch      integer NOT NULL DEFAULT 0
);
INSERT INTO eventstore.identity DEFAULT VALUES;

CREATE FUNCTION eventstore.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER event_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.event
FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();

-- Appends many commands, each all or nothing, and says what became of each.
--
-- The lock is the first statement: whoever holds it commits before the next one takes a position,
-- so the order of positions is the order of commits and a reader by position misses nothing. The
-- function is VOLATILE plpgsql so that the statement after the lock sees what the last holder
-- committed.
--
-- Commands come as parallel arrays (expected: NULL for facts), events as parallel arrays with the
-- number of their command. The caller passes each stream and each event id at most once.
CREATE FUNCTION eventstore.append(
    streams text[], expected integer[],
    commands integer[], ids uuid[], names text[], schema_versions smallint[],
    occurred timestamptz[], sources text[], correlations text[], causations text[], traces text[],
    first_stands boolean[], digests bytea[], payloads bytea[]
) RETURNS TABLE (command integer, outcome text, at_version integer, at_position bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7305, 1);
    RETURN QUERY
    WITH command AS (
        SELECT c.number::integer AS number, c.stream_id, c.expected_version,
               coalesce((SELECT max(e.version) FROM eventstore.event e
                         WHERE e.stream_id = c.stream_id COLLATE "C"), 0) AS current_version
        FROM unnest(streams, expected) WITH ORDINALITY AS c(stream_id, expected_version, number)
    ), offered AS (
        SELECT o.*, row_number() OVER (PARTITION BY o.command ORDER BY o.n) AS nth
        FROM unnest(commands, ids, names, schema_versions, occurred, sources, correlations,
                    causations, traces, first_stands, digests, payloads) WITH ORDINALITY
             AS o(command, id, name, schema_version, occurred_at, source, correlation_id,
                  causation_id, traceparent, first_stands, digest, payload, n)
    ), seen AS (
        SELECT o.command, bool_and(e.event_id IS NOT NULL) AS all_there,
               bool_or(e.event_id IS NOT NULL) AS any_there,
               bool_and(o.first_stands OR e.digest = o.digest) AS same,
               max(e.version) AS version, max(e.position) AS position
        FROM offered o LEFT JOIN eventstore.event e ON e.event_id = o.id
        GROUP BY o.command
    ), verdict AS (
        SELECT c.number, c.stream_id, c.current_version, s.version, s.position,
               CASE WHEN c.expected_version <> c.current_version THEN 'wrong_version'
                    WHEN s.all_there AND s.same THEN 'repeated'
                    WHEN s.any_there THEN 'id_taken'
                    ELSE 'appended' END AS outcome
        FROM command c JOIN seen s ON s.command = c.number
    ), inserted AS (
        INSERT INTO eventstore.event
            (event_id, stream_id, version, name, schema_version, occurred_at, source,
             correlation_id, causation_id, traceparent, digest, payload)
        SELECT o.id, v.stream_id, v.current_version + o.nth, o.name, o.schema_version,
               o.occurred_at, o.source, o.correlation_id, o.causation_id, o.traceparent,
               o.digest, o.payload
        FROM offered o JOIN verdict v ON v.number = o.command
        WHERE v.outcome = 'appended'
        ORDER BY o.n
        RETURNING event.stream_id, event.version, event.position
    ), last_inserted AS (
        SELECT i.stream_id, max(i.version) AS version, max(i.position) AS position
        FROM inserted i GROUP BY i.stream_id
    )
    SELECT v.number, v.outcome,
           CASE v.outcome WHEN 'appended' THEN i.version
                          WHEN 'repeated' THEN v.version
                          ELSE v.current_version END,
           CASE v.outcome WHEN 'appended' THEN i.position ELSE v.position END
    FROM verdict v LEFT JOIN last_inserted i
         ON v.outcome = 'appended' AND i.stream_id = v.stream_id COLLATE "C"
    ORDER BY v.number;
    PERFORM pg_notify('ordersync_events', '');
END
$$;

REVOKE ALL ON FUNCTION eventstore.append FROM PUBLIC;
GRANT USAGE ON SCHEMA eventstore TO ordersync_app;
GRANT SELECT ON eventstore.event, eventstore.identity TO ordersync_app;
GRANT EXECUTE ON FUNCTION eventstore.append TO ordersync_app;
