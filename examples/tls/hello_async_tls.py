"""HTTPS from the asyncio server; `microdot cert --out examples/tls` makes cert.der and key.der."""
from microdot.asyncio import Microdot
from microdot.ssl import create_ssl_context

app = Microdot()


@app.get('/')
async def index(request):
    return 'Hello over ' + request.scheme


def main():
    app.run(port=4443, debug=True, ssl=create_ssl_context('cert.der', 'key.der'))


if __name__ == '__main__':
    main()
