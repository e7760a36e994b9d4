"""Assertions in shared suites explain themselves."""

import pytest

pytest.register_assert_rewrite("libs.eventstore.tests.suite_eventstore")
