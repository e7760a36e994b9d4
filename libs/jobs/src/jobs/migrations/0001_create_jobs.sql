-- What is still to be done outside. A row's life: waiting → running → done, with detours to
-- waiting (next attempt), in_doubt (outcome unknown) and parked (until something else happens).
CREATE SCHEMA effects;

-- What is measured between workers (since when a job is in doubt, when it was handed over) is told
-- by this clock alone: those of the workers' machines differ. It is the one that also says when an
-- event was recorded.
CREATE FUNCTION effects.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

-- Which history of the database this is: another one after every failover and point-in-time restore,
-- either of which may have lost the last commits (PostgreSQL: "Timelines"; the first eight digits of a WAL file's name).
CREATE FUNCTION effects.timeline() RETURNS integer LANGUAGE sql VOLATILE
AS $$ SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer $$;

CREATE TABLE effects.job (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    stream_id text NOT NULL,
    version bigint NOT NULL,
    store text NOT NULL,
    kind text NOT NULL,
    lane text NOT NULL CHECK (lane IN ('live', 'bulk', 'replay')),
    payload jsonb NOT NULL,
    supersedes boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'in_doubt', 'parked', 'done')),
    attempt integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    owner text,
    claimed_at timestamptz,
    timeline integer,
    sent_at timestamptz,
    in_doubt_since timestamptz,
    reason text NOT NULL DEFAULT '',
    enqueued_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT running_has_an_owner CHECK ((state = 'running') = (owner IS NOT NULL)),
    CONSTRAINT only_running_sends CHECK (sent_at IS NULL OR state = 'running'),
    CONSTRAINT doubt_has_a_beginning CHECK (state <> 'in_doubt' OR in_doubt_since IS NOT NULL),
    CONSTRAINT doubt_is_not_forgotten
        CHECK (in_doubt_since IS NULL OR state IN ('running', 'in_doubt', 'parked')),
    CONSTRAINT done_has_an_end CHECK ((state = 'done') = (ended_at IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- One at a time per order, across kinds and services.
CREATE UNIQUE INDEX one_at_a_time ON effects.job (stream_id)
    WHERE state = 'running' OR in_doubt_since IS NOT NULL;

-- Claims read from here in the order of due times; what is done or parked is not in it.
CREATE INDEX claimable ON effects.job (kind, lane, store, due_at, seq)
    WHERE state IN ('waiting', 'in_doubt');

CREATE INDEX in_stream_order ON effects.job (stream_id, version, seq) WHERE state <> 'done';
CREATE INDEX owned ON effects.job (owner) WHERE state = 'running';
CREATE INDEX at_work ON effects.job (store) WHERE state = 'running';
CREATE INDEX parked ON effects.job (store, reason) WHERE state = 'parked';
CREATE INDEX bulk_backlog ON effects.job (store, due_at)
    WHERE lane = 'bulk' AND state IN ('waiting', 'in_doubt');
CREATE INDEX ended ON effects.job (ended_at) WHERE state = 'done';

-- How many more jobs of a store may be claimed: what its budget serves within a second (a job takes
-- some 11 points), less those at work. Whoever is in a hurry (live) is only kept from a flood.
CREATE FUNCTION effects.room(p_store text, p_lane text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN RETURN coalesce((
        SELECT greatest(
            CASE p_lane WHEN 'live' THEN 1 ELSE 0 END,
            ceil((b.level + b.restore * (1 + extract(epoch FROM clock_timestamp() - b.at))) / 11)
                - (SELECT count(*) FROM effects.job AS j
                    WHERE j.store = p_store AND j.state = 'running')
        )::bigint FROM effects.budget AS b WHERE b.store = p_store
    ), 100);
END $$;

-- Hands jobs that are due to p_owner: of each lane its share, then whatever is left, live first;
-- within a lane the stores take turns. A waiting job is held back by an earlier due one of its
-- stream, by one at work or in doubt, and by its store's budget.
--
-- Plans are made once per session (making them takes several times as long as claiming) and by
-- index: made on an empty table they would otherwise read all of a full one.
CREATE FUNCTION effects.claim(
    p_owner text, p_kinds text[], p_shares integer[], p_now timestamptz
) RETURNS SETOF effects.job LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    v_lanes CONSTANT text[] := ARRAY['live', 'bulk', 'replay'];
    v_left integer := p_shares[1] + p_shares[2] + p_shares[3];
    v_before integer;
    v_wanted integer;
    v_taken integer;
    v_ids uuid[];
BEGIN
    FOR v_round IN 1..4 LOOP
        v_before := v_left;
        FOR v_place IN 1..3 LOOP
            v_wanted := CASE v_round WHEN 1 THEN p_shares[v_place] ELSE v_left END;
            CONTINUE WHEN v_wanted <= 0;

            -- The stream's lock keeps other claims off it until this transaction ends.
            SELECT array_agg(chosen.id) INTO v_ids FROM (
                WITH RECURSIVE having_jobs AS (  -- one step of the index per store
                    SELECT asked.kind, (
                        SELECT job.store FROM effects.job
                        WHERE job.kind = asked.kind AND job.lane = v_lanes[v_place]
                            AND job.state IN ('waiting', 'in_doubt')
                        ORDER BY job.store LIMIT 1
                    ) AS store FROM unnest(p_kinds) AS asked (kind)
                    UNION ALL
                    SELECT last.kind, (
                        SELECT job.store FROM effects.job
                        WHERE job.kind = last.kind AND job.lane = v_lanes[v_place]
                            AND job.state IN ('waiting', 'in_doubt') AND job.store > last.store
                        ORDER BY job.store LIMIT 1
                    ) FROM having_jobs AS last WHERE last.store IS NOT NULL
                ), turns AS MATERIALIZED (
                    SELECT having_jobs.kind, having_jobs.store,
                        effects.room(having_jobs.store, v_lanes[v_place]) AS room,
                        EXISTS (
                            SELECT FROM effects.hold
                            WHERE hold.store = having_jobs.store AND hold.kind = having_jobs.kind
                                AND hold.until > clock_timestamp()
                        ) AS held
                    FROM having_jobs WHERE p_now >= (  -- no join: that would read all of them
                        SELECT job.due_at FROM effects.job
                        WHERE job.kind = having_jobs.kind AND job.lane = v_lanes[v_place]
                            AND job.store = having_jobs.store
                            AND job.state IN ('waiting', 'in_doubt')
                        ORDER BY job.due_at LIMIT 1
                    )
                    ORDER BY random() LIMIT greatest(v_wanted, 32)
                )
                SELECT candidate.* FROM turns CROSS JOIN LATERAL (
                    SELECT job.id, job.stream_id, job.due_at, job.seq FROM effects.job
                    WHERE job.kind = turns.kind AND job.lane = v_lanes[v_place]
                        AND job.store = turns.store
                        AND job.state IN ('waiting', 'in_doubt') AND job.due_at <= p_now
                        AND (job.state = 'in_doubt' OR NOT turns.held AND NOT EXISTS (
                            SELECT FROM effects.job AS busy
                            WHERE busy.stream_id = job.stream_id
                                AND (busy.state = 'running' OR busy.in_doubt_since IS NOT NULL)
                        ) AND NOT EXISTS (
                            SELECT FROM effects.job AS earlier
                            WHERE earlier.stream_id = job.stream_id
                                AND earlier.state = 'waiting' AND earlier.due_at <= p_now
                                AND (earlier.version, earlier.seq) < (job.version, job.seq)
                        ))
                    ORDER BY job.due_at, job.seq
                    LIMIT least(turns.room, greatest(1, v_wanted / (SELECT count(*) FROM turns)))
                    FOR UPDATE SKIP LOCKED
                ) AS candidate
                ORDER BY candidate.due_at, candidate.seq LIMIT v_wanted
            ) AS chosen
            WHERE pg_try_advisory_xact_lock(hashtextextended('effects/' || chosen.stream_id, 0));

            -- A second statement, so that it sees what was committed before we got the locks.
            RETURN QUERY UPDATE effects.job SET
                state = 'running', owner = p_owner, attempt = job.attempt + 1, reason = '',
                claimed_at = effects.clock(), timeline = effects.timeline()
            WHERE job.id = ANY (v_ids) AND (job.state = 'in_doubt' OR NOT EXISTS (
                SELECT FROM effects.job AS busy
                WHERE busy.stream_id = job.stream_id
                    AND (busy.state = 'running' OR busy.in_doubt_since IS NOT NULL)
            ))
            RETURNING job.*;
            GET DIAGNOSTICS v_taken = ROW_COUNT;
            v_left := v_left - v_taken;
        END LOOP;
        EXIT WHEN v_left <= 0 OR v_round > 1 AND v_left = v_before;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA effects TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON effects.job TO ordersync_app;
