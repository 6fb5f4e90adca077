"""A real server for the length of a test: an application in a thread, reached through a real socket."""
import socket
import time
from threading import Thread

_START_S = 5


class TestServer:
    """Runs the server of an application, of either flavour, for the length of a ``with``.

    :param app: the application.
    :param ssl: an ``SSLContext`` to serve HTTPS with.

    It needs threads, and so it is for CPython.

    :var host: the address that it listens on.
    :var port: the port that it listens on.
    :var url: where it serves, such as ``http://127.0.0.1:42100``.
    """
    __test__ = False

    def __init__(self, app, ssl=None):
        self.app = app
        self.host = '127.0.0.1'
        with socket.socket() as sock:
            sock.bind((self.host, 0))
            self.port = sock.getsockname()[1]
        self.url = '%s://%s:%d' % ('https' if ssl else 'http', self.host, self.port)
        self._ssl = ssl

    def __enter__(self):
        self._thread = Thread(target=self.app.run, args=(self.host, self.port), kwargs={'ssl': self._ssl}, daemon=True)
        self._thread.start()
        self.connect().close()
        return self

    def __exit__(self, *args):
        self.app.shutdown()
        self._thread.join()

    def connect(self):
        """Return a socket that is connected to the server, which has some seconds to start."""
        for _ in range(_START_S * 100):
            sock = socket.socket()
            try:
                sock.connect((self.host, self.port))
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
                sock.sendall(piece)
            data = sock.recv(4096)
            while data:
                answer += data
                data = sock.recv(4096)
        except OSError:
            pass  # reset: what came before is what there is
        finally:
            sock.close()
        return answer
