"""Tracking addresses of a few carriers: for a known name Shopify makes the link itself."""

_LINKS = {
    "USPS": "https://tools.usps.com/go/TrackConfirmAction.action?tLabels=",
    "UPS": "https://www.ups.com/track?tracknum=",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr=",
    "DHL Express": "https://www.dhl.com/en/express/tracking.html?AWB=",
}


def is_known(company: str | None) -> bool:
    """Whether Shopify follows this carrier by itself."""
    return company in _LINKS


def tracking_link(company: str | None, number: str | None) -> str | None:
    """The carrier's page for a number; None for carriers that are not known."""
    prefix = _LINKS.get(company or "")
    return f"{prefix}{number}" if prefix and number else None
