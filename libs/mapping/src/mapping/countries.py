"""What TikTok calls a country or a currency, as ISO 3166 and ISO 4217 write it."""

from typing import Final

US: Final = "US"
USD: Final = "USD"
TERRITORIES: Final = frozenset({"PR", "GU", "VI", "AS", "MP"})
"""Regions TikTok may name as a country of their own; Shopify has them as US provinces."""

US_REGIONS: Final = TERRITORIES | {US, "UM"}
"""The United States and its territories."""

_SPELLINGS: Final = {
    "USA": US,
    "UNITED STATES": US,
    "UNITED STATES OF AMERICA": US,
    "AMERICA": US,
    "PRI": "PR",
    "PUERTO RICO": "PR",
    "GUM": "GU",
    "GUAM": "GU",
    "VIR": "VI",
    "US VIRGIN ISLANDS": "VI",
    "ASM": "AS",
    "AMERICAN SAMOA": "AS",
    "MNP": "MP",
    "NORTHERN MARIANA ISLANDS": "MP",
    "UMI": "UM",
}


def country(region: str) -> str:
    """The two-letter code of a region, however it is written; what is neither, in capitals."""
    plain = " ".join(region.replace(".", "").upper().split())
    return _SPELLINGS.get(plain, plain)


def currency(code: str) -> str:
    """The currency's code in capitals, as Shopify's ``CurrencyCode`` has it."""
    return code.strip().upper()
