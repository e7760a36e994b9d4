"""Run the console: ``python -m console``."""

from console.app import main
from runtime.service import run

run(main)
