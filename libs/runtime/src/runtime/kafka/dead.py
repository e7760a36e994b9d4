"""What goes to a dead topic: the record as it was, with a note of where, why and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.kafka.record import Raw
from runtime.publisher import Message

PREFIX = "dead_"
KEPT_FROM_THE_FIRST_TIME = (
    "dead_origin_topic",
    "dead_origin_partition",
    "dead_origin_offset",
    "dead_origin_timestamp",
    "dead_first_seen",
)


@dataclass(frozen=True, slots=True)
class Dead:
    """A record that is given up, and why: a code, or names; never a value of the record."""

    raw: Raw
    reason: str


def to_dead_message(dead: Dead, *, topic: str, group: str, now: datetime) -> Message:
    """The message for the dead topic: key, value and headers untouched, ours added.

    ``dead_origin_topic|partition|offset|timestamp`` (timestamp in ms since 1970, UTC),
    ``dead_group``, ``dead_reason``, ``dead_attempt`` (counted from 1) and ``dead_first_seen``
    (ISO 8601). A record that was redriven and dies again keeps its origin and first time.
    """
    raw = dead.raw
    before = {name: value for name, value in raw.headers if name.startswith(PREFIX)}
    note = {
        "dead_origin_topic": raw.topic.encode(),
        "dead_origin_partition": str(raw.partition).encode(),
        "dead_origin_offset": str(raw.offset).encode(),
        "dead_origin_timestamp": str(raw.timestamp).encode(),
        "dead_group": group.encode(),
        "dead_reason": dead.reason.encode(),
        "dead_attempt": str(_attempts(before) + 1).encode(),
        "dead_first_seen": now.isoformat().encode(),
    }
    note.update((name, before[name]) for name in KEPT_FROM_THE_FIRST_TIME if name in before)
    original: Sequence[tuple[str, bytes]] = [
        (name, value) for name, value in raw.headers if not name.startswith(PREFIX)
    ]
    return Message(topic, raw.value or b"", raw.key, (*original, *note.items()))


def _attempts(before: dict[str, bytes]) -> int:
    counted = before.get("dead_attempt", b"0")
    return int(counted) if counted.isdigit() else 0
