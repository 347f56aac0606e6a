// SPDX-License-Identifier: Apache-2.0

// Recordings: framebuffer streams (FBS 001.001) and the channel that plays them to noVNC.

const HEADER = 'FBS 001.001\n';

/**
 * Cuts a file into blocks of {bytes, time}, the time in milliseconds since the start. A block that is not whole is left out, so that
 * a recording in progress can be played as far as it is.
 */
export function parseStream(buffer) {
  const header = new TextDecoder('latin1').decode(buffer.slice(0, HEADER.length));
  if (header !== HEADER) {
    throw new Error('This is not a recording.');
  }
  const view = new DataView(buffer);
  const blocks = [];
  let at = HEADER.length;
  let time = 0;
  while (at + 8 <= buffer.byteLength) {
    const length = view.getUint32(at);
    const end = at + 4 + length + (-length & 3);
    if (end + 4 > buffer.byteLength) {
      break;
    }
    time = Math.max(time, view.getUint32(end));
    blocks.push({ bytes: buffer.slice(at + 4, at + 4 + length), time });
    at = end + 4;
  }
  return { blocks, duration: time };
}

/** A channel that hears what is played and ignores what noVNC says. */
export class PlaybackChannel {
  binaryType = 'arraybuffer';
  protocol = '';
  readyState = 'open';
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  send() {}

  close() {
    this.readyState = 'closed';
  }

  play(bytes) {
    this.onmessage?.({ data: bytes });
  }
}
