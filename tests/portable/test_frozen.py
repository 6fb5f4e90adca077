"""On MicroPython the framework under test is the one in the image, never the files of a checkout."""

import sys

from portable import MICROPYTHON, skip

import microdot.app
import microdot.wire


def test_only_frozen_modules_and_the_tests_can_be_imported():
    if not MICROPYTHON:
        skip("on CPython the checkout is what is tested")
    assert sys.path == [".frozen", "/ram"]


def test_the_framework_is_not_a_file():
    if not MICROPYTHON:
        skip("on CPython the checkout is what is tested")
    for module in (microdot.app, microdot.wire):
        assert module.__file__.startswith("microdot/")
        try:
            open(module.__file__).close()
        except OSError:
            continue
        raise AssertionError("there is a file " + module.__file__)
