// SPDX-License-Identifier: Apache-2.0

// One screen over as many WebSockets as it takes. noVNC speaks RFB; this class opens its channels and listens to the control messages
// beside it. docs/graphical-console.md has the protocol.

import { ConsoleConnection } from './console-connection.js';
import { DisplayChannel } from './display-channel.js';

const PING_INTERVAL = 2_000;

/** Further events: leds {leds}, notTyped {characters}. */
export class ScreenConnection extends ConsoleConnection {
  #createRfb;
  #rfb = null;

  /**
   * @param {(role: string) => Promise<WebSocket>} openSocket
   * @param {(channel: DisplayChannel) => EventTarget} createRfb makes the RFB client
   * @param {{now: () => number}} clock
   */
  constructor(openSocket, createRfb, clock = performance) {
    super(openSocket, clock, PING_INTERVAL);
    this.#createRfb = createRfb;
  }

  /** The RFB client of the present connection, or null. */
  get rfb() {
    return this.#rfb;
  }

  adopted(socket) {
    this.#rfb = this.#createRfb(new DisplayChannel(socket, (text) => this.hear(JSON.parse(text))));
  }

  greeted(hello) {
    this.emit('leds', { leds: 0 });
    return hello;
  }

  hear(message) {
    switch (message.type) {
      case 'leds':
      case 'notTyped':
        this.emit(message.type, message);
        break;
      default:
        super.hear(message);
    }
  }

  lost() {
    this.#rfb = null;
  }
}
