"""On MicroPython the framework under test is the one in the image, never the files of a checkout."""

import sys

from portable import MICROPYTHON, skip

import microdot.app
import microdot.wire

#: where the image has its modules
FIRMWARE = "/firmware" if sys.platform == "webassembly" else ".frozen"


def test_only_frozen_modules_and_the_tests_can_be_imported():
    if not MICROPYTHON:
        skip("on CPython the checkout is what is tested")
    assert sys.path == [FIRMWARE, "/ram"]


def test_the_framework_is_not_a_file():
    if not MICROPYTHON:
        skip("on CPython the checkout is what is tested")
    if FIRMWARE != ".frozen":
        skip("nothing can be frozen into a WebAssembly image, its modules are files")
    for module in (microdot.app, microdot.wire):
        assert module.__file__.startswith("microdot/")
        try:
            open(module.__file__).close()
        except OSError:
            continue
        raise AssertionError("there is a file " + module.__file__)


def test_the_framework_of_a_webassembly_image_is_the_one_that_was_packed_into_it():
    if sys.platform != "webassembly":
        skip("on other targets it is frozen")
    for module in (microdot.app, microdot.wire):
        assert module.__file__.startswith("/firmware/microdot/") and module.__file__.endswith(".mpy")
