"""TLS contexts for ``run(ssl=...)`` on CPython and MicroPython, from certificates in DER or PEM."""
import binascii

from .compat import MICROPYTHON

if MICROPYTHON:
    try:
        import tls
    except ImportError:
        import ssl as tls  # before MicroPython 1.23


def create_ssl_context(cert, key, **kwargs):
    """Return a context to serve HTTPS with, for the ``ssl`` argument of ``run()`` and ``start_server()``.

    :param cert: the certificate: name of a file, or its contents as bytes, in DER or PEM.
    :param key: its private key, in the same way.
    :param kwargs: on CPython more arguments of ``SSLContext.load_cert_chain()``, such as ``password``.

    Raises ``OSError`` when a file cannot be read, and ``ValueError`` when MicroPython cannot use its contents.
    """
    cert, key = _read(cert), _read(key)
    if not MICROPYTHON:
        from .pem import create_context
        return create_context(cert, key, **kwargs)
    context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_der(cert), _der(key))
    return context


def _read(source):
    if isinstance(source, (bytes, bytearray)):
        return source
    with open(source, 'rb') as file:
        return file.read()


# What MicroPython takes everywhere is DER. Of a chain it takes the first certificate.
def _der(data):
    for block in data.split(b'-----BEGIN ')[1:]:
        label, _, text = block.partition(b'-----')
        if not label.endswith(b' PARAMETERS'):
            return binascii.a2b_base64(b''.join(text.partition(b'-----')[0].split()))
    return data
