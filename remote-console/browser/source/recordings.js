// SPDX-License-Identifier: Apache-2.0

// The recordings of a machine: a button that begins and ends one, and the list of those that are kept.

import { deleteRecording, listRecordings, recordingAddress, startRecording, stopRecording } from './appliance.js';
import { clockTime, element, show } from './page.js';

const REFRESH = 10_000;

export function createRecordings(vm) {
  let present = null;

  function showPresent() {
    element('record').setAttribute('aria-pressed', String(present !== null));
    element('record').title = present ? 'Stop recording' : 'Record the screen';
  }

  function link(text, href) {
    return Object.assign(document.createElement('a'), { className: 'button', textContent: text, href });
  }

  function row(recording) {
    const item = document.createElement('li');
    const name = document.createElement('span');
    const length = document.createElement('span');
    name.textContent = new Date(recording.startedAt).toLocaleString();
    length.className = 'quiet';
    length.textContent = `${clockTime(recording.milliseconds)} · ${Math.ceil(recording.bytes / 1024).toLocaleString()} KiB${
      recording.inProgress ? ' · recording' : ''
    }`;
    const player = new URL('player.html', location.href);
    player.searchParams.set('vm', vm);
    player.searchParams.set('recording', recording.id);
    const play = Object.assign(link('Play', player), { target: '_blank', rel: 'noopener' });
    const download = Object.assign(link('Download', recordingAddress(vm, recording.id)), { download: '' });
    const remove = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Delete' });
    remove.className = 'danger';
    remove.addEventListener('click', () => attempt(() => deleteRecording(vm, recording.id)));
    item.append(name, length, play, download, remove);
    return item;
  }

  async function refresh() {
    const all = await listRecordings(vm);
    present = all.find((recording) => recording.inProgress) ?? null;
    showPresent();
    element('recordings-list').replaceChildren(...all.map(row));
    element('recordings-none').hidden = all.length > 0;
  }

  async function attempt(action) {
    try {
      await action();
      await refresh();
    } catch (failure) {
      show(failure.message);
    }
  }

  element('record').addEventListener('click', () =>
    attempt(async () => {
      if (present) {
        await stopRecording(vm, present.id);
        show('The recording is kept.', { text: 'Recordings', run: () => element('recordings').click() });
      } else {
        await startRecording(vm);
      }
    }),
  );
  element('recordings').addEventListener('click', () =>
    attempt(() => {
      element('recordings-dialog').showModal();
    }),
  );
  setInterval(() => {
    if (!document.hidden && (present || element('recordings-dialog').open)) {
      refresh().catch(() => {});
    }
  }, REFRESH);

  return { refresh: () => refresh().catch(() => {}) };
}
