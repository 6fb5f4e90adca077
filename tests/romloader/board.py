"""A simulated board on a TCP port or a pty, with the faults that real boards and cables have."""

import os
import select
import socket
import threading
import tty

from . import chips
from .loader import Loader
from .spiflash import SpiFlash

IDLE_S = 0.02  # between looks at a pty that nobody has open


class Board:
    """A board in download mode, served by a thread for as long as the context lasts.

    chip:       'esp32', 'esp32c3' or 'esp8266'.
    link:       'tcp' or 'pty'; `port` is then a URL or a device name for esptool's --port.
    flash_size: bytes, a power of two.
    cut_after:  the link goes dead for good after so many bytes reached the flash.
    max_baud:   above this speed the line is noise.
    stuck:      flash addresses whose lowest bit never clears, so that what is read differs.
    dead:       the port opens and nothing answers.
    firmware:   'HOST:PORT' of a console; once something was flashed the board runs it, and the port leads there.

    Each opening of the port by a host stands for a reset into the ROM, for neither a socket nor a pty
    carries the reset lines. `sessions` counts them.
    """

    def __init__(
        self,
        chip="esp32",
        link="tcp",
        *,
        flash_size=4 << 20,
        cut_after=None,
        max_baud=None,
        stuck=(),
        dead=False,
        firmware="",
        mac=chips.MAC,
        tcp_port=0,
    ):
        self.flash = SpiFlash(flash_size, stuck)
        self.loader = Loader(chips.make(chip, mac), self.flash)
        self.sessions = 0
        self._cut_after = cut_after
        self._max_baud = max_baud
        self._dead = dead
        self._firmware = firmware
        self._stopping = threading.Event()
        self._link = TcpLink(tcp_port) if link == "tcp" else PtyLink()
        self._thread = threading.Thread(target=self._serve, name=f"romloader-{chip}", daemon=True)
        self.port = self._link.port

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stopping.set()
        self._thread.join()
        self._link.close()

    def _serve(self):
        while not self._stopping.is_set() and not self._is_cut():
            if not self._link.wait_for_host(IDLE_S):
                continue
            self.sessions += 1
            self.loader.reset()
            if self._firmware and self.flash.bytes_programmed:
                self._serve_console()
            else:
                self._serve_session()
            self._link.hang_up()
        if self._is_cut():
            self._link.unplug()

    def _serve_session(self):
        while not self._stopping.is_set():
            data = self._link.receive(IDLE_S)
            if data is None:
                return
            answer = self._answer(data)
            if self._is_cut():
                return
            self._link.send(answer)

    def _serve_console(self):
        """Pass everything between the host and the console of what was flashed."""
        host, _, port = self._firmware.rpartition(":")
        with socket.create_connection((host, int(port))) as console:
            console.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._stopping.is_set():
                data = self._link.receive(0)
                if data is None:
                    return
                console.sendall(data)
                if select.select([console], [], [], 0 if data else 0.001)[0]:
                    self._link.send(console.recv(65536))

    def _answer(self, data):
        if self._dead or not data:
            return b""
        if self._max_baud and self.loader.baud > self._max_baud:
            return os.urandom(len(data) // 8)
        return self.loader.receive(data)

    def _is_cut(self):
        return self._cut_after is not None and self.flash.bytes_programmed >= self._cut_after


class TcpLink:
    """Waits on a port of the loopback interface, for one host at a time."""

    def __init__(self, port=0):
        self._listener = socket.create_server(("127.0.0.1", port))
        self._host = None
        self.port = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for_host(self, timeout_s):
        if not select.select([self._listener], [], [], timeout_s)[0]:
            return False
        self._host = self._listener.accept()[0]
        self._host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return True

    def receive(self, timeout_s):
        """Return what has come, b'' for nothing yet, None when the host has gone."""
        if not select.select([self._host], [], [], timeout_s)[0]:
            return b""
        try:
            return self._host.recv(65536) or None
        except ConnectionError:
            return None

    def send(self, data):
        try:
            self._host.sendall(data)
        except ConnectionError:
            pass  # the next receive() says that the host has gone

    def hang_up(self):
        self._host.close()

    def unplug(self):
        self._listener.close()

    close = unplug


class PtyLink:
    """A pty in raw mode; its master end sees when a host opens and closes the other one."""

    def __init__(self):
        self._master, host_end = os.openpty()
        tty.setraw(host_end)
        self.port = os.ttyname(host_end)
        os.close(host_end)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)

    def _events(self, timeout_s):
        ready = self._poll.poll(timeout_s * 1000)
        return ready[0][1] if ready else 0

    def wait_for_host(self, timeout_s):
        if not self._events(timeout_s) & select.POLLHUP:
            return True
        # With nobody there poll() returns at once, so wait some other way.
        threading.Event().wait(timeout_s)
        return False

    def receive(self, timeout_s):
        events = self._events(timeout_s)
        if events & select.POLLIN:
            return os.read(self._master, 65536)
        return None if events & select.POLLHUP else b""

    def send(self, data):
        while data:
            data = data[os.write(self._master, data) :]

    def hang_up(self):
        """Nothing to do: the host has closed its end."""

    def unplug(self):
        """Close the master, and the device vanishes under the host."""
        if self._master is not None:
            os.close(self._master)
            self._master = None

    close = unplug
