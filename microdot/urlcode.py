"""Percent-encoding (RFC 3986, section 2.1) and query strings (application/x-www-form-urlencoded)."""
from .compat import const
from .multidict import MultiDict

_HEX = const(b'0123456789abcdefABCDEF')
_SAFE = const(b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$*(),;')


def urlencode(text):
    """Encode a string for use in a query string: a space becomes ``+``."""
    data = text.encode()
    if not data.strip(_SAFE):
        return text
    out = ''
    for byte in data:
        if byte == 0x20:
            out += '+'
        elif byte in _SAFE:
            out += chr(byte)
        else:
            out += '%%%02X' % byte
    return out


def urldecode(text):
    """Decode a query-string component: ``+`` is a space, ``%XX`` an octet of UTF-8.

    What is not a valid escape, and escapes that do not make valid UTF-8, are
    kept as they are: decoding never raises.

    :param text: ``str`` or ``bytes``.
    :return: ``str``.
    """
    if not isinstance(text, str):
        try:
            text = text.decode()
        except UnicodeError:
            # not UTF-8 to begin with: one character for each octet
            text = ''.join(map(chr, text))
    return unquote(text.replace('+', ' '))


urldecode_str = urldecode
urldecode_bytes = urldecode


def unquote(text):
    """Decode the ``%XX`` escapes of *text*, for the path of a URL."""
    if '%' not in text:
        return text
    parts = text.encode().split(b'%')
    out = bytearray(parts[0])
    for part in parts[1:]:
        digits = part[:2]
        if len(digits) == 2 and not digits.strip(_HEX):
            out.append(int(digits, 16))
            out.extend(part[2:])
        else:
            out.extend(b'%')
            out.extend(part)
    try:
        return bytes(out).decode()
    except UnicodeError:
        return text


def parse_query(text):
    """Parse ``a=1&b=2`` into a :class:`MultiDict`; a name alone has the value ``''``.

    :param text: ``str`` or ``bytes``.
    """
    sep, equals = ('&', '=') if isinstance(text, str) else (b'&', b'=')
    values = MultiDict()
    for item in text.split(sep):
        if item:
            name, _, value = item.partition(equals)
            values[urldecode(name)] = urldecode(value)
    return values
