"""Run the fetcher: ``python -m fetcher``."""

from fetcher.app import main
from runtime.service import run

run(main)
