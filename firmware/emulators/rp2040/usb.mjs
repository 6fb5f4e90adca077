// The USB host at the other end of the Pico's cable: finds the CDC serial port and carries its bytes.
import { USBCDC } from './rp2040js.mjs';

export class UsbConsole extends USBCDC {
  // `usb`: the chip's USB controller; `onData(buffer)`: called with what the device sends.
  constructor(usb, onData) {
    super(usb);
    this.waiting = [];
    this.wanted = 0; // size of the read that the device has asked for and not got yet
    this.onSerialData = (bytes) => onData(Buffer.from(bytes));
    // The base class answers every read at once, with an empty packet when it has nothing; the firmware then asks
    // again for ever. A real host just does not send.
    usb.onEndpointRead = (endpoint, size) => {
      if (endpoint === this.outEndpoint) {
        this.wanted = size;
        this.deliver();
      }
    };
  }

  send(bytes) {
    this.waiting.push(bytes);
    this.deliver();
  }

  deliver() {
    if (!this.wanted || !this.waiting.length) {
      return;
    }
    const bytes = Buffer.concat(this.waiting);
    const packet = bytes.subarray(0, this.wanted);
    this.waiting = packet.length < bytes.length ? [bytes.subarray(packet.length)] : [];
    this.wanted = 0;
    this.usb.endpointReadDone(this.outEndpoint, packet);
  }
}
