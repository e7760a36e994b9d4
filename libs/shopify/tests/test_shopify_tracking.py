from importlib.resources import files

import pytest

from shopify.tracking import tracking_company

KNOWN = files("shopify.carriers").joinpath("tracking_companies.txt").read_text("utf-8").split("\n")


@pytest.mark.parametrize(
    ("provider", "company"),
    [
        ("USPS", "USPS"),
        ("usps", "USPS"),
        ("USPS Ground Advantage", "USPS"),
        ("United States Postal Service", "USPS"),
        ("UPS", "UPS"),
        ("UPS  Ground", "UPS"),
        ("fedex", "FedEx"),
        ("FedEx SmartPost", "FedEx"),
        ("LaserShip", "Lasership"),
        ("OnTrac", "OnTrac"),
        ("DHL ecommerce", "DHL eCommerce"),
        ("dhl express", "DHL Express"),
        ("TForce Final Mile", "TForce Final Mile"),
    ],
)
def test_a_carrier_gets_the_name_shopify_knows(provider: str, company: str) -> None:
    assert tracking_company(provider) == company
    assert company in KNOWN


@pytest.mark.parametrize("provider", ["Gofo", "UniUni", "SpeedX", "Upside Couriers"])
def test_a_carrier_that_shopify_does_not_know_keeps_its_own_name(provider: str) -> None:
    assert tracking_company(f" {provider} ") == provider
    assert provider not in KNOWN
