"""Turn the text of a MicroPython traceback into an exception with a traceback of this host's files."""

import ast
import re
import sys
import types
from functools import cache
from pathlib import Path
from typing import NamedTuple

from firmware import paths

_FRAME = re.compile(r'\s*File "(?P<file>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.*))?$')
_RUNNER = "testrunner.py"
_ENDS = 8  # frames kept at either end of a long traceback


class Frame(NamedTuple):
    file: str
    line: int
    function: str


class TargetError(Exception):
    """What failed on the target; the class is renamed to the one that was raised there."""


def parse(text):
    """Split the text into its frames, outermost first, and the lines that name the exception."""
    frames, rest = [], []
    for line in text.splitlines():
        match = _FRAME.match(line)
        if match:
            frames.append(Frame(match["file"], int(match["line"]), match["function"] or "<module>"))
        elif not line.startswith("Traceback (most recent call last)"):
            rest.append(line)
    return frames, "\n".join(rest).strip()


def named(text):
    """The name and the message of the exception at the end of a traceback."""
    name, _, message = parse(text)[1].partition(":")
    return name or "TargetError", message.strip()


def locate(text, sent):
    """The frames of a traceback that stand in files of this host, outermost first, and those inside them that do not.

    :param text: as printed by the target.
    :param sent: the modules that the host sent there, {file name: path here}.
    """
    here, lost = [], []
    for frame in parse(text)[0]:
        if frame.file == _RUNNER:
            continue
        path = sent.get(frame.file) or paths.FRAMEWORK.parent / frame.file
        line = _line(path, frame) if path.is_file() else None
        if line:
            here.append(Frame(str(path), line, frame.function))
        elif here:
            lost.append(frame)
    return _folded(here), lost


def _folded(frames):
    """A deep recursion without its middle."""
    return frames[:_ENDS] + frames[-_ENDS:] if len(frames) > 2 * _ENDS else frames


def exception(name, message):
    """An exception whose class is called `name`."""
    kind = type(name.rpartition(".")[2], (TargetError,), {"__module__": "builtins"})
    return kind(*([message] if message else []))


def through(frames):
    """A traceback that runs through `frames`, to be given to an exception that is raised here."""
    traceback = None
    for frame in reversed(frames):
        python_frame = _python_frame(frame)
        traceback = types.TracebackType(traceback, python_frame, python_frame.f_lasti, frame.line)
    return traceback


def _line(path, frame):
    """The frame's line; frozen code has none (opt=3) and says 1, so the function's own, or None where several have its name."""
    if frame.line > 1 or frame.function == "<module>":
        return frame.line
    lines = [node.lineno for node in _functions(path) if node.name == frame.function]
    return lines[0] if len(lines) == 1 else None


@cache
def _functions(path):
    tree = ast.parse(Path(path).read_text())
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _python_frame(frame):
    """A real frame object that seems to stand at `frame`: reports then find the source and show it as for any other."""
    first = _first_line(frame)
    text = _text(frame.file, frame.line).encode()  # ast counts columns in UTF-8 bytes
    tree = ast.parse("frame = sys._getframe()")
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = frame.line - first + 1  # counted from co_firstlineno
            node.col_offset, node.end_col_offset = len(text) - len(text.lstrip()), len(text.rstrip())
    code = compile(tree, frame.file, "exec")
    scope = {"sys": sys}
    exec(code.replace(co_name=frame.function, co_firstlineno=first), scope)
    python_frame = scope["frame"]
    scope.clear()  # the target's locals are not known here, and these are not them
    return python_frame


def _first_line(frame):
    """The line where the function around the frame's line begins, with its decorators."""
    around = [node for node in _functions(frame.file) if node.lineno <= frame.line <= node.end_lineno]
    if not around or frame.function == "<module>":
        return 1
    innermost = max(around, key=lambda node: node.lineno)
    return min([innermost.lineno] + [decorator.lineno for decorator in innermost.decorator_list])


def _text(path, line):
    lines = Path(path).read_text().splitlines()
    return lines[line - 1] if line <= len(lines) else ""
