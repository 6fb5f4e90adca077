# Join the network at the other end of UART 1 (GP4, GP5). The line comes up in the background, while the app starts.
import network
from machine import UART, Pin

# rxbuf holds what arrives while Python is busy, 90 ms at this rate; txbuf what the five connections may have under way
# (see mpconfigboard.h), because a packet that finds no room is lost
_uart = UART(1, 921600, tx=Pin(4), rx=Pin(5), rxbuf=8192, txbuf=16384)
ppp = network.PPP(_uart)
ppp.connect()
