"""The audit of the event store: the chain in the database, compared with what Kafka carries."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from eventstore import audit
from eventstore.audit import Anchor, Finding
from eventstore.stored import StoredEvents, to_line
from ordersync_contracts import topics
from runtime.kafka import Record
from runtime.kafka.record import Raw, to_record
from runtime.retained import retained


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit looked at and found."""

    events: int
    head: int
    chain: str
    records: int
    findings: tuple[Finding, ...]


async def verify(store: StoredEvents, bootstrap: str, topic_prefix: str) -> Report:
    """Walk the chain, then compare every record that Kafka still holds.

    Records of an earlier epoch, from before a restore, are left out: what a restore lost is known.
    """
    epoch = await store.epoch()
    walked = await audit.walk(store.read())
    findings = list(walked.findings)
    records = 0
    names = [topic_prefix + topic.name for topic in topics.ALL]
    async for page in retained(bootstrap, names):
        anchors = tuple(_anchors(page, epoch))
        records += len(anchors)
        known = await store.chain_at([anchor.position for anchor in anchors])
        findings.extend(audit.compare_all(anchors, known, walked.head))
    ordered = tuple(sorted(findings, key=lambda finding: finding.position))
    return Report(walked.events, walked.head, walked.chain.hex(), records, ordered)


async def export(store: StoredEvents, after: int, until: int | None) -> AsyncIterator[str]:
    """The events after one position and up to another, a line of JSON each."""
    async for stored in store.read(after, until):
        yield to_line(stored)


def _anchors(page: Iterable[Raw], epoch: int) -> Iterable[Anchor]:
    for raw in page:
        record = to_record(raw)
        if _is_ours(record, epoch):
            yield Anchor(
                position=int(record.headers["ce_position"]),
                chain=bytes.fromhex(record.headers["ce_chain"]),
                stream=record.headers.get("ce_subject", ""),
                version=int(record.headers.get("ce_sequence", "0")),
                name=record.headers.get("ce_type", ""),
            )


def _is_ours(record: Record, epoch: int) -> bool:
    headers = record.headers
    return "ce_chain" in headers and headers.get("ce_epoch") == str(epoch)
