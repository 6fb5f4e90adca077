"""Frames against random input, random splits, the wsproto library, and sizes too large for a microcontroller's heap."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from microdot.frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Decoder,
    WebSocketError,
    decode_text,
    encode,
    encode_close,
    mask,
)

keys = st.binary(min_size=4, max_size=4)
messages = st.tuples(st.sampled_from([TEXT, BINARY]), st.binary(max_size=700)) | st.tuples(
    st.just(TEXT), st.text(max_size=300)
)
controls = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))


def decode_all(decoder, pieces):
    events = []
    for piece in pieces:
        decoder.receive_data(piece)
        while (event := decoder.next_event()) is not None:
            events.append(event)
    return events


def split(data, points):
    points = sorted(point % (len(data) + 1) for point in points)
    return [data[a:b] for a, b in zip([0] + points, points + [len(data)])]


@st.composite
def conversations(draw):
    """A valid stream of frames, messages in fragments and control frames anywhere: (bytes, expected events)."""
    client = draw(st.booleans())
    wire, expected = b"", []
    for kind, data in draw(st.lists(messages | controls, max_size=5)):
        key = None if client else draw(keys)
        if kind in (PING, PONG):
            wire += encode(kind, data, key=key)
            expected.append((kind, data))
            continue
        if kind == TEXT:
            text = data if isinstance(data, str) else data.decode("latin-1")
            data = text.encode()
        parts = split(data, draw(st.lists(st.integers(0, 1000), max_size=3)))
        for i, part in enumerate(parts):
            wire += encode(CONT if i else kind, part, i == len(parts) - 1, key)
            if i < len(parts) - 1 and draw(st.booleans()):
                wire += encode(PING, b"now", key=key)
                expected.append((PING, b"now"))
        expected.append((kind, text if kind == TEXT else data))
    return client, wire, expected


@given(conversations(), st.lists(st.integers(0, 5000), max_size=8))
def test_any_conversation_survives_any_split(conversation, points):
    client, wire, expected = conversation
    assert decode_all(Decoder(client), split(wire, points)) == expected


@given(conversations())
@settings(max_examples=30)
def test_any_conversation_survives_byte_by_byte(conversation):
    client, wire, expected = conversation
    assert decode_all(Decoder(client), [wire[i : i + 1] for i in range(len(wire))]) == expected


@given(st.binary(max_size=300), st.booleans(), st.lists(st.integers(0, 300), max_size=5))
def test_noise_ends_in_events_or_a_protocol_error(noise, client, points):
    def run(pieces):
        decoder, events = Decoder(client, 100), []
        try:
            for piece in pieces:
                decoder.receive_data(piece)
                while (event := decoder.next_event()) is not None:
                    events.append(event)
        except WebSocketError as exc:
            events.append(exc.code)
            assert exc.code in (1002, 1007, 1009)
        return events

    assert run([noise]) == run(split(noise, points))


@given(st.binary(max_size=2000), keys)
def test_masking_is_the_definition(data, key):
    buffer = bytearray(data)
    mask(buffer, key)
    assert buffer == bytes(byte ^ key[i % 4] for i, byte in enumerate(data))


@given(st.binary(max_size=12))
def test_text_is_what_python_calls_utf8(data):
    try:
        expected = data.decode()
    except UnicodeDecodeError:
        with pytest.raises(WebSocketError) as info:
            decode_text(data)
        assert info.value.code == 1007
    else:
        assert decode_text(data) == expected


@given(messages | controls)
def test_wsproto_reads_our_frames(message):
    kind, data = message
    data = data.encode() if isinstance(data, str) else data.decode("latin-1").encode() if kind == TEXT else data
    for client, key in ((True, None), (False, b"\x01\x02\x03\x04")):
        peer = FrameProtocol(client, [])
        peer.receive_bytes(encode(kind, data, key=key))
        frames = list(peer.received_frames())
        payload = b"".join(f.payload.encode() if isinstance(f.payload, str) else bytes(f.payload) for f in frames)
        assert (frames[0].opcode, payload) == (Opcode(kind), data)


@given(st.text(max_size=300), st.booleans())
def test_we_read_wsprotos_frames(text, fin):
    for client in (True, False):
        peer = FrameProtocol(not client, [])
        wire = peer.send_data(text, fin=fin)
        if not fin:
            wire += peer.send_data("", fin=True)
        assert decode_all(Decoder(client), [bytes(wire)]) == [(TEXT, text)]


def test_large_lengths():
    assert encode(BINARY, bytes(65535))[:4] == b"\x82\x7e\xff\xff"
    assert encode(BINARY, bytes(65536))[:10] == b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"
    data = bytes(range(256)) * 1000
    wire = encode(BINARY, data, key=b"abcd")
    for step in (1 << 20, 65536, 1000):
        assert decode_all(Decoder(), [wire[i : i + step] for i in range(0, len(wire), step)]) == [(BINARY, data)]


def test_close_with_a_long_reason_is_refused():
    with pytest.raises(ValueError, match="124 bytes: at most 123 fit"):
        encode_close(1000, "x" * 124)
    assert len(encode(CLOSE, encode_close(1000, "x" * 123))) == 127
