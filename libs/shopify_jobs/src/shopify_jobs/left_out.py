"""What of a buyer's data is not sent: what Shopify refused, and what is above its limits. Pure.

Limits as recorded on dev stores (customers 2025-01: "First name is too long (maximum is 255
characters)", "Note is too long (maximum is 5000 characters)"); those of addresses are inferred.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shopify.buyers_parts import ADDRESS, CUSTOMER, NOTE, Part
from shopify.refusals import UserError

Input = dict[str, Any]
"""The buyer's part of an input: ``shippingAddress``, ``customer``, ``note``; absent: not sent."""

TEXT: Final = 255
LONGEST: Final[Mapping[Part, int]] = {
    **{
        (ADDRESS, name): TEXT
        for name in ("firstName", "lastName", "address1", "address2", "city", "zip", "phone")
    },
    (CUSTOMER, "toUpsert", "firstName"): TEXT,
    (CUSTOMER, "toUpsert", "lastName"): TEXT,
    (NOTE,): 5_000,
}
"""In characters."""

NO_LAST_NAME: Final = "-"
"""Stands for a last name: without one Shopify silently drops the whole address."""

_EMOJI: Final = re.compile("[\U0001f1e6-\U0001faff\u2600-\u27bf\u2b50\u2b55]\ufe0f?|[\u200d\ufe0f]")
"""Recorded 2025-01: "Address1 cannot contain emojis"."""

_WHOLE: Final[Mapping[Part, Part]] = {
    (ADDRESS, "countryCode"): (ADDRESS,),
    (CUSTOMER, "toUpsert"): (CUSTOMER,),
    (CUSTOMER, "toUpsert", "email"): (CUSTOMER,),
}
"""Parts without which the whole says nothing."""

_NAMES: Final[Mapping[Part, str]] = {
    (ADDRESS,): "address",
    (ADDRESS, "firstName"): "first name",
    (ADDRESS, "lastName"): "last name",
    (ADDRESS, "provinceCode"): "province",
    (CUSTOMER, "toUpsert", "firstName"): "customer's first name",
    (CUSTOMER, "toUpsert", "lastName"): "customer's last name",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Parts that Shopify refused."""

    parts: frozenset[Part] = frozenset()

    def and_also(self, sent: Mapping[str, Any], errors: Iterable[UserError]) -> "LeftOut | None":
        """What to leave out as well; None when nothing that was sent is refused.

        Of each error the smallest part that was sent, so that a field goes first, then its parent.
        """
        found = (_first_sent(sent, error.parts) for error in errors)
        refused = frozenset(part for part in found if part is not None)
        return LeftOut(self.parts | refused) if refused else None

    def take_from(self, given: Input) -> tuple[Input, tuple[str, ...]]:
        """The input as it may be sent, and what is not sent of it, in words, sorted."""
        said = set()
        kept = dict(given)
        for part in sorted(self.parts, key=len):
            if _at(kept, part) is not None:
                is_last_name = part == (ADDRESS, "lastName")
                kept = _with(kept, part, NO_LAST_NAME) if is_last_name else _without(kept, part)
                said.add(_name(part))
        for part, longest in LONGEST.items():
            text = _at(kept, part)
            if isinstance(text, str):
                fitting, lacks = _fitting(text, longest, is_address=part[0] == ADDRESS)
                kept = _with(kept, part, fitting) if lacks else kept
                said.update(f"{_name(part)} {lack}" for lack in lacks)
        return kept, tuple(sorted(said))


def _fitting(text: str, longest: int, *, is_address: bool) -> tuple[str, tuple[str, ...]]:
    """The text as Shopify takes it, and what it lacks then; of nothing but emoji "-" is left."""
    plain = _EMOJI.sub("", text).strip() if is_address else text
    lacks = ("without emoji",) if is_address and _EMOJI.search(text) else ()
    if len(plain) > longest:
        return plain[:longest], (*lacks, f"beyond {longest} characters")
    return plain or NO_LAST_NAME, lacks


def _first_sent(sent: Mapping[str, Any], parts: Iterable[Part]) -> Part | None:
    wholes = (_WHOLE.get(part, part) for part in parts)
    return next((part for part in wholes if _at(sent, part) not in {None, NO_LAST_NAME}), None)


def _at(given: Mapping[str, Any], part: Part) -> object:
    """What stands there, as text or True; None: nothing."""
    found: object = given
    for step in part:
        found = found.get(step) if isinstance(found, Mapping) else None
    return True if isinstance(found, Mapping) else found


def _without(given: Input, part: Part) -> Input:
    step, *below = part
    if below:
        return given | {step: _without(given[step], tuple(below))}
    return {key: value for key, value in given.items() if key != step}


def _with(given: Input, part: Part, text: str) -> Input:
    step, *below = part
    return given | {step: _with(given[step], tuple(below), text) if below else text}


def _name(part: Part) -> str:
    return _NAMES.get(part, part[-1])
