"""The benchmark measures both frameworks for real; what the figures are is not a test's business."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def bench(*args):
    cmd = [sys.executable, ROOT / "scripts" / "bench.py", *args]
    return subprocess.run(cmd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def figures():
    result = bench("--quick", "--json", "--only", "cpython-keep")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_row_has_figures_of_both_frameworks(figures):
    (row,) = figures["rows"]
    assert row["note"] == ""
    assert row["ours"] > 100 and row["m2"] > 100
    assert row["ratio"] == pytest.approx(row["ours"] / row["m2"])


def test_row_stands_beside_its_goal(figures):
    (row,) = figures["rows"]
    assert row["goal"] == {"of": "ratio", "sign": ">=", "limit": 6}
    assert row["met"] == (row["ratio"] >= 6)


def test_conditions_are_told(figures):
    assert figures["reference"] == "microdot 2.7.0"
    assert figures["cpython"] == sys.version.split()[0]


def test_rows_are_listed_without_measuring():
    lines = bench("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("smallest")] == ["smallest", "smallest-json", "smallest-open"]


def test_unknown_row_is_told_in_one_line():
    result = bench("--only", "nonsense")
    assert result.returncode != 0
    assert result.stderr.strip() == "bench: no row 'nonsense', --list names them all"
