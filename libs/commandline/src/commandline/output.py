"""How results look: one JSON value for programs, a table for people; notes go to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


class Format(StrEnum):
    """The forms a result can take."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[Format, typer.Option("-o", "--output", help="table or json")]


def print_json(value: object) -> None:
    """One JSON value, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; as wide as its content when nobody watches."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    _stdout().print(table)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, one a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in facts:
        table.add_row(name, value)
    _stdout().print(table)


def print_note(sentence: str) -> None:
    """Progress and problems, for people."""
    sys.stderr.write(f"{sentence}\n")


def moment(at: datetime | None) -> str:
    """A time as people read it, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def _stdout() -> Console:
    return Console(width=None if sys.stdout.isatty() else 220, markup=False, highlight=False)
