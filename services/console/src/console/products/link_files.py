"""Links as CSV: ``sku_id,variant_id`` and, for people, ``seller_sku,product_name``."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TextIO

from console.backend import Refused
from console.products.actions import WrongVariant, sku_number, variant_gid
from console.rows import Sku

COLUMNS: Final = ("sku_id", "variant_id", "seller_sku", "product_name")
_SHOWN: Final = 20


class WrongFile(Refused, ValueError):
    """The file cannot be read as links; the text names every line at fault, and how to mend it."""

    safe = True
    exit_code = 2


def write_links(file: TextIO, skus: Iterable[Sku]) -> int:
    """Write every SKU, those without a link with an empty variant; how many lines."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    lines = [{name: getattr(sku, name) or "" for name in COLUMNS} for sku in skus]
    writer.writerows(lines)
    return len(lines)


def read_links(file: TextIO) -> dict[str, str]:
    """The links to make: SKU id → variant gid; lines without a variant ask for nothing.

    Raises WrongFile, so that a file is taken whole or not at all.
    """
    reader = csv.DictReader(file, strict=True)
    if not {"sku_id", "variant_id"} <= _columns(reader):
        raise WrongFile(f"the first line names no columns sku_id and variant_id: {COLUMNS}")
    links: dict[str, str] = {}
    problems: list[str] = []
    for line in _lines(reader):
        try:
            _read_line(line, links)
        except Refused as problem:
            problems.append(f"line {reader.line_num}: {problem}")
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise WrongFile("; ".join(problems[:_SHOWN]) + more)
    return links


def _columns(reader: "csv.DictReader[str]") -> set[str]:
    with _explained(reader):
        return set(reader.fieldnames or ())


def _lines(reader: "csv.DictReader[str]") -> Iterator[Mapping[str, str | None]]:
    with _explained(reader):
        yield from reader


@contextmanager
def _explained(reader: "csv.DictReader[str]") -> Iterator[None]:
    """What is no CSV, or no text, is WrongFile."""
    try:
        yield
    except UnicodeDecodeError:
        raise WrongFile(
            f"after line {reader.line_num}: the file is not in UTF-8: save it as CSV UTF-8"
        ) from None
    except csv.Error as error:
        raise WrongFile(f"line {reader.line_num + 1} is no CSV: {error}") from None


def _read_line(line: Mapping[str, str | None], links: dict[str, str]) -> None:
    sku_id, variant = ((line.get(name) or "").strip() for name in ("sku_id", "variant_id"))
    if not variant:
        return
    gid = variant_gid(variant)
    if links.setdefault(sku_number(sku_id), gid) != gid:
        raise WrongVariant(f"SKU {sku_id} has another variant on an earlier line")
