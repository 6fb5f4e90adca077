"""CPython's TLS context from certificates in memory, which it takes from PEM files only."""
import os
import ssl
import tempfile
import textwrap
from base64 import b64encode

_INTEGER = 0x02
_OCTET_STRING = 0x04
_PEM = b'-----BEGIN'


def create_context(cert, key, **kwargs):
    """Return a server's ``SSLContext``; ``cert`` and ``key`` are bytes in DER or PEM."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:  # of which only the owner can see the files
        cert_file = _write(folder, 'cert.pem', cert, 'CERTIFICATE')
        key_file = _write(folder, 'key.pem', key, _key_label(key))
        context.load_cert_chain(cert_file, key_file, **kwargs)
    return context


def _write(folder, name, data, label):
    path = os.path.join(folder, name)
    with open(path, 'wb') as file:
        file.write(data if _PEM in data else _to_pem(data, label))
    return path


def _to_pem(data, label):
    lines = '\n'.join(textwrap.wrap(b64encode(data).decode(), 64))
    return f'-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n'.encode()


def _key_label(der):
    # A key is a SEQUENCE that begins with a version of one byte; what follows it tells the formats apart: another
    # number in PKCS #1 (RFC 8017), a string in RFC 5915, the name of the algorithm in PKCS #8 (RFC 5208).
    start = 2 + (der[1] & 0x7f if der[1:2] > b'\x7f' else 0)
    following = der[start + 3] if len(der) > start + 3 else 0
    return {_INTEGER: 'RSA PRIVATE KEY', _OCTET_STRING: 'EC PRIVATE KEY'}.get(following, 'PRIVATE KEY')
