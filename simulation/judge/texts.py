"""Buyers' text: nothing that a buyer wrote or is called stands outside of the vault."""

from collections.abc import Iterator

from simulation.evidence import Evidence, Failure
from simulation.judge.world import Tiktok
from simulation.plan import Json

PROMISE = "buyers' text"
_FIELDS = (
    "name",
    "phone_number",
    "full_address",
    "address_detail",
    "address_line1",
    "address_line2",
)
_SHORTEST = 8
"""A shorter value ("Apt 3", "Ann") stands in other text by chance."""


def text_failures(evidence: Evidence, tiktok: Tiktok) -> Iterator[Failure]:
    """One for each text that holds any: it names where, never what."""
    values = [*dict.fromkeys(value for raw in _all(tiktok) for value in buyer_values(raw))]
    for text in evidence.texts:
        if "planted" in text.content.lower() or any(value in text.content for value in values):
            yield Failure(PROMISE, text.where, "it holds what an order says of its buyer")


def _all(tiktok: Tiktok) -> Iterator[Json]:
    for versions in tiktok.versions.values():
        yield from (version.raw for version in versions)


def buyer_values(raw: Json) -> list[str]:
    """What the order says of its buyer, where it is clear and long enough to be told apart."""
    recipient = raw.get("recipient_address") or {}
    told = [recipient.get(name) for name in _FIELDS]
    told += [raw.get("buyer_email"), raw.get("buyer_message")]
    return [str(value) for value in told if value and len(value) >= _SHORTEST and "*" not in value]
