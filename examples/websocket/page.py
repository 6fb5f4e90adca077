"""The page of the echo examples."""

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Echo</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
  input { font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }
  [role=log] { height: 60vh; overflow: auto; padding: 0; list-style: none }
</style>
<h1>Echo</h1>
<form><input placeholder="Say something" aria-label="Message" autocomplete="off" autofocus></form>
<ul role="log"></ul>
<script>
  const input = document.querySelector('input'), log = document.querySelector('ul')
  const socket = new WebSocket(location.href.replace('http', 'ws') + 'echo')

  function note(text) {
    const item = document.createElement('li')
    item.textContent = text
    log.prepend(item)
  }

  socket.onopen = () => note('connected')
  socket.onclose = event => note(`closed (${event.code})`)
  socket.onmessage = event => note('\\u2190 ' + event.data)
  document.querySelector('form').onsubmit = event => {
    event.preventDefault()
    note('\\u2192 ' + input.value)
    socket.send(input.value)
    input.value = ''
  }
</script>
'''
