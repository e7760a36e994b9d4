"""Free TCP ports on 127.0.0.1 that stay free while their server is restarted."""

import os
import socket

from devstack.errors import StackRefused

# Below every system's range for outgoing connections (Linux starts at 32768, others at 49152): a
# client that keeps trying to reach a dead server cannot end up holding that server's own port.
_FIRST, _LAST = 20_000, 32_000
# A port may be given out long before its server listens, and be silent while that is restarted:
# none is given out twice.
_GIVEN: set[int] = set()


def free_ports(count: int, start: int | None = None) -> tuple[int, ...]:
    """`count` different ports nobody listens on, searched from `start` (default: by process id)."""
    span = _LAST - _FIRST
    offset = (os.getpid() * 97 if start is None else start) % span
    found: list[int] = []
    for step in range(span):
        port = _FIRST + (offset + step) % span
        if port not in _GIVEN and is_free(port) and _reserve(port):
            _GIVEN.add(port)
            found.append(port)
        if len(found) == count:
            return tuple(found)
    raise StackRefused(f"no {count} free ports between {_FIRST} and {_LAST} on 127.0.0.1")


def _reserve(port: int) -> bool:
    """Ours among all processes of this machine until this one ends; False: another's already.

    The mark is the UDP port of the same number, which no server here uses.
    """
    mark = socket.socket(type=socket.SOCK_DGRAM)
    try:
        mark.bind(("127.0.0.1", port))
    except OSError:
        mark.close()
        return False
    mark.detach()  # it stays open
    return True


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(port: int, wanted_by: str) -> int:
    """The port, or StackRefused naming it and who wanted it."""
    if not is_free(port):
        raise StackRefused(f"port {port} on 127.0.0.1, wanted by {wanted_by}, is in use")
    _GIVEN.add(port)
    return port
