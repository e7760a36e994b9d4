"""``python -m console.cli``: the same as ``ordersync``."""

from console.cli import main

main()
