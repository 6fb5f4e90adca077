"""What programs written for Microdot import is where they find it."""

from portable import parametrize

CORE = "Microdot Request Response abort redirect send_file URLPattern MultiDict NoCaseDict HTTPException mro urldecode"
OF_VERSION_1 = "urlencode urldecode_str urldecode_bytes MUTED_SOCKET_ERRORS"
SESSIONS = "Session SessionDict with_session set_session_secret_key get_session update_session delete_session"
SOCKETS = "WebSocket websocket_upgrade with_websocket WebSocketError websocket_wrapper"
NAMES = {
    "microdot": CORE + " __version__ " + OF_VERSION_1,
    "microdot.microdot": CORE
    + " create_thread concurrency_mode socket socket_timeout_error print_exception "
    + OF_VERSION_1,
    "microdot.asyncio": CORE + " __version__ AsyncBytesIO iscoroutine invoke_handler " + OF_VERSION_1,
    "microdot.asyncio.microdot_asyncio": "Microdot Request Response abort redirect send_file",
    "microdot.websocket": SOCKETS,
    "microdot.asyncio.websocket": SOCKETS,
    "microdot.session": SESSIONS,
    "microdot.cors": "CORS",
    "microdot.ssl": "create_ssl_context",
    "microdot.test_client": "TestClient TestResponse",
    "microdot.asyncio.test_client": "TestClient TestResponse",
    "microdot.sse": "SSE with_sse sse_response",
    "microdot.auth": "BasicAuth TokenAuth",
    "microdot.login": "Login",
    "microdot.csrf": "CSRF",
    "microdot.multipart": "with_form_data FormDataIter FileUpload",
    "microdot.helpers": "wraps",
}


@parametrize("module", sorted(NAMES))
def test_names_of(module):
    try:
        found = __import__(module, None, None, ("*",))
    except ImportError as exc:
        assert "ssl" in str(exc) or "tls" in str(exc), exc  # a board without TLS
        return
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []
