"""Run other programs: output streamed to a log and to a progress line, failures told in the lines that matter."""

import os
import re
import shlex
import subprocess
from collections import deque
from pathlib import Path

from firmware.errors import UserError

_TAIL = 12  # lines of output that a failure is told in
_RELEVANT = re.compile(
    r"^E: |error:|error compiling|fatal error|undefined reference|multiple definition|overflowed by|will not fit|No space left"
    r"|^make.*\*\*\*|CMake Error|Traceback|Error:|not found",
    re.IGNORECASE,
)


_MAKES = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", "BOARD", "PORT", "APP")


class CommandFailed(UserError):
    """A program ended with a status other than 0; `output` holds its last lines."""

    def __init__(self, message, *, detail, returncode, output):
        super().__init__(message, detail=detail)
        self.returncode = returncode
        self.output = output


class DiskFull(UserError):
    """A program found no space left on the disk."""


def run(cmd, *, step="", log=None, cwd=None, env=None, progress=None, dry_run=False):
    """Run `cmd` to its end and return what it printed (standard output and error together).

    :param cmd: program and arguments.
    :param step: what is being done, for messages and progress ("compile", "unpack").
    :param log: a file that the full output is appended to, or None.
    :param env: variables set on top of this process's environment.
    :param progress: called with (step, line) for every line of output.
    :param dry_run: print the command as a shell would take it, run nothing, return ''.
    :raises CommandFailed: for a non-zero status.
    :raises UserError: when there is no such program.
    """
    if dry_run:
        print(as_typed(cmd, cwd=cwd, env=env))
        return ""
    process = _start(cmd, cwd, env)
    lines, tail = [], deque(maxlen=400)
    with process, _open_log(log) as logfile:
        logfile.write(f"$ {as_typed(cmd, cwd=cwd, env=env)}\n")
        try:
            for line in process.stdout:
                logfile.write(line)
                lines.append(line)
                tail.append(line.rstrip())
                if progress and line.strip():
                    progress(step, line.strip())
        except BaseException:
            process.terminate()  # Ctrl-C reaches the child too, but not when we are called from a test
            raise
    if process.returncode:
        raise _failure(cmd, step, log, process.returncode, tail)
    return "".join(lines)


def as_typed(cmd, *, cwd=None, env=None):
    """The command as one would type it in a shell, with its folder and variables."""
    words = [f"{name}={shlex.quote(str(value))}" for name, value in (env or {}).items()]
    words += [shlex.quote(str(word)) for word in cmd]
    where = f"cd {shlex.quote(str(cwd))} && " if cwd else ""
    return where + " ".join(words)


def _start(cmd, cwd, env):
    try:
        return subprocess.Popen(
            [str(word) for word in cmd],
            cwd=cwd,
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        if cwd and not Path(cwd).is_dir():
            raise UserError(f"no such folder: {str(cwd)!r}") from error
        raise UserError(f"no program {str(cmd[0])!r} here, run `microdot doctor` to see what to install") from error


def _environment(more):
    """Our own environment and `more`, less what a make above us would have a make below us take over."""
    own = {name: value for name, value in os.environ.items() if name not in _MAKES}
    return {**own, **{name: str(value) for name, value in more.items()}}


def _open_log(log):
    if log is None:
        return open(os.devnull, "w")
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    return open(log, "a")


def _failure(cmd, step, log, returncode, tail):
    relevant = _relevant(list(tail))
    if any("No space left" in line for line in relevant):
        return DiskFull("no space left on the disk, free some and run the same command again")
    where = f", the full log is {log}" if log else ""
    return CommandFailed(
        f"{step or Path(cmd[0]).name} failed ({Path(str(cmd[0])).name} ended with {returncode}){where}",
        detail="\n".join(relevant),
        returncode=returncode,
        output="\n".join(tail),
    )


def _relevant(lines):
    """The lines that tell what went wrong, each with the one after it, once; the last lines where none do."""
    hits = [number for number, line in enumerate(lines) if _RELEVANT.search(line) and not line.startswith("#")]
    shown = dict.fromkeys(line for number in hits for line in lines[number : number + 2] if line)
    return list(shown)[:_TAIL] or lines[-_TAIL:]
