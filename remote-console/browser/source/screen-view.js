// SPDX-License-Identifier: Apache-2.0

// The screen of the page: joins the connection, noVNC and its buttons.

import RFB from '@novnc/novnc';
import { displayAddress, requestTicket, screenshotAddress } from './appliance.js';
import { GROUPS, keySymbol, press } from './key-combinations.js';
import { element, show } from './page.js';
import { createRecordings } from './recordings.js';
import { ScreenConnection } from './screen-connection.js';

const LEDS = { 'led-scroll': 1, 'led-num': 2, 'led-caps': 4 };
const TEXT_MAXIMUM = 4096;
const MODIFIERS = ['ControlLeft', 'ControlRight', 'AltLeft', 'ShiftLeft', 'ShiftRight'];
const LATENCY_SHARE = 0.3;
const HIGHEST_QUALITY = 9;

const layoutKey = (vm) => `umbra-layout-${vm}`;

/** @param {{named: (vm: string) => void, changed: () => void}} page told the machine's name, and when there is news to show */
export function createScreenView(vm, page) {
  const status = { state: 'connecting', text: 'Connecting', role: null, latency: null };
  let viewOnly = false;
  let fits = localStorage.getItem('umbra-fit') !== 'false';

  const connection = new ScreenConnection(
    async (role) => {
      const ticket = await requestTicket(vm, 'graphical');
      return new WebSocket(displayAddress(ticket, role, layout()), ['binary']);
    },
    (channel) => {
      const rfb = new RFB(element('screen'), channel);
      rfb.viewOnly = viewOnly || connection.role !== 'writer';
      rfb.qualityLevel = HIGHEST_QUALITY;
      rfb.showDotCursor = true;
      rfb.background = 'transparent';
      rfb.scaleViewport = fits;
      rfb.addEventListener('connect', focus);
      return rfb;
    },
  );
  const recordings = createRecordings(vm);

  function on(type, listener) {
    connection.addEventListener(type, ({ detail }) => {
      listener(detail);
      page.changed();
    });
  }

  function layout() {
    return localStorage.getItem(layoutKey(vm)) ?? 'us';
  }

  function focus() {
    connection.rfb?.focus({ preventScroll: true });
  }

  function showRole() {
    const writes = connection.role === 'writer';
    status.role = connection.role;
    element('screen-take-over').hidden = writes || !connection.mayWrite;
    for (const id of ['keys', 'ctrl-alt-del', 'type-text']) {
      element(id).disabled = !writes || viewOnly || status.state !== 'connected';
    }
    if (connection.rfb) {
      connection.rfb.viewOnly = viewOnly || !writes;
    }
  }

  function takeOver() {
    connection.takeOver();
    focus();
  }

  function setViewOnly(wanted) {
    viewOnly = wanted;
    element('view-only').setAttribute('aria-pressed', String(wanted));
    showRole();
    page.changed();
  }

  function setFit(wanted) {
    fits = wanted;
    localStorage.setItem('umbra-fit', wanted);
    element('fit').setAttribute('aria-pressed', String(wanted));
    if (connection.rfb) {
      connection.rfb.scaleViewport = wanted;
    }
  }

  function send(keys) {
    press(keys, (symbol, code, down) => connection.rfb?.sendKey(symbol, code, down));
    focus();
  }

  function drawKeys() {
    for (const { title, combinations } of GROUPS) {
      const group = document.createElement('fieldset');
      const legend = document.createElement('legend');
      legend.textContent = title;
      group.append(legend);
      for (const { text, keys } of combinations) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = text;
        button.addEventListener('click', () => {
          element('keys-menu').hidePopover();
          send(keys);
        });
        group.append(button);
      }
      element('keys-menu').append(group);
    }
  }

  /** Takes the keyboard away from the machine, which would otherwise see the keys of the way out as held for ever. */
  function leave(event) {
    if (event.code === 'KeyE' && event.ctrlKey && event.altKey && event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      MODIFIERS.forEach((code) => connection.rfb?.sendKey(keySymbol(code), code, false));
      element('help').focus();
    }
  }

  /** The menu opens below its button. */
  function placeKeys() {
    const { left, bottom } = element('keys').getBoundingClientRect();
    element('keys-menu').style.left = `${left}px`;
    element('keys-menu').style.top = `${bottom + 4}px`;
  }

  function typeText() {
    const { value } = element('text');
    element('text').value = '';
    if (value) {
      connection.rfb?.clipboardPasteFrom(value);
    }
  }

  /** Notices are outside. */
  function leaveFullScreen() {
    if (document.fullscreenElement) {
      document.exitFullscreen();
    }
  }

  async function fullScreen() {
    await element('screen-panel').requestFullscreen();
    // Keys like Esc then reach the machine, where the browser can lend them.
    await navigator.keyboard?.lock?.().catch(() => {});
    focus();
  }

  on('state', ({ state, text }) => {
    status.state = state;
    status.text = state === 'ended' ? 'Ended' : text;
    element('screen-panel').dataset.state = state;
    element('screen-state').textContent = state === 'connected' ? '' : text;
    if (state === 'ended') {
      show(text);
    }
    if (state !== 'connected') {
      status.latency = null;
    }
    showRole();
  });
  on('hello', (hello) => {
    page.named(hello.vm);
    showRole();
  });
  on('role', ({ role, by }) => {
    showRole();
    if (role === 'viewer') {
      leaveFullScreen();
      show(by ? `Keyboard and pointer were taken over by ${by}. You are watching now.` : 'You are watching now.', {
        text: 'Take back',
        run: takeOver,
      });
    }
  });
  on('leds', ({ leds }) => {
    for (const [id, bit] of Object.entries(LEDS)) {
      const lit = (leds & bit) !== 0;
      element(id).dataset.lit = lit;
      element(id).setAttribute('aria-label', `${element(id).title} ${lit ? 'on' : 'off'}`);
    }
  });
  on('notTyped', ({ characters }) => {
    leaveFullScreen();
    show(`Nothing was typed: the keyboard layout has no key for ${[...characters].join(' ')}`);
  });
  on('latency', ({ milliseconds }) => {
    const before = status.latency ?? milliseconds;
    status.latency = before + (milliseconds - before) * LATENCY_SHARE;
  });

  drawKeys();
  element('screen').addEventListener('keydown', leave, true);
  element('keys-menu').addEventListener('beforetoggle', placeKeys);
  setFit(fits);
  element('screen-take-over').addEventListener('click', takeOver);
  element('view-only').addEventListener('click', () => setViewOnly(!viewOnly));
  element('fit').addEventListener('click', () => setFit(!fits));
  element('ctrl-alt-del').addEventListener('click', () => send(['ControlLeft', 'AltLeft', 'Delete']));
  element('full-screen').addEventListener('click', () => fullScreen().catch(() => show('The browser refuses full screen.')));
  element('screenshot').href = screenshotAddress(vm);
  element('screenshot').download = `${vm}.png`;
  element('text').maxLength = TEXT_MAXIMUM;
  element('layout').value = layout();
  element('layout').addEventListener('change', ({ target }) => {
    localStorage.setItem(layoutKey(vm), target.value);
    connection.reconnect();
  });
  element('type-text').addEventListener('click', () => element('text-dialog').showModal());
  element('text-dialog').addEventListener('close', ({ target }) => {
    if (target.returnValue === 'type') {
      typeText();
    }
    target.returnValue = '';
    focus();
  });

  return {
    status,
    connection,
    recordings,
    open: () => connection.open(),
    close: () => connection.close(),
    focus,
    send,
    type: (text) => connection.rfb?.clipboardPasteFrom(text),
    canvas: () => element('screen').querySelector('canvas'),
  };
}
