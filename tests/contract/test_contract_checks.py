"""Each checker refuses an input made for it: a check that cannot fail is none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
IN_A_LIBRARY = "libs/contracts/src/ordersync_contracts/planted.py"
IN_A_TEST = "libs/contracts/tests/test_contracts_planted.py"
AN_EVENT = "from ordersync_contracts.events import OrderEligible\nOrderEligible"
SOUND = '"""Adds."""\n\n\ndef add(one: int, other: int) -> int:\n    """The sum."""\n'
SOUND += "    return one + other\n"


def run(*arguments: str, cwd: Path = ROOT, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / arguments[0]), *arguments[1:]],
        cwd=cwd,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def found_by_ruff(text: str, path: str = IN_A_LIBRARY) -> dict[str, str]:
    """Rule → message for each finding in ``text``, were it at ``path``."""
    said = run("ruff", "check", "--output-format=json", "--stdin-filename", path, "-", text=text)
    return {entry["code"]: entry["message"] for entry in json.loads(said.stdout)}


def inside(body: str, imports: str) -> str:
    return f'"""Planted."""\n\n{imports}\n\n\ndef planted() -> object:\n    """Planted."""\n{body}'


def test_ruff_finds_nothing_in_a_sound_module() -> None:
    assert found_by_ruff(SOUND) == {}


@pytest.mark.parametrize(
    ("imports", "call", "hint"),
    [
        ("from datetime import UTC, datetime", "datetime.now(UTC)", "take a Clock"),
        ("import datetime", "datetime.datetime.now(datetime.UTC)", "take a Clock"),
        ("from datetime import datetime", "datetime.utcnow()", "UTC-aware"),
        ("import time", "time.time()", "take a Clock"),
        ("from uuid import uuid4", "uuid4()", "ordersync_contracts.ids"),
        ("import uuid", "uuid.uuid4()", "ordersync_contracts.ids"),
        ("import random", "random.random()", "take a random.Random"),
        ("from unittest import mock", "mock.Mock()", "passes the same suite"),
        ("import requests", "requests.get", "httpx"),
        ("import importlib", "importlib.import_module('console')", "entry point"),
    ],
)
def test_what_is_banned_is_refused_with_what_to_do_instead(
    imports: str, call: str, hint: str
) -> None:
    found = found_by_ruff(inside(f"    return {call}\n", imports))
    assert hint in found["TID251"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("TID252", '"""Planted."""\n\nfrom . import codec\n\n__all__ = ["codec"]\n'),
        ("T201", SOUND + '\n\nprint("here")\n'),
        ("ANN001", SOUND.replace("one: int", "one")),
        ("D103", SOUND.replace('    """The sum."""\n', "")),
        ("C901", SOUND + "\n\ndef branches(n: int) -> int:\n" + '    """Many."""\n'
         + "".join(f"    if n == {i}:\n        n += 1\n" for i in range(7)) + "    return n\n"),
        ("E501", SOUND + f"\n\n# {'long ' * 25}\n"),
        ("ERA001", SOUND + "\n\n# add(1, 2)\n"),
        ("BLE001", SOUND + "\n\ntry:\n    add(1, 2)\nexcept Exception:\n    add(0, 0)\n"),
        ("DTZ001", SOUND.replace('"""Adds."""', '"""Adds."""\n\nfrom datetime import datetime\n\n'
                                 "BEGIN = datetime(2026, 1, 1)")),
        ("G004", SOUND.replace('"""Adds."""', '"""Adds."""\n\nimport logging\n\n'
                               'logging.getLogger(__name__).info(f"{__name__} began")')),
    ],
)  # fmt: skip
def test_ruff_refuses(rule: str, text: str) -> None:
    assert rule in found_by_ruff(text)


def test_tests_may_make_their_own_clock_and_dice() -> None:
    text = inside("    return random.Random(1), time.time()\n", "import random\nimport time")
    assert "TID251" not in found_by_ruff(text, IN_A_TEST)
    assert "TID251" in found_by_ruff(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def add(one, other):\n    return one + other\n", "no-untyped-def"),
        ("def first(numbers: list) -> int:\n    return 1\n", "type-arg"),
        ("def name(order: dict[str, str]) -> int:\n    return order['name']\n", "return-value"),
        (f"{AN_EVENT}(shop_id='1', order_id='2')\n", "call-arg"),
        (f"{AN_EVENT}(shop_id='1', order_id='2', snapshot_version=1).shop_id = '3'\n", "misc"),
    ],
    ids=["no types", "no element type", "wrong type", "missing field", "frozen"],
)
def test_mypy_refuses(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "planted.py").write_text(text)
    said = run("mypy", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path / "planted.py"))
    assert said.returncode == 1
    assert f"[{code}]" in said.stdout


PLANTED_TESTS = {
    "a warning": "import warnings\ndef test_planted():\n    warnings.warn('old')\n",
    "a marker nobody declared": (
        "import pytest\n@pytest.mark.made_up\ndef test_planted():\n    pass\n"
    ),
    "a coroutine nobody awaits": (
        "import gc\nasync def work():\n    pass\n"
        "def test_planted():\n    work()\n    gc.collect()\n"
    ),
    "a file left open": ("import gc\ndef test_planted():\n    open(__file__)\n    gc.collect()\n"),
}


def test_pytest_accepts_a_sound_test(tmp_path: Path) -> None:
    assert pytest_on(tmp_path, "async def test_planted():\n    assert True\n").returncode == 0


@pytest.mark.parametrize("plant", PLANTED_TESTS)
def test_pytest_refuses(tmp_path: Path, plant: str) -> None:
    assert pytest_on(tmp_path, PLANTED_TESTS[plant]).returncode != 0


def pytest_on(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_planted.py").write_text(text)
    config = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    return run("pytest", "-p", "no:cacheprovider", *config, str(folder / "test_planted.py"))
