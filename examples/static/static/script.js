async function show() {
  const { seconds } = await (await fetch('uptime')).json()
  document.querySelector('#uptime').textContent = seconds
}

show()
setInterval(show, 1000)
