"""Checking that nobody changed what was stored: the chain from its beginning, and Kafka's copy.

The chain finds a row that was changed, removed or put in. A tail that was cut leaves a chain that
is whole but too short, and somebody who may do anything can compute a whole new one; both are found
by what the records in Kafka carry (``ce_position`` and ``ce_chain``).
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from eventstore import chain
from ordersync_contracts.envelope import Recorded

Kind = Literal["changed", "removed", "inserted", "cut", "rewritten"]


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it stands in the store. ``is_whole``: payload and digest belong together."""

    event: Recorded
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a record in Kafka says about the store at the time it was published."""

    position: int
    chain: bytes
    stream: str
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was appended, in a sentence that names it."""

    kind: Kind
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk along the chain found; ``head`` is the newest position, 0 without events."""

    events: int
    head: int
    chain: bytes
    findings: tuple[Finding, ...]


async def walk(events: AsyncIterator[Stored]) -> Walked:
    """Follow the chain through all events, by position, and say where it breaks."""
    before, at, count = chain.FIRST, 0, 0
    findings: list[Finding] = []
    held: Stored | None = None  # broke the chain; what comes after it tells how
    async for stored in events:
        count += 1
        if held is not None:
            findings.append(_explain(before, at, held, stored))
            before, at, held = *_after(findings[-1], before, at, held), None
        if _continues(before, stored):
            before, at = stored.event.chain, stored.event.position
        else:
            held = stored
    if held is not None:
        findings.append(_explain(before, at, held, None))
        before, at = held.event.chain, held.event.position
    return Walked(count, at, before, tuple(findings))


def compare(anchor: Anchor, stored: Mapping[int, bytes], head: int) -> Finding | None:
    """What is wrong with the store's chain value at the anchor's position, if anything."""
    what = f"{anchor.name}, version {anchor.version} of {anchor.stream}"
    there = stored.get(anchor.position)
    if there is None and anchor.position > head:
        text = f"the tail was cut: Kafka has position {anchor.position} ({what}), the store ends"
        return Finding("cut", anchor.position, f"{text} at {head}")
    if there is None:
        text = f"position {anchor.position} ({what}) is in Kafka and no longer in the store"
        return Finding("removed", anchor.position, text)
    if there != anchor.chain:
        text = f"position {anchor.position} ({what}) has another chain value in Kafka"
        return Finding(
            "rewritten", anchor.position, f"{text}: it, or what is before it, was made anew"
        )
    return None


def compare_all(
    anchors: Iterable[Anchor], stored: Mapping[int, bytes], head: int
) -> tuple[Finding, ...]:
    """Each anchor compared; those that agree say nothing."""
    found = (compare(anchor, stored, head) for anchor in anchors)
    return tuple(finding for finding in found if finding is not None)


def _continues(before: bytes, stored: Stored) -> bool:
    return stored.is_whole and chain.link(before, stored.event) == stored.event.chain


def _explain(before: bytes, at: int, broken: Stored, following: Stored | None) -> Finding:
    """What happened at the first event that does not continue the chain.

    If the one after it continues the chain without it, it was put in. If it is whole but for its
    place, something before it is missing. Else it was changed.
    """
    event = broken.event
    what = f"position {event.position} ({event.name}, version {event.version} of {event.stream})"
    if following is not None and _continues(before, following):
        return Finding(
            "inserted", event.position, f"{what} was put in: the chain goes on without it"
        )
    if broken.is_whole and event.position > at + 1:
        missing = f"{at + 1}" if event.position == at + 2 else f"{at + 1} to {event.position - 1}"
        text = f"position {missing} was removed, or {what} was changed"
        return Finding("removed", at + 1, text)
    return Finding("changed", event.position, f"{what} was changed")


def _after(finding: Finding, before: bytes, at: int, held: Stored) -> tuple[bytes, int]:
    """Where the chain goes on after a finding: without an event that was put in, else behind it."""
    if finding.kind == "inserted":
        return before, at
    return held.event.chain, held.event.position
