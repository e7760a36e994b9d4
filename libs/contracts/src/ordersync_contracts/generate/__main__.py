"""``python -m ordersync_contracts.generate [ROOT]``: writes the generated files below ROOT."""

import sys
from pathlib import Path

from ordersync_contracts.generate import tree


def main(arguments: list[str]) -> int:
    """Writes the files that differ and names them; 2 when ROOT is not the repository."""
    root = Path(arguments[0]) if arguments else Path.cwd()
    if not (root / tree.CONTRACTS).is_dir():
        sys.stderr.write(f"{root} has no {tree.CONTRACTS}: give the repository's folder\n")
        return 2
    for path in tree.write(root):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
