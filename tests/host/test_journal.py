"""Changes to a board's files are all or nothing, at whatever operation the power is cut."""

import importlib.util
import os
import shutil

import pytest

from firmware.paths import DEVICE

OLD = {
    "app/main.py": "old main",
    "app/gone.py": "old",
    "app/sub/gone.py": "old",
    "app/kept.py": "kept",
    "own.txt": "mine",
}
NEW = {"app/main.py": "new main", "app/added/deep.py": "new", "app/kept.py": "kept", "own.txt": "mine"}
CHANGED = ("app/main.py", "app/added/deep.py")
REMOVED = ("app/gone.py", "app/sub/gone.py")


class PowerCut(BaseException):
    """Not an error that the code under test could handle."""


class Disk:
    """`os` and `open` of a board that loses power at the operation number `cut`, on a file system like littlefs or FAT."""

    def __init__(self, cut=None, fat=False):
        self.left = cut
        self.fat = fat

    def _step(self):
        if self.left is not None:
            if self.left == 0:
                raise PowerCut
            self.left -= 1

    def __getattr__(self, name):
        return getattr(os, name)

    def remove(self, path):
        self._step()
        os.remove(path)

    def rmdir(self, path):
        self._step()
        os.rmdir(path)

    def mkdir(self, path):
        self._step()
        os.mkdir(path)

    def rename(self, source, target):
        self._step()
        if self.fat and os.path.exists(target):
            raise FileExistsError(target)
        os.rename(source, target)

    def open(self, path, mode="r"):
        if mode != "r":
            self._step()
        return open(path, mode)


@pytest.fixture
def board(tmp_path, monkeypatch):
    """The journal's module with the file system of a board in `board.root`."""

    class Board:
        root = tmp_path / "disk"

        def reset(self):
            shutil.rmtree(self.root, ignore_errors=True)
            for name, contents in OLD.items():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).write_text(contents)

        def boot(self, **faults):
            """The module as freshly imported on a board."""
            monkeypatch.chdir(self.root)
            spec = importlib.util.spec_from_file_location("journal", DEVICE / "onboard" / "journal.py")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.os = disk = Disk(**faults)
            module.open = disk.open
            return module

        def files(self):
            found = (path for path in self.root.rglob("*") if path.is_file())
            return {path.relative_to(self.root).as_posix(): path.read_text() for path in found}

        def path(self, name):
            return str(self.root / name)

    found = Board()
    found.reset()
    return found


def deploy(board, journal):
    """What `firmware.transfer` does on a board."""
    for name in CHANGED:
        journal.make_folders(journal.ASIDE + board.path(name))
        with journal.open(journal.ASIDE + board.path(name), "w") as file:
            file.write(NEW[name])
    journal.write([f"+{board.path(name)}" for name in CHANGED] + [f"-{board.path(name)}" for name in REMOVED])
    journal.finish()


def test_makes_the_change_and_leaves_nothing_behind(board):
    deploy(board, board.boot())
    assert board.files() == NEW
    assert not (board.root / "app/sub").exists(), "nor an empty folder"


def test_without_a_journal_nothing_happens(board):
    assert board.boot().finish() is False
    assert board.files() == OLD


@pytest.mark.parametrize("fat", [False, True])
def test_a_cut_at_any_operation_leaves_the_old_files_or_the_new_ones(board, fat):
    cut, outcomes = 0, []
    while True:
        board.reset()
        try:
            deploy(board, board.boot(cut=cut, fat=fat))
            break
        except PowerCut:
            outcomes.append(_after_next_boot(board, fat))
        cut += 1
    assert cut > 10
    assert outcomes == sorted(outcomes, key=("old", "new").index), "and once new, it stays so"
    assert {"old", "new"} == set(outcomes)


def _after_next_boot(board, fat):
    journal = board.boot(fat=fat)
    journal.finish()
    journal.remove(journal.ASIDE)  # as the next deployment does
    found = {name: text for name, text in board.files().items() if not name.startswith("deploy.")}
    assert found in (OLD, NEW)
    return "old" if found == OLD else "new"


def test_a_cut_while_the_rest_is_done_at_boot_does_no_harm_either(board):
    for first in range(12, 24, 3):
        for second in range(8):
            board.reset()
            try:
                deploy(board, board.boot(cut=first))
            except PowerCut:
                try:
                    board.boot(cut=second).finish()
                except PowerCut:
                    pass
                _after_next_boot(board, fat=False)
