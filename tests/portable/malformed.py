"""Requests that break HTTP, with the status that each deserves; and odd ones that are served all the same."""

import sys

_HEAD_LIMIT = 4096 if sys.implementation.name == "micropython" else 8192
_HOST = b"GET / HTTP/1.1\r\nHost: a\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: a\r\n"

#: (what is wrong, the bytes, the status of the answer); the connection is closed afterwards
REJECTED = [
    ("blank-first-line", b"\r\n\r\n", 400),
    ("two-words", b"GET /\r\nHost: a\r\n\r\n", 400),
    ("four-words", b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no-version-number", b"GET / HTTP\r\nHost: a\r\n\r\n", 400),
    ("version-without-slash", b"GET / HTTP1.1\r\nHost: a\r\n\r\n", 400),
    ("bad-method", b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("field-without-colon", _HOST + b"X-Field\r\n\r\n", 400),
    ("empty-field-name", _HOST + b": value\r\n\r\n", 400),
    ("space-before-colon", _HOST + b"X-Field : value\r\n\r\n", 400),
    ("bad-field-name", _HOST + b"X[Field: value\r\n\r\n", 400),
    ("folded-field", _HOST + b"X-Field: a\r\n b\r\n\r\n", 400),
    ("bare-cr", _HOST + b"X-Field: a\rX-Other: b\r\n\r\n", 400),
    ("bare-cr-before-crlf", _HOST + b"X-Field: a\r\r\nX-Other: b\r\n\r\n", 400),
    ("bare-cr-in-target", b"GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("bare-cr-for-space", b"GET\r/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("nul-in-target", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("nul", _HOST + b"X-Field: a\0b\r\n\r\n", 400),
    ("head-not-utf8", _HOST + b"X-Field: \xff\r\n\r\n", 400),
    ("target-not-utf8", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no-host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("two-hosts", _HOST + b"Host: b\r\n\r\n", 400),
    ("length-not-a-number", _POST + b"Content-Length: x\r\n\r\n", 400),
    ("length-negative", _POST + b"Content-Length: -5\r\n\r\n", 400),
    ("length-signed", _POST + b"Content-Length: +5\r\n\r\nhello", 400),
    ("length-empty", _POST + b"Content-Length:\r\n\r\n", 400),
    ("length-list", _POST + b"Content-Length: 5, 6\r\n\r\nhello", 400),
    ("lengths-differ", _POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
    ("length-and-chunked", _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunked-and-length", _POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("unknown-coding", _POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    ("coding-beside-chunked", _POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("coding-after-vertical-tab", _POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 501),
    ("length-after-vertical-tab", _POST + b"Content-Length: \x0b2\r\n\r\nhi", 400),
    ("head-cut-off", _HOST + b"X-Field: a\r\n", 400),
    ("long-request-line", b"GET /" + b"x" * 2100 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("long-field", _HOST + b"X-Field: " + b"x" * 2100 + b"\r\n\r\n", 431),
    ("large-head", _HOST + b"X-Field: 01234567890123456789\r\n" * (_HEAD_LIMIT // 31) + b"\r\n", 431),
    ("many-fields", _HOST + b"a:b\r\n" * 200 + b"\r\n", 431),
]

#: the same for requests whose end never comes
UNFINISHED = [
    ("body-too-short", _POST + b"Content-Length: 5\r\n\r\nhi", 400),
    ("body-too-large", _POST + b"Content-Length: 100000\r\n\r\n", 413),
]

#: (what is odd, the bytes, what the answer's body begins with: method, arguments, cookies, body)
ACCEPTED = [
    ("lone-line-feeds", b"GET /?a=1 HTTP/1.1\nHost: a\n\n", b"GET [('a', ['1'])] [] "),
    ("many-spaces", b"GET   /?a=1  HTTP/1.1\r\nHost: a\r\n\r\n", b"GET [('a', ['1'])] [] "),
    ("lower-case-method", b"get / HTTP/1.1\r\nHost: a\r\n\r\n", b"get [] [] "),
    ("cookie-without-value", _HOST + b"Cookie: a=b; c\r\n\r\n", b"GET [] [('a', 'b'), ('c', '')] "),
    ("cookie-trailing-semicolon", _HOST + b"Cookie: a=b;\r\n\r\n", b"GET [] [('a', 'b')] "),
    ("cookie-empty", _HOST + b"Cookie:\r\n\r\n", b"GET [] [] "),
    ("cookie-with-equals", _HOST + b"Cookie: a=b=c\r\n\r\n", b"GET [] [('a', 'b=c')] "),
    ("query-bad-escape", b"GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", b"GET [('a', ['%zz'])] [] "),
    ("query-bad-utf8", b"GET /?a=%ff HTTP/1.1\r\nHost: a\r\n\r\n", b"GET [('a', ['%ff'])] [] "),
    ("same-length-twice", _POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", b"POST [] [] hi"),
    ("body-and-more", _POST + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi there", b"POST [] [] hi"),
    ("field-without-space", b"GET / HTTP/1.1\r\nHost:a\r\n\r\n", b"GET [] [] "),
]
