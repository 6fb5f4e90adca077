"""A real server for the length of a test: an application in a thread, reached through a real socket."""
import socket
import time
from _thread import start_new_thread

from .compat import const
from .sockets import listen

_FIRST_PORT = const(42100)
_START_S = const(5)


class TestServer:
    """Runs the server of an application, of either flavour, for the length of a ``with``.

    :param app: the application.
    :param ssl: an ``SSLContext`` to serve HTTPS with.

    It needs threads, which not all boards have.

    :var host: the address that it listens on.
    :var port: the port that it listens on.
    :var url: where it serves, such as ``http://127.0.0.1:42100``.
    """
    __test__ = False

    def __init__(self, app, ssl=None):
        self.app = app
        self.host = '127.0.0.1'
        # MicroPython cannot tell which port it was given for 0
        for port in range(_FIRST_PORT, _FIRST_PORT + 1000):
            try:
                listen(self.host, port, 1).close()
                break
            except OSError:
                continue
        self.port = port
        self.url = '%s://%s:%d' % ('https' if ssl else 'http', self.host, port)
        self._ssl = ssl
        self._serving = False

    def __enter__(self):
        self._serving = True
        start_new_thread(self._run, ())
        self.connect().close()
        return self

    def __exit__(self, *args):
        self.app.shutdown()
        while self._serving:
            time.sleep(0.01)

    def _run(self):
        try:
            self.app.run(self.host, self.port, ssl=self._ssl)
        finally:
            self._serving = False

    def connect(self):
        """Return a socket that is connected to the server, which has some seconds to start."""
        address = socket.getaddrinfo(self.host, self.port)[0][-1]
        for _ in range(_START_S * 100):
            sock = socket.socket()
            try:
                sock.connect(address)
                return sock
            except OSError:
                sock.close()
                time.sleep(0.01)
        raise OSError('the server did not start')

    def exchange(self, *pieces):
        """Send some bytes in as many pieces and return all that the server answers until it closes."""
        sock = self.connect()
        answer = b''
        try:
            for piece in pieces:
                sock.send(piece)
            data = sock.recv(4096)
            while data:
                answer += data
                data = sock.recv(4096)
        except OSError:
            pass  # reset: what came before is what there is
        finally:
            sock.close()
        return answer
