"""Run simulated boards until interrupted: `python -m tests.romloader esp32 esp32c3 --link pty`."""

import argparse
import signal
from contextlib import ExitStack

from . import chips
from .board import Board


def main():
    parser = argparse.ArgumentParser(prog="romloader", description=__doc__)
    parser.add_argument("chips", nargs="+", choices=chips.NAMES, help="one board for each")
    parser.add_argument("--link", choices=("tcp", "pty"), default="tcp")
    parser.add_argument("--cut-after", type=int, metavar="BYTES", help="pull the cable after so many bytes of flash")
    parser.add_argument("--max-baud", type=int, metavar="BAUD", help="nothing but noise above this speed")
    parser.add_argument(
        "--stuck",
        type=lambda text: int(text, 0),
        action="append",
        default=[],
        metavar="ADDRESS",
        help="a flash cell that cannot be written",
    )
    parser.add_argument("--dead", action="store_true", help="open the port and answer nothing")
    options = vars(parser.parse_args())
    names = options.pop("chips")
    with ExitStack() as stack:
        for name in names:
            print(name, stack.enter_context(Board(name, **options)).port, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
