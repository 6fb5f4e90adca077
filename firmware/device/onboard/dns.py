# A name server that answers every question with one address, so that a phone lands on the set-up page (RFC 1035).
#
# A message is a header of six 16-bit numbers (id, flags, counts of questions, answers, authorities, additional), then
# the question: a name of length-prefixed labels that ends with 0, type and class.
import asyncio
import socket

from microdot.compat import const

_TYPE_A = const(1)
_CLASS_IN = const(1)
_TTL_S = const(0)  # the phone must not remember any of this
_POLL_S = 0.05
_LONGEST = const(512)


def answer(query, address):
    """The answer to the message `query`, or None when it is no question.

    :param address: what every name stands for, '192.168.4.1'.
    """
    end = _question_end(query)
    if not end or query[2] & 0x80 or query[4:6] != b"\x00\x01":  # QR: an answer itself
        return None
    wanted = query[end - 4 : end] == bytes((0, _TYPE_A, 0, _CLASS_IN))
    opcode_and_recursion = query[2] & 0x79
    head = query[:2] + bytes((0x84 | opcode_and_recursion, 0, 0, 1, 0, int(wanted), 0, 0, 0, 0))
    if not wanted:
        return head + query[12:end]  # no such record: the phone goes on to ask for an IPv4 address
    record = bytes((0xC0, 12, 0, _TYPE_A, 0, _CLASS_IN, 0, 0, 0, _TTL_S, 0, 4))  # C0 0C: the name in the question
    return head + query[12:end] + record + bytes(int(part) for part in address.split("."))


def _question_end(query):
    """Where the first question ends, 0 for a message that is cut short or has no plain name."""
    position = 12
    while position < len(query) and query[position]:
        if query[position] > 63:
            return 0
        position += 1 + query[position]
    return position + 5 if position + 5 <= len(query) else 0


async def serve(address, host="0.0.0.0", port=53):
    """Answer every question until cancelled."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(socket.getaddrinfo(host, port)[0][-1])
        server.setblocking(False)
        while True:
            _answer_waiting(server, address)
            await asyncio.sleep(_POLL_S)
    finally:
        server.close()


def _answer_waiting(server, address):
    try:
        while True:
            query, client = server.recvfrom(_LONGEST)
            reply = answer(query, address)
            if reply:
                server.sendto(reply, client)
    except OSError:
        pass  # nothing more waits, or the phone has gone; the next look comes soon
