"""Carrier names as Shopify spells them.

Shopify knows a tracking company by its exact name and then builds the link itself; any other name
is shown as given, without a link (Admin GraphQL 2026-10: FulfillmentTrackingInput.company).
"""

from functools import cache
from importlib.resources import files

_FIRST_WORDS = {"usps": "USPS", "ups": "UPS", "fedex": "FedEx", "ontrac": "OnTrac"}
_OTHER_SPELLINGS = {
    "unitedstatespostalservice": "USPS",
    "uspostalservice": "USPS",
    "unitedparcelservice": "UPS",
    "federalexpress": "FedEx",
}


def tracking_company(provider: str) -> str:
    """Return Shopify's name for a carrier; one that Shopify does not know comes back as it is.

    ``provider`` is the carrier as another platform names it ("usps", "UPS Ground", "LaserShip").
    """
    name = " ".join(provider.split())
    key = _key(name)
    if key in _known():
        return _known()[key]
    if key in _OTHER_SPELLINGS:
        return _OTHER_SPELLINGS[key]
    return _FIRST_WORDS.get(name.casefold().partition(" ")[0], name)


@cache
def _known() -> dict[str, str]:
    listed = files("shopify.carriers").joinpath("tracking_companies.txt")
    names = [line for line in listed.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {_key(name): name for name in names}


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
