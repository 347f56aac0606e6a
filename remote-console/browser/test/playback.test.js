// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlaybackChannel, parseStream } from '../source/framebuffer-stream.js';
import { Playback } from '../source/playback.js';

function stream(...blocks) {
  const parts = [new TextEncoder().encode('FBS 001.001\n')];
  for (const [bytes, time] of blocks) {
    const part = new Uint8Array(8 + bytes.length + (-bytes.length & 3));
    const view = new DataView(part.buffer);
    view.setUint32(0, bytes.length);
    part.set(bytes, 4);
    view.setUint32(part.length - 4, time);
    parts.push(part);
  }
  return Uint8Array.from(parts.flatMap((part) => [...part])).buffer;
}

function played(buffer) {
  const screens = [];
  const playback = new Playback(parseStream(buffer), () => {
    const screen = [];
    screens.push(screen);
    return { play: (bytes) => screen.push(...new Uint8Array(bytes)) };
  });
  return { playback, screens };
}

const RECORDING = stream([[1, 2, 3], 0], [[4], 100], [[5, 6], 200], [[], 300]);

test('blocks and duration are read, padding is not', () => {
  const { blocks, duration } = parseStream(RECORDING);

  assert.deepEqual(blocks.map(({ bytes, time }) => [[...new Uint8Array(bytes)], time]), [
    [[1, 2, 3], 0],
    [[4], 100],
    [[5, 6], 200],
    [[], 300],
  ]);
  assert.equal(duration, 300);
});

test('a file that ends in the midst of a block is played up to there', () => {
  for (let length = 12; length < RECORDING.byteLength; length++) {
    assert.ok(parseStream(RECORDING.slice(0, length)).blocks.length < 4);
  }
});

test('another file is refused', () => {
  assert.throws(() => parseStream(new TextEncoder().encode('{"status":404}    ').buffer), /not a recording/);
});

test('what is due is shown, once', async () => {
  const { playback, screens } = played(RECORDING);

  await playback.seek(0);
  playback.play();
  playback.advance(150);
  await playback.seek(150);

  assert.deepEqual(screens, [[1, 2, 3, 4]]);
});

test('going back begins anew', async () => {
  const { playback, screens } = played(RECORDING);

  await playback.seek(300);
  await playback.seek(100);

  assert.deepEqual(screens, [
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4],
  ]);
});

test('it stops at the end and plays again from the start', async () => {
  const { playback, screens } = played(RECORDING);
  playback.speed = 4;

  await playback.seek(0);
  playback.play();
  playback.advance(100);
  assert.equal(playback.isPlaying, false);
  playback.play();
  await playback.seek(0);

  assert.equal(playback.isPlaying, true);
  assert.equal(screens.length, 2);
});

test('noVNC hears what is played and is not heard', () => {
  const channel = new PlaybackChannel();
  const heard = [];
  channel.onmessage = ({ data }) => heard.push(data);

  channel.send(new Uint8Array([1]));
  channel.play('bytes');

  assert.deepEqual(heard, ['bytes']);
});
