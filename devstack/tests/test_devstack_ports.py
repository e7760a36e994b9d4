import socket
import subprocess
import sys

import pytest

from devstack.errors import StackRefused
from devstack.ports import free_ports, is_free, require_free


def test_ports_lie_below_the_range_of_outgoing_connections() -> None:
    assert all(20_000 <= port < 32_000 for port in free_ports(5))


def test_no_port_is_given_out_twice() -> None:
    ports = [*free_ports(3, start=500), *free_ports(3, start=500)]
    assert len(set(ports)) == 6


def test_no_port_is_given_out_that_another_process_was_given() -> None:
    """Nobody listens on it yet, or its server is being restarted."""
    given = "from devstack.ports import free_ports; print(*free_ports(3, 900), flush=True); input()"
    command = (sys.executable, "-c", given)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        theirs = {int(port) for port in other.stdout.readline().split()}
        ours = free_ports(3, 900)
        other.communicate(b"\n")
    assert len({*theirs, *ours}) == 6
    assert min(theirs) in free_ports(1, 900)


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not is_free(listener.getsockname()[1])


def test_a_port_in_use_is_refused_by_number_and_by_who_wanted_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(StackRefused, match=rf"port {port} .* the console, is in use"):
            require_free(port, "the console")
