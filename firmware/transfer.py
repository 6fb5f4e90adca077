"""Bring a set of files onto a board: only what differs is sent, and a cut at any moment leaves the old set or the new.

How the change is made atomic is told in device/onboard/journal.py, whose source goes to the board with each transfer, so
that it does not matter what runs there. What was brought is listed on the board, so that the next transfer can remove what
is not wanted any more and leaves alone what the app itself has written.
"""

import base64
import hashlib
from dataclasses import dataclass, field

from firmware.errors import UserError
from firmware.paths import DEVICE
from firmware.repl import DeviceError

_CHUNK = 2048  # bytes in one command; they are in the board's memory twice
_ENOSPC = "28"

_HELPERS = """
import binascii
try:
    from hashlib import sha256
except ImportError:
    sha256 = None

def _digest(path):
    total, buffer = sha256(), memoryview(bytearray(512))
    with open(path, 'rb') as file:
        n = file.readinto(buffer)
        while n:
            total.update(buffer[:n])
            n = file.readinto(buffer)
    return binascii.hexlify(total.digest()).decode()

def _tell(*paths):
    for path in paths:
        try:
            print(_digest(path) if sha256 else '', path)
        except OSError:
            pass

def _listed(path):
    try:
        with open(path) as file:
            print(file.read(), end='')
    except OSError:
        pass

def _begin(path):
    global _file
    make_folders(path)
    _file = open(path, 'wb')

def _more(text):
    _file.write(binascii.a2b_base64(text))
"""


@dataclass
class Plan:
    """What has to be done on the board: contents by path to send, paths to remove, paths that are right already.

    :param foreign: those to send that would replace a file which no earlier transfer brought.
    """

    send: dict = field(default_factory=dict)
    remove: list = field(default_factory=list)
    keep: list = field(default_factory=list)
    foreign: list = field(default_factory=list)

    @property
    def size(self):
        """Bytes to send."""
        return sum(map(len, self.send.values()))


def plan(repl, files, record):
    """Compare `files` with the board's, after finishing what an earlier transfer left over.

    :param files: {absolute path on the board: contents}.
    :param record: path on the board of the list of what was brought there.
    """
    repl.exec((DEVICE / "onboard" / "journal.py").read_text() + _HELPERS)
    repl.exec("finish() or remove(ASIDE)")
    before = repl.exec(f"_listed({record!r})").splitlines()
    files = {**files, record: "".join(f"{path}\n" for path in sorted(files)).encode()} if files or before else {}
    there = _digests(repl, {*files, *before})
    found = Plan(remove=[path for path in before if path in there and path not in files])
    for path, contents in files.items():
        if there.get(path) == hashlib.sha256(contents).hexdigest():
            found.keep.append(path)
        else:
            found.send[path] = contents
            if path in there and path not in before:
                found.foreign.append(path)
    return found


def carry_out(repl, wanted, report):
    """Do what the `Plan` says.

    :param report: called as report(done, total, text).
    :raises UserError: when it does not fit; the board is as it was then.
    """
    if not wanted.send and not wanted.remove:
        return
    _require_space(repl, wanted)
    done = 0
    try:
        for path, contents in wanted.send.items():
            for sent in _send(repl, path, contents):
                report(done + sent, wanted.size, path)
            done += len(contents)
    except DeviceError as error:
        repl.exec("remove(ASIDE)")
        raise _full(wanted) if _ENOSPC in str(error) else error from error
    steps = [f"+{path}" for path in wanted.send] + [f"-{path}" for path in wanted.remove]
    repl.exec(f"write({steps!r})")
    repl.exec("finish()")


def _digests(repl, paths):
    """The SHA-256 of those of `paths` that are on the board."""
    rows = repl.exec(f"_tell(*{sorted(paths)!r})").splitlines()
    return {path: digest for digest, _, path in (row.partition(" ") for row in rows)}


def _send(repl, path, contents):
    """Put `contents` aside under its path; yields how much has been sent."""
    repl.exec(f"_begin(ASIDE + {path!r})")
    for start in range(0, len(contents), _CHUNK):
        repl.exec(f"_more({base64.b64encode(contents[start : start + _CHUNK])!r})")
        yield min(start + _CHUNK, len(contents))
    repl.exec("_file.close()")


def _require_space(repl, wanted):
    block, _, _, free = repl.eval("os.statvfs(os.getcwd())[:4]")
    needed = sum(len(contents) // block + 1 for contents in wanted.send.values()) * block
    if needed > block * free:
        raise UserError(
            f"the files need {needed // 1024} KB and the board has {block * free // 1024} KB free, "
            f"remove what is not needed (`mpremote fs tree -s`, `mpremote rm`) or freeze the app into the firmware"
        )


def _full(wanted):
    return UserError(
        f"the board's file system is full, the {wanted.size // 1024} KB to send did not fit and nothing was changed; "
        f"remove what is not needed (`mpremote fs tree -s`, `mpremote rm`) or freeze the app into the firmware"
    )
