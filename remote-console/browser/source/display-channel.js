// SPDX-License-Identifier: Apache-2.0

// A WebSocket as noVNC wants it, with the text messages taken out: they are the appliance's control messages, not RFB.

export class DisplayChannel {
  #socket;
  #receiveText;
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  /**
   * @param {WebSocket} socket
   * @param {(text: string) => void} receiveText
   */
  constructor(socket, receiveText) {
    this.#socket = socket;
    this.#receiveText = receiveText;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', (event) => this.onopen?.(event));
    socket.addEventListener('error', (event) => this.onerror?.(event));
    socket.addEventListener('close', (event) => this.onclose?.(event));
    socket.addEventListener('message', (event) => {
      if (typeof event.data === 'string') {
        this.#receiveText(event.data);
      } else {
        this.onmessage?.(event);
      }
    });
  }

  get binaryType() {
    return this.#socket.binaryType;
  }

  set binaryType(type) {
    this.#socket.binaryType = type;
  }

  get protocol() {
    return this.#socket.protocol;
  }

  get readyState() {
    return this.#socket.readyState;
  }

  send(data) {
    this.#socket.send(data);
  }

  close(code) {
    this.#socket.close(code);
  }
}
