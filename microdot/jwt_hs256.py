"""JSON Web Tokens signed with HMAC-SHA256 (RFC 7519, RFC 7515), where PyJWT is not to be had."""
import binascii
import hashlib
import json
import time

from .compat import const

_BLOCK_SIZE = const(64)  # of SHA-256, for HMAC (RFC 2104)
_SECONDS_1970_TO_2000 = const(946684800)


class InvalidToken(ValueError):
    """The token is malformed, forged, expired, or signed in another way than HS256."""


def encode(payload, key):
    """Return the token for a payload.

    :param payload: a dictionary that JSON can express.
    :param key: the secret, ``str`` or ``bytes``.
    """
    signed = _encode_part({'alg': 'HS256', 'typ': 'JWT'}) + b'.' + _encode_part(payload)
    return (signed + b'.' + _signature(signed, key)).decode()


def decode(token, key):
    """Return the payload of a token.

    :param token: the token, a ``str``.
    :param key: the secret, ``str`` or ``bytes``.
    :raises InvalidToken: when the token is not one that ``encode()`` made with this key, or its ``exp`` has passed.
    """
    signed, _, signature = token.encode().rpartition(b'.')
    # The signature is checked before anything is parsed, and in its encoded form, which has one spelling only.
    if not same_bytes(signature, _signature(signed, key)):
        raise InvalidToken('bad signature')
    header, _, payload = signed.partition(b'.')
    header, payload = _decode_part(header), _decode_part(payload)
    if header.get('alg') != 'HS256' or 'crit' in header:
        raise InvalidToken('not signed with HS256 alone')
    if 'exp' in payload and not _is_future(payload['exp']):
        raise InvalidToken('expired')
    return payload


def same_bytes(a, b):
    """Compare two ``bytes`` in a time that tells nothing about where they differ."""
    difference = len(a) ^ len(b)
    for x, y in zip(a, b):
        difference |= x ^ y
    return difference == 0


def unix_time():
    """Return the seconds since 1970, on the ports too whose clock counts from 2000."""
    return int(time.time()) + (0 if time.gmtime(0)[0] == 1970 else _SECONDS_1970_TO_2000)


def _is_future(moment):
    return isinstance(moment, (int, float)) and unix_time() < moment


def _encode_part(value):
    return _base64url(json.dumps(value, separators=(',', ':')).encode())


def _decode_part(part):
    part = part.replace(b'-', b'+').replace(b'_', b'/')
    try:
        value = json.loads(binascii.a2b_base64(part + b'=' * (-len(part) % 4)).decode())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidToken('not a JSON object')
    return value


def _base64url(data):
    return binascii.b2a_base64(data).rstrip(b'\n=').replace(b'+', b'-').replace(b'/', b'_')


def _signature(signed, key):
    if isinstance(key, str):
        key = key.encode()
    if len(key) > _BLOCK_SIZE:
        key = hashlib.sha256(key).digest()
    inner = hashlib.sha256(_xor(key, b'\x36'))
    inner.update(signed)
    outer = hashlib.sha256(_xor(key, b'\x5c'))
    outer.update(inner.digest())
    return _base64url(outer.digest())


def _xor(key, pad):
    number = int.from_bytes(key + bytes(_BLOCK_SIZE - len(key)), 'big') ^ int.from_bytes(pad * _BLOCK_SIZE, 'big')
    return number.to_bytes(_BLOCK_SIZE, 'big')
