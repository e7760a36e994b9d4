"""Runs in the peer's own virtual environment and imports nothing of ours.

Reads one JSON request a line from stdin and answers one line on stdout. The events' JSON comes
ready-made in a file, one a line, so that only the recorder is measured.
"""

import itertools
import json
import sys
import time
import uuid

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from pydantic_core import from_json


def main():
    target = json.loads(sys.argv[1])
    datastore = PostgresDatastore(**target)
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    recorder.create_table()
    with open(sys.argv[2], "rb") as file:
        states = file.read().splitlines()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(
            json.dumps(ANSWERS[request.pop("do")](datastore, recorder, states, **request)),
            flush=True,
        )
    datastore.close()


def empty(datastore, recorder, states):
    with datastore.transaction(commit=True) as cursor:
        cursor.execute("TRUNCATE stored_events RESTART IDENTITY")
    return {}


def append(datastore, recorder, states, seconds, size):
    """Batches of so many events, each the first of its stream, for so long."""
    todo = itertools.cycle(states)
    made = [_batch(todo, size) for _ in range(int(40_000 / size * min(seconds, 2)) + 1)]
    began, done = time.perf_counter(), 0
    for batch in made:
        recorder.insert_events(batch)
        done += size
        if time.perf_counter() - began > seconds:
            break
    return {"rate": done / (time.perf_counter() - began)}


def fill(datastore, recorder, states, count):
    for start in range(0, count, 100):
        recorder.insert_events(_batch(iter(states[start : start + 100]), 100))
    return {}


def read(datastore, recorder, states, page, decoded):
    """All events by position, as their JSON's bytes or decoded."""
    began, start, found = time.perf_counter(), 1, 0
    while True:
        notifications = recorder.select_notifications(start, page)
        taken = (
            [from_json(one.state) for one in notifications]
            if decoded
            else [bytes(one.state) for one in notifications]
        )
        found += len(taken)
        if len(notifications) < page:
            return {"rate": found / (time.perf_counter() - began), "found": found}
        start = notifications[-1].id + 1


def _batch(states, size):
    return [
        StoredEvent(
            originator_id=uuid.uuid4(),
            originator_version=1,
            topic="bench:OrderFetched",
            state=state,
        )
        for state in itertools.islice(states, size)
    ]


ANSWERS = {"empty": empty, "append": append, "fill": fill, "read": read}

if __name__ == "__main__":
    main()
