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
    chain           bytea NOT NULL,
    payload         bytea NOT NULL,
    UNIQUE (stream_id, version)
);

COMMENT ON COLUMN eventstore.event.digest IS 'SHA-256 of the event''s JSON';
COMMENT ON COLUMN eventstore.event.chain IS 'SHA-256 of the chain value before it and this row''s content';
COMMENT ON COLUMN eventstore.event.payload IS 'the event''s JSON: zstd, or as it is when short';

-- The payload is compressed by the application and stays in the row: PostgreSQL's own compression
-- and out-of-line storage would halve the rate of appends.
ALTER TABLE eventstore.event ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE eventstore.event SET (toast_tuple_target = 8160);

-- By name, for whoever reads only some kinds of events (`position_before` says since when).
CREATE INDEX event_name ON eventstore.event (name, position);

-- By category, but of orders: a shop's, a link's, a proof's events, whatever their names are. What
-- is appended for an order costs nothing here.
CREATE INDEX event_category ON eventstore.event (split_part(stream_id, '-', 1), position)
    WHERE stream_id < 'order-' OR stream_id >= 'order.';

-- What a stream says, folded up to a version, so that nobody folds a long one whole again. A view:
-- `fold` names the code that made it, and what other code made is made anew. `event_id` is that
-- version's event.
CREATE TABLE eventstore.snapshot (
    stream_id  text COLLATE "C" PRIMARY KEY,
    fold       text NOT NULL,
    version    integer NOT NULL,
    event_id   uuid NOT NULL,
    state      jsonb NOT NULL
);

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

-- The chain: each row's value follows from the one before it and from everything else in the row
-- (the payload through its digest), so that a row changed, removed or put in afterwards breaks it.
-- The content is the row as PostgreSQL sends it in binary; eventstore/chain.py makes the same bytes.
CREATE FUNCTION eventstore.link(state bytea, head bytea, content bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN sha256(coalesce(state, head) || content);
END
$$;

CREATE AGGREGATE eventstore.chain(head bytea, content bytea) (
    SFUNC = eventstore.link, STYPE = bytea
);

-- Appends many commands, each all or nothing, and says what became of each.
--
-- The lock is the first statement: whoever holds it commits before the next one takes a position,
-- so the order of positions is the order of commits and a reader by position misses nothing. The
-- function is VOLATILE plpgsql so that the statements after the lock see what the last holder
-- committed.
--
-- Commands come as parallel arrays (expected: NULL for facts), events as parallel arrays in the
-- order of their commands, each with the number of its command and its own number within it. The
-- caller passes each stream and each event id at most once.
--
-- Plans are made once per session (making one takes longer than appending) and look events up by
-- index: made on an empty table they would otherwise read all of a full one.
CREATE FUNCTION eventstore.append(
    streams text[], expected integer[], sizes integer[],
    commands integer[], nths integer[], ids uuid[], names text[], schema_versions smallint[],
    occurred timestamptz[], sources text[], correlations text[], causations text[], traces text[],
    first_stands boolean[], digests bytea[], payloads bytea[]
) RETURNS TABLE (outcome text, at_version integer, at_position bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    head bytea;
    current integer[];
    seen record;
    there integer[] := array_fill(0, ARRAY[cardinality(streams)]);
    alike integer[] := there;
    accepted boolean[];
    outcomes text[];
    at_versions integer[];
    at_positions bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(streams)]);
    base bigint;
    taken integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7305, 1);

    SELECT array_agg(
        coalesce((SELECT e.version FROM eventstore.event e WHERE e.stream_id = c.stream COLLATE "C"
                  ORDER BY e.version DESC LIMIT 1), 0) ORDER BY c.n)
    INTO current FROM unnest(streams) WITH ORDINALITY AS c(stream, n);
    at_versions := current;

    FOR seen IN
        SELECT commands[o.n] AS command, e.version, e.position,
               first_stands[o.n] OR e.digest = digests[o.n] AS same
        FROM unnest(ids) WITH ORDINALITY AS o(id, n) JOIN eventstore.event e ON e.event_id = o.id
    LOOP
        there[seen.command] := there[seen.command] + 1;
        alike[seen.command] := alike[seen.command] + seen.same::integer;
        CONTINUE WHEN expected[seen.command] <> current[seen.command];
        at_versions[seen.command] := CASE WHEN there[seen.command] = 1 THEN seen.version
                                     ELSE greatest(at_versions[seen.command], seen.version) END;
        at_positions[seen.command] := greatest(at_positions[seen.command], seen.position);
    END LOOP;

    FOR c IN 1 .. cardinality(streams) LOOP
        IF expected[c] <> current[c] THEN
            outcomes[c] := 'wrong_version';
        ELSIF there[c] > 0 THEN
            outcomes[c] := CASE WHEN alike[c] = sizes[c] THEN 'repeated' ELSE 'id_taken' END;
        ELSE
            outcomes[c] := 'appended';
            taken := taken + sizes[c];
            at_versions[c] := current[c] + sizes[c];
            at_positions[c] := taken;
        END IF;
        accepted[c] := outcomes[c] = 'appended';
    END LOOP;

    IF taken > 0 THEN
        base := nextval('eventstore.event_position_seq') - 1;
        IF taken > 1 THEN
            PERFORM setval('eventstore.event_position_seq', base + taken);
        END IF;
        SELECT e.chain INTO head FROM eventstore.event e ORDER BY e.position DESC LIMIT 1;
        head := coalesce(head, sha256(''));
        INSERT INTO eventstore.event
            (position, event_id, stream_id, version, name, schema_version, occurred_at,
             recorded_at, source, correlation_id, causation_id, traceparent, digest, payload, chain)
        OVERRIDING SYSTEM VALUE
        SELECT r.*, eventstore.chain(head, record_send(ROW(
                   r.position, r.id, r.stream, r.version, r.name, r.schema_version, r.occurred_at,
                   r.recorded_at, r.source, r.correlation_id, r.causation_id, r.traceparent,
                   r.digest))) OVER (ORDER BY r.position)
        FROM (SELECT base + row_number() OVER (ORDER BY o.n) AS position, o.id,
                     streams[o.command] AS stream, current[o.command] + o.nth AS version, o.name,
                     o.schema_version, o.occurred_at, clock_timestamp() AS recorded_at, o.source,
                     o.correlation_id, o.causation_id, o.traceparent, o.digest, o.payload
              FROM unnest(commands, nths, ids, names, schema_versions, occurred, sources,
                          correlations, causations, traces, digests, payloads) WITH ORDINALITY
                   AS o(command, nth, id, name, schema_version, occurred_at, source,
                        correlation_id, causation_id, traceparent, digest, payload, n)
              WHERE accepted[o.command]
              OFFSET 0) AS r;
        PERFORM pg_notify('ordersync_events', '');
    END IF;

    RETURN QUERY
    SELECT r.outcome, r.version,
           r.position + CASE WHEN r.outcome = 'appended' THEN base ELSE 0 END
    FROM unnest(outcomes, at_versions, at_positions) AS r(outcome, version, position);
END
$$;

-- A position at or after `after`, and before every event recorded at `since` or later; found by
-- halving, some 30 look-ups by position, as recording times grow with positions. They fall back
-- only when the server's clock is set back or another server takes over: up to an hour is allowed.
CREATE FUNCTION eventstore.position_before(since timestamptz, after bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    early CONSTANT timestamptz := since - interval '1 hour';
    low bigint := after;
    high bigint := (SELECT max(position) FROM eventstore.event);
    middle bigint;
    at timestamptz;
BEGIN
    SELECT recorded_at INTO at FROM eventstore.event WHERE position > low ORDER BY position LIMIT 1;
    IF at IS NULL OR at >= early THEN
        RETURN after;
    END IF;
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        SELECT recorded_at INTO at FROM eventstore.event
        WHERE position > middle ORDER BY position LIMIT 1;
        IF at < early THEN
            low := middle + 1;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

REVOKE ALL ON FUNCTION eventstore.append FROM PUBLIC;
REVOKE ALL ON FUNCTION eventstore.position_before FROM PUBLIC;
GRANT USAGE ON SCHEMA eventstore TO ordersync_app;
GRANT SELECT ON eventstore.event, eventstore.identity TO ordersync_app;
GRANT EXECUTE ON FUNCTION eventstore.append, eventstore.position_before TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON eventstore.snapshot TO ordersync_app;
