"""Every SQL statement of the code that ships is one whose plan is tested at a filled table."""

from pathlib import Path
from textwrap import dedent

import pytest
from tests.integration.statement_witnesses import WITNESSES, texts_of
from tests.system import statements
from tests.system.statements import sites


async def test_every_statement_is_known_to_the_test_of_plans() -> None:
    """Red: make its text of constants, or add the function to ``statement_witnesses``."""
    found = list(sites())
    assert len(found) > 90
    unknown = {site.function for site in found if site.text is None}
    assert unknown == WITNESSES.keys()
    for function in WITNESSES:
        assert await texts_of(function), function


def test_a_statement_that_nobody_could_read_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a query made of an argument, beside one made of constants."""
    source = """
        import asyncpg

        async def known(pool):
            return await pool.fetch(f"SELECT {ROOT!s:.0}1")

        class Rows:
            async def made(self, table):
                async with self._pool.acquire() as connection:
                    return await connection.fetchval(f"SELECT count(*) FROM {table}")
    """
    module = tmp_path / "libs" / "x" / "src" / "tests" / "system" / "statements.py"
    module.parent.mkdir(parents=True)
    module.write_text(dedent(source))
    monkeypatch.setattr(statements, "ROOT", tmp_path)
    found = {site.function.removeprefix("tests.system.statements."): site.text for site in sites()}
    assert found == {"known": "SELECT 1", "Rows.made": None}
