"""`python -m simulators.shopify --port N [--token T]`."""

import argparse
import gc

from simulators.serving import LOOPBACK, serve
from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings

_COLLECT_AFTER = 200_000
"""Stored orders are many objects without cycles; Python's default would walk them all the time."""


def main() -> None:
    """Serves on 127.0.0.1 until SIGTERM; prints `listening on http://127.0.0.1:PORT`."""
    parser = argparse.ArgumentParser(prog="simulators.shopify", description=__doc__)
    known = Settings()
    parser.add_argument("--host", default=LOOPBACK, help="in a container: 0.0.0.0")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--token", default=known.token, help="opens stores without one of their own"
    )
    parser.add_argument("--client-id", default=known.client_id)
    parser.add_argument("--client-secret", default=known.client_secret)
    given = parser.parse_args()
    settings = Settings(
        token=given.token, client_id=given.client_id, client_secret=given.client_secret
    )
    app = build_app(settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 100)
    serve(app, port=given.port, host=given.host)


if __name__ == "__main__":
    main()
