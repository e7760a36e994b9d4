"""A country and a currency are what they are, however they are written."""

import pytest

from mapping.countries import TERRITORIES, US_REGIONS, country, currency
from mapping.provinces import province_code

SPELLINGS = {
    "US": ("us", " US ", "U.S.", "USA", "usa", "U.S.A.", "United States", "america"),
    "PR": ("pr", "PRI", "Puerto Rico"),
    "GU": ("gu", "GUM", "Guam"),
    "VI": ("vi", "VIR", "U.S. Virgin Islands", "us virgin  islands"),
    "AS": ("as", "ASM", "American Samoa"),
    "MP": ("mp", "MNP", "Northern Mariana Islands"),
    "UM": ("um", "UMI"),
}


@pytest.mark.parametrize("code", SPELLINGS)
def test_every_part_of_the_united_states_is_known_by_its_spellings(code: str) -> None:
    for written in SPELLINGS[code]:
        assert country(written) == code
    assert code in US_REGIONS
    assert (province_code("", region=code.lower()) == code) is (code in TERRITORIES)


@pytest.mark.parametrize(("region", "code"), [("gb", "GB"), ("Canada", "CANADA"), ("", "")])
def test_any_other_country_stays_what_it_is(region: str, code: str) -> None:
    assert country(region) == code
    assert country(region) not in US_REGIONS


@pytest.mark.parametrize("written", ["usd", " USD ", "Usd"])
def test_a_currency_is_its_code_in_capitals(written: str) -> None:
    assert currency(written) == "USD"
