"""JSON Web Tokens signed with HMAC-SHA256 (RFC 7519, RFC 7515), where PyJWT is not to be had."""
import json
import time
from binascii import a2b_base64, b2a_base64
from hashlib import sha256

from .compat import const

_BLOCK_SIZE = const(64)  # of SHA-256, for HMAC (RFC 2104)
_HEADER = const('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.')  # {"alg":"HS256","typ":"JWT"}
_SECONDS_1970_TO_2000 = const(946684800)


def encode(payload, key):
    """Return the token for a payload.

    :param payload: a dictionary that JSON can express.
    :param key: the secret, ``str`` or ``bytes``.
    """
    data = _HEADER + _encode(json.dumps(payload, separators=(',', ':')).encode())
    return data + '.' + _signature(data, key)


def decode(token, key):
    """Return the payload of a token.

    :param token: the token, a ``str``.
    :param key: the secret, ``str`` or ``bytes``.
    :raises ValueError: when the token is not one that ``encode()`` made with this key, or its ``exp`` has passed.
    """
    data, _, signature = token.rpartition('.')
    # The signature is checked before anything is parsed, in its encoded form, which has one spelling only, and in a
    # time that tells nothing about where it differs.
    expected = _signature(data, key).encode()
    signature = signature.encode()
    difference = len(signature) ^ len(expected)
    for a, b in zip(signature, expected):
        difference |= a ^ b
    if not difference:
        header, _, payload = data.partition('.')
        header, payload = _parse(header), _parse(payload)
        now = unix_time()
        if header.get('alg') == 'HS256' and 'crit' not in header:
            end = payload.get('exp', now + 1)
            if isinstance(end, (int, float)) and now < end:
                return payload
    raise ValueError('bad token')


def unix_time():
    """Return the seconds since 1970, on the ports too whose clock counts from 2000."""
    return int(time.time()) + (0 if time.gmtime(0)[0] == 1970 else _SECONDS_1970_TO_2000)


def _parse(part):
    part = part.replace('-', '+').replace('_', '/') + '=' * (-len(part) % 4)
    value = json.loads(a2b_base64(part).decode())
    if isinstance(value, dict):
        return value
    raise ValueError('bad token')


def _encode(data):
    return b2a_base64(data).decode().rstrip('\n=').replace('+', '-').replace('/', '_')


def _signature(data, key):
    if isinstance(key, str):
        key = key.encode()
    if len(key) > _BLOCK_SIZE:
        key = sha256(key).digest()
    number = int.from_bytes(key + bytes(_BLOCK_SIZE - len(key)), 'big')
    pad = (256 ** _BLOCK_SIZE - 1) // 255  # the byte 1 again and again
    digest = data.encode()
    for byte in (0x36, 0x5c):
        digest = sha256((number ^ pad * byte).to_bytes(_BLOCK_SIZE, 'big') + digest).digest()
    return _encode(digest)
