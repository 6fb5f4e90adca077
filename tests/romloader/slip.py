"""SLIP framing (RFC 1055) as the ESP loaders use it: every frame opens and closes with END."""

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"


def encode(frame):
    return END + frame.replace(ESC, ESC_ESC).replace(END, ESC_END) + END


class Decoder:
    """Cuts a byte stream into frames; bytes may come in any portions."""

    def __init__(self):
        self._pending = b""

    def feed(self, data):
        """Return the frames that `data` completes. What stands outside of frames is dropped."""
        *closed, self._pending = (self._pending + data).split(END)
        return [self._unescape(part) for part in closed if part]

    @staticmethod
    def _unescape(part):
        return part.replace(ESC_END, END).replace(ESC_ESC, ESC)
