"""A program that accepts connections by itself: `accepted.py FLAVOUR PORT`."""

import sys

port = int(sys.argv[2])


def index(request):
    return request.client_addr[0]


if sys.argv[1] == "asyncio":
    import asyncio

    from microdot.asyncio import Microdot

    app = Microdot()
    app.get("/")(index)

    async def main():
        await asyncio.start_server(app.handle_request, "127.0.0.1", port)
        await asyncio.sleep(60)

    asyncio.run(main())
else:
    import socket

    from microdot import Microdot, Response

    app = Microdot()
    app.get("/")(index)

    @app.get("/by-socket")
    def by_socket(request):
        for _ in range(200):
            left = bytes(65536)
            while left:
                left = left[request.sock.send(left) :]
        return Response.already_handled

    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    sock.listen(5)
    while True:
        app.handle_request(*sock.accept())
