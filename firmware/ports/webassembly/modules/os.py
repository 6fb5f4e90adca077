# The built-in `os`, and urandom(), which it lacks on this port.
import js
from uos import *


def urandom(n):
    # a Uint8Array of JavaScript is read item by item
    return bytes([byte for byte in js.crypto.getRandomValues(js.Uint8Array.new(n))])
