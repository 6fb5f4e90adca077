"""`pytest --target`: what its user sees, with the real MicroPython at the other end."""

import json
import re
from pathlib import Path

import pytest

from firmware.paths import FRAMEWORK

pytest_plugins = ["pytester"]


def test_each_target_has_an_item_of_its_own(run):
    result = run("def test_one(): assert 1 + 1 == 2", "-v", target="cpython,unix")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["tests/portable/test_it.py::test_one?cpython? PASSED*", "tests/portable/test_it.py::test_one?unix? PASSED*"]
    )


def test_the_test_really_runs_on_the_target(run):
    result = run(
        """
        import sys

        def test_runtime():
            assert sys.implementation.name == "nothing"
        """,
        target="cpython,unix",
    )
    result.stdout.fnmatch_lines(["*'cpython' == 'nothing'*", "*AssertionError: 'micropython' == 'nothing'*"])


def test_a_failure_shows_its_line_and_values(run):
    result = run(
        """
        def double(x):
            return 2 * x

        def test_double():
            assert double(2) == 5
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_double?unix? _*",
            ">       assert double(2) == 5",
            "E       AssertionError: 4 == 5",
            "tests/portable/test_it.py:6: AssertionError",
            "FAILED tests/portable/test_it.py::test_double?unix? - AssertionError: 4 == 5",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_traceback_goes_through_the_calls(run):
    result = run(
        """
        def inner(text):
            return int(text)

        def test_outer():
            inner("x")
        """,
        "--tb=short",
    )
    result.stdout.fnmatch_lines(
        [
            "tests/portable/test_it.py:6: in test_outer",
            '    inner("x")',
            "tests/portable/test_it.py:3: in inner",
            "    return int(text)",
            "E   ValueError: *",
        ]
    )


def test_frames_of_the_frozen_framework_lead_to_its_source(run):
    result = run(
        """
        from microdot.urlcode import parse_query

        def test_query():
            parse_query(None)
        """,
        "--tb=short",
    )
    result.stdout.fnmatch_lines(["*/microdot/urlcode.py:*: in parse_query"])


def test_only_comparisons_without_a_message_are_rewritten(run):
    result = run(
        """
        def test_message():
            assert 1 == 2, "own words"

        def test_multiline():
            assert [
                1,
            ] == [
                2,
            ]

        def test_in():
            assert "x" not in "xyz"
        """
    )
    result.stdout.fnmatch_lines(
        ["*AssertionError: own words", "*AssertionError: ?1? == ?2?", "*AssertionError: 'x' not in 'xyz'"]
    )


def test_coroutines_run_in_an_event_loop(run):
    source = """
        import asyncio

        async def test_sleep():
            await asyncio.sleep(0)
            assert await answer() == 41

        async def answer():
            return 42
        """
    result = run(source, target="cpython,unix")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E       AssertionError: 42 == 41"])


def test_each_set_of_parameters_is_an_item(run):
    source = """
        from portable import parametrize

        @parametrize("a, b", [(1, 1), (2, 3)])
        def test_same(a, b):
            assert a == b

        @parametrize("data", [b"x", b"y"], ids=["ex", "why"])
        def test_named(data):
            pass
        """
    result = run(source, "-v", target="cpython,unix")
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.fnmatch_lines(
        ["*::test_same?unix-1-1? PASSED*", "*::test_same?unix-2-3? FAILED*", "*::test_named?unix-why? PASSED*"]
    )


def test_a_skip_gives_its_reason(run):
    result = run("from portable import skip\ndef test_it(): skip('no such thing here')", "-rs", target="cpython,unix")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED ?2? tests/portable/test_it.py:2: no such thing here"])
    assert result.ret == pytest.ExitCode.OK


def test_what_a_test_prints_is_shown_when_it_fails(run):
    source = """
        def test_good(): print("secret")

        def test_bad():
            print("last words")
            print("no line end", end="")
            assert False
        """
    result = run(source)
    result.stdout.fnmatch_lines(["*Captured stdout call*", "last words", "no line end"])
    result.stdout.no_fnmatch_line("*secret*")
    run.again("-s").stdout.fnmatch_lines(["*secret*"])


def test_a_forged_answer_is_only_output(run):
    result = run("def test_it():\n    print('\\x1eabc passed 1\\n\\x1eabc end')\n    assert False")
    result.assert_outcomes(failed=1)


def test_a_crash_is_reported_against_its_test_and_the_others_still_run(run):
    source = """
        def test_before(): pass

        def test_crash():
            import uctypes
            print("going down")
            uctypes.bytearray_at(8, 4)[0]

        def test_after(): pass
        """
    result = run(source)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["E   TargetCrash: unix died with SIGSEGV", "going down", "FAILED *::test_crash?unix? - TargetCrash*"]
    )


def test_a_hanging_test_ends_at_the_limit_and_shows_where_it_was(run):
    source = """
        import asyncio

        def test_loop():
            while True:
                pass

        async def test_wait():
            await wait()

        async def wait():
            await asyncio.sleep(100)

        def test_after(): pass
        """
    result = run(source, "--target-timeout", "0.5", "--tb=short", target="cpython,unix")
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(
        [
            "*_ test_loop?unix? _*",
            "tests/portable/test_it.py:?: in test_loop",
            "E   TargetTimeout: no end within 0.5 s on unix",
            "*_ test_wait?unix? _*",
            "tests/portable/test_it.py:?: in test_wait",
            "    await wait()",
            "tests/portable/test_it.py:12: in wait",
            "E   TargetTimeout: no end within 0.5 s on unix",
        ]
    )
    result.stdout.fnmatch_lines(
        ["tests/portable/test_it.py:?: in test_loop", "    *", "E   TimeoutError: no end within 0.5 s on cpython"],
        consecutive=True,
    )


def test_exit_of_the_interpreter_is_a_failure(run):
    result = run("import sys\ndef test_exit(): sys.exit(0)\ndef test_after(): pass")
    result.assert_outcomes(passed=1, failed=1)


def test_a_module_that_fails_to_import_is_an_error_of_its_tests(run):
    source = """
        import sys
        if sys.implementation.name == "micropython":
            raise ValueError("not here")

        def test_it(): pass
        """
    result = run(source, target="cpython,unix")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['>       raise ValueError("not here")', "E       ValueError: not here"])


FOUR = """
    def test_a(): pass
    def test_b(): assert 0
    def test_c(): assert 0
    def test_d(): pass
    """


def test_k_selects_by_test_and_by_target(run):
    run(FOUR, "-k", "test_a", target="cpython,unix").assert_outcomes(passed=2, deselected=6)
    run.again("-k", "test_a and unix", target="cpython,unix").assert_outcomes(passed=1, deselected=7)


def test_an_item_is_selected_by_its_id(run):
    run(FOUR, target="cpython,unix")
    run.again("tests/portable/test_it.py::test_d[unix]", target="cpython,unix").assert_outcomes(passed=1)


def test_x_stops_at_the_first_failure(run):
    run(FOUR, "-x").assert_outcomes(passed=1, failed=1)


def test_lf_runs_what_failed_last_on_its_target(run):
    run(FOUR)
    run.again("--lf").assert_outcomes(failed=2)


def test_durations_and_junit_know_the_items(run, pytester):
    result = run("import time\ndef test_slow(): time.sleep(0.1)", "--durations=1", "--junitxml=report.xml")
    result.stdout.fnmatch_lines(["0.1*s call*tests/portable/test_it.py::test_slow?unix?"])
    report = (pytester.path / "report.xml").read_text()
    assert 'name="test_slow[unix]"' in report and 'name="unix_ms"' in report


def test_an_unknown_target_is_a_usage_error_of_one_line(run):
    result = run("def test_it(): pass", target="toaster")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --target: *toaster*"])


def test_modules_of_the_folder_are_not_imported_on_the_target(run, pytester):
    """The frozen framework is what is tested, even where a `microdot` lies beside pytest's user."""
    (pytester.path / "microdot").mkdir()
    (pytester.path / "microdot" / "__init__.py").write_text("raise ImportError('the copy in this folder')")
    (pytester.path / "microdot.py").write_text("raise ImportError('the copy in this folder')")
    source = """
        import sys

        def test_frozen():
            if sys.implementation.name == "micropython":
                import microdot.wire
                assert sys.path == [".frozen", "/ram"]
        """
    run(source).assert_outcomes(passed=1)


def test_the_image_holds_the_framework_of_this_checkout(run):
    """Every public class and function of a module of the checkout is in the frozen one."""
    names = re.findall(r"^(?:def|class) ([a-zA-Z]\w*)", (FRAMEWORK / "wire.py").read_text(), re.MULTILINE)
    assert "parse_head" in names
    run(
        f"def test_names():\n    import microdot.wire\n    for name in {json.dumps(names)}:\n        assert hasattr(microdot.wire, name)"
    ).assert_outcomes(passed=1)


def test_no_process_is_left_behind(run):
    before = children()
    run("def test_it(): pass").assert_outcomes(passed=1)
    assert children() == before


def children():
    """The processes that this one has started and that have not ended."""
    return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}
