"""A Pico whose UART 1 ends in a PPP server: slirp, which turns the board's packets into sockets of this machine.

slirp refuses to run on a host whose name resolves to the loopback address, as most names do. It therefore gets a host
name of its own, in a UTS namespace, which takes root or a kernel that lets users make namespaces.
"""

import os
import socket
import subprocess

from firmware.emulators import dying_with_us, program, rp2040, stop
from firmware.errors import UserError

#: what slirp gives the board, and calls itself
BOARD_ADDRESS = "10.0.2.15"
_HOST_ADDRESS = "10.0.2.2"


def boot(board, artifact, *, flash=None, forward=None):
    """Boot the binary image of `artifact`; see firmware.emulate.boot.

    :param forward: {port of this machine: TCP port of the board}.
    """
    reason = obstacle()
    if reason:
        raise UserError(reason)
    board_end, network_end = socket.socketpair()
    with board_end, network_end:
        slirp = _start_slirp(network_end, forward or {})
        try:
            machine = rp2040.boot(board, artifact, flash=flash, uart=board_end)
        except BaseException:
            stop(slirp)
            raise
    machine.add(slirp)
    return machine


def obstacle():
    """Why slirp cannot be given a host name of its own here, '' when it can."""
    probe = subprocess.run([*_unshare(), "true"], capture_output=True, text=True)
    if probe.returncode == 0:
        return ""
    return f"the PPP network needs root, or a kernel that lets users make namespaces ({probe.stderr.strip()})"


def _start_slirp(network_end, forward):
    redirections = [f"redir tcp {host} to {BOARD_ADDRESS}:{port}" for host, port in forward.items()]
    slirp = program("slirp-fullbolt", "slirp")
    named = f'hostname {_HOST_ADDRESS} && exec "$@"'
    command = [*_unshare(), "sh", "-c", named, "sh", slirp, "-P", *redirections]
    return subprocess.Popen(
        dying_with_us(command),
        stdin=network_end,
        stdout=network_end,
        stderr=subprocess.DEVNULL,  # its banner; what it says of the line goes over the line
        process_group=0,
    )


def _unshare():
    return ("unshare", "--uts") if os.geteuid() == 0 else ("unshare", "--uts", "--map-root-user")
