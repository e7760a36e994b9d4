"""The page about the mapping says what the code does."""

from libs.mapping.tests.mapping_page import PAGE, page


def test_the_page_is_generated_from_the_cases_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run libs/mapping/tests/mapping_page.py"
