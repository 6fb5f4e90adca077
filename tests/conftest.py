"""What host tests share: the real MicroPython image of this repo, and how fast hypothesis has to be."""

import signal

import pytest
from hypothesis import settings

from firmware import build, system
from firmware.errors import UserError

_MEASURED = "measured"

# The files of tests/host that take longest, begun first when a run is shared out among processes, so that these end together.
# The first builds the Pico's images; those beside it have times to wait for, and those behind it need its images.
_FIRST = """
    pico server websocket flash_esp examples_of_extensions emulated_boards build deploy pico_ppp examples sources mount cli docs
    flash_served flash_stock tls tunnel docs_code webassembly onboard flash_command wsgi emulate
""".split()

settings.register_profile("quick", max_examples=100, deadline=None)
settings.load_profile("quick")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too, which take minutes")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes and runs with --slow only, as in make test-all")
    # Told to end, a run ends as at Ctrl-C: fixtures stop the servers and the browser that they have started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        ranks = {f"tests/host/test_{name}.py": rank for rank, name in enumerate(_FIRST)}
        items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))
    if not config.getoption("slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes, make test-all runs it"))


@pytest.fixture
def measured(record_property):
    """Call it with a text to be printed at the end of the run."""
    return lambda text: record_property(_MEASURED, text)


def pytest_terminal_summary(terminalreporter):
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, text in report.user_properties:
            if name == _MEASURED and report.when == "call":
                terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def unix_image():
    """The path of the unix MicroPython with the framework frozen in, built when it is not up to date."""
    return build.build("unix").image


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium that the tests of a run share; installed where this is root."""
    try:
        system.ensure("browser")
    except UserError as error:
        pytest.skip(str(error))
    from browsers import Browser

    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium):
    """The browser, with nothing in it from the tests before."""
    yield chromium
    chromium.forget()
