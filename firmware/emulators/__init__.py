"""Machines that exist as a program only: QEMU and an RP2040 emulator, each with its console on a local port."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import weakref
from pathlib import Path

from firmware import posix, system
from firmware.errors import UserError

_STOP_S = 5  # an emulator saves its flash when asked to end, and is killed after this long
_EARLY_S = 3  # one that was started the wrong way ends within this time; a board shows something sooner


class Machine:
    """A running emulator; a context manager that leaves no process behind.

    It ends with the thread that booted it at the latest, on Linux even when that is killed.

    :ivar console: address of the board's console, for mpremote and pyserial ("socket://127.0.0.1:41234").
    :ivar process: the emulator.
    :ivar forwarded: {TCP port of the board: port of this machine that leads to it}.
    :ivar transcript: a file with all that the console has shown since power-on.
    """

    def __init__(self, process, port, folder):
        self.forwarded = {}
        self._also = []
        self.console = f"socket://127.0.0.1:{port}"
        self.process = process
        self.port = port
        self.transcript = Path(folder.name) / "console"
        self._messages = Path(folder.name) / "messages"
        self._folder = folder
        self._ending = weakref.finalize(self, _stop, process, self._also, folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def alive(self):
        """Whether the emulator still runs."""
        return self.process.poll() is None

    def messages(self):
        """What the emulator itself has said, not the board."""
        return self._messages.read_text(errors="replace") if self._messages.exists() else ""

    def shown(self):
        """What the board's console has shown since power-on."""
        return self.transcript.read_bytes() if self.transcript.exists() else b""

    def on_close(self, action):
        """Call `action` after the emulator has ended: something that the board is connected to ends with it."""
        self._also.append(action)

    def close(self):
        """Switch the board off: the emulator saves the flash if it was given a file for it, and ends."""
        self._ending()


def start(command, board, *, env=None, fds=(), ready=None, seconds=60):
    """Start an emulator on a free port and return the Machine.

    :param command: called with the listening socket and the Machine's private folder, returns the command line. The
        socket is made here and handed over open: no other program can take the port, and who connects early waits
        instead of failing.
    :param env: variables set on top of this process's environment.
    :param fds: file descriptors that the emulator inherits besides.
    :param ready: what the emulator says once the console works, None if it does not say.
    :param seconds: how long to wait for that.
    :raises UserError: when the emulator does not come up, with what it said.
    """
    posix.require("emulating a board")
    folder = tempfile.TemporaryDirectory(prefix="microdot-machine-")
    with _listener() as listener, contextlib.ExitStack() as undo:
        undo.callback(folder.cleanup)
        port = listener.getsockname()[1]
        with open(Path(folder.name) / "messages", "wb") as messages:
            process = subprocess.Popen(
                dying_with_us(command(listener, Path(folder.name))),
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(), *fds),
                process_group=0,  # the terminal's Ctrl-C is for the board, not for its emulator
            )
        machine = Machine(process, port, folder)
        undo.pop_all()
    try:
        _await(machine, board, ready, seconds)
    except BaseException:
        machine.close()
        raise
    return machine


def program(name, package):
    """The path of the program `name`, installed when this is root on Debian.

    :raises UserError: naming the Debian `package` that has it.
    """
    if not shutil.which(name) and system.can_install():
        system.install([package])
    found = shutil.which(name)
    if not found:
        raise UserError(
            f"no program {name!r} here to emulate the board, install it: {system.install_command([package])}"
        )
    return found


def _listener():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def dying_with_us(command):
    """The command line `command` such that Linux ends the program when we are killed."""
    setpriv = shutil.which("setpriv")
    words = [str(word) for word in command]
    return [setpriv, "--pdeathsig", "TERM", "--", *words] if setpriv else words


def _await(machine, board, ready, seconds):
    end = time.monotonic() + (seconds if ready else _EARLY_S)
    while time.monotonic() < end:
        if ready in machine.messages() if ready else machine.shown():
            return
        if not machine.alive:
            said = machine.messages().strip()
            raise UserError(
                f"the emulator of {board.name!r} ended with {machine.process.returncode}", detail=said[-2000:]
            )
        time.sleep(0.02)
    if ready:
        raise UserError(
            f"the emulated {board.name!r} did not start within {seconds} s", detail=machine.messages()[-2000:]
        )


def _stop(process, actions, folder):
    stop(process)
    for action in actions:
        action()
    folder.cleanup()


def stop(process):
    """End `process`: asked first, then killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
