"""Run the shopify-writer: ``python -m shopify_writer``."""

from runtime.service import run
from shopify_writer.app import main

run(main)
