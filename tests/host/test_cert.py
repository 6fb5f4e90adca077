"""`microdot cert`, judged by OpenSSL and by a TLS handshake."""

import ipaddress
import ssl
import subprocess

import pytest
from cryptography import x509
from toolkit import Checkout

from firmware import cert
from firmware.errors import UserError
from microdot.ssl import create_ssl_context


def test_files_that_belong_together(tmp_path):
    result = Checkout().run("cert", "device.local", "192.168.4.1", "--out", "here", cwd=tmp_path)
    assert (result.status, result.err) == (0, "")
    folder = tmp_path / "here"
    made = x509.load_der_x509_certificate((folder / "cert.der").read_bytes())
    assert made == x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["device.local"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.168.4.1")]
    for suffix in (".der", ".pem"):
        pair = str(folder / ("cert" + suffix)), str(folder / ("key" + suffix))
        assert isinstance(create_ssl_context(*pair), ssl.SSLContext)
    command = ["openssl", "verify", "-CAfile", folder / "cert.pem", folder / "cert.pem"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_key_is_for_its_owner_only(tmp_path):
    cert.make(["localhost"], tmp_path, days=1)
    assert all((tmp_path / name).stat().st_mode & 0o777 == 0o600 for name in ("key.der", "key.pem"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(cert.FILES)


def test_what_is_there_stays_unless_forced(tmp_path):
    cert.make(["localhost"], tmp_path, days=1)
    before = (tmp_path / "key.der").read_bytes()
    result = Checkout().run("cert", cwd=tmp_path)
    assert result.status == 1
    assert result.err == "microdot: 'cert.der' exists already, replace it with --force or name another --out\n"
    assert (tmp_path / "key.der").read_bytes() == before
    assert Checkout().run("cert", "--force", cwd=tmp_path).status == 0
    assert (tmp_path / "key.der").read_bytes() != before


@pytest.mark.parametrize("name", ["", "a b", "no/path", "-.x_y", "ö.local", "a" * 64])
def test_names_that_are_none(name, tmp_path):
    with pytest.raises(UserError):
        cert.make([name], tmp_path, days=1)
    assert list(tmp_path.iterdir()) == []
