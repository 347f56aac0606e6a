// SPDX-License-Identifier: Apache-2.0

// One serial line over as many WebSockets as it takes. It counts the bytes it got and comes back with the offset of the next one, so a
// lost connection loses nothing the appliance's ring still has. docs/serial-console.md has the protocol.

import { ConsoleConnection } from './console-connection.js';

const PING_INTERVAL = 5_000;
const CHUNK = 16_384;
const QUEUE_MAXIMUM = 1_048_576;

/** Further events: output {bytes, offset}, lost {offset, length}, notice {code}; hello also has {restarted, head}. */
export class SerialConnection extends ConsoleConnection {
  #position = null;

  /**
   * @param {(position: {stream: string, offset: number} | null, role: string) => Promise<WebSocket>} openSocket
   * @param {{now: () => number}} clock
   */
  constructor(openSocket, clock = performance) {
    super((role) => openSocket(this.#position, role), clock, PING_INTERVAL);
  }

  /** Offset of the next byte expected, or -1 before the first connection. */
  get offset() {
    return this.#position?.offset ?? -1;
  }

  /** Types these bytes. False when there is nobody to type to, or too much is waiting already. */
  type(bytes) {
    if (!this.isOpen || this.role !== 'writer' || this.socket.bufferedAmount + bytes.length > QUEUE_MAXIMUM) {
      return false;
    }
    for (let start = 0; start < bytes.length; start += CHUNK) {
      this.socket.send(bytes.subarray(start, start + CHUNK));
    }
    return true;
  }

  sendBreak() {
    this.control({ type: 'break' });
  }

  adopted(socket) {
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') {
        this.hear(JSON.parse(data));
      } else {
        this.#receive(new Uint8Array(data));
      }
    });
  }

  greeted(hello) {
    const before = this.#position;
    const restarted = before === null || before.stream !== hello.stream || hello.offset < before.offset;
    this.#position = { stream: hello.stream, offset: hello.offset };
    return { ...hello, restarted };
  }

  hear(message) {
    switch (message.type) {
      case 'lost':
        this.#position.offset = message.offset + message.length;
        this.emit('lost', message);
        break;
      case 'notice':
        this.emit('notice', message);
        break;
      default:
        super.hear(message);
    }
  }

  #receive(bytes) {
    const offset = this.#position.offset;
    this.#position.offset += bytes.length;
    this.emit('output', { bytes, offset });
  }
}
