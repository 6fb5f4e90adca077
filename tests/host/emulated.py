"""Emulated boards for tests that drive them as a user drives a real one."""

import re
import time

from firmware import build, emulate


class Board:
    """One emulated board; each `boot` is a power-on, and its flash lasts from one to the next.

    :param name: a board that can be emulated.
    :param flash: a file for the flash.
    """

    def __init__(self, name, flash):
        self.name = name
        self.flash = flash
        self._artifact = build.build(name)

    def boot(self):
        return emulate.boot(self.name, self._artifact, flash=self.flash)


def wait_for(machine, pattern, seconds=30):
    """Wait until the board's console has shown `pattern`, and return all that it has shown."""
    deadline = time.monotonic() + seconds
    while not re.search(pattern, machine.shown()):
        assert time.monotonic() < deadline, f"{pattern!r} was never shown, but: {machine.shown()}"
        time.sleep(0.05)
    return machine.shown()


class Folder:
    """An app's folder, whose files are written by name."""

    def __init__(self, path, files):
        self.path = path
        for name, text in files.items():
            self[name] = text

    def __setitem__(self, name, text):
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)
