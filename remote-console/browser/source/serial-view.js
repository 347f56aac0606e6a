// SPDX-License-Identifier: Apache-2.0

// The serial console of the page: joins the connection, the terminal and its buttons.

import { consoleAddress, logAddress, requestTicket } from './appliance.js';
import { SerialConnection } from './serial-connection.js';
import { element, show } from './page.js';
import { createTerminal } from './terminal.js';

const NOTICES = {
  backPressureLost: 'This browser takes the output too slowly: some of it may be left out.',
  inputDropped: 'The virtual machine does not read its input: what you typed was dropped.',
  readOnly: 'You are watching. Take over to type.',
};

/** @param {{named: (vm: string) => void, changed: () => void}} page told the machine's name, and when there is news to show */
export function createSerialView(vm, page) {
  const screen = createTerminal(element('terminal'));
  const { terminal } = screen;
  const encoder = new TextEncoder();
  const status = { state: 'connecting', text: 'Connecting', role: null, latency: null };
  let pastEnd = 0;
  let mayWrite = false;

  const connection = new SerialConnection(async (position, role) => {
    const ticket = await requestTicket(vm, 'serial');
    return new WebSocket(consoleAddress(ticket, position, role));
  });

  function on(type, listener) {
    connection.addEventListener(type, ({ detail }) => {
      listener(detail);
      page.changed();
    });
  }

  function showRole() {
    const { role } = connection;
    status.role = role;
    element('take-over').hidden = role === 'writer' || !mayWrite;
    element('break').disabled = role !== 'writer';
    element('paste').disabled = role !== 'writer';
    terminal.options.cursorBlink = role === 'writer';
  }

  function type(bytes) {
    if (!connection.type(bytes)) {
      show(connection.isOpen && connection.role !== 'writer' ? NOTICES.readOnly : 'Not connected: nothing was typed.');
    }
  }

  function takeOver() {
    connection.takeOver();
    terminal.focus();
  }

  async function paste() {
    try {
      terminal.paste(await navigator.clipboard.readText());
    } catch {
      show('The browser does not let this page read the clipboard; use its own paste.');
    }
    terminal.focus();
  }

  on('state', ({ state, text }) => {
    status.state = state;
    status.text = state === 'ended' ? 'Ended' : text;
    if (state === 'ended') {
      show(text);
    }
    if (state !== 'connected') {
      status.latency = null;
    }
  });
  on('hello', (hello) => {
    if (hello.restarted) {
      terminal.reset();
    }
    pastEnd = hello.restarted ? hello.head : 0;
    mayWrite = hello.mayWrite;
    page.named(hello.vm);
    showRole();
  });
  on('role', ({ role, by }) => {
    showRole();
    if (role === 'viewer') {
      show(`The serial console was taken over by ${by}. You are watching now.`, { text: 'Take back', run: takeOver });
    }
  });
  on('lost', ({ length }) =>
    show(`${length.toLocaleString()} bytes are left out: the console was ahead of this browser.`),
  );
  on('notice', ({ code }) => show(NOTICES[code] ?? code));
  on('latency', ({ milliseconds }) => {
    status.latency = milliseconds;
  });
  connection.addEventListener('output', ({ detail: { bytes, offset } }) => {
    const past = Math.min(Math.max(pastEnd - offset, 0), bytes.length);
    if (past > 0) {
      screen.write(bytes.subarray(0, past), true);
    }
    if (past < bytes.length) {
      screen.write(bytes.subarray(past), false);
    }
  });

  terminal.onData((text) => type(encoder.encode(text)));
  terminal.onBinary((text) => type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) {
      return true;
    }
    const actions = {
      KeyC: () => navigator.clipboard.writeText(terminal.getSelection()),
      KeyV: paste,
      KeyE: () => element('help').focus(),
    };
    if (!actions[event.code]) {
      return true;
    }
    event.preventDefault();
    actions[event.code]();
    return false;
  });

  element('take-over').addEventListener('click', takeOver);
  element('break').addEventListener('click', () => {
    connection.sendBreak();
    terminal.focus();
  });
  element('paste').addEventListener('click', paste);
  element('log').href = logAddress(vm);
  element('screen-reader').checked = localStorage.getItem('umbra-screen-reader') === 'true';
  terminal.options.screenReaderMode = element('screen-reader').checked;
  element('screen-reader').addEventListener('change', ({ target }) => {
    localStorage.setItem('umbra-screen-reader', target.checked);
    terminal.options.screenReaderMode = target.checked;
  });

  return {
    status,
    connection,
    open: () => connection.open(),
    close: () => connection.close(),
    focus: () => terminal.focus(),
    setTheme: (name) => screen.setTheme(name),
    text: () => screen.text(),
    type: (text) => connection.type(encoder.encode(text)),
    sizeCommand: () => `stty rows ${terminal.rows} cols ${terminal.cols}`,
  };
}
