"""The ports that tests start their servers on."""

import socket
import sys

import pytest
from servers import free_port


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot reserve a port and let a server have it")
def test_port_is_for_the_server_alone():
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    for address in ("127.0.0.1", "0.0.0.0"):
        with socket.create_server((address, port)):
            socket.create_connection(("127.0.0.1", port), 5).close()


def test_ports_differ():
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
