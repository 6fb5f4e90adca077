"""Boot a board's image where no board is."""

import importlib
import time

from firmware import boards
from firmware.errors import UserError

#: a board's `emulator` -> the module whose boot() starts it
EMULATORS = {
    "qemu": "firmware.emulators.qemu",
    "rp2040js": "firmware.emulators.rp2040",
    "rp2040js-ppp": "firmware.emulators.ppp",
}

#: the `emulator` of a board that runs tests but cannot be switched on to be used
TESTS_ONLY = "node"

_ANSWER_S = 60


def boot(board, artifact, *, flash=None, **options):
    """Switch on the emulated `board` with the image in `artifact` and return the Machine, a context manager.

    :param board: a Board, or the name of one of the toolkit's own.
    :param artifact: what firmware.build.build() returned.
    :param flash: a file that keeps the board's file system from one boot to the next; None to start with an empty one.
    :param options: what the board's emulator takes besides; `forward={host port: board port}` for one with a network.
    :raises UserError: when the board has no emulator, or the machine lacks what it needs, with what to install.
    """
    board = boards.load(board) if isinstance(board, str) else board
    require(board)
    return importlib.import_module(EMULATORS[board.emulator]).boot(board, artifact, flash=flash, **options)


def require(board):
    """Check that `board` can be switched on here.

    :raises UserError: when it cannot, with what can be done with it instead.
    """
    if board.emulator == TESTS_ONLY:
        raise UserError(
            f"{board.name} has neither sockets nor a console to serve by: run tests in it (pytest --target {board.name}), "
            f"or build it and import {board.artifact} into a page"
        )
    if board.emulator not in EMULATORS:
        raise UserError(
            f"board {board.name!r} cannot be emulated, flash a real one or choose another: `microdot boards`"
        )


def await_http(machine, port, seconds=_ANSWER_S):
    """Wait until an HTTP server answers on `port` of this machine.

    :raises UserError: when none does, with what the board's console shows.
    """
    import http.client

    end = time.monotonic() + seconds
    while time.monotonic() < end and machine.alive:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    raise UserError("nothing on the board answers HTTP", detail=machine.shown().decode(errors="replace")[-2000:])
