"""Static files, from a folder or, under the same name, from the assets frozen into firmware."""
import os

from .compat import const
from .files import frozen, inflate
from .helpers import add_vary
from .response import Response, abort, redirect

_FOLDER = const(0x4000)  # the same in all systems that have modes, and in MicroPython
_FILE = const(0x8000)


class StaticFiles:
    """Serves the files of a folder.

    Nothing outside of the folder can be reached, and nothing whose name begins with a dot. Where a file has a neighbour
    with ``.gz`` after its name, clients that accept gzip get that one.

    :param app: the application; :meth:`initialize` takes it where it does not exist yet.
    :param folder: the folder. Where the firmware has assets frozen in under this name, they are served from flash.
    :param url_prefix: where the files are in the application.
    :param index: the file that is served for a folder.
    :param max_age: how long clients may keep files without asking, in seconds.
    """
    def __init__(self, app=None, folder='static', url_prefix='/static', index='index.html', max_age=None):
        self.folder = folder
        self.index = index
        self.max_age = max_age
        self._assets = frozen(folder)
        if app is not None:
            self.initialize(app, url_prefix)

    def initialize(self, app, url_prefix='/static'):
        """Add the routes of the files to an application."""
        app.get(url_prefix + '/')(self.send)
        app.get(url_prefix + '/<path:path>')(self.send)

    async def send(self, request, path=''):
        """Return the response with a file, for a route of the application's own.

        :param path: the path of the file in the folder, as a client sent it; that of a folder ends with a slash.

        Aborts the request with 404 when there is no such file.
        """
        if path[-1:] in ('', '/'):
            path += self.index
        whole = '/%s/' % path
        for text in ('/.', '//', '\\', ':', '\0'):
            if text in whole:
                abort(404, 'Not found')
        return self._from_folder(request, path) if self._assets is None else self._from_flash(request, path)

    def _from_folder(self, request, path):
        filename = self.folder + '/' + path
        # Only links can still lead out of the folder, and MicroPython has none.
        real = getattr(getattr(os, 'path', None), 'realpath', None)
        if real and not real(filename).startswith(real(self.folder) + os.sep):
            abort(404, 'Not found')
        if _mode(filename) & _FOLDER:
            return _add_slash(request)
        has_gzip = _mode(filename + '.gz') & _FILE
        gzip = has_gzip and _accepts_gzip(request)
        response = Response.send_file(filename, max_age=self.max_age, compressed=gzip and 'gzip',
                                      file_extension='.gz' if gzip else '')
        if has_gzip:
            add_vary(response, 'Accept-Encoding')
        return response

    def _from_flash(self, request, path):
        asset = self._assets.get(path)
        if not asset:
            if path + '/' + self.index in self._assets:
                return _add_slash(request)
            abort(404, 'Not found')
        data, content_type, etag, encoding = asset
        as_it_is = not encoding or _accepts_gzip(request)
        response = Response.send_file(path, content_type=content_type, stream=data if as_it_is else inflate(data),
                                      max_age=self.max_age, compressed=as_it_is and encoding)
        if encoding:
            add_vary(response, 'Accept-Encoding')
        if as_it_is:
            response.headers['ETag'] = etag
            response.file_size = len(data)
        return response


def _mode(filename):
    try:
        return os.stat(filename)[0]
    except OSError:
        return 0


def _add_slash(request):
    path, question, query = request.url.partition('?')
    return redirect(path + '/' + question + query, 301)


def _accepts_gzip(request):
    for item in request.headers.get('Accept-Encoding', '').lower().split(','):
        coding, _, weight = item.replace(' ', '').partition(';q=')
        if coding in ('gzip', '*'):
            return weight.strip('0.') != '' or not weight
    return False
