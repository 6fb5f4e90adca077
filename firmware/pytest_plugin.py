"""pytest's plugin: portable tests are collected once and run on every `--target`, each an item of its own there.

    pytest --target cpython,unix
    tests/portable/test_routing.py::test_int_segment[unix]

Portable are the tests in the folders of the ini option `portable_paths`. They run on the host like any other test for the
target `cpython`, and are sent to a MicroPython for the others.
"""

import asyncio
import contextlib
import inspect
import signal
import sys

import pytest

from firmware import rewrite, targets, tracebacks
from firmware.errors import UserError

_CPYTHON = "cpython"


def pytest_addoption(parser):
    group = parser.getgroup("targets", "portable tests")
    group.addoption(
        "--target",
        default="cpython,unix",
        metavar="NAMES",
        help="where portable tests run, separated by commas: cpython, unix, a board that can be emulated, serial:PORT,"
        " socket://HOST:PORT, unix:IMAGE (default: %(default)s)",
    )
    group.addoption(
        "--target-timeout",
        type=float,
        default=10,
        metavar="SECONDS",
        help="time limit of one portable test; slow targets get more in proportion (default: %(default)s)",
    )
    parser.addini("portable_paths", "folders of portable tests", type="args", default=["tests/portable"])


def pytest_configure(config):
    names = [name.strip() for name in config.getoption("target").split(",") if name.strip()]
    try:
        found = [None if name == _CPYTHON else targets.find(name) for name in dict.fromkeys(names)]
    except UserError as error:
        raise pytest.UsageError(f"--target: {error}") from error
    if not found:
        raise pytest.UsageError("--target: name one at least, as in --target cpython,unix")
    config.stash[_TARGETS] = found


def pytest_pycollect_makemodule(module_path, parent):
    folders = [parent.config.rootpath / folder for folder in parent.config.getini("portable_paths")]
    if any(folder in module_path.parents for folder in folders):
        return PortableModule.from_parent(parent, path=module_path)


def pytest_collection_finish(session):
    """Build the images before the first test, so that no test pays for that."""
    if session.config.option.collectonly:
        return
    needed = {item.target for item in session.items if isinstance(item, PortableTest)}
    for target in session.config.stash[_TARGETS]:
        if target and target in needed:
            _prepare(target, session.config)


def pytest_unconfigure(config):
    for target in config.stash.get(_TARGETS, []):
        if target:
            target.close()


_TARGETS = pytest.StashKey()


def _prepare(target, config):
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    steps = set()

    def progress(step, line):
        if terminal and step not in steps:
            steps.add(step)
            terminal.write_line(f"{target.name}: {step}")

    try:
        target.prepare(progress)
    except UserError as error:
        raise pytest.UsageError("\n".join([f"{target.name}: {error}", error.detail]).rstrip()) from error


class PortableModule(pytest.Module):
    """A module of tests that run on several targets; imported here to see what is in it."""

    def collect(self):
        for name, test in vars(self.obj).items():
            if name.startswith("test_") and callable(test):
                for target in self.config.stash[_TARGETS]:
                    yield from self._items(name, test, target)

    def _items(self, name, test, target):
        if not hasattr(test, "cases"):
            yield self._item(name, test, target, None)
        else:
            for index in range(len(test.cases)):
                yield self._item(name, test, target, index)

    def _item(self, name, test, target, index):
        label = target.name if target else _CPYTHON
        if index is not None:
            label += f"-{_case_id(test, index)}"
        name = f"{name}[{label}]"
        return PortableTest.from_parent(
            self, name=name, nodeid=f"{self.nodeid}::{name}", test=test, target=target, index=index
        )


def _case_id(test, index):
    if test.ids:
        return test.ids[index]
    return "-".join(
        _value_id(value, f"{name}{index}") for name, value in zip(test.names, test.cases[index], strict=True)
    )


def _value_id(value, otherwise):
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    if hasattr(value, "__name__"):
        return value.__name__
    if isinstance(value, str) and value and value.isascii() and value.isprintable() and len(value) <= 40:
        return value
    return otherwise


class PortableTest(pytest.Item):
    """One test on one target, with one set of parameters where it has such."""

    def __init__(self, *, test, target, index, **kwargs):
        super().__init__(**kwargs)
        self.target = target
        self.function = test if index is None else test.function
        self._index = index
        self._case = () if index is None else test.cases[index]

    def reportinfo(self):
        return self.path, self._first_line() - 1, self.name

    def setup(self):
        answer = self.target and self.target.load(self.path)
        if answer:
            self._report(answer)

    def runtest(self):
        if self.target:
            self._run_on_target()
        else:
            self._run_here()

    def _run_here(self):
        try:
            with _time_limit(self._seconds()):
                result = self.function(*self._case)
                if inspect.iscoroutine(result):
                    asyncio.run(result)
        except Exception as error:
            if type(error).__name__ != "Skip":
                raise
            self._skip(str(error))

    def _run_on_target(self):
        index = -1 if self._index is None else self._index
        answer = self.target.run(self.function.__name__, index, self._seconds())
        self.user_properties.append((f"{self.target.name}_ms", answer.ms))
        self._report(answer)

    def _report(self, answer):
        sys.stdout.write(answer.output)  # for pytest to capture
        if answer.outcome == "skipped":
            self._skip(answer.text)
        if answer.outcome != "passed":
            raise self._failure(answer)

    def _failure(self, answer):
        frames, lost = tracebacks.locate(answer.text, {module.name: module for module in rewrite.modules(self.path)})
        if lost:
            self.add_report_section("call", f"traceback of {self.target.name}", answer.text)
        if answer.outcome == "failed":
            name, message = tracebacks.named(answer.text)
        elif answer.outcome == "crashed":
            name, message = "TargetCrash", answer.text
        else:
            name, message = "TargetTimeout", f"no end within {answer.ms / 1000:g} s on {self.target.name}"
        return tracebacks.exception(name, message).with_traceback(tracebacks.through(frames or [self._first_frame()]))

    def _skip(self, reason):
        raise pytest.skip.Exception(reason).with_traceback(tracebacks.through([self._first_frame()]))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, UserError):
            return f"{self.target.name}: {excinfo.value}"
        options = self.config.option
        inside = excinfo if options.fulltrace else _from_file(excinfo, self.path)
        style = style or options.tbstyle
        return inside.getrepr(
            style="long" if style == "auto" else style,
            showlocals=options.showlocals,
            funcargs=True,
            tbfilter=not options.fulltrace,
            truncate_locals=self.config.get_verbosity() < 2,
        )

    def _first_frame(self):
        return tracebacks.Frame(str(self.path), self._first_line(), self.function.__name__)

    def _first_line(self):
        return self.function.__code__.co_firstlineno

    def _seconds(self):
        return self.config.getoption("target_timeout")


def _from_file(excinfo, path):
    """The exception with its traceback from the first frame in the file `path` on."""
    traceback = excinfo.tb
    while traceback and traceback.tb_frame.f_code.co_filename != str(path):
        traceback = traceback.tb_next
    return pytest.ExceptionInfo.from_exc_info((excinfo.type, excinfo.value, traceback or excinfo.tb))


@contextlib.contextmanager
def _time_limit(seconds):
    if not hasattr(signal, "setitimer"):  # Windows: no limit
        yield
        return

    def stop(*_):
        __tracebackhide__ = True  # where the test was is what counts
        raise TimeoutError(f"no end within {seconds:g} s on {_CPYTHON}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
