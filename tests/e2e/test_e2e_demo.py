"""`devstack demo --once --json`: forty orders of every kind, settled, counted, and gone again."""

import json
import subprocess
from pathlib import Path

from tests.system.stack import BIN

KEYS = (
    "orders",
    "eligible",
    "synced",
    "ineligible",
    "failed",
    "duplicates",
    "delivered",
    "first_synced_s",
    "elapsed_s",
)
LIMIT_S = 280


def test_the_demo_brings_every_eligible_order_into_shopify_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(BIN / "devstack"), "demo", "--once", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert tuple(result) == KEYS
    assert result["orders"] == 40
    assert result["synced"] == result["eligible"] > 0
    assert result["eligible"] + result["ineligible"] == result["orders"]
    assert (result["failed"], result["duplicates"]) == (0, 0)
    assert result["delivered"] > 0
    assert 0 < result["first_synced_s"] <= result["elapsed_s"]
    assert {file.name for file in (tmp_path / ".devstack").iterdir()} == {"lock", "logs"}
