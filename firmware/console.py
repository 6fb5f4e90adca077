"""What a person sees: one live line of progress on a terminal, plain lines elsewhere."""

import contextlib
import os
import sys
from pathlib import Path


@contextlib.contextmanager
def progress(quiet=False):
    """A callback (step, line) for firmware.shell.run: the step and the tool's last line, overwritten in place.

    Where standard error is no terminal that can do so, only the start of each step is printed.
    """
    if quiet:
        yield None
    elif _is_live():
        with _live() as callback:
            yield callback
    else:
        yield _Steps()


def _is_live():
    """Whether lines can be written over; an editor's terminal often says that it cannot."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


class _Steps:
    """One line for each new step."""

    def __init__(self):
        self._step = None

    def __call__(self, step, line):
        if step != self._step:
            self._step = step
            print(f"{step} ...", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _live():
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    with console.status("") as status:

        def show(step, line):
            width = max(console.width - len(step) - 6, 10)
            status.update(f"[bold]{escape(step)}[/bold] {escape(line[:width])}")

        yield show


def size(number):
    """`number` bytes for people: '590 KB'."""
    if number < 10_000:
        return f"{number} B"
    return f"{number / 1000:.0f} KB" if number < 10_000_000 else f"{number / 1e6:.1f} MB"


def shown(path):
    """`path` as short as it can be named from here."""
    try:
        return Path(path).relative_to(Path.cwd())
    except ValueError:
        return path


@contextlib.contextmanager
def bars(names, quiet=False):
    """A callback (index, done, total, text) for work on several things at once, with a bar for each of `names`.

    Where standard error is no terminal that can move its cursor, a line is printed when a text changes. Safe to call from threads.
    """
    if quiet:
        yield lambda index, done, total, text: None
    elif _is_live():
        with _live_bars(names) as callback:
            yield callback
    else:
        yield _Lines(names)


class _Lines:
    """One line for each new text of each thing."""

    def __init__(self, names):
        self._names = names
        self._texts = [None] * len(names)

    def __call__(self, index, done, total, text):
        if text != self._texts[index]:
            self._texts[index] = text
            print(f"{self._names[index]}: {text} ...", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _live_bars(names):
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.fields[name]}"), BarColumn(), DownloadColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = [progress.add_task("", total=None, name=name) for name in names]

        def show(index, done, total, text):
            progress.update(tasks[index], completed=done, total=total, description=text)

        yield show
