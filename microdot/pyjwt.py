"""Tokens of PyJWT, where it is installed, with the functions of jwt_hs256.py."""
import json

from .compat import MICROPYTHON

if MICROPYTHON:
    # micropython-lib's module of this name compares signatures in a time that depends on them, and expects `exp` in the
    # epoch of the port; its tokens are the same, though.
    raise ImportError('jwt')

import jwt

# Names that JWT gives a meaning are a session's own business, but for the date of expiry.
_OPTIONS = {'verify_' + name: False for name in ('aud', 'iat', 'iss', 'jti', 'nbf', 'sub')}


def encode(payload, key):
    """Return the token for a payload; see :func:`microdot.jwt_hs256.encode`."""
    # jwt.encode() has its own idea of some names, see _OPTIONS
    return jwt.PyJWS().encode(json.dumps(payload, separators=(',', ':')).encode(), key, 'HS256')


def decode(token, key):
    """Return the payload of a token; see :func:`microdot.jwt_hs256.decode`."""
    try:
        return jwt.decode(token, key, algorithms=['HS256'], options=_OPTIONS)
    except (jwt.PyJWTError, RecursionError) as exc:
        raise ValueError(str(exc))
