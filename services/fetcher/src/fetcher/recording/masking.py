"""Telling a correction that came masked from the same address with asterisks.

TikTok shows an address clear or masked depending on the order's status, so masked after clear says
nothing by itself. It is a correction when what still shows through is not what is stored.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vault.interface import Vault
from vault.values import JSON, Entry, Erased, Reference, Secret, Wanted

_COMPARED: Final = ("line1", "city", "state", "postal_code", "region")
"""Where it goes to. Names and phones are written differently when masked."""


def fits(masked: Mapping[str, JSON], clear: Mapping[str, JSON]) -> bool:
    """Whether the masked recipient can be the clear one; a part that is absent says nothing."""
    pairs = ((_plain(masked.get(part)), _plain(clear.get(part))) for part in _COMPARED)
    return all(_shows(seen, whole) for seen, whole in pairs if seen and whole)


async def hidden_corrections(
    vault: Vault, entries: Sequence[Entry], answers: Sequence[Reference | Erased]
) -> Mapping[str, str]:
    """Of orders whose clear recipient was kept although another came masked: that one's digest.

    Reads the clear ones, in one statement, and none when nothing came masked.
    """
    kept = [
        (entry, answer)
        for entry, answer in zip(entries, answers, strict=True)
        if isinstance(answer, Reference) and answer.kept_clear
    ]
    if not kept:
        return {}
    clear = await vault.get_many(
        [Wanted(one.shop_id, one.order_id, one.kind, answer.version) for one, answer in kept]
    )
    return {
        entry.order_id: answer.offered_digest
        for (entry, answer), found in zip(kept, clear, strict=True)
        if isinstance(found, Secret) and not fits(entry.value, found.value)
    }


def _plain(value: JSON) -> str:
    return " ".join(str(value or "").casefold().split())


def _shows(seen: str, whole: str) -> bool:
    """Whether ``whole`` with asterisks may look like ``seen``."""
    pattern = ".*".join(re.escape(part) for part in re.split(r"\*+", seen))
    return re.fullmatch(pattern, whole) is not None
