"""A result: what was measured, on what machine; printed as one line, kept as a file."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"
_VERSIONS: Final = ("aiokafka", "asyncpg", "cramjam", "faststream", "pydantic", "uvloop")


@dataclass(frozen=True, slots=True)
class Result:
    """``ratios``: ours by a peer's; ``figures``: rates and sizes; ``counters``: exact."""

    name: str
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    counters: dict[str, float] = field(default_factory=dict)

    def line(self) -> str:
        """The result as one line of JSON."""
        return json.dumps(asdict(self))


def keep(result: Result, details: dict[str, Any], *, quick: bool) -> Path:
    """Write the result with its details and the machine it was measured on."""
    path = RESULTS / f"{result.name}{'-quick' if quick else ''}.json"
    content = {**asdict(result), "details": details, "machine": machine()}
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    return path


def machine() -> dict[str, Any]:
    """What the clocks ran on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": {name: version(name) for name in _VERSIONS},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return described.stdout.strip() or "unknown"
