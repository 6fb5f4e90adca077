"""Flash boards, several at once: what to write, where, how far each is, and what to do next."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from firmware import devices, flashers
from firmware.errors import UserError

_START_S = 30


@dataclass(frozen=True)
class Result:
    """How it went at one port; `error` is None when all is well."""

    port: str
    written: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""
    error: UserError | None = None

    def as_json(self):
        """The result as plain values."""
        values = {"port": self.port, "written": self.written, "skipped": self.skipped, "seconds": self.seconds}
        return {**values, "note": self.note, "error": str(self.error) if self.error else None}


def ports(board, named=()):
    """The ports that are `named`, or that of the one board that is plugged in.

    :raises UserError: when a port is named twice, none is found, or several are and nobody can be asked.
    """
    if len(set(named)) < len(named):
        raise UserError(f"port {max(named, key=named.count)!r} is named twice, name each board once")
    return list(named) or [_find(board)]


def jobs(board, image, ports, *, erase=False, baud=0):
    """One job for each of `ports`."""
    return [flashers.Job(board, image, port, erase, baud) for port in ports]


def _find(board):
    ports = devices.for_board(board)
    if not ports and board.flash["method"] == "uf2":
        return ""  # it may be in its boot loader already, or will be
    return devices.choose(ports, f"board {board.name!r}").device


def run(jobs, report):
    """Do all `jobs` at the same time and return a `Result` for each, in order.

    :param report: called as report(job, done, total, text) from several threads.
    """
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(partial(_run, report=report), jobs))


def _run(job, report):
    started = time.monotonic()
    try:
        outcome = flashers.method(job.board).flash(job, partial(report, job))
    except UserError as error:
        return Result(job.port, error=error)
    return Result(job.port, outcome.written, outcome.skipped, round(time.monotonic() - started, 1), outcome.note)


def deploy_after(result, board, app, report, **how):
    """Deploy `app` (None for the status page) onto the board that `result` tells of, once it has started.

    :param report: called as report(done, total, text).
    :param how: as `deploy.deploy` takes it.
    :returns: the result, with the error if there was one.
    """
    from firmware import deploy

    try:
        port = _console(result, board)
        _wait_for_repl(port)
        deployed = deploy.deploy(app, port, report=report, **how)
    except UserError as error:
        return replace(result, error=error)
    return replace(result, port=port, note=f"{result.note}; {deployed.size} bytes of files deployed")


def _console(result, board):
    """Where the board's console is after it was flashed: not where a UF2 drive was."""
    is_drive = not result.port or Path(result.port).is_dir()
    return devices.choose(devices.for_board(board), f"board {board.name!r}").device if is_drive else result.port


def _wait_for_repl(port):
    """Wait until MicroPython answers: at its first start it makes its file system, and a USB console comes late."""
    from firmware.repl import LinkLost, Repl

    deadline = time.monotonic() + _START_S
    while True:
        try:
            Repl(port).close()
            return
        except LinkLost:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def raise_failures(results):
    """Raise what went wrong, if anything did: one error as it is, several one to a line."""
    failed = [result for result in results if result.error]
    if len(results) == 1 and failed:
        raise failed[0].error
    if failed:
        lines = "\n".join(str(result.error) for result in failed)
        raise UserError(f"{len(failed)} of {len(results)} boards were not flashed, the others are done", detail=lines)


def farewell(board, image, results, *, stock=False, app=None):
    """What has been done and what a person does next, for after a success."""
    port = results[0].port
    at = f" --port {port}" if port else ""
    lines = [_done(result) for result in results]
    if stock:
        lines.append(
            f"this is the official image with framework and app deployed as files; a build of your own "
            f"(`microdot build {board.name}`) has them frozen, which leaves about 11 KB more heap"
        )
    else:
        lines.append(f"{board.product or board.name} starts {image.name} now")
    lines.append(
        f"next: `microdot monitor{at}` shows its console, `microdot mount {app or 'APP'}{at}` runs your app live"
    )
    return "\n".join(lines)


def _done(result):
    what = f"{result.written} bytes written and verified" if result.written else "nothing to write, all was there"
    skipped = f", {result.skipped} were there already" if result.written and result.skipped else ""
    return f"{result.port or 'board'}: {what}{skipped}, {result.seconds} s ({result.note})"
