"""A transport over a CPython TLS socket, which may have to write in order to read, and the reverse.

MicroPython's TLS sockets hide that; there a plain transport serves.
"""
from ssl import SSLWantReadError, SSLWantWriteError

from .sockets import POLLIN, POLLOUT, PollTransport


class PollTLSTransport(PollTransport):
    """A TLS transport that blocks until the socket is ready.

    The handshake takes place when data is first received.
    """
    _wants = 0

    def _read(self, n):
        return self._attempt(self.sock.recv, n, None)

    def _write(self, data):
        return self._attempt(self.sock.send, data, 0)

    def _attempt(self, f, arg, nothing):
        try:
            return f(arg)
        except SSLWantReadError:
            self._wants = POLLIN
        except SSLWantWriteError:
            self._wants = POLLOUT
        return nothing

    async def _wait(self, event, deadline):
        event, self._wants = self._wants or event, 0
        await super()._wait(event, deadline)
