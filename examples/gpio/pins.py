"""The pins that the page shows: put yours here."""
try:
    from machine import Pin
except ImportError:
    class Pin:
        """What stands in for a pin where there is no board: it only remembers its level."""
        OUT = 1

        def __init__(self, number, mode):
            self._level = 0

        def value(self, level=None):
            if level is None:
                return self._level
            self._level = level

pins = {
    'LED': Pin(2, Pin.OUT),
    'Relay': Pin(4, Pin.OUT),
}
