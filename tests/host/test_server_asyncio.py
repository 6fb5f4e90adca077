"""The asyncio server as a task of its program."""

import asyncio
import ssl
import threading

import httpx
import pytest
from live import LiveApp, Raw, http
from servers import free_port

from microdot.asyncio import Microdot


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_shutdown_from_another_task(runtime, unix_image):
    with LiveApp("asyncio", runtime, unix_image, shutdown="task") as server:
        server.ready()
        assert http.get(server.url).text == "hello"
        assert server.ended() == 0


def app_with_index():
    app = Microdot()
    app.get("/")(lambda request: "hello")
    return app


async def get(port):
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/")).text


def test_start_serving_is_up_to_the_caller():
    async def main():
        app = app_with_index()
        server = await app.start_server("127.0.0.1", 0, start_serving=False)
        with pytest.raises(httpx.ReadTimeout):
            async with httpx.AsyncClient(verify=False) as client:
                await client.get(f"http://127.0.0.1:{server.port}/", timeout=0.1)
        await server.start_serving()
        assert await get(server.port) == "hello"
        server.close()
        await server.wait_closed()

    asyncio.run(main())


def test_a_shutdown_before_the_start_is_for_one_server():
    async def main():
        app = app_with_index()
        app.shutdown()
        server = await app.start_server("127.0.0.1", 0, start_serving=False)
        await server.serve_forever()
        server = await app.start_server("127.0.0.1", 0, start_serving=False)
        await server.start_serving()
        assert await get(server.port) == "hello"
        app.shutdown()
        await server.wait_closed()
        return app

    app = asyncio.run(main())
    app.shutdown()  # its event loop is gone


def test_a_server_that_never_started_gives_its_port_back():
    async def main():
        app = app_with_index()
        server = await app.start_server("127.0.0.1", 0, start_serving=False)
        server.close()
        await server.wait_closed()
        await asyncio.wait_for(app.start_server("127.0.0.1", server.port, start_serving=False), 1)

    asyncio.run(main())


def test_the_application_knows_what_it_is_served_with():
    async def main():
        app = app_with_index()
        assert (app.server, app.debug, app.ssl) == (None, False, None)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server = await app.start_server("127.0.0.1", 0, True, context, start_serving=False)
        assert (app.server, app.debug, app.ssl) == (server, True, context)
        await server.start_serving()
        server.close()
        await server.wait_closed()

    asyncio.run(main())


def test_shutdown_from_another_thread():
    async def main():
        app = app_with_index()
        port = free_port()
        serving = asyncio.create_task(app.start_server("127.0.0.1", port))
        await asyncio.sleep(0.05)
        assert await get(port) == "hello"
        thread = threading.Thread(target=app.shutdown)
        thread.start()
        await asyncio.wait_for(serving, 2)
        thread.join()

    asyncio.run(main())


def test_a_cancelled_server_closes_its_port():
    async def main():
        app = app_with_index()
        port = free_port()
        serving = asyncio.create_task(app.start_server("127.0.0.1", port))
        await asyncio.sleep(0.05)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(main())


def test_streams_that_were_accepted_elsewhere():
    async def main():
        app = app_with_index()
        server = await asyncio.start_server(app.handle_request, "127.0.0.1", 0)
        async with server:
            assert await get(server.sockets[0].getsockname()[1]) == "hello"

    asyncio.run(main())


def test_a_client_that_vanishes_from_such_streams_is_no_news(capfd):
    async def main():
        app = app_with_index()
        done = asyncio.Event()

        @app.get("/zeros")
        async def zeros(request):
            await asyncio.sleep(0.1)  # until the client is gone
            return (b"0" * 100_000 for _ in range(100))

        async def serve(reader, writer):
            await app.handle_request(reader, writer)
            done.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            for request in (b"GET /zeros HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HT"):
                raw = Raw(server.sockets[0].getsockname()[1])
                raw.send(request)
                await asyncio.sleep(0.05)
                raw.reset()
                await asyncio.wait_for(done.wait(), 5)
                done.clear()

    asyncio.run(main())
    assert capfd.readouterr().err == ""


def test_keyboard_interrupt_ends_the_server(unix_image):
    import signal

    for runtime in ("cpython", "micropython"):
        with LiveApp("asyncio", runtime, unix_image) as server:
            server.ready()
            server.process.send_signal(signal.SIGINT)
            assert server.ended() != 0
