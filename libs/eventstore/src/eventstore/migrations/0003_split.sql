-- Splitting the table of events by position, for an installation that has outgrown one: what was
-- appended so far becomes a partition of its own, at its place and without being copied.
--
-- An administrator calls it: CALL eventstore.split(position). Beyond that position the old partition
-- takes no event, so it is to be one that is not reached before the procedure ends: a tenth more
-- than there are, at least (100 million are read in minutes; 10 million more are not appended
-- meanwhile). It may be broken off and called again, also with a position further on.
-- Appends go on, but for the moments in which the table is changed, and nobody waits for one who
-- reads it for long. That no stream has a version twice, and no event an id, is then looked up in
-- all partitions by the append function, under its lock.
CREATE PROCEDURE eventstore.split(boundary bigint) LANGUAGE plpgsql AS $$
DECLARE
    parts CONSTANT bigint := (
        SELECT count(*) FROM pg_inherits WHERE inhparent = 'eventstore.event'::regclass
    );
    newest CONSTANT text := CASE parts WHEN 0 THEN 'event' ELSE 'event_' || parts - 1 END;
    following CONSTANT text := 'event_' || greatest(parts, 1);
    lower CONSTANT text := CASE parts WHEN 0 THEN 'MINVALUE' ELSE (
        SELECT substring(pg_get_expr(relpartbound, oid) FROM 'FROM \(([^)]*)\)')
        FROM pg_class WHERE oid = ('eventstore.' || newest)::regclass
    ) END;
BEGIN
    PERFORM pg_advisory_unlock(7305, 2) FROM pg_locks  -- of a call here that was broken off
    WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (7305, 2, 2)
        AND pid = pg_backend_pid();
    CALL eventstore.expect_ahead(boundary);
    IF NOT pg_try_advisory_lock(7305, 2) THEN
        RAISE EXCEPTION 'the table is being split by another session: wait until that ends';
    END IF;
    -- Proven before the exchange, so that the exchange reads nothing.
    CALL eventstore.take_table();
    CALL eventstore.expect_ahead(boundary);  -- still, however long the table was waited for
    EXECUTE format('ALTER TABLE eventstore.%I DROP CONSTRAINT IF EXISTS within', newest);
    EXECUTE format('ALTER TABLE eventstore.%I ADD CONSTRAINT within CHECK (position < %s%s) NOT VALID',
        newest, boundary, CASE parts WHEN 0 THEN '' ELSE ' AND position >= ' || lower END);
    COMMIT;
    EXECUTE format('ALTER TABLE eventstore.%I VALIDATE CONSTRAINT within', newest);
    COMMIT;

    CALL eventstore.take_table();
    IF parts = 0 THEN
        CALL eventstore.begin_partitions();
    ELSE
        EXECUTE format('ALTER TABLE eventstore.event DETACH PARTITION eventstore.%I', newest);
    END IF;
    EXECUTE format('ALTER TABLE eventstore.event ATTACH PARTITION eventstore.%I '
        'FOR VALUES FROM (%s) TO (%s)', 'event_' || greatest(parts, 1) - 1, lower, boundary);
    EXECUTE format('CREATE TABLE eventstore.%I PARTITION OF eventstore.event '
        'FOR VALUES FROM (%s) TO (MAXVALUE) WITH (toast_tuple_target = 8160)', following, boundary);
    EXECUTE format('ALTER TABLE eventstore.%I ADD UNIQUE (event_id), ADD UNIQUE (stream_id, version)',
        following);
    EXECUTE format('CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE '
        'ON eventstore.%I FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change()', following);
    COMMIT;
    PERFORM pg_advisory_unlock(7305, 2);
END
$$;

-- A position that is reached in the midst of it would be the end of what can be appended.
CREATE PROCEDURE eventstore.expect_ahead(boundary bigint) LANGUAGE plpgsql AS $$
DECLARE
    head CONSTANT bigint := (SELECT coalesce(max(position), 0) FROM eventstore.event);
BEGIN
    IF boundary <= head THEN
        RAISE EXCEPTION 'position % is taken: name one that is not reached yet', boundary;
    ELSIF boundary - head < head / 10 THEN
        RAISE EXCEPTION 'position % may be reached too soon: name one from % on', boundary,
            head + head / 10;
    END IF;
END
$$;

-- The table for this transaction alone, between two appends. One who reads it for long (a dump) is
-- waited for, and nobody with us: we let go after a fifth of a second and try again two seconds
-- later. A vacuum gives way to the weaker lock, for which neither appends nor readers wait.
CREATE PROCEDURE eventstore.take_table() LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE eventstore.event IN SHARE UPDATE EXCLUSIVE MODE;
    LOOP
        BEGIN
            PERFORM pg_advisory_xact_lock(7305, 1);
            SET LOCAL lock_timeout = '200ms';
            LOCK TABLE eventstore.event IN ACCESS EXCLUSIVE MODE;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE 'waiting for whoever reads eventstore.event (processes %)', (
                SELECT string_agg(DISTINCT pid::text, ', ') FROM pg_locks
                WHERE relation = 'eventstore.event'::regclass AND granted AND pid <> pg_backend_pid()
            );
        END;
        PERFORM pg_sleep(2);
    END LOOP;
END
$$;

-- The table as it is becomes event_0; what is called event from now on has partitions, none yet.
CREATE PROCEDURE eventstore.begin_partitions() LANGUAGE plpgsql AS $$
DECLARE
    head CONSTANT bigint := (SELECT last_value FROM eventstore.event_position_seq);
    known record;
BEGIN
    ALTER TABLE eventstore.event ALTER COLUMN position DROP IDENTITY;
    ALTER TABLE eventstore.event RENAME TO event_0;
    FOR known IN
        SELECT indexrelid::regclass AS name, relname FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE indrelid = 'eventstore.event_0'::regclass
    LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %I', known.name,
            replace(known.relname, 'event_', 'event_0_'));
    END LOOP;
    REVOKE ALL ON eventstore.event_0 FROM ordersync_app;

    CREATE TABLE eventstore.event (
        LIKE eventstore.event_0 INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMMENTS,
        CONSTRAINT event_version_check CHECK (version > 0),
        CONSTRAINT event_pkey PRIMARY KEY (position)
    ) PARTITION BY RANGE (position);
    EXECUTE format('ALTER TABLE eventstore.event ALTER COLUMN position ADD GENERATED ALWAYS '
        'AS IDENTITY (SEQUENCE NAME eventstore.event_position_seq START WITH %s)', head + 1);
    CREATE INDEX event_name ON eventstore.event (name, position);
    CREATE INDEX event_category ON eventstore.event (split_part(stream_id, '-', 1), position)
        WHERE stream_id < 'order-' OR stream_id >= 'order.';
    CREATE TRIGGER event_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.event
    FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();
    GRANT SELECT ON eventstore.event TO ordersync_app;
END
$$;

REVOKE ALL ON PROCEDURE eventstore.split, eventstore.expect_ahead, eventstore.take_table,
    eventstore.begin_partitions FROM PUBLIC;
