"""Requests per second: the contestants of a row are all up at once and put under load by turns."""

import contextlib
import importlib.util
import sys
from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from bench import load
from bench.contestants import HERE, Contestant
from bench.results import Figures
from bench.servers import serving
from firmware.errors import UserError
from firmware.paths import cache_dir

FILE_SIZE = 100 * 1024
_WARM_UP_MS = 100
_TAIL_MS = 1500  # a lost connection is tried again after a second


@dataclass(frozen=True)
class Subject:
    """A contestant that runs the program `app` of board/apps, or a gateway's, and the load that is put on it."""

    contestant: Contestant
    app: str
    load: load.Load
    args: tuple = ()

    def serving(self):
        """Run the server; a context manager."""
        gateway = _GATEWAYS.get(self.app)
        if not gateway:
            return serving(self.contestant, self.app, *(arg() for arg in self.args))
        return serving(self.contestant, self.app, env={"BENCH_FILE": big_file()}, command=gateway)


def speed(ours, reference, also=None):
    """A measurement of two `Subject`s; what `also` makes of it is told beside them."""

    def measure(effort):
        lacking = _lacking(ours)
        if lacking:
            return Figures(None, None, lacking)
        subjects = [ours, reference, *([also] if also else ())]
        rates = [median(outcome.per_second for outcome in turns) for turns in _outcomes(subjects, effort)]
        note = f"m2 in the same place: {rates[2] / rates[1]:.2f}" if also else ""
        return Figures(rates[0], rates[1], note)

    return measure


def tail(ours, reference):
    """A measurement of the slowest: the 99th percentile of the time to an answer, as a multiple of the median."""

    def measure(effort):
        turns = _outcomes([ours, reference], replace(effort, ms=max(effort.ms, _TAIL_MS)))
        figures = [median(outcome.p99 / outcome.median for outcome in each) for each in turns]
        texts = [
            f"{name} {median(o.p99 for o in each):.0f} ms, {sum(o.failed for o in each)} failed"
            for name, each in zip(("ours", "m2"), turns)
        ]
        return Figures(*figures, f"p99: {'; '.join(texts)}")

    return measure


def _outcomes(subjects, effort):
    """For each subject a list of the `Outcome`s of its turns.

    :raises UserError: when one never answers as it should.
    """
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(subject.serving()) for subject in subjects]
        turns = [[] for _ in subjects]
        for i in range(effort.rounds + 1):
            effort.tell(f"round {i} of {effort.rounds}")
            for subject, server, outcomes in zip(subjects, servers, turns):
                outcome = load.put(subject.load, server, effort.ms if i else _WARM_UP_MS)
                if outcome and i:
                    outcomes.append(outcome)
        for subject, server, outcomes in zip(subjects, servers, turns):
            if not outcomes:
                what = f"{subject.contestant.framework} gave no answer of {subject.load.size} bytes to {subject.load.path}"
                raise UserError(what, detail=server.log.read_text()[-500:])
        return turns


@cache
def big_file():
    """The name of a file of FILE_SIZE bytes."""
    file = cache_dir() / "bench" / "file.bin"
    if not file.is_file() or file.stat().st_size != FILE_SIZE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(range(256)) * (FILE_SIZE // 256))
    return str(file)


def _uvicorn(port):
    app = ["bench_asgi:app", "--app-dir", str(HERE / "gateways")]
    return [sys.executable, "-m", "uvicorn", *app, "--port", str(port), "--log-level", "warning", "--no-access-log"]


def _gunicorn(port):
    app = ["bench_wsgi:app", "--pythonpath", str(HERE / "gateways")]
    return [sys.executable, "-m", "gunicorn", *app, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]


_GATEWAYS = {"bench_asgi": _uvicorn, "bench_wsgi": _gunicorn}


def _lacking(subject):
    """What is missing to measure `subject`, or ''."""
    kind = subject.app.removeprefix("bench_")
    if subject.app not in _GATEWAYS or importlib.util.find_spec(f"microdot.{kind}"):
        return ""
    return f"there is no microdot.{kind} yet"
