"""A transport over a CPython TLS socket, which may have to write in order to read, and the reverse.

MicroPython's TLS sockets hide that; there a plain transport serves.
"""
from functools import cache
from ssl import SSLWantReadError, SSLWantWriteError

from .sockets import POLLIN, POLLOUT, SocketTransport


class _TLS:
    # Mixed into a transport class.
    _wants = 0

    # It may hold what was received already, so that nobody must wait before looking.
    recv = SocketTransport.recv

    def read(self, n):
        return self._attempt(self.sock.recv, n, None)

    def write(self, data):
        return self._attempt(self.sock.send, data, 0)

    def _attempt(self, f, arg, nothing):
        try:
            return f(arg)
        except (SSLWantReadError, BlockingIOError):  # the latter after end(), when the socket is a plain one again
            self._wants = POLLIN
        except SSLWantWriteError:
            self._wants = POLLOUT
        return nothing

    async def wait(self, event, deadline=None):
        event, self._wants = self._wants or event, 0
        await super().wait(event, deadline)

    def end(self):
        self._alert()
        super().end()

    def close(self):
        self._alert()
        super().close()

    def _alert(self):
        # Tell the peer that nothing was cut off (RFC 9112, section 9.8); its answer is not waited for.
        try:
            self.sock.unwrap()
        except (OSError, ValueError):
            pass  # there is nobody, or it was told before


@cache
def with_tls(transport_class):
    """Return the subclass of a socket transport that is for TLS sockets."""
    return type('TLS' + transport_class.__name__, (_TLS, transport_class), {})
