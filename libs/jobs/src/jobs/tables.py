"""The SQL of jobs. A batch of any size is one statement."""

from typing import Final

_RANK: Final = "array_position(ARRAY['live', 'bulk', 'replay'], {lane}.lane)"
_LANE: Final = "(ARRAY['live', 'bulk', 'replay'])"

ENQUEUE: Final = f"""
    WITH given AS MATERIALIZED (
        SELECT given.*, {_RANK.format(lane="given")} AS rank FROM unnest(
            $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
            $8::text[], $9::jsonb[], $10::boolean[]
        ) WITH ORDINALITY AS given
            (id, stream_id, version, store, kind, due_at, lane, payload, supersedes, place)
    ), older AS MATERIALIZED (  -- locked in one order, so that two batches cannot deadlock
        SELECT job.id,
            job.in_doubt_since IS NULL AND EXISTS (
                SELECT FROM given WHERE given.stream_id = job.stream_id
                    AND given.kind = job.kind AND given.supersedes AND given.version > job.version
                    AND given.id <> job.id
            ) AS superseded,
            (
                SELECT min(given.rank) FROM given
                WHERE given.stream_id = job.stream_id AND given.version > job.version
            ) AS rank
        FROM effects.job
        WHERE job.stream_id = ANY ($3) AND job.state IN ('waiting', 'in_doubt', 'parked')
        ORDER BY job.id FOR UPDATE
    ), changed AS (
        UPDATE effects.job SET
            state = CASE WHEN superseded THEN 'done' ELSE state END,
            reason = CASE WHEN superseded THEN 'superseded' ELSE reason END,
            ended_at = CASE WHEN superseded THEN $1::timestamptz END,
            lane = {_LANE}[least(older.rank, {_RANK.format(lane="job")})]
        FROM older
        WHERE job.id = older.id AND (superseded OR older.rank < {_RANK.format(lane="job")})
    ), judged AS (  -- windows, because a batch compared with itself row by row grows squared
        SELECT given.*,
            coalesce(max(version) FILTER (WHERE supersedes) OVER of_kind > version, false)
            OR EXISTS (
                SELECT FROM effects.job AS newer
                WHERE newer.stream_id = given.stream_id AND newer.kind = given.kind
                    AND newer.supersedes AND newer.version > given.version
                    AND newer.state <> 'done'
            ) AS superseded,
            min(rank) OVER newest_first AS most_urgent
        FROM given
        WINDOW of_kind AS (PARTITION BY stream_id, kind),
            newest_first AS (PARTITION BY stream_id ORDER BY version DESC)
    ), added AS (
        INSERT INTO effects.job (id, stream_id, version, store, kind, due_at, lane, payload,
            supersedes, state, reason, enqueued_at, ended_at)
        SELECT id, stream_id, version, store, kind, due_at, {_LANE}[most_urgent], payload,
            supersedes, CASE WHEN superseded THEN 'done' ELSE 'waiting' END,
            CASE WHEN superseded THEN 'superseded' ELSE '' END, $1,
            CASE WHEN superseded THEN $1::timestamptz END
        FROM (SELECT DISTINCT ON (id) * FROM judged ORDER BY id, place) AS judged ORDER BY place
        ON CONFLICT (id) DO UPDATE SET (version, due_at, state, reason, ended_at)
            = (excluded.version, excluded.due_at, 'waiting', '', NULL)
            WHERE job.state = 'done' AND job.reason = 'superseded'
                AND job.version < excluded.version AND excluded.state = 'waiting'
        RETURNING state
    )
    SELECT pg_notify('effects', '') FROM added WHERE state = 'waiting' HAVING count(*) > 0
"""

KNOWN: Final = "SELECT id FROM effects.job WHERE id = ANY ($1)"

CLAIM: Final = "SELECT * FROM effects.claim($1, $2, $3, $4)"

_MINE: Final = "WHERE id = $1 AND owner = $2 AND attempt = $3 AND state = 'running'"
_DOUBT_NOW: Final = (
    "CASE WHEN sent_at IS NULL AND timeline = effects.timeline() THEN in_doubt_since "
    "ELSE effects.clock() END"
)
"""From when on no request of the job was written; NULL: there is no doubt.

After a change of the database's timeline nobody knows whether the announcement was lost with it.
"""

_ALL_MINE: Final = """
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS mine (id, owner, attempt)
    WHERE job.id = mine.id AND job.owner = mine.owner AND job.attempt = mine.attempt
        AND job.state = 'running'
    RETURNING job.id
"""

SENDING: Final = f"UPDATE effects.job SET sent_at = effects.clock() {_ALL_MINE}"

OWNED: Final = f"SELECT FROM effects.job {_MINE}"

FINISH: Final = f"""
    UPDATE effects.job SET state = 'done', owner = NULL, sent_at = NULL, in_doubt_since = NULL,
        ended_at = effects.clock()
    {_ALL_MINE}
"""

RETRY: Final = f"""
    UPDATE effects.job SET
        state = CASE WHEN $6 OR in_doubt_since IS NULL THEN 'waiting' ELSE 'in_doubt' END,
        in_doubt_since = CASE WHEN $6 THEN NULL ELSE in_doubt_since END,
        owner = NULL, sent_at = NULL, due_at = $4, reason = $5
    {_MINE}
"""

PARK: Final = f"""
    UPDATE effects.job SET state = 'parked', owner = NULL, sent_at = NULL, reason = $4,
        in_doubt_since = CASE $5::boolean
            WHEN true THEN coalesce(in_doubt_since, effects.clock())
            WHEN false THEN NULL ELSE in_doubt_since END
    {_MINE}
"""

DOUBT: Final = f"""
    UPDATE effects.job SET state = 'in_doubt', owner = NULL, sent_at = NULL,
        in_doubt_since = coalesce({_DOUBT_NOW}, effects.clock()), due_at = $4
    {_MINE}
"""

_GIVE_BACK: Final = f"""
    UPDATE effects.job SET
        state = CASE WHEN {_DOUBT_NOW} IS NULL THEN 'waiting' ELSE 'in_doubt' END,
        owner = NULL, sent_at = NULL, in_doubt_since = {_DOUBT_NOW}, due_at = $4, reason = $5
"""

GIVE_BACK: Final = f"{_GIVE_BACK} {_MINE}"

RECOVER: Final = f"""
    WITH held AS MATERIALIZED (
        SELECT DISTINCT owner FROM effects.job WHERE state = 'running'
    ), gone AS MATERIALIZED (  -- whoever is alive holds the lock of its id
        SELECT owner AS gone_owner FROM held
        WHERE pg_try_advisory_xact_lock($1, hashtext(owner))
    )
    {_GIVE_BACK.replace("$4", "$2").replace("$5", "$3")}
    FROM gone WHERE owner = gone_owner AND state = 'running'
"""

RELEASE: Final = """
    UPDATE effects.job SET
        state = CASE WHEN in_doubt_since IS NULL THEN 'waiting' ELSE 'in_doubt' END, due_at = $1
    WHERE id IN (
        SELECT id FROM effects.job
        WHERE state = 'parked' AND store = $2
            AND ($3::text[] IS NULL OR reason = ANY ($3)) AND starts_with(stream_id, $4)
        ORDER BY id FOR UPDATE
    )
"""

RELEASE_ELSEWHERE: Final = """
    UPDATE effects.job SET
        state = CASE WHEN in_doubt_since IS NULL THEN 'waiting' ELSE 'in_doubt' END, due_at = $1
    WHERE id IN (
        SELECT id FROM effects.job
        WHERE state = 'parked' AND store <> $2
            AND (in_doubt_since IS NOT NULL OR kind <> $3) AND starts_with(stream_id, $4)
        ORDER BY id FOR UPDATE
    )
"""

STATES: Final = """
    SELECT state FROM (VALUES
        ('waiting', (
            SELECT true FROM effects.job WHERE state = 'waiting' ORDER BY stream_id LIMIT 1
        )),
        ('running', (SELECT true FROM effects.job WHERE state = 'running' ORDER BY owner LIMIT 1)),
        ('parked', (SELECT true FROM effects.job WHERE state = 'parked' ORDER BY store LIMIT 1)),
        ('in_doubt', (
            SELECT true FROM effects.job WHERE state = 'in_doubt' AND in_doubt_since IS NOT NULL
            ORDER BY stream_id LIMIT 1
        ))
    ) AS known (state, is_there) WHERE is_there
"""
"""Each is the first entry of an index; a scan for any would pass over all that is done."""

PURGE_DONE: Final = """
    DELETE FROM effects.job WHERE id = ANY(ARRAY(
        SELECT id FROM effects.job WHERE state = 'done' AND ended_at < $1
        ORDER BY ended_at LIMIT $2
    ))
"""
