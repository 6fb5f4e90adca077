"""Boards are found by their USB ids, and with several the user chooses."""

import grp
import os
import subprocess

import pytest

from firmware import boards, devices
from firmware.devices import Port
from firmware.errors import UserError

CP2102 = Port("/dev/ttyUSB0", "10C4:EA60", "CP2102 USB to UART")
JTAG = Port("/dev/ttyACM0", "303A:1001", "USB JTAG")
NOBODY = 65534
MOUSE = Port("/dev/ttyACM9", "046D:C077", "no board")


@pytest.fixture
def plugged(monkeypatch):
    def plug(*ports):
        monkeypatch.setattr(devices, "attached", lambda: list(ports))

    return plug


def test_finds_the_board_among_other_things(plugged):
    plugged(MOUSE, JTAG)
    assert devices.for_board(boards.load("esp32c3")) == [JTAG]
    assert devices.console("") == "/dev/ttyACM0"


def test_never_guesses_among_several(plugged):
    plugged(CP2102, JTAG)
    found = devices.for_board(boards.load("esp32c3"))
    with pytest.raises(UserError, match="2 ports fit board 'esp32c3', say which with --port") as caught:
        devices.choose(found, "board 'esp32c3'")
    assert "/dev/ttyUSB0 (CP2102 USB to UART, 10C4:EA60)" in caught.value.detail


def test_asks_where_there_is_someone_to_ask(plugged):
    assert devices.choose([CP2102, JTAG], "board", ask=lambda found: found[1]) == JTAG


def test_nothing_plugged_in(plugged):
    plugged()
    with pytest.raises(UserError, match="no board found on USB, plug it in with a cable that carries data"):
        devices.console("")


def test_nothing_that_fits_shows_what_is_there(plugged):
    plugged(MOUSE)
    with pytest.raises(UserError, match="do not fit") as caught:
        devices.console("")
    assert "/dev/ttyACM9" in caught.value.detail


def test_a_named_port_is_taken_as_it_is(plugged):
    plugged(CP2102, JTAG)
    assert devices.console("socket://127.0.0.1:1") == "socket://127.0.0.1:1"


def test_a_port_in_use_names_who_has_it():
    master, slave = os.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    with subprocess.Popen(["sleep", "60"], stdin=open(name)) as holder:
        told = devices.obstacle(name)
        holder.kill()
    os.close(master)
    assert told == f"port {name!r} is in use by sleep (process {holder.pid}), close it and run this again"


def test_a_port_in_use_is_recognized_by_another_of_its_names(tmp_path):
    master, slave = os.openpty()
    (tmp_path / "usb-CP2102-port0").symlink_to(os.ttyname(slave))
    with subprocess.Popen(["sleep", "60"], stdin=slave) as holder:
        os.close(slave)
        told = devices.obstacle(str(tmp_path / "usb-CP2102-port0"))
        holder.kill()
    os.close(master)
    assert f"is in use by sleep (process {holder.pid})" in told


@pytest.mark.parametrize(
    "mode, advice",
    [
        (0o060, "run `sudo usermod -aG tty $USER`, log out and in, and run this again"),
        (0o000, "| sudo tee /etc/udev/rules.d/60-boards.rules`, plug the board in again, and run this again"),
    ],
    ids=["the-group-has-it", "nobody-has-it"],
)
def test_no_permission_says_how_to_get_it(mode, advice):
    master, slave = os.openpty()
    name = os.ttyname(slave)
    if os.getuid() == 0:
        os.chown(name, -1, grp.getgrnam("tty").gr_gid)
    os.chmod(name, mode)
    os.close(slave)
    told = as_nobody(lambda: devices.obstacle(name))
    os.close(master)
    assert told.startswith(f"no permission for {name!r}, ")
    assert told.endswith(advice)


def as_nobody(ask):
    """What `ask` returns in a process that is no superuser's."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os.write(writer, ask().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader) as answer:
        return answer.read()


def test_a_port_that_is_not_there_is_told():
    assert devices.obstacle("/dev/ttyUSB99").startswith("there is no port '/dev/ttyUSB99'")


def test_nothing_is_known_against_a_url():
    assert devices.obstacle("socket://127.0.0.1:1") == ""
