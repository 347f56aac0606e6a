// SPDX-License-Identifier: Apache-2.0

// What the consoles of a machine have in common: one console over as many WebSockets as it takes. It answers the greeting, measures
// the round trip, gives up who is silent, and comes back with a new ticket in the role it had.

import { RefusedError } from './appliance.js';

const ANSWER_TIMEOUT = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const PROTOCOL_ERRORS = new Set([1002, 1003, 1007, 1008, 1009]);

/**
 * Events, each a CustomEvent with a detail: state {state, text}, hello {vm, role, mayWrite}, role {role, by}, latency
 * {milliseconds}. Kinds of consoles override the methods from adopted() on.
 */
export class ConsoleConnection extends EventTarget {
  #openSocket;
  #clock;
  #pingInterval;
  #socket = null;
  #role = 'writer';
  #mayWrite = false;
  #delay = FIRST_DELAY;
  #timer = null;
  #heartbeat = null;
  #pingId = 0;
  #pingSent = 0;
  #lastHeard = 0;
  #stopped = false;

  /**
   * @param {(role: string) => Promise<WebSocket>} openSocket
   * @param {{now: () => number}} clock
   * @param {number} pingInterval in milliseconds
   */
  constructor(openSocket, clock, pingInterval) {
    super();
    this.#openSocket = openSocket;
    this.#clock = clock;
    this.#pingInterval = pingInterval;
  }

  get role() {
    return this.#role;
  }

  get mayWrite() {
    return this.#mayWrite;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  async open() {
    clearTimeout(this.#timer);
    if (this.#socket || this.#stopped) {
      return;
    }
    this.emit('state', { state: 'connecting', text: 'Connecting' });
    try {
      this.#adopt(await this.#openSocket(this.#role));
    } catch (error) {
      if (error instanceof RefusedError) {
        this.#end(error.message);
      } else {
        this.#retry();
      }
    }
  }

  /** Ends the present connection and makes another at once. */
  reconnect() {
    if (this.#socket) {
      this.#delay = 0;
      this.#socket.close(1000);
    }
  }

  close() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  takeOver() {
    this.control({ type: 'takeOver' });
  }

  /** The present WebSocket, or null. */
  get socket() {
    return this.#socket;
  }

  control(message) {
    if (this.isOpen) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** A message of this kind of console. */
  hear(message) {
    switch (message.type) {
      case 'hello':
        this.#greeted(message);
        break;
      case 'role':
        this.#role = message.role;
        this.emit('role', message);
        break;
      case 'pong':
        if (message.id === this.#pingId) {
          this.emit('latency', { milliseconds: this.#clock.now() - this.#pingSent });
        }
        break;
    }
  }

  /** A WebSocket is the present one. */
  adopted() {}

  /** Gives what listeners are told of a greeting. */
  greeted(hello) {
    return hello;
  }

  /** The present WebSocket is no more. */
  lost() {}

  #adopt(socket) {
    this.#socket = socket;
    socket.addEventListener('message', () => {
      this.#lastHeard = this.#clock.now();
    });
    socket.addEventListener('close', (event) => this.#closed(event));
    this.adopted(socket);
  }

  #greeted(hello) {
    this.#role = hello.role;
    this.#mayWrite = hello.mayWrite;
    this.#delay = FIRST_DELAY;
    this.#lastHeard = this.#clock.now();
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), this.#pingInterval);
    this.emit('hello', this.greeted(hello));
    this.emit('state', { state: 'connected', text: 'Connected' });
    this.#beat();
  }

  /** Of a dead peer no close event comes for a long time: first it is given up, then told so. */
  #beat() {
    if (this.#clock.now() - this.#lastHeard > ANSWER_TIMEOUT) {
      const silent = this.#socket;
      this.#closed({ code: 4001 });
      silent.close(4001);
      return;
    }
    this.#pingSent = this.#clock.now();
    this.control({ type: 'ping', id: ++this.#pingId });
  }

  #closed(event) {
    if (event.target && event.target !== this.#socket) {
      return;
    }
    this.#socket = null;
    clearInterval(this.#heartbeat);
    this.lost();
    if (this.#stopped) {
      this.emit('state', { state: 'ended', text: 'Closed' });
    } else if (PROTOCOL_ERRORS.has(event.code)) {
      this.#end('The appliance and this page do not understand each other; reload it.');
    } else {
      this.#retry();
    }
  }

  /** After an intended reconnection the delay begins anew. */
  #retry() {
    const delay = this.#delay * (0.75 + Math.random() / 2);
    this.#delay = Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LONGEST_DELAY);
    this.emit('state', { state: 'waiting', text: 'Reconnecting' });
    this.#timer = setTimeout(() => this.open(), delay);
  }

  #end(text) {
    this.#stopped = true;
    this.emit('state', { state: 'ended', text });
  }
}
