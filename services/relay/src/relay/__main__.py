"""Run the relay: ``python -m relay``."""

from relay.app import main
from runtime.service import run

run(main)
