"""Run the status-tracker: ``python -m status_tracker``."""

from runtime.service import run
from status_tracker.app import main

run(main)
