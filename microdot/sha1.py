"""SHA-1 (FIPS 180-4), which the WebSocket handshake needs, for runtimes whose hashlib lacks it."""
from struct import unpack


def sha1(data):
    """Return the SHA-1 digest of ``data``, 20 bytes."""
    # The initial hash value, the constants of the four rounds, and 32 ones.
    words = unpack('>10I', b'gE#\x01\xef\xcd\xab\x89\x98\xba\xdc\xfe\x102Tv\xc3\xd2\xe1\xf0'
                           b'Z\x82y\x99n\xd9\xeb\xa1\x8f\x1b\xbc\xdc\xcab\xc1\xd6\xff\xff\xff\xff')
    ones = words[9]

    def rotate(x, n):
        return (x << n | x >> 32 - n) & ones

    state = words[:5]
    size = len(data)
    data += b'\x80' + bytes((55 - size) % 64) + (8 * size).to_bytes(8, 'big')
    for start in range(0, size + 9, 64):
        w = list(unpack('>16I', data[start:start + 64]))
        a, b, c, d, e = state
        for i in range(80):
            if i > 15:
                w.append(rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1))
            odd = b ^ c ^ d
            f = (d ^ b & (c ^ d), odd, b & c | d & (b | c), odd)[i // 20]
            a, b, c, d, e = rotate(a, 5) + f + e + words[5 + i // 20] + w[i] & ones, a, rotate(b, 30), c, d
        state = [x + y & ones for x, y in zip(state, (a, b, c, d, e))]
    return b''.join([x.to_bytes(4, 'big') for x in state])
