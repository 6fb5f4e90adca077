"""`pytest --target` with boards: a microcontroller in an emulator, and the way to a real one at a serial port."""

import pytest

from firmware import build, emulate

pytest_plugins = ["pytester"]

SOURCE = """
    import sys

    def test_platform():
        assert sys.platform == "toaster"

    def test_frozen():
        from microdot.urlcode import urlencode
        print("shown on failure")
        assert urlencode("a b") == "a_b"

    def test_reset():
        import machine
        machine.reset()

    def test_hang():
        while True:
            pass

    async def test_event_loop():
        import asyncio
        await asyncio.sleep_ms(1)

    def test_control_characters():
        print("\\x04\\x04>\\x03\\x01")
    """


@pytest.fixture(scope="module")
def qemu_arm():
    """An emulated board that is switched on, as a real one on the desk would be."""
    with emulate.boot("qemu_arm", build.build("qemu_arm")) as machine:
        yield machine


def test_a_board_at_a_port(run, qemu_arm):
    result = run(SOURCE, "--target-timeout=1", "--tb=short", "-k", "not reset", target=f"serial:{qemu_arm.console}")
    result.assert_outcomes(passed=2, failed=3, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "tests/portable/test_it.py:5: in test_platform",
            "E   AssertionError: '*' == 'toaster'",
            "tests/portable/test_it.py:10: in test_frozen",
            "E   AssertionError: 'a+b' == 'a_b'",
            "*Captured stdout call*",
            "shown on failure",
            "E   TargetTimeout: no end within * s on *",
        ]
    )


def test_a_board_that_resets_is_a_crash_of_its_test_and_the_others_still_run(run, qemu_arm):
    result = run(SOURCE, "--tb=short", "-k", "reset or event_loop or control", target=qemu_arm.console)
    result.assert_outcomes(passed=2, failed=1, deselected=3)
    result.stdout.fnmatch_lines(["E   TargetCrash: * was reset"])


def test_every_module_finds_the_heap_of_a_fresh_start(run, qemu_arm, pytester):
    source = """
        import gc, sys

        def test_heap():
            gc.collect()
            print("heap", gc.mem_alloc(), "microdot" in sys.modules)
            sys.modules["left_behind"] = [0] * 1000
        """
    (pytester.path / "tests" / "portable").mkdir(parents=True, exist_ok=True)
    (pytester.path / "tests" / "portable" / "test_other.py").write_text(
        "def test_gone():\n    import sys\n    assert 'left_behind' not in sys.modules\n"
    )
    run(source, target=qemu_arm.console).assert_outcomes(passed=2)


def test_nothing_at_the_port_is_told_in_one_line(run):
    result = run("def test_it(): pass", target="serial:/dev/ttyNOTHING")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: ttyNOTHING: no MicroPython answers at '/dev/ttyNOTHING'*"])


def test_a_board_without_an_emulator_is_told_in_one_line(run):
    result = run("def test_it(): pass", target="esp32")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --target: board 'esp32' cannot be emulated, connect one and use --target serial:PORT"]
    )


def test_an_image_that_does_not_run_is_told_in_one_line(run, pytester):
    run("def test_it(): pass", target="cpython")
    for image, reason in (("nowhere", "no such file or directory"), ("tests", "permission denied")):
        result = pytester.runpytest_inprocess("--target", f"unix:{image}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: unix: cannot run '{pytester.path / image}' ({reason}), *"])


def test_an_image_is_found_from_where_the_user_is(run, pytester, unix_image):
    run("def test_it(): pass", target="cpython")
    (pytester.path / "micropython").symlink_to(unix_image)
    pytester.runpytest_inprocess("--target", "unix:./micropython").assert_outcomes(passed=1)
