"""A guest book whose page is a Jinja template, on CPython."""
from microdot import Microdot, redirect
from microdot.jinja import render_template

app = Microdot()
guests = []


@app.get('/')
def index(request):
    return render_template('guests.html', guests=guests), {'Content-Type': 'text/html'}


@app.post('/')
def sign(request):
    guests.append(request.form.get('name', 'somebody')[:40])
    del guests[:-10]
    return redirect('/', 303)


if __name__ == '__main__':
    app.run(debug=True)
