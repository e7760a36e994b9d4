"""What the store on PostgreSQL asks, each served by an index of its own however much is stored."""

from typing import Final

from eventstore import rows

READ_NAMED: Final = f"""
    WITH start AS MATERIALIZED (
        SELECT eventstore.position_before($3, $1) AS position, $3::timestamptz AS since
    ), next AS MATERIALIZED (
        SELECT of_name.position
        FROM start, unnest($2::text[]) AS wanted(name), LATERAL (
            SELECT e.position FROM eventstore.event e
            WHERE (e.name, e.position) > (wanted.name COLLATE "C", start.position)
                AND e.name <= wanted.name COLLATE "C" AND e.recorded_at >= start.since
            ORDER BY e.name, e.position LIMIT $4
        ) AS of_name
        ORDER BY of_name.position LIMIT $4
    )
    SELECT {rows.COLUMNS} FROM eventstore.event
    WHERE position = ANY(ARRAY(SELECT position FROM next)) ORDER BY position
"""
"""A name is a range of its index, not an equality: for a frequent name the planner would rather
filter all events by position, which is slow where it turns out to be a rare one. Nor may it see
the time: for one that few events are younger than it would rather read all and sort those."""
READ_CATEGORY: Final = f"""
    SELECT {rows.COLUMNS} FROM eventstore.event
    WHERE (stream_id < 'order-' OR stream_id >= 'order.')
        AND (split_part(stream_id, '-', 1), position) > ($1, $2)
        AND split_part(stream_id, '-', 1) <= $1
    ORDER BY split_part(stream_id, '-', 1), position LIMIT $3
"""
"""A range as well."""
READ_FROM: Final = f"""
    SELECT {rows.COLUMNS}, asked.n
    FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS asked(stream, first, n), LATERAL (
        SELECT * FROM eventstore.event e
        WHERE e.stream_id = asked.stream COLLATE "C" AND e.version >= asked.first
        ORDER BY e.version LIMIT $3
    ) AS of_stream
"""
KEEP_SNAPSHOTS: Final = """
    INSERT INTO eventstore.snapshot AS known (stream_id, version, event_id, state, fold)
    SELECT kept.*, $5 FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::jsonb[]) AS kept
    ON CONFLICT (stream_id) DO UPDATE SET (version, event_id, state, fold)
        = (excluded.version, excluded.event_id, excluded.state, excluded.fold)
    WHERE known.fold <> excluded.fold OR known.version < excluded.version
"""
READ: Final = f"""
    SELECT {rows.COLUMNS} FROM eventstore.event WHERE stream_id = $1 ORDER BY version
"""
READ_MANY: Final = f"""
    SELECT {rows.COLUMNS} FROM eventstore.event WHERE stream_id = ANY($1)
    ORDER BY stream_id, version
"""
READ_AFTER: Final = f"""
    SELECT {rows.COLUMNS} FROM eventstore.event WHERE position > $1 ORDER BY position LIMIT $2
"""
STREAMS: Final = """
    SELECT stream_id FROM eventstore.event
    WHERE version = 1 AND stream_id > $1 AND stream_id < $2 ORDER BY stream_id LIMIT $3
"""
SNAPSHOTS: Final = """
    SELECT stream_id, version, event_id, state FROM eventstore.snapshot
    WHERE stream_id = ANY($1) AND fold = $2
"""
NAMES_OF: Final = """
    SELECT stream_id, name FROM eventstore.event WHERE stream_id = ANY($1)
    ORDER BY stream_id, version
"""
