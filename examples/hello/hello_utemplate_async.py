"""A page from a uTemplate template, sent piece by piece as it is rendered."""
from microdot.asyncio import Microdot
from microdot.utemplate import render_template

app = Microdot()


@app.get('/')
async def index(request):
    name = request.args.get('name', 'world')
    return render_template('index.html', name), {'Content-Type': 'text/html'}


if __name__ == '__main__':
    app.run(debug=True)
