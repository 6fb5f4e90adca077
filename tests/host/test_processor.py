"""The emulated Pico's processor: the same as rp2040js's own, and the manual's where that one errs."""

import os
import subprocess
from pathlib import Path

import pytest

from firmware.emulators import node, rp2040

FUZZ = Path(__file__).parent / "rp2040" / "processor.mjs"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_instructions_end_as_in_rp2040js_or_as_the_manual_says(seed):
    env = {**os.environ, "RP2040JS": str(rp2040.packages())}
    cmd = [node.path(), FUZZ, Path(rp2040.__file__).parent, "20000", str(seed)]
    result = subprocess.run(cmd, env=env, capture_output=True, text=True)
    assert result.stdout == "0 of 20000 differ\n", result.stdout + result.stderr
