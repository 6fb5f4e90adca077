// The far end of a wire of the board: a TCP port of this machine, or a socket that is connected already.
import { writeSync } from 'node:fs';
import { createServer, Socket } from 'node:net';

export class Endpoint {
  // `wake()`: called after something has arrived for the board; `transcript`: file descriptor that gets all that the
  // board sends, or undefined.
  constructor(wake, transcript) {
    this.wake = wake;
    this.transcript = transcript;
    this.client = null;
    this.onData = () => {}; // called with what the client sends; the board sets it
  }

  // Serve the listening socket `fd`: one client at a time, the newest.
  listen(fd) {
    createServer((socket) => this.attach(socket)).listen({ fd });
    return this;
  }

  // Use the connected socket `fd`.
  connect(fd) {
    this.attach(new Socket({ fd, readable: true, writable: true }));
    return this;
  }

  attach(socket) {
    this.client?.destroy();
    this.client = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.onData(bytes);
      this.wake();
    });
    socket.on('error', () => socket.destroy()); // the client went away in the middle
    socket.on('close', () => {
      if (this.client === socket) {
        this.client = null;
      }
    });
  }

  send(bytes) {
    if (this.transcript !== undefined) {
      writeSync(this.transcript, bytes);
    }
    this.client?.write(bytes);
  }
}
