"""What host tests share: the real MicroPython image of this repo, and how fast hypothesis has to be."""

import pytest
from hypothesis import settings

from firmware import build

settings.register_profile("quick", max_examples=100, deadline=None)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def unix_image():
    """The path of the unix MicroPython with the framework frozen in, built when it is not up to date."""
    return build.build("unix").image
