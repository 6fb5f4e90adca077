"""Certificates for devices: self-signed, small enough for a microcontroller, in the forms that TLS stacks read."""

import datetime
import ipaddress
import os
from pathlib import Path

from firmware.errors import UserError

#: what is written: DER for `create_ssl_context()` on any runtime, PEM for browsers and for servers such as Gunicorn
FILES = ("cert.der", "key.der", "cert.pem", "key.pem")

_BACKDATED = datetime.timedelta(days=1)  # clients whose clock is late, or in another time zone


def make(names, folder, *, days, force=False):
    """Write the :data:`FILES` for `names` into `folder`; return the paths.

    The key is on the curve P-256: a handshake takes a microcontroller a fraction of what RSA does.

    :param names: host names and IP addresses, the first of which is the subject.
    :param days: how long the certificate is valid.
    :param force: replace files that are there.
    :raises UserError: for a bad name, or files that are there.
    """
    folder = Path(folder)
    taken = [name for name in FILES if (folder / name).exists()]
    if taken and not force:
        raise UserError(f"{str(folder / taken[0])!r} exists already, replace it with --force or name another --out")
    contents = _contents([_name(name) for name in names], days)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        _write(folder / name, data, mode=0o600 if name.startswith("key") else 0o644)
    return [folder / name for name in contents]


def _contents(names, days):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, str(names[0].value)[:64])])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    cert = builder.sign(key, hashes.SHA256())
    encoding = serialization.Encoding
    private = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    made = {}
    for suffix, form in ((".der", encoding.DER), (".pem", encoding.PEM)):
        made["cert" + suffix] = cert.public_bytes(form)
        made["key" + suffix] = key.private_bytes(form, *private)
    return made


def _name(text):
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not all(0 < len(label) < 64 and label.replace("-", "a").isalnum() for label in text.split(".")):
        raise UserError(f"{text!r} is no host name or IP address, write one as in device.local or 192.168.4.1")
    try:
        return x509.DNSName(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no host name, write it in ASCII (IDNA for others)") from error


def _write(path, data, mode):
    scratch = path.with_name(f".{path.name}.part")
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    scratch.replace(path)
