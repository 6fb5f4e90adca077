"""The HS256 codec of our own: what it signs, and all that it refuses."""

import binascii
import json

from microdot.jwt_hs256 import decode, encode, unix_time
from portable import parametrize, raises

# RFC 7515 appendix A.1, whose claims have expired in 2011.
RFC_KEY = binascii.a2b_base64(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=='
)
RFC_TOKEN = (
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9'
    '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
    '.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
)


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return binascii.b2a_base64(text).decode().strip().rstrip('=').replace('+', '-').replace('/', '_')


def sign(header, payload, key='key'):
    """A token with the right signature, whatever it says."""
    from microdot.jwt_hs256 import _signature

    signed = header + '.' + payload
    return signed + '.' + _signature(signed, key)


GOOD = part({'alg': 'HS256'})


def test_round_trip():
    for payload in ({}, {'a': 1}, {'text': 'caf\xe9 \u20ac', 'list': [1, None, True], 'nested': {'x': 'y'}}):
        assert decode(encode(payload, 'key'), 'key') == payload


def test_token_of_the_rfc_is_signed_well_and_expired():
    with raises(ValueError):
        decode(RFC_TOKEN, RFC_KEY)


def test_keys_of_any_length_and_type():
    for key in ('x', b'x', 'k' * 64, b'k' * 65, 'k' * 200, b'\xff' * 64, '\u20ac'):
        assert decode(encode({'a': 1}, key), key) == {'a': 1}
    assert encode({'a': 1}, 'k') == encode({'a': 1}, b'k')


def test_hmac_of_rfc_4231():
    from microdot.jwt_hs256 import _signature

    for key, data, digest in (
        (b'\x0b' * 20, b'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
        (b'Jefe', b'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
        (
            b'\xaa' * 131,
            b'Test Using Larger Than Block-Size Key - Hash Key First',
            '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
        ),
    ):
        assert _signature(data.decode(), key) == part(binascii.unhexlify(digest))


def test_expiry():
    assert decode(encode({'exp': unix_time() + 100}, 'key'), 'key')['exp'] > unix_time()
    for moment in (unix_time() - 1, unix_time(), 0, -5, 'tomorrow', None, []):
        with raises(ValueError):
            decode(encode({'exp': moment}, 'key'), 'key')


def test_clock_counts_from_1970():
    assert unix_time() > 0


def test_forged_tokens():
    token = encode({'user': 'me'}, 'key')
    head, payload, signature = token.split('.')
    for forged in (
        encode({'user': 'me'}, 'other key'),
        head + '.' + part({'user': 'you'}) + '.' + signature,
        token[:-1],
        token[:-2],
        token + 'A',
        token + '=',
        token + '.',
        '.' + token,
        token.upper(),
        head + '.' + payload + '.',
        head + '.' + payload,
        head,
        '',
        '.',
        '..',
        '...',
        'a.b.c',
        '\u20ac.\xe9.x',
    ):
        with raises(ValueError):
            decode(forged, 'key')


def test_last_character_of_a_signature_has_one_spelling():
    # 32 bytes leave two bits of the last character unused, which must be zero.
    token = encode({'a': 1}, 'key')
    alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for char in alphabet:
        if char != token[-1]:
            with raises(ValueError):
                decode(token[:-1] + char, 'key')


@parametrize(
    'header',
    (
        part({'alg': 'none'}),
        part({'alg': 'None'}),
        part({'alg': 'HS512'}),
        part({'alg': 'hs256'}),
        part({'alg': ['HS256']}),
        part({'typ': 'JWT'}),
        part([]),
        part('HS256'),
        part(None),
        part(b'{'),
        part(b'\xff'),
        '',
        '!',
        part({'alg': 'HS256', 'crit': ['x']}),
    ),
)
def test_no_other_algorithm_even_with_a_good_signature(header):
    with raises(ValueError):
        decode(sign(header, part({'a': 1})), 'key')


def test_alg_none_without_a_signature():
    with raises(ValueError):
        decode(part({'alg': 'none'}) + '.' + part({'a': 1}) + '.', 'key')


def test_payload_must_be_an_object():
    assert decode(sign(GOOD, part({'a': 1})), 'key') == {'a': 1}
    for payload in ([], 'text', 5, None, b'', b'\xff\xfe'):
        with raises(ValueError):
            decode(sign(GOOD, part(payload)), 'key')
