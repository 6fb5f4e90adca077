// Gathers what the board sends on a PPP line into frames, which end with a flag (RFC 1662, section 3.1).
//
// slirp, at the other end, takes a single '0' for a key press and leaves after five of them. Bytes that go out one by one are
// just that to it, and "Content-Length: 200000" ends the network.
const FLAG = 0x7e;
const LONGEST = 4096;

export class Frames {
  // `send(bytes)`: called with a frame as a Buffer, flag included.
  constructor(send) {
    this.send = send;
    this.bytes = [];
  }

  push(byte) {
    this.bytes.push(byte);
    if (byte === FLAG || this.bytes.length === LONGEST) {
      this.send(Buffer.from(this.bytes));
      this.bytes = [];
    }
  }
}
