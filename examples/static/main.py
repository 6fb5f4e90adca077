"""A page of several files, and the data that it asks for.

The files are in the folder `static` here, and in flash where the app is frozen into firmware.
"""
import time

from microdot.asyncio import Microdot
from microdot.static import StaticFiles

app = Microdot()
started = time.time()


@app.get('/uptime')
async def uptime(request):
    return {'seconds': int(time.time() - started)}


StaticFiles(app, 'static', url_prefix='')  # routes are tried in order, so these come last

if __name__ == '__main__':
    app.run(debug=True)
