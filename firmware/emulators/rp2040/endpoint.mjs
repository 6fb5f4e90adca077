// A TCP port of this machine as the other end of a wire of the board. One client at a time, the newest.
import { createServer } from 'node:net';
import { writeSync } from 'node:fs';

export class Endpoint {
  // `fd`: a socket that listens already; `transcript`: file descriptor that gets all that the board sends, or undefined;
  // `wake()`: called after something has arrived for the board.
  constructor(fd, transcript, wake) {
    this.transcript = transcript;
    this.wake = wake;
    this.client = null;
    this.onData = () => {}; // called with what the client sends; the board sets it
    createServer((socket) => this.accept(socket)).listen({ fd });
  }

  accept(socket) {
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
