"""SHA-1 (FIPS 180-4), which the WebSocket handshake needs, for runtimes whose hashlib lacks it."""


def sha1(data):
    """Return the SHA-1 digest of ``data``, 20 bytes."""
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
    size = len(data)
    data += b'\x80' + bytes((55 - size) % 64) + (8 * size).to_bytes(8, 'big')
    for at in range(0, len(data), 64):
        _compress(state, data[at:at + 64])
    return b''.join([word.to_bytes(4, 'big') for word in state])


def _compress(state, block):
    words = [int.from_bytes(block[i:i + 4], 'big') for i in range(0, 64, 4)]
    for i in range(16, 80):
        words.append(_rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1))
    a, b, c, d, e = state
    for i in range(80):
        if i < 20:
            f = (b & c | ~b & d) + 0x5a827999
        elif i < 40:
            f = (b ^ c ^ d) + 0x6ed9eba1
        elif i < 60:
            f = (b & c | b & d | c & d) + 0x8f1bbcdc
        else:
            f = (b ^ c ^ d) + 0xca62c1d6
        a, b, c, d, e = (_rotate(a, 5) + f + e + words[i]) & 0xffffffff, a, _rotate(b, 30), c, d
    for i, word in enumerate((a, b, c, d, e)):
        state[i] = (state[i] + word) & 0xffffffff


def _rotate(word, bits):
    return (word << bits | word >> 32 - bits) & 0xffffffff
