"""Run the mapper: ``python -m mapper``."""

from mapper.app import main
from runtime.service import run

run(main)
