// SPDX-License-Identifier: Apache-2.0

// One screen over as many WebSockets as it takes. noVNC speaks RFB; this class opens its channels, listens to the control messages
// beside it and comes back with a new ticket when the connection is lost. docs/graphical-console.md has the protocol.

import { RefusedError } from './appliance.js';
import { DisplayChannel } from './display-channel.js';

const PING_INTERVAL = 2_000;
const ANSWER_TIMEOUT = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const PROTOCOL_ERRORS = new Set([1002, 1003, 1007, 1008, 1009]);

/**
 * Events, each a CustomEvent with a detail: state {state, text}, hello {vm, role, mayWrite}, role {role, by}, leds {leds}, latency
 * {milliseconds}.
 */
export class ScreenConnection extends EventTarget {
  #openSocket;
  #createRfb;
  #clock;
  #socket = null;
  #rfb = null;
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
   * @param {(channel: DisplayChannel) => EventTarget} createRfb makes the RFB client
   * @param {{now: () => number}} clock
   */
  constructor(openSocket, createRfb, clock = performance) {
    super();
    this.#openSocket = openSocket;
    this.#createRfb = createRfb;
    this.#clock = clock;
  }

  /** The RFB client of the present connection, or null. */
  get rfb() {
    return this.#rfb;
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
    this.#emit('state', { state: 'connecting', text: 'Connecting' });
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
    this.#control({ type: 'takeOver' });
  }

  #control(message) {
    if (this.isOpen) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #adopt(socket) {
    this.#socket = socket;
    const heard = () => {
      this.#lastHeard = this.#clock.now();
    };
    socket.addEventListener('message', heard);
    socket.addEventListener('close', (event) => this.#lost(event));
    this.#rfb = this.#createRfb(new DisplayChannel(socket, (text) => this.#hear(JSON.parse(text))));
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
      case 'leds':
        this.#emit('leds', message);
        break;
      case 'pong':
        if (message.id === this.#pingId) {
          this.#emit('latency', { milliseconds: this.#clock.now() - this.#pingSent });
        }
        break;
    }
  }

  #greeted(hello) {
    this.#role = hello.role;
    this.#mayWrite = hello.mayWrite;
    this.#delay = FIRST_DELAY;
    this.#lastHeard = this.#clock.now();
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), PING_INTERVAL);
    this.#emit('hello', hello);
    this.#emit('leds', { leds: 0 });
    this.#emit('state', { state: 'connected', text: 'Connected' });
    this.#beat();
  }

  #beat() {
    if (this.#clock.now() - this.#lastHeard > ANSWER_TIMEOUT) {
      const silent = this.#socket;
      this.#lost({ code: 4001 });
      silent.close(4001);
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
    this.#rfb = null;
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
    this.#delay = Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LONGEST_DELAY);
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
