"""Requests per second: the contestants of a row are all up at once and put under load by turns."""

import contextlib
from dataclasses import dataclass, replace
from functools import cache, partial
from statistics import median

from bench import load
from bench.contestants import HERE, Contestant, gateways
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
        gateway = _GATEWAYS.get(self.app[-4:])
        if not gateway:
            return serving(self.contestant, self.app, *(arg() for arg in self.args))
        return serving(self.contestant, self.app, env={"BENCH_FILE": big_file()}, command=partial(gateway, self.app))


def speed(ours, reference, **others):
    """A measurement of two `Subject`s; what others make of it, by their names, is told beside them."""

    def measure(effort):
        turns = _outcomes([ours, reference, *others.values()], effort)
        rates = [median(outcome.per_second for outcome in each) for each in turns]
        note = ", ".join(f"{name} {rate / rates[1]:.2f}" for name, rate in zip(others, rates[2:]))
        return Figures(rates[0], rates[1], note and f"in the same place: {note}")

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


def _uvicorn(app, port):
    place = ["--app-dir", str(HERE / "gateways"), "--port", str(port)]
    return [str(gateways()), "-m", "uvicorn", f"{app}:app", *place, "--log-level", "warning", "--no-access-log"]


def _gunicorn(app, port):
    place = ["--pythonpath", str(HERE / "gateways"), "--bind", f"127.0.0.1:{port}"]
    return [str(gateways()), "-m", "gunicorn", f"{app}:app", *place, "--log-level", "warning"]


_GATEWAYS = {"asgi": _uvicorn, "wsgi": _gunicorn}
