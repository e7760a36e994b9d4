"""Logging as it is at first, whatever a test elsewhere has configured."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def unfiltered_logs() -> None:
    """A command line that ran in another test leaves a level behind that hides what is checked."""
    structlog.reset_defaults()
