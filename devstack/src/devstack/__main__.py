"""`python -m devstack` is the `devstack` command."""

from devstack.cli import main

main()
