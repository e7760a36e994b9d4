"""Runs in the peer's own virtual environment and imports nothing of ours.

Reads one JSON request a line from stdin and answers one line on stdout. The events' JSON comes
ready-made in a file, one a line, so that only the recorder is measured.
"""

import itertools
import json
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent  # type: ignore[import-not-found] # its own venv
from eventsourcing.postgres import (  # type: ignore[import-not-found] # its own venv
    PostgresApplicationRecorder,
    PostgresDatastore,
)
from pydantic_core import from_json


class Worker:
    """Answers requests on one recorder."""

    def __init__(self, target: dict[str, Any], states: list[bytes]) -> None:
        self._datastore = PostgresDatastore(**target)
        self._recorder = PostgresApplicationRecorder(
            self._datastore, events_table_name="stored_events"
        )
        self._recorder.create_table()
        self._states = states

    def empty(self) -> dict[str, Any]:
        """Remove all events."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute("TRUNCATE stored_events RESTART IDENTITY")
        return {}

    def append(self, seconds: float, size: int) -> dict[str, Any]:
        """Batches of so many events, each the first of its stream, for so long."""
        todo = itertools.cycle(self._states)
        made = [_batch(todo, size) for _ in range(int(40_000 / size * min(seconds, 2)) + 1)]
        began, done = time.perf_counter(), 0
        for batch in made:
            self._recorder.insert_events(batch)
            done += size
            if time.perf_counter() - began > seconds:
                break
        return {"rate": done / (time.perf_counter() - began)}

    def fill(self, count: int) -> dict[str, Any]:
        """The first so many events, a hundred at a time."""
        for start in range(0, count, 100):
            self._recorder.insert_events(_batch(iter(self._states[start : start + 100]), 100))
        return {}

    def read(self, page: int, *, decoded: bool) -> dict[str, Any]:
        """All events by position, as their JSON's bytes or decoded."""
        take = from_json if decoded else bytes
        began, start, found = time.perf_counter(), 1, 0
        while True:
            notifications = self._recorder.select_notifications(start, page)
            found += len([take(notification.state) for notification in notifications])
            if len(notifications) < page:
                return {"rate": found / (time.perf_counter() - began), "found": found}
            start = notifications[-1].id + 1


def _batch(states: Iterator[bytes], size: int) -> list[Any]:
    return [
        StoredEvent(uuid.uuid4(), originator_version=1, topic="bench:OrderFetched", state=state)
        for state in itertools.islice(states, size)
    ]


def main() -> None:
    """Answer until stdin ends."""
    worker = Worker(json.loads(sys.argv[1]), Path(sys.argv[2]).read_bytes().splitlines())
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(getattr(worker, request.pop("do"))(**request)), flush=True)


if __name__ == "__main__":
    main()
