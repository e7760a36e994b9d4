"""`python -m simulators.tiktok --port N --app-key K --app-secret S [--hold-s 3600]`."""

import argparse

from simulators.serving import LOOPBACK, serve
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings


def main() -> None:
    """Serves on 127.0.0.1 until SIGTERM; prints `listening on http://127.0.0.1:PORT`."""
    parser = argparse.ArgumentParser(prog="simulators.tiktok", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="in a container: 0.0.0.0")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--app-key", required=True)
    parser.add_argument("--app-secret", required=True)
    parser.add_argument("--hold-s", type=float, default=3_600, help="how long ON_HOLD lasts")
    parser.add_argument("--rate-limit", type=float, help="requests/s per shop and endpoint")
    given = parser.parse_args()
    settings = Settings(
        app_key=given.app_key,
        app_secret=given.app_secret,
        hold_s=given.hold_s,
        rate_limit_per_s=given.rate_limit,
    )
    serve(build_app(settings), port=given.port, host=given.host)


if __name__ == "__main__":
    main()
