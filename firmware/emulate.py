"""Boot a board's image where no board is."""

import importlib

from firmware import boards
from firmware.errors import UserError

#: a board's `emulator` -> the module whose boot() starts it
EMULATORS = {
    "qemu": "firmware.emulators.qemu",
    "rp2040js": "firmware.emulators.rp2040",
    "rp2040js-ppp": "firmware.emulators.ppp",
}


def boot(board, artifact, *, flash=None, **options):
    """Switch on the emulated `board` with the image in `artifact` and return the Machine, to be closed or used in `with`.

    :param board: a Board, or the name of one of the toolkit's own.
    :param artifact: what firmware.build.build() returned.
    :param flash: a file that keeps the board's file system from one boot to the next; None to start with an empty one.
    :param options: what the board's emulator takes besides; `forward={host port: device port}` for one with a network.
    :raises UserError: when the board has no emulator, or the machine lacks what it needs, with what to install.
    """
    board = boards.load(board) if isinstance(board, str) else board
    return _emulator(board).boot(board, artifact, flash=flash, **options)


def _emulator(board):
    if board.emulator not in EMULATORS:
        raise UserError(f"board {board.name!r} cannot be emulated, flash a real one or choose another: `microdot boards`")
    return importlib.import_module(EMULATORS[board.emulator])
