"""RFC 6455 frames as golden bytes: fed whole, byte by byte, and broken in every way a peer can break them."""

from microdot.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, Decoder, WebSocketError, encode, encode_close, mask

KEY = b'\x37\xfa\x21\x3d'

# RFC 6455 section 5.7.
HELLO = b'\x81\x05Hello'
HELLO_MASKED = b'\x81\x857\xfa!=\x7f\x9fMQX'
HELLO_FRAGMENTS = b'\x01\x03Hel\x80\x02lo'
PING_HELLO = b'\x89\x05Hello'
PONG_HELLO_MASKED = b'\x8a\x857\xfa!=\x7f\x9fMQX'


def events_of(data, client=True, step=0, **options):
    """Decode data, handed over in pieces of step bytes (0 = whole); a violation is the event ('error', code)."""
    decoder = Decoder(client, **options)
    events = []
    step = step or len(data)
    try:
        for at in range(0, len(data), step):
            decoder.receive_data(data[at : at + step])
            event = decoder.next_event()
            while event:
                events.append(event)
                event = decoder.next_event()
    except WebSocketError as exc:
        events.append(('error', exc.code))
    return events


def masked(opcode, payload, fin=True):
    return encode(opcode, payload, fin, KEY)


def check_everywhere(data, expected, client=True, **options):
    for step in (0, 1, 2, 3, 7):
        assert events_of(data, client, step, **options) == expected


def test_examples_of_the_rfc():
    check_everywhere(HELLO, [(TEXT, 'Hello')])
    check_everywhere(HELLO_MASKED, [(TEXT, 'Hello')], client=False)
    check_everywhere(HELLO_FRAGMENTS, [(TEXT, 'Hello')])
    check_everywhere(PING_HELLO, [(PING, b'Hello')])
    check_everywhere(PONG_HELLO_MASKED, [(PONG, b'Hello')], client=False)


def test_encode_golden_bytes():
    assert encode(TEXT, b'Hello') == HELLO
    assert encode(TEXT, b'Hello', key=KEY) == HELLO_MASKED
    assert encode(TEXT, b'Hel', fin=False) + encode(CONT, b'lo') == HELLO_FRAGMENTS
    assert encode(PING, b'Hello') == PING_HELLO
    assert encode(BINARY, bytes(125))[:2] == b'\x82\x7d'
    assert encode(BINARY, bytes(126))[:4] == b'\x82\x7e\x00\x7e'
    assert encode(BINARY, bytes(256))[:4] == b'\x82\x7e\x01\x00'
    assert encode(CLOSE, encode_close(1000, 'bye')) == b'\x88\x05\x03\xe8bye'
    assert encode(CLOSE, encode_close(1005)) == b'\x88\x00'


def test_every_length_form_round_trips():
    for size in (0, 1, 125, 126, 127, 511, 512, 513, 1025):
        data = bytes(i & 255 for i in range(size))
        assert events_of(encode(BINARY, data)) == [(BINARY, data)]
        assert events_of(masked(BINARY, data), client=False) == [(BINARY, data)]
        assert events_of(masked(BINARY, data), client=False, step=100) == [(BINARY, data)]


def test_mask_is_the_rfcs_definition_at_every_size():
    data = bytes(range(256)) * 5
    for size in (0, 1, 3, 4, 5, 511, 512, 513, 1100):
        for start in (0, 5):
            buffer = bytearray(data)
            mask(memoryview(buffer)[start : start + size], KEY)
            assert buffer[:start] == data[:start] and buffer[start + size :] == data[start + size :]
            for i in {0, 1, 2, 3, 510, 511, 512, 513, size - 1} & set(range(size)):
                assert buffer[start + i] == data[start + i] ^ KEY[i % 4]


def test_empty_messages_are_messages():
    check_everywhere(b'\x81\x00\x82\x00', [(TEXT, ''), (BINARY, b'')])
    check_everywhere(b'\x01\x00\x00\x00\x80\x00', [(TEXT, '')])


def test_type_of_the_message_is_kept():
    assert events_of(encode(BINARY, b'Hello')) == [(BINARY, b'Hello')]
    assert isinstance(events_of(encode(BINARY, b'Hello'))[0][1], bytes)
    assert isinstance(events_of(encode(TEXT, b'Hello'))[0][1], str)


def test_control_frames_between_fragments():
    data = (
        encode(TEXT, b'Hel', False)
        + encode(PING, b'1')
        + encode(CONT, b'l', False)
        + encode(PONG, b'2')
        + encode(CONT, b'o')
    )
    check_everywhere(data, [(PING, b'1'), (PONG, b'2'), (TEXT, 'Hello')])


def test_messages_in_a_row_in_one_piece():
    data = masked(TEXT, b'a') + masked(BINARY, b'b') + masked(PING, b'') + masked(TEXT, b'c')
    check_everywhere(data, [(TEXT, 'a'), (BINARY, b'b'), (PING, b''), (TEXT, 'c')], client=False)


def test_data_may_be_handed_over_before_the_rest_is_read():
    decoder = Decoder(client=True)
    decoder.receive_data(HELLO + HELLO[:3])
    assert decoder.next_event() == (TEXT, 'Hello')
    decoder.receive_data(HELLO[3:])
    assert decoder.next_event() == (TEXT, 'Hello')
    assert decoder.next_event() is None


def test_received_buffer_may_be_reused():
    decoder = Decoder(client=True)
    buffer = bytearray(4)
    for at in range(0, len(HELLO_FRAGMENTS), 3):
        piece = HELLO_FRAGMENTS[at : at + 3]
        buffer[: len(piece)] = piece
        decoder.receive_data(memoryview(buffer)[: len(piece)])
        event = decoder.next_event()
        buffer[:] = b'XXXX'
    assert event == (TEXT, 'Hello')


def test_close_code_and_reason():
    check_everywhere(b'\x88\x00', [(CLOSE, (1005, ''))])
    check_everywhere(b'\x88\x02\x03\xe8', [(CLOSE, (1000, ''))])
    check_everywhere(b'\x88\x08\x0b\xb8caf\xc3\xa9!', [(CLOSE, (3000, 'caf\xe9!'))])


def test_nothing_is_read_after_a_close():
    check_everywhere(b'\x88\x02\x03\xe8' + HELLO + b'\xff\xff', [(CLOSE, (1000, ''))])


def test_close_codes_that_never_travel():
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        assert events_of(b'\x88\x02' + code.to_bytes(2, 'big')) == [('error', 1002)]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
        assert events_of(b'\x88\x02' + code.to_bytes(2, 'big')) == [(CLOSE, (code, ''))]


def test_bad_close_frames():
    assert events_of(b'\x88\x01\x03') == [('error', 1002)]
    assert events_of(b'\x88\x03\x03\xe8\xff') == [('error', 1007)]


def test_encode_close_refuses_codes_that_never_travel():
    for code in (0, 999, 1004, 1006, 1015, 2999, 5000):
        try:
            encode_close(code)
        except ValueError as exc:
            assert str(code) in str(exc)
        else:
            assert False, code


def test_encode_refuses_long_or_fragmented_control_frames():
    for payload, fin in ((bytes(126), True), (b'', False)):
        try:
            encode(PING, payload, fin)
        except ValueError:
            continue
        assert False, (payload, fin)


def test_client_frames_must_be_masked():
    check_everywhere(HELLO, [('error', 1002)], client=False)


def test_server_frames_must_not_be_masked():
    check_everywhere(HELLO_MASKED, [('error', 1002)])


def test_reserved_bits_and_unknown_opcodes():
    for first in (0xC1, 0xA1, 0x91, 0x83, 0x84, 0x87, 0x8B, 0x8F):
        assert events_of(bytes((first, 0))) == [('error', 1002)]


def test_broken_fragmentation():
    check_everywhere(b'\x80\x01a', [('error', 1002)])
    check_everywhere(b'\x00\x01a', [('error', 1002)])
    check_everywhere(b'\x01\x01a\x81\x01b', [('error', 1002)])
    check_everywhere(HELLO_FRAGMENTS + b'\x80\x00', [(TEXT, 'Hello'), ('error', 1002)])


def test_control_frames_are_short_and_whole():
    check_everywhere(b'\x89\x7e\x00\x7e', [('error', 1002)])
    check_everywhere(b'\x09\x00', [('error', 1002)])


def test_length_must_be_in_its_shortest_form():
    check_everywhere(b'\x82\x7e\x00\x7d', [('error', 1002)])
    check_everywhere(b'\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff', [('error', 1002)])
    check_everywhere(b'\x82\x7f\x80\x00\x00\x00\x00\x01\x00\x00', [('error', 1002)])


def test_a_violation_comes_after_what_was_whole_before_it():
    check_everywhere(HELLO + b'\xff\x00', [(TEXT, 'Hello'), ('error', 1002)])


def test_nothing_is_read_after_a_violation():
    decoder = Decoder(client=True)
    decoder.receive_data(b'\x80\x00' + HELLO)
    try:
        decoder.next_event()
    except WebSocketError as exc:
        assert (exc.code, exc.reason) == (1002, 'bad frame')
    assert decoder.next_event() is None
    decoder.receive_data(HELLO)
    assert decoder.next_event() is None


def test_size_limit_is_known_from_the_head_alone():
    check_everywhere(encode(BINARY, bytes(10)), [(BINARY, bytes(10))], max_length=10)
    check_everywhere(b'\x82\x0b', [('error', 1009)], max_length=10)
    check_everywhere(b'\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00', [('error', 1009)], max_length=10)
    check_everywhere(b'\x02\x06abcdef\x80\x05', [('error', 1009)], max_length=10)


def test_size_limit_does_not_count_control_frames():
    check_everywhere(encode(PING, bytes(20)), [(PING, bytes(20))], max_length=10)


def test_text_of_every_width_across_fragments_and_pieces():
    text = 'h\xe9llo \u20ac \U0001f600 \ud7ff\ue000\U0010ffff'
    data = text.encode()
    for at in range(len(data) + 1):
        wire = encode(TEXT, data[:at], False) + encode(CONT, data[at:])
        assert events_of(wire) == [(TEXT, text)]
    wire = b''.join([encode(CONT if i else TEXT, data[i : i + 1], False) for i in range(len(data))]) + encode(CONT, b'')
    check_everywhere(wire, [(TEXT, text)])


NOT_UTF8 = (
    b'\x80',
    b'\xff',
    b'\xc0\x80',
    b'\xc1\xbf',
    b'\xe0\x9f\xbf',
    b'\xed\xa0\x80',
    b'\xed\xbf\xbf',
    b'\xf0\x8f\xbf\xbf',
    b'\xf4\x90\x80\x80',
    b'\xf5\x80\x80\x80',
    b'\xf8\x88\x80\x80\x80',
    b'\xe2\x82',
    b'\xf0\x9f\x98',
    b'\xce\xba\xed\xa0\x80x',
)


def test_text_that_is_not_utf8():
    for bad in NOT_UTF8:
        assert events_of(encode(TEXT, b'ok ' + bad)) == [('error', 1007)], bad
        assert events_of(encode(BINARY, bad)) == [(BINARY, bad)]


def test_bad_text_fails_before_the_last_fragment():
    for bad in NOT_UTF8:
        assert events_of(encode(TEXT, bad + b'.', False)) == [('error', 1007)], bad
    assert events_of(encode(TEXT, b'\xe2\x82', False) + encode(CONT, b'a', False)) == [('error', 1007)]
    assert events_of(encode(TEXT, b'\xe2\x82', False)) == []
