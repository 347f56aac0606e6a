// SPDX-License-Identifier: Apache-2.0

// The page that plays a recording: noVNC fed from a file.

import RFB from '@novnc/novnc';
import { fetchRecording, listRecordings, recordingAddress } from './appliance.js';
import { PlaybackChannel, parseStream } from './framebuffer-stream.js';
import { clockTime, element, hideNotice, show, startTheme } from './page.js';
import { Playback } from './playback.js';

const STEP = 5_000;

const parameters = new URLSearchParams(location.search);
const vm = parameters.get('vm') ?? '';
const recording = parameters.get('recording') ?? '';

let rfb = null;

function emptyScreen() {
  rfb?.disconnect();
  const channel = new PlaybackChannel();
  rfb = new RFB(element('screen'), channel);
  rfb.viewOnly = true;
  rfb.scaleViewport = true;
  rfb.background = 'transparent';
  return channel;
}

function start(playback) {
  const position = element('position');
  const toggle = () => (playback.isPlaying ? playback.pause() : playback.play());
  playback.addEventListener('time', ({ detail: { time } }) => {
    position.value = time;
    element('time').textContent = `${clockTime(time)} / ${clockTime(playback.duration)}`;
    position.setAttribute('aria-valuetext', element('time').textContent);
  });
  playback.addEventListener('playing', ({ detail: { playing } }) => {
    element('play').textContent = playing ? 'Pause' : 'Play';
  });
  position.max = playback.duration;
  position.disabled = false;
  position.addEventListener('input', () => playback.seek(Number(position.value)));
  element('play').disabled = false;
  element('play').addEventListener('click', toggle);
  element('speed').addEventListener('change', ({ target }) => {
    playback.speed = Number(target.value);
  });
  document.addEventListener('keydown', (event) => {
    const actions = {
      Space: toggle,
      ArrowLeft: () => playback.seek(playback.time - STEP),
      ArrowRight: () => playback.seek(playback.time + STEP),
    };
    if (actions[event.code] && event.target === document.body) {
      event.preventDefault();
      actions[event.code]();
    }
  });
  let before = performance.now();
  const tick = (now) => {
    playback.advance(now - before);
    before = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.umbra = { playback, picture: () => element('screen').querySelector('canvas').toDataURL() };
  playback.seek(0);
  playback.play();
}

startTheme();
element('notice-close').addEventListener('click', hideNotice);
element('title').textContent = vm || 'Recording';
element('download').href = recordingAddress(vm, recording);
document.title = `${vm} – recording`;
try {
  const known = (await listRecordings(vm)).find(({ id }) => id === recording);
  element('begun').textContent = known ? new Date(known.startedAt).toLocaleString() : recording;
  start(new Playback(parseStream(await fetchRecording(vm, recording)), emptyScreen));
} catch (failure) {
  show(failure.message);
}
