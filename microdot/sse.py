"""Server-Sent Events (HTML standard, section 9.2): events for a page, for as long as it listens."""
import json

from .helpers import wraps
from .response import Response


def encode_event(data, event=None, event_id=None, retry=None, comment=False):
    """Return the text of an event, as it goes over the wire.

    :param data: ``dict`` and ``list`` are sent as JSON, ``str`` and bytes as they are, others as ``str()`` has them.
    :param event: the type of the event, ``message`` where there is none.
    :param event_id: what the browser sends as Last-Event-ID when it connects again.
    :param retry: how long the browser waits until then, in seconds.
    :param comment: whether the data is a comment, which browsers ignore.

    Raises ``ValueError`` where there is a line break in the type or the id.
    """
    if isinstance(data, (dict, list)):
        data = json.dumps(data)
    elif isinstance(data, (bytes, bytearray)):
        data = data.decode()
    text = ''
    if retry is not None:
        retry = int(retry * 1000)
    for name, value in (('retry', retry), ('event', event), ('id', event_id)):
        if value is not None:
            line = '%s: %s' % (name, value)
            if '\n' in line or '\r' in line or '\0' in line:
                raise ValueError('line break in "%s"' % value)
            text += line + '\n'
    # A line break of any kind would end the field.
    for line in str(data).replace('\r\n', '\n').replace('\r', '\n').split('\n'):
        text += '%s: %s' % ('' if comment else 'data', line) + '\n'
    return text + '\n'


class SSE:
    """The stream of events to one client, made by the function that is given it.

    :ivar last_event_id: id of the last event that the client got before it lost the connection, ``None`` for a new one.
    """
    #: How often a client is sent a comment, so that one that is gone is noticed, in milliseconds; 0 for never. In
    #: the synchronous framework that takes threads.
    heartbeat_ms = 15000

    def __init__(self, request, f, args=(), kwargs={}):
        self.last_event_id = request.headers.get('Last-Event-ID')
        self._lock = request.app.lock()
        self._call = request, f, args, kwargs

    def send(self, data, event=None, event_id=None, retry=None, comment=False):
        """Send an event; see :func:`encode_event` for the parameters.

        In an asyncio application this is a coroutine. It waits until the client takes the event, and raises ``OSError``
        when the client is gone.
        """
        text = encode_event(data, event, event_id, retry, comment)
        return self._call[0].app.face(self._send(text.encode()))

    async def _send(self, data):
        async with self._lock:
            await self._write(data)

    async def heartbeat(self):
        """Send a comment, which browsers ignore."""
        await self._send(':\n\n'.encode())

    async def write_to(self, send):
        """Send the body of the response, which this is: the function that makes the events waits for the client."""
        self._write = send
        request, f, args, kwargs = self._call
        app = request.app
        timer = self.heartbeat_ms and app.repeat(self.heartbeat_ms, self.heartbeat)
        try:
            await app.invoke(f, request, self, *args, **kwargs)
        finally:
            if timer:
                timer.cancel()


def sse_response(request, f, *args, **kwargs):
    """Return a response that sends events.

    :param f: the function that makes the events: ``f(request, sse, *args, **kwargs)``. The response ends when it
              returns. In an asyncio application it is cancelled when the client goes away.
    """
    return Response(SSE(request, f, args, kwargs), 200,
                    {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache'})


def with_sse(f):
    """Decorator for a route that sends events: the function gets an :class:`SSE` after the request.

    Example::

        @app.route('/events')
        @with_sse
        async def events(request, sse):
            while True:
                await sse.send({'temperature': read_sensor()}, event='sensor')
                await asyncio.sleep(1)
    """
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        return sse_response(request, f, *args, **kwargs)
    return wrapper
