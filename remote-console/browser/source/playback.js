// SPDX-License-Identifier: Apache-2.0

// The time of a recording: which blocks are due. Pixels depend on all blocks before them, so going back begins anew.

const PIECE = 4 << 20;

/** Events: time {time}, playing {playing}. */
export class Playback extends EventTarget {
  #blocks;
  #restart;
  #channel = null;
  #next = 0;
  #time = 0;
  #playing = false;
  #feeding = Promise.resolve();
  duration;
  speed = 1;

  /**
   * @param {{blocks: {bytes: ArrayBuffer, time: number}[], duration: number}} stream
   * @param {() => {play: (bytes: ArrayBuffer) => void}} restart makes a channel to an empty screen
   */
  constructor(stream, restart) {
    super();
    this.#blocks = stream.blocks;
    this.duration = stream.duration;
    this.#restart = restart;
  }

  get time() {
    return this.#time;
  }

  get isPlaying() {
    return this.#playing;
  }

  play() {
    if (this.#time >= this.duration) {
      this.seek(0);
    }
    this.#setPlaying(true);
  }

  pause() {
    this.#setPlaying(false);
  }

  /** So many milliseconds have passed. */
  advance(elapsed) {
    if (this.#playing) {
      this.seek(this.#time + elapsed * this.speed);
      if (this.#time >= this.duration) {
        this.pause();
      }
    }
  }

  /** Shows the screen as it was at that time; the promise ends when it does. */
  seek(time) {
    const wanted = Math.min(Math.max(time, 0), this.duration);
    if (this.#channel === null || wanted < this.#time) {
      this.#channel = this.#restart();
      this.#next = 0;
    }
    this.#time = wanted;
    this.#emit('time', { time: wanted });
    this.#feeding = this.#feeding.then(() => this.#feed());
    return this.#feeding;
  }

  /** Gives the screen what is due, in pieces between which the browser may draw. */
  async #feed() {
    let fed = 0;
    while (this.#next < this.#blocks.length && this.#blocks[this.#next].time <= this.#time) {
      const { bytes } = this.#blocks[this.#next++];
      if (bytes.byteLength > 0) {
        this.#channel.play(bytes);
      }
      fed += bytes.byteLength;
      if (fed > PIECE) {
        fed = 0;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
  }

  #setPlaying(playing) {
    this.#playing = playing;
    this.#emit('playing', { playing });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
