"""A Pico whose UART 1 ends in a PPP server: slirp, which turns the board's packets into sockets of this machine.

slirp refuses to run on a host whose name resolves to the loopback address, as most names do. It therefore gets a host
name of its own, in a UTS namespace, which takes root or a kernel that lets users make namespaces.
"""

import contextlib
import shutil
import socket
import subprocess

from firmware import posix
from firmware.emulators import dying_with_us, program, rp2040, stop
from firmware.emulators.forward import Forwarder, free_port
from firmware.errors import UserError

#: what slirp gives the board, and calls itself
BOARD_ADDRESS = "10.0.2.15"
_HOST_ADDRESS = "10.0.2.2"


def boot(board, artifact, *, flash=None, forward=None):
    """Boot the binary image of `artifact`; see firmware.emulate.boot.

    :param forward: {port of this machine, or 0 for a free one: TCP port of the board}.
    """
    reason = obstacle()
    if reason:
        raise UserError(reason)
    inner = {port: free_port() for port in (forward or {}).values()}
    with contextlib.ExitStack() as undo:
        forwarders = {port: _forward(undo, outer, inner[port]) for outer, port in (forward or {}).items()}
        board_end, network_end = socket.socketpair()
        with board_end, network_end:
            undo.callback(stop, _start_slirp(network_end, inner))
            machine = rp2040.boot(board, artifact, flash=flash, uart=board_end)
        machine.forwarded = {port: forwarder.port for port, forwarder in forwarders.items()}
        machine.on_close(undo.pop_all().close)
    return machine


def _forward(undo, outer, inner):
    forwarder = Forwarder(outer, inner)
    undo.callback(forwarder.close)
    return forwarder


def obstacle():
    """Why slirp cannot be given a host name of its own here, '' when it can."""
    if not shutil.which("unshare"):
        return "the PPP network needs Linux, for a host name of its own"
    probe = subprocess.run([*_unshare(), "true"], capture_output=True, text=True)
    if probe.returncode == 0:
        return ""
    return f"the PPP network needs root, or a kernel that lets users make namespaces ({probe.stderr.strip()})"


def _start_slirp(network_end, ports):
    """Start slirp on its end of the line; `ports` of the board are at ports of this machine: {board: host}."""
    redirections = [f"redir tcp {host} to {BOARD_ADDRESS}:{port}" for port, host in ports.items()]
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
    return ("unshare", "--uts") if posix.is_root() else ("unshare", "--uts", "--map-root-user")
