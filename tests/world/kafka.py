"""Kafka in the small: one log, and for each group how far it has committed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from eventstore.wakeups import Wakeup, decode
from ordersync_contracts import topics
from runtime.clock import Clock
from runtime.kafka import NewerVersion, Record, Undecodable
from runtime.publisher import Message


class MemoryKafka:
    """What was published, in order, and what each group was given.

    A group reads the topics that ``ordersync_contracts.topics`` says, from its last commit: what
    was read and not committed comes again. A record that it cannot read is passed over and kept in
    ``dead``; one of a newer version ends the batch before it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log: list[Record] = []
        self._committed: dict[str, int] = defaultdict(int)
        self._read: dict[str, int] = defaultdict(int)
        self.dead: dict[str, list[tuple[Record, str]]] = defaultdict(list)

    async def send(self, messages: Sequence[Message]) -> None:
        """See ``runtime.publisher.Publisher.send``."""
        now = self._clock()
        for message in messages:
            self._log.append(_record(message, len(self._log), now))

    def poll(self, group: str, limit: int = 1_000) -> list[Wakeup]:
        """The group's next records after its last commit, oldest first."""
        names = {topic.name for topic in topics.consumed_by(group)} | {topics.replay_topic(group)}
        wakeups: list[Wakeup] = []
        self._read[group] = self._committed[group]
        for record in self._log[self._committed[group] :]:
            if len(wakeups) == limit:
                break
            if record.topic in names:
                try:
                    wakeups.append(decode(record))
                except Undecodable as error:
                    self.dead[group].append((record, error.reason))
                except NewerVersion:
                    break
            self._read[group] = record.offset + 1
        return wakeups

    def commit(self, group: str) -> None:
        """What the group read last is handled."""
        self._committed[group] = max(self._committed[group], self._read[group])

    def rewind(self, group: str) -> None:
        """The group's commits are lost: all its records come again."""
        self._committed[group] = 0


def _record(message: Message, offset: int, now: datetime) -> Record:
    return Record(
        topic=message.topic,
        partition=0,
        offset=offset,
        timestamp=now,
        key=None if message.key is None else message.key.decode(errors="replace"),
        value=message.value,
        headers={name: value.decode(errors="replace") for name, value in message.headers},
    )
