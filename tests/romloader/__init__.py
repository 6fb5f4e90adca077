"""A simulator of the serial ROM loaders of ESP chips, so that the real esptool runs with no board.

The protocol is in `loader` (bytes in, bytes out), what sets one chip apart in `chips`, its flash in
`spiflash`, and `board` puts it all behind a TCP port or a pty, with the faults real boards have.
"""
