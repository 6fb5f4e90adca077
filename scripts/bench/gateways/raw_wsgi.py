"""Serves what bench_wsgi.py does as a WSGI application without a framework: none can be faster under the same server."""
import os


def app(environ, start_response):
    if environ['PATH_INFO'] == '/file':
        file = open(os.environ['BENCH_FILE'], 'rb')
        size = str(os.fstat(file.fileno()).st_size)
        start_response('200 OK', [('Content-Type', 'application/octet-stream'), ('Content-Length', size)])
        return environ['wsgi.file_wrapper'](file)
    start_response('200 OK', [('Content-Type', 'text/plain; charset=UTF-8'), ('Content-Length', '13')])
    return [b'Hello, world!']
