"""Which part of a buyer's data a user error is about: the path says it first, then the wording.

A part is a path in the input of ``orderCreate`` or ``orderUpdate``, e.g. ``("shippingAddress",
"zip")``. Pure. Recorded on dev stores: errors about an address name the field, the address, or
nothing at all; ``orderUpdate`` names ``province`` where its input is ``provinceCode``.
"""

from collections.abc import Iterator
from typing import Final

Part = tuple[str, ...]

ADDRESS: Final = "shippingAddress"
CUSTOMER: Final = "customer"
NOTE: Final = "note"
PHONE: Final[Part] = (ADDRESS, "phone")

_INPUTS: Final = frozenset({"order", "input", "orderInput"})
_ROOTS: Final[dict[str, Part]] = {
    CUSTOMER: (CUSTOMER,),
    "customerId": (CUSTOMER,),
    ADDRESS: (ADDRESS,),
    "billingAddress": (ADDRESS,),
    "email": (CUSTOMER,),
    "phone": PHONE,
    NOTE: (NOTE,),
}
"""What an input's field is, of what we send; a billing address is made from the shipping address,
an order's e-mail is its customer's."""

_NAMES: Final = {"province": "provinceCode", "country": "countryCode", "postalCode": "zip"}
_WORDS: Final = (
    ("zip", "zip"),
    ("postal", "zip"),
    ("state", "provinceCode"),
    ("province", "provinceCode"),
    ("city", "city"),
    ("last name", "lastName"),
    ("first name", "firstName"),
    ("phone", "phone"),
    ("address1", "address1"),
    ("address2", "address2"),
)
_SILENT: Final[tuple[tuple[str, Part], ...]] = (
    ("phone", PHONE),
    ("email", (CUSTOMER,)),
    ("enter a zip code", (ADDRESS, "zip")),
    ("enter a city", (ADDRESS, "city")),
    ("enter a last name", (ADDRESS, "lastName")),
    ("enter an address", (ADDRESS, "address1")),
    ("is not a valid state", (ADDRESS, "provinceCode")),
)


def parts_of(path: Part, message: str) -> tuple[Part, ...]:
    """The parts that leaving out may help, the smallest first; () when it is about something else.

    ``message`` is looked at only where the path names no field. ``path`` is within the mutation's
    arguments, list indices included.
    """
    inside = path[1:] if path and path[0] in _INPUTS else path
    words = tuple(step for step in inside if not step.isdigit())
    if words:
        return tuple(_named(words, message)) if words[0] in _ROOTS else ()
    said = next((part for wording, part in _SILENT if wording in message), ())
    return tuple(_up(said))


def _named(words: Part, message: str) -> Iterator[Part]:
    """The field that the path names, else the one that the wording does; then its parents."""
    root, below = _ROOTS[words[0]], tuple(_NAMES.get(word, word) for word in words[1:])
    if root == (ADDRESS,) and not below:
        below = next(((field,) for word, field in _WORDS if word in message), ())
    yield from _up((*root, *below))
    if root == (CUSTOMER,) and "phone" in message:
        yield PHONE  # the customer's phone is the address's, where we send none


def _up(part: Part) -> Iterator[Part]:
    for length in range(len(part), 0, -1):
        yield part[:length]
