"""`python -m firmware` is the command `microdot`."""

from firmware.cli import main

main()
