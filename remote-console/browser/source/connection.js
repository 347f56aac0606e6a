// SPDX-License-Identifier: Apache-2.0

// One console over as many WebSockets as it takes. It counts the bytes it got and comes back with the offset of the next one, so a
// lost connection loses nothing the appliance's ring still has. docs/serial-console.md has the protocol.

import { RefusedError } from './appliance.js';

const PING_INTERVAL = 5_000;
const ANSWER_TIMEOUT = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const CHUNK = 16_384;
const QUEUE_MAXIMUM = 1_048_576;
const PROTOCOL_ERRORS = new Set([1002, 1003, 1007, 1008, 1009]);

/**
 * Events, each a CustomEvent with a detail: state {state, text}, hello {vm, role, mayWrite, restarted, head}, output {bytes, offset},
 * role {role, by}, lost {offset, length}, notice {code}, latency {milliseconds}.
 */
export class Connection extends EventTarget {
  #openSocket;
  #clock;
  #socket = null;
  #position = null;
  #role = 'writer';
  #delay = FIRST_DELAY;
  #timer = null;
  #heartbeat = null;
  #pingId = 0;
  #pingSent = 0;
  #lastHeard = 0;
  #stopped = false;

  /**
   * @param {(position: {stream: string, offset: number} | null, role: string) => Promise<WebSocket>} openSocket
   * @param {{now: () => number}} clock
   */
  constructor(openSocket, clock = performance) {
    super();
    this.#openSocket = openSocket;
    this.#clock = clock;
  }

  get role() {
    return this.#role;
  }

  /** Offset of the next byte expected, or -1 before the first connection. */
  get offset() {
    return this.#position?.offset ?? -1;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  async open() {
    clearTimeout(this.#timer);
    if (this.#socket || this.#stopped) {
      return;
    }
    this.#emit('state', { state: 'connecting', text: 'Connecting' });
    try {
      const socket = await this.#openSocket(this.#position, this.#role);
      this.#adopt(socket);
    } catch (error) {
      if (error instanceof RefusedError) {
        this.#end(error.message);
      } else {
        this.#retry();
      }
    }
  }

  close() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  /** Types these bytes. False when there is nobody to type to, or too much is waiting already. */
  type(bytes) {
    if (!this.isOpen || this.#role !== 'writer' || this.#socket.bufferedAmount + bytes.length > QUEUE_MAXIMUM) {
      return false;
    }
    for (let start = 0; start < bytes.length; start += CHUNK) {
      this.#socket.send(bytes.subarray(start, start + CHUNK));
    }
    return true;
  }

  takeOver() {
    this.#control({ type: 'takeOver' });
  }

  sendBreak() {
    this.#control({ type: 'break' });
  }

  #control(message) {
    if (this.isOpen) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #adopt(socket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      this.#lastHeard = this.#clock.now();
      if (typeof data === 'string') {
        this.#hear(JSON.parse(data));
      } else {
        this.#receive(new Uint8Array(data));
      }
    });
    socket.addEventListener('close', (event) => this.#lost(event));
  }

  #receive(bytes) {
    const offset = this.#position.offset;
    this.#position.offset += bytes.length;
    this.#emit('output', { bytes, offset });
  }

  #hear(message) {
    switch (message.type) {
      case 'hello':
        this.#greeted(message);
        break;
      case 'role':
        this.#role = message.role;
        this.#emit('role', message);
        break;
      case 'lost':
        this.#position.offset = message.offset + message.length;
        this.#emit('lost', message);
        break;
      case 'notice':
        this.#emit('notice', message);
        break;
      case 'pong':
        if (message.id === this.#pingId) {
          this.#emit('latency', { milliseconds: this.#clock.now() - this.#pingSent });
        }
        break;
    }
  }

  #greeted(hello) {
    const before = this.#position;
    const restarted = before === null || before.stream !== hello.stream || hello.offset < before.offset;
    this.#position = { stream: hello.stream, offset: hello.offset };
    this.#role = hello.role;
    this.#delay = FIRST_DELAY;
    this.#lastHeard = this.#clock.now();
    this.#heartbeat = setInterval(() => this.#beat(), PING_INTERVAL);
    this.#emit('hello', { ...hello, restarted });
    this.#emit('state', { state: 'connected', text: 'Connected' });
    this.#beat();
  }

  #beat() {
    if (this.#clock.now() - this.#lastHeard > ANSWER_TIMEOUT) {
      this.#socket.close(4001);
      this.#lost({ code: 4001 });
      return;
    }
    this.#pingSent = this.#clock.now();
    this.#control({ type: 'ping', id: ++this.#pingId });
  }

  #lost(event) {
    if (event.target && event.target !== this.#socket) {
      return;
    }
    this.#socket = null;
    clearInterval(this.#heartbeat);
    if (this.#stopped) {
      this.#emit('state', { state: 'ended', text: 'Closed' });
    } else if (PROTOCOL_ERRORS.has(event.code)) {
      this.#end('The appliance and this page do not understand each other; reload it.');
    } else {
      this.#retry();
    }
  }

  #retry() {
    const delay = this.#delay * (0.75 + Math.random() / 2);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
    this.#emit('state', { state: 'waiting', text: 'Reconnecting' });
    this.#timer = setTimeout(() => this.open(), delay);
  }

  #end(text) {
    this.#stopped = true;
    this.#emit('state', { state: 'ended', text });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
