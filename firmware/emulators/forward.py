"""A port of this machine, on the loopback address only, passed on to another one.

slirp could listen for the board itself, but it listens on every address, cannot take a port again within a minute of
its last use, and says nothing when it could not.
"""

import socket
import threading

from firmware.errors import UserError

_PIECE = 65536


class Forwarder:
    """Passes connections to `port` on to `target`, until closed.

    :param port: 0 takes a free one; the attribute `port` tells which.
    :raises UserError: when the port is taken.
    """

    def __init__(self, port, target):
        self._target = target
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError as error:
            self._listener.close()
            raise UserError(f"port {port} is in use, choose another with --port {port + 1}") from error
        self._listener.listen(128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)  # close() alone does not wake accept()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        try:
            board = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=_copy, args=(board, client), daemon=True)
        with board, client:
            back.start()
            _copy(client, board)
            back.join()


def _copy(source, sink):
    """Copy until `source` has ended, then tell `sink` so."""
    try:
        while data := source.recv(_PIECE):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):  # one side broke off: so does the other
            _shut(end)


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is shut already


def free_port():
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
